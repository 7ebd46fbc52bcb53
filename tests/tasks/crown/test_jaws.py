"""Two jaws in one file are told apart by where they look, whatever the pose of the file."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import random_rotation
from typodont.tasks.crown.jaws import look_direction, split_jaws, without_crumbs

Sheet = Callable[..., Mesh]


def joined(*meshes: Mesh) -> Mesh:
    start = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    faces = [mesh.faces + first for mesh, first in zip(meshes, start, strict=False)]
    return Mesh(np.concatenate([mesh.vertices for mesh in meshes]), np.concatenate(faces))


def soup(mesh: Mesh) -> Mesh:
    """The same surface, every face with corners of its own."""
    return Mesh(mesh.vertices[mesh.faces].reshape(-1, 3), np.arange(3 * len(mesh.faces)).reshape(-1, 3))


@pytest.mark.parametrize("as_soup", [False, True])
def test_two_jaws_in_bite_are_told_apart_in_any_pose(as_soup: bool, sheet: Sheet) -> None:
    lower, upper = sheet(24.0), sheet(18.0, height=3.0, down=True)
    both = joined(upper, lower)
    motion = random_rotation(np.random.default_rng(3))
    motion[:3, 3] = (40.0, -7.0, 12.0)
    moved = both.transformed(motion)
    found = split_jaws(soup(moved) if as_soup else moved)
    assert found is not None
    assert [round(float(jaw.face_areas.sum()), 3) for jaw in found] == [
        round(float(mesh.face_areas.sum()), 3) for mesh in (lower, upper)
    ]
    np.testing.assert_allclose(look_direction(found[0]), motion[:3, 2], atol=0.02)


def test_pieces_of_one_jaw_stay_together(sheet: Sheet) -> None:
    """Teeth that were cut apart look the same way, so they are one jaw."""
    pieces = [sheet(10.0, at=at) for at in (-11.0, 0.0, 11.0)]
    found = split_jaws(joined(*pieces, sheet(30.0, height=4.0, down=True)))
    assert found is not None
    three = min(found, key=lambda jaw: abs(float(jaw.face_areas.sum()) - 3 * float(pieces[0].face_areas.sum())))
    assert len(three.faces) == 3 * len(pieces[0].faces)


def test_one_jaw_is_not_split(sheet: Sheet) -> None:
    assert split_jaws(sheet()) is None
    assert split_jaws(joined(sheet(10.0), sheet(10.0, at=11.0))) is None


def test_sheets_back_to_back_are_no_bite(sheet: Sheet) -> None:
    assert split_jaws(joined(sheet(), sheet(height=-3.0, down=True))) is None


def test_a_flap_that_looks_down_is_no_jaw(sheet: Sheet) -> None:
    assert split_jaws(joined(sheet(40.0), sheet(8.0, height=3.0, down=True))) is None


def test_crumbs_belong_to_no_jaw(sheet: Sheet) -> None:
    crumb = Mesh(np.array([[0.0, 0, 9], [1, 0, 9], [0, 1, 9]]), np.array([[0, 1, 2]]))
    both = joined(sheet(), crumb)
    assert without_crumbs(both).tolist() == [True] * len(sheet().faces) + [False]
    assert without_crumbs(crumb).all()


def test_closed_surfaces_look_nowhere(arch_block: Mesh) -> None:
    np.testing.assert_array_equal(look_direction(arch_block), 0.0)
