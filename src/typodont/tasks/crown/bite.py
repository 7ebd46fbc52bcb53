"""Whether an antagonist is in bite with a scan, before anything is made to fit it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.datasets.preparation_frame import PreparationFrame
from typodont.errors import FrameError
from typodont.geometry.mesh import Mesh
from typodont.geometry.rays import RayScene

AROUND_MM = 14.0
"""Around the preparation, where bites are looked at: neighbours of molars are within it."""

FARTHER_MM = 28.0
"""Where the jaws stay apart around it, as front teeth do that stand far before the lower ones, the bite is looked for
among the teeth within this distance."""

FARTHEST_MM, DEEPEST_MM = 6.0, 2.5
"""Nearest that the jaws may stay apart, and deepest that they may pass through each other, and still be a bite."""

LEAST_COVER = 0.05
"""Share of the teeth around the preparation that the antagonist covers at least."""

_FAR_MM = 60.0


@dataclass(frozen=True)
class Bite:
    """How an antagonist stands over the teeth around a preparation.

    Args:
        covered: Share of the surface that looks occlusal and has some of the antagonist above or below it.
        gap: 2nd percentile of the free height between both, mm; negative where one passes through the other. NaN
            where nothing is covered.
    """

    covered: float
    gap: float


def measure_bite(frame: PreparationFrame, scan: Mesh, antagonist: Mesh, *, within: float = AROUND_MM) -> Bite:
    """Free height between a scan and its antagonist, along the axis, around the preparation.

    Args:
        frame: Of the preparation.
        scan, antagonist: In the coordinates of the scan.
        within: How far around the preparation, mm.
    """
    jaw, opposing = frame.mesh_in(scan), _facing_down(frame.mesh_in(antagonist))
    rows = (np.linalg.norm(jaw.vertices[:, :2], axis=1) < within) & (jaw.vertex_normals[:, 2] > 0.3)
    points = jaw.vertices[rows]
    if not len(points) or not len(opposing.faces):
        return Bite(0.0, float("nan"))
    below = points - [0.0, 0.0, _FAR_MM]
    height, _ = RayScene(opposing).first_hit(below, np.tile([0.0, 0.0, 1.0], (len(points), 1)))
    gaps = height[np.isfinite(height)] - _FAR_MM
    return Bite(len(gaps) / len(points), float(np.percentile(gaps, 2)) if len(gaps) else float("nan"))


def check_bite(frame: PreparationFrame, scan: Mesh, antagonist: Mesh, *, name: str) -> None:
    """Refuse an antagonist that does not close on the teeth around the preparation.

    Raises:
        FrameError: it lies beside the tooth, far above it, or passes through it: another frame, or no bite.
    """
    bite = measure_bite(frame, scan, antagonist)
    advice = "export both jaws in bite in the same coordinates, or leave the antagonist out"
    if bite.covered < LEAST_COVER:
        away = float(np.linalg.norm(frame.points_in(antagonist.vertices), axis=1).min())
        raise FrameError(
            f"{name}: the antagonist does not stand over the preparation (nearest point {away:.0f} mm away): it is in "
            f"another frame or shows another part of the jaw; {advice}"
        )
    if bite.gap > FARTHEST_MM and measure_bite(frame, scan, antagonist, within=FARTHER_MM).gap > FARTHEST_MM:
        raise FrameError(
            f"{name}: found the antagonist {bite.gap:.1f} mm above the teeth around the preparation, expected contact "
            f"there or within {FARTHER_MM:g} mm (at most {FARTHEST_MM:g} mm); {advice}"
        )
    if bite.gap < -DEEPEST_MM:
        raise FrameError(
            f"{name}: found the antagonist {-bite.gap:.1f} mm inside the teeth around the preparation, expected "
            f"contact (at most {DEEPEST_MM:g} mm deep): it is in another frame; {advice}"
        )


def _facing_down(mesh: Mesh) -> Mesh:
    """The part of an antagonist that looks at the teeth; its base, if there is one, does not count."""
    return mesh.submesh(mesh.face_normals[:, 2] < 0.0)
