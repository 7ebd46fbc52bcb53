"""Antagonists that are not in bite are refused with the distance that was found."""

from __future__ import annotations

import numpy as np
import pytest

from typodont.datasets.preparation_frame import preparation_frame
from typodont.errors import FrameError
from typodont.geometry.mesh import Mesh
from typodont.tasks.crown.bite import check_bite, measure_bite

FRAME = preparation_frame(46, np.zeros(3), axis=np.array([0.0, 0, 1]), mesial=np.array([1.0, 0, 0]))


def flat(height: float, *, down: bool) -> Mesh:
    side = np.linspace(-15, 15, 21)
    points = np.stack(np.meshgrid(side, side, [height], indexing="ij"), axis=-1).reshape(-1, 3)
    corner = (np.arange(20)[:, None] * 21 + np.arange(20)).ravel()
    halves = [(corner, corner + 21, corner + 22), (corner, corner + 22, corner + 1)]
    faces = np.concatenate([np.stack(half, axis=1) for half in halves])
    return Mesh(points, faces[:, ::-1] if down else faces)


@pytest.mark.parametrize("gap", [-0.3, 0.0, 1.2, 5.0])
def test_a_bite_is_measured_and_accepted(gap: float) -> None:
    scan, antagonist = flat(0.0, down=False), flat(gap, down=True)
    bite = measure_bite(FRAME, scan, antagonist)
    assert bite.gap == pytest.approx(gap, abs=1e-4)
    assert bite.covered == pytest.approx(1.0)
    check_bite(FRAME, scan, antagonist, name="case.stl")


@pytest.mark.parametrize(
    ("antagonist", "says"),
    [
        (flat(20.0, down=True), r"case.stl: found the antagonist 20.0 mm above the teeth .* expected contact"),
        (flat(-4.0, down=True), r"case.stl: found the antagonist 4.0 mm inside the teeth .* another frame"),
        (Mesh(flat(1.0, down=True).vertices + [60.0, 0, 0], flat(1.0, down=True).faces), r"nearest point 45 mm away"),
        (flat(1.0, down=False), r"does not stand over the preparation"),
    ],
)
def test_what_is_no_bite_is_refused(antagonist: Mesh, says: str) -> None:
    with pytest.raises(FrameError, match=says):
        check_bite(FRAME, flat(0.0, down=False), antagonist, name="case.stl")


def test_teeth_that_meet_farther_back_are_a_bite() -> None:
    """As where upper front teeth stand far before the lower ones, and molars meet."""
    scan, open_bite = flat(0.0, down=False), flat(8.0, down=True)
    wide = Mesh(scan.vertices * [1.6, 1.6, 1.0], scan.faces)
    molars = Mesh(flat(1.0, down=True).vertices * [0.1, 1.0, 1.0] + [22.0, 0, 0], open_bite.faces)
    both = Mesh(
        np.concatenate([open_bite.vertices, molars.vertices]),
        np.concatenate([open_bite.faces, molars.faces + len(open_bite.vertices)]),
    )
    check_bite(FRAME, wide, both, name="case.stl")
    with pytest.raises(FrameError, match=r"8\.0 mm above the teeth"):
        check_bite(FRAME, wide, open_bite, name="case.stl")
