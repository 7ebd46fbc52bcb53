"""Common volume of solids whose common volume is known."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from typodont.errors import MeshError
from typodont.geometry.mesh import Mesh
from typodont.metrics.solid_dice import solid_dice


def box(shift: float = 0.0, size: float = 4.0) -> Mesh:
    made = trimesh.creation.box((size, size, size))
    return Mesh(np.asarray(made.vertices) + [shift, 0.013, 0.017], np.asarray(made.faces))


def test_a_box_moved_by_a_quarter_shares_three_quarters() -> None:
    assert solid_dice([box()], [box(1.0)]) == pytest.approx(0.75, abs=0.03)
    assert solid_dice([box()], [box()]) == 1.0
    assert solid_dice([box()], [box(9.0)]) == 0.0


def test_crowns_that_overlap_count_once() -> None:
    """Two boxes one upon the other are one box."""
    assert solid_dice([box(), box()], [box(1.0)]) == solid_dice([box()], [box(1.0)])


def test_a_box_that_lost_its_lid_is_filled() -> None:
    whole = box()
    lid = whole.face_normals[:, 2] > 0.9
    open_box = whole.submesh(~lid)
    assert solid_dice([open_box], [whole]) == pytest.approx(1.0, abs=0.01)


def test_nothing_to_compare_is_told() -> None:
    with pytest.raises(MeshError, match="0 crowns against 1"):
        solid_dice([], [box()])
    with pytest.raises(MeshError, match="no crown holds a voxel"):
        solid_dice([box(size=0.02)], [box(size=0.02)])
