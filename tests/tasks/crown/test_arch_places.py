"""Places of teeth in a row: found ones, expected ones, and those seen from the other jaw."""

from __future__ import annotations

import numpy as np
import pytest

from typodont import anatomy
from typodont.geometry.registration import random_rotation
from typodont.tasks.crown.arch import ArchPlaces, teeth_between
from typodont.tasks.scan.template import arch_template


def usual(tooth: int) -> np.ndarray:
    return arch_template(anatomy.jaw(tooth))[anatomy.scan_class(tooth)]


def places(jaw: str, found: tuple[int, ...], *, pose: np.ndarray | None = None, shift=(0.0, 0.0, 0.0)) -> ArchPlaces:
    centres = {fdi: usual(fdi) + shift for fdi in found}
    return ArchPlaces(jaw, np.eye(4) if pose is None else pose, centres, 0.9, float(jaw == "lower"))


def some_pose() -> np.ndarray:
    pose = random_rotation(np.random.default_rng(1))
    pose[:3, 3] = (5.0, -60.0, 31.0)
    return pose


def test_a_gap_is_expected_where_its_neighbours_say() -> None:
    seen = places("lower", (35, 37), shift=(1.0, 2.0, -0.5))
    np.testing.assert_allclose(seen.place(36), usual(36) + [1.0, 2.0, -0.5])
    np.testing.assert_allclose(places("lower", ()).place(36), usual(36))


def test_near_teeth_say_more_than_far_ones() -> None:
    seen = ArchPlaces("upper", np.eye(4), {15: usual(15) + [2.0, 0, 0], 26: usual(26) - [2.0, 0, 0]}, 0.9, 0.0)
    assert (seen.place(16) - usual(16))[0] > 1.5
    assert (seen.place(25) - usual(25))[0] < -1.5


@pytest.mark.parametrize("tooth", [16, 26, 36, 46, 11, 31])
def test_mesial_leads_to_the_midline_in_any_pose(tooth: int) -> None:
    pose = some_pose()
    found = places(anatomy.jaw(tooth), (), pose=np.linalg.inv(pose))
    mesial = pose[:3, :3].T @ found.mesial(tooth)
    midline = usual(anatomy.tooth(anatomy.jaw(tooth), anatomy.side(tooth), 1)) - usual(tooth)
    if anatomy.number(tooth) > 1:
        assert mesial @ midline > 0.7 * np.linalg.norm(midline)
    else:
        assert mesial[0] * usual(tooth)[0] < 0  # across the midline
    np.testing.assert_allclose(pose[:3, :3].T @ found.occlusal, [0, 0, 1], atol=1e-12)


@pytest.mark.parametrize(("tooth", "opposing"), [(16, 46), (26, 36), (36, 26), (47, 17)])
def test_the_other_jaw_lies_over_this_one(tooth: int, opposing: int) -> None:
    """Seen from its antagonist, a tooth stands on the same side, looks back and has mesial where the antagonist has."""
    pose = some_pose()
    own = places(anatomy.jaw(opposing), (opposing,), pose=pose)
    seen = own.from_other_jaw()
    assert seen.jaw == anatomy.jaw(tooth)
    assert np.linalg.det(seen.pose[:3, :3]) == pytest.approx(1.0)
    np.testing.assert_allclose(seen.occlusal, -own.occlusal, atol=1e-12)
    away = own.pose[:3, :3] @ (seen.place(tooth) - own.place(opposing))
    assert np.abs(away[:2]).max() < 6.0
    assert seen.mesial(tooth) @ own.mesial(opposing) > 0.8


def test_twice_the_other_jaw_is_this_one() -> None:
    own = places("lower", (35, 36, 44), pose=some_pose(), shift=(0.3, -0.2, 0.9))
    back = own.from_other_jaw().from_other_jaw()
    assert back.jaw == own.jaw
    np.testing.assert_allclose(back.pose, own.pose, atol=1e-12)
    for fdi, centre in own.centres.items():
        np.testing.assert_allclose(back.centres[fdi], centre, atol=1e-12)


def test_gaps_within_the_row() -> None:
    assert teeth_between([35, 37, 33], "lower") == [36, 34]
    assert teeth_between([], "upper") == []
