"""Scans that show their inside: turned over, or mirror images, and what is assumed about them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from typodont.geometry.mesh import Mesh
from typodont.geometry.orientation import is_inside_out, turned_over
from typodont.types import Float

SURE = 0.25
"""Below this certainty a surface counts as rightly faced."""

_MIRROR = np.diag([-1.0, 1.0, 1.0, 1.0])


@dataclass(frozen=True)
class FacedMesh:
    """A scan as a network may see it.

    Args:
        mesh: Vertices in the order of the scan, faces outward, not a mirror image.
        motion: (4, 4) from the scan's coordinates to those of `mesh`; determinant -1 if it was mirrored back.
        mirrored: Whether it was.
        warnings: What was assumed, in words.
    """

    mesh: Mesh
    motion: Float
    mirrored: bool
    warnings: tuple[str, ...]


def faced(mesh: Mesh, mirrored: str) -> FacedMesh:
    """Turn a scan over or mirror it back, as its faces and the option `mirrored` ("auto", "yes", "no") say.

    A mirror image whose faces were turned along with it is a plausible arch of another person and cannot be told
    from its shape. Only a mirrored scan whose faces were left as they were shows itself: its faces look inward.
    """
    facing = is_inside_out(mesh)
    inward = facing.inside_out and facing.certainty >= SURE
    if mirrored == "no" and inward:
        return FacedMesh(turned_over(mesh), np.eye(4), False, (f"{_INWARD}: faces turned over, shape left as it is",))
    if mirrored == "no" or (mirrored == "auto" and not inward):
        return FacedMesh(mesh, np.eye(4), False, ())
    vertices = mesh.vertices * [-1.0, 1.0, 1.0]
    back = replace(mesh, vertices=vertices) if inward else turned_over(replace(mesh, vertices=vertices))
    if mirrored == "yes":
        return FacedMesh(back, _MIRROR, True, ("MIRRORED SCAN: mirrored back for numbering, as asked",))
    return FacedMesh(back, _MIRROR, True, (_ASSUMED,))


_INWARD = "the faces of this surface look inward"
_ASSUMED = (
    f"MIRRORED SCAN: {_INWARD}, which happens when a scan is mirrored (one axis negated) and its faces are not turned. "
    "It was taken for a mirror image and mirrored back, so the numbers are those of the patient before mirroring. "
    "If only the faces are turned over and the shape is right, say so with --mirrored no: left and right then change"
)
