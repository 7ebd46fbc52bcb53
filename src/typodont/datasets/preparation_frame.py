"""One frame in which every prepared tooth lies alike, whatever its quadrant: x mesial, y buccal, z occlusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from typodont.anatomy.teeth import LEFT, RIGHT, TEETH, jaw, number, quadrant, side
from typodont.errors import FrameError
from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import apply
from typodont.types import Float, Int

_MIRRORED_QUADRANTS = (2, 4, 6, 8)
_LEAST_ACROSS = 0.2
"""Part of the mesial direction that must lie across the axis, so that its turn about the axis means something."""


@dataclass(frozen=True)
class PreparationFrame:
    """Where a prepared tooth stands in its scan: x mesial, y buccal, z occlusal (along the insertion axis), mm.

    Mesial, buccal and occlusal are left-handed in the upper left and lower right quadrants; those teeth are mirrored
    on the way in, so that one network and one atlas serve both sides.

    Args:
        to_site: (4, 4) from the scan's coordinates to the frame; a reflection where `mirrored`.
        mirrored: Whether the tooth stands in such a quadrant.
    """

    to_site: Float
    mirrored: bool

    @property
    def to_scan(self) -> Float:
        """(4, 4) the way back."""
        return np.linalg.inv(self.to_site)

    def mesh_in(self, mesh: Mesh) -> Mesh:
        """A mesh of the scan in this frame; its faces are turned where the frame mirrors, so that they look outward."""
        return mesh.transformed(self.to_site)

    def mesh_back(self, mesh: Mesh) -> Mesh:
        """A mesh of this frame in the scan's coordinates."""
        return mesh.transformed(self.to_scan)

    def points_in(self, points: Float) -> Float:
        """(n, 3) points of the scan in this frame, mm."""
        return apply(self.to_site, points)

    def points_back(self, points: Float) -> Float:
        """(n, 3) points of this frame in the scan's coordinates, mm."""
        return apply(self.to_scan, points)


def preparation_frame(tooth: int, centre: Float, *, axis: Float, mesial: Float) -> PreparationFrame:
    """The frame of a tooth.

    Args:
        tooth: FDI number; its quadrant says on which side of mesial and occlusal the cheek is.
        centre: (3,) the origin in the scan's coordinates, mm: the middle of the margin, or of the site before there
            is one.
        axis: (3,) towards occlusal, of any length: the crown is seated along -axis.
        mesial: (3,) about towards mesial, of any length; its part along the axis does not count.

    Raises:
        FrameError: a direction is zero or not finite, or mesial runs along the axis.
        LabelError: no such tooth.
    """
    z = _unit(axis, "axis", tooth)
    towards = _unit(mesial, "mesial direction", tooth)
    across = towards - (towards @ z) * z
    if np.linalg.norm(across) < _LEAST_ACROSS:
        raise FrameError(
            f"tooth {tooth}: the mesial direction runs along the insertion axis, expected one across it; "
            "name the axis, or look whether the teeth beside the preparation are numbered rightly"
        )
    x = across / np.linalg.norm(across)
    mirrored = quadrant(tooth) in _MIRRORED_QUADRANTS
    y = -np.cross(z, x) if mirrored else np.cross(z, x)
    to_site = np.eye(4)
    to_site[:3, :3] = [x, y, z]
    to_site[:3, 3] = -to_site[:3, :3] @ np.asarray(centre, dtype=float)
    return PreparationFrame(to_site, mirrored)


def mesial_direction(scan: Mesh, tooth: int) -> Float:
    """(3,) unit vector from the nearest numbered tooth distal of a tooth to the nearest one mesial of it.

    Where one side has none, from or to the tooth itself.

    Args:
        scan: With the vertex attribute ``label`` (FDI, 0 gum).
        tooth: FDI number.

    Raises:
        FrameError: no labels, or no other tooth of the jaw among them.
        LabelError: no such tooth.
    """
    labels = scan.vertex_attributes.get("label")
    if labels is None:
        raise FrameError(f"tooth {tooth}: found a scan without tooth numbers, expected them or a mesial direction")
    here, order = (side(tooth), number(tooth)), _mesial_first(tooth)
    place = order.index(here)
    ahead = _nearest(scan, labels, tooth, order[:place][::-1])
    behind = _nearest(scan, labels, tooth, order[place + 1 :])
    own = _nearest(scan, labels, tooth, [here])
    start, end = (own if behind is None else behind), (own if ahead is None else ahead)
    if start is None or end is None or start is end:
        raise FrameError(
            f"tooth {tooth}: found no other numbered tooth of its jaw in the scan, expected one beside it; "
            "scan the neighbours too, or give a mesial direction"
        )
    return _unit(end - start, "mesial direction", tooth)


def _mesial_first(tooth: int) -> list[tuple[str, int]]:
    """Side and number of every place along the jaw, so that what is mesial of this tooth comes before it."""
    own, other = side(tooth), RIGHT if side(tooth) == LEFT else LEFT
    return [(other, n) for n in range(8, 0, -1)] + [(own, n) for n in range(1, 9)]


def _nearest(scan: Mesh, labels: Int, tooth: int, places: Sequence[tuple[str, int]]) -> Float | None:
    """(3,) middle of the first tooth that the scan has among some places of a tooth's jaw; milk teeth count."""
    for where, n in places:
        standing = [fdi for fdi in TEETH if (jaw(fdi), side(fdi), number(fdi)) == (jaw(tooth), where, n)]
        vertices = scan.vertices[np.isin(labels, standing)]
        if len(vertices):
            return vertices.mean(axis=0)
    return None


def _unit(vector: Float, what: str, tooth: int) -> Float:
    vector = np.asarray(vector, dtype=float)
    length = float(np.linalg.norm(vector))
    if vector.shape != (3,) or not np.isfinite(length) or length == 0:
        raise FrameError(f"tooth {tooth}: found {vector.tolist()} as its {what}, expected three finite numbers, not 0")
    return vector / length
