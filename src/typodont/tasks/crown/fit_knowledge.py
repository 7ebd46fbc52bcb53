"""How each place of a restoration is known: measured, given by the antagonist, or guessed, and how wrong it may be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from typodont.geometry.mesh import Mesh
from typodont.tasks.crown.fit_measure import VertexFit
from typodont.types import Float, Int

MEASURED, ANTAGONIST, GUESSED = 0, 1, 2
KNOWLEDGE = ("measured", "antagonist", "guessed")
"""Names of the values: copied from the scan, held by the antagonist, or from the network and the tooth atlas."""

SCANNER_MM = 0.02
"""Local error of intra-oral scanners, 10 to 30 µm: what is expected where the scan itself was copied."""
EDGE_MM = 0.05
"""So near to the margin line the outer surface is held by the scan."""
HELD_MM = 0.2
"""So near to the antagonist the outer surface is held by it: higher would be in the way, much lower out of bite."""


@dataclass(frozen=True)
class Knowledge:
    """How each of the N vertices is known.

    Args:
        kind: (N,) uint8: `MEASURED`, `ANTAGONIST` or `GUESSED`.
        expected_error: (N,) mm, one standard deviation from the tooth as it was; NaN where nobody stated one.
    """

    kind: Int
    expected_error: Float


def knowledge(mesh: Mesh, vertices: VertexFit, *, outer: Mesh | None = None, sigma: Float | None = None) -> Knowledge:
    """How each vertex of a restoration is known.

    The intaglio follows the scan. Of the outer surface, what the antagonist or the margin line holds is told apart
    from the rest, which is guessed. Where the building moved the outer surface away from what the network proposed,
    that way is added to the expected error.

    Args:
        mesh: The restoration, N vertices.
        vertices: What was measured of it.
        outer: The proposed outer surface, with P vertices, same frame.
        sigma: (P,) its expected error, mm.
    """
    kind = np.full(len(mesh.vertices), GUESSED, dtype=np.uint8)
    kind[np.abs(vertices.antagonist) <= HELD_MM] = ANTAGONIST
    kind[~vertices.outer | (vertices.margin <= EDGE_MM)] = MEASURED
    expected = np.full(len(mesh.vertices), np.nan)
    if outer is not None and sigma is not None:
        away, nearest = KDTree(outer.vertices).query(mesh.vertices)
        moved = np.abs(np.einsum("ij,ij->i", mesh.vertices - outer.vertices[nearest], outer.vertex_normals[nearest]))
        expected = np.hypot(sigma[nearest], np.where(away < 1.0, moved, away))
    expected[kind == MEASURED] = SCANNER_MM
    return Knowledge(kind, expected)
