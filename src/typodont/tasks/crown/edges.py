"""Whether the scan shows the whole margin, or ends or has a hole there."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from typodont.errors import NoPreparationError
from typodont.formats import merge_equal
from typodont.geometry.closed_curve import even_points
from typodont.geometry.connectivity import boundary_edges
from typodont.geometry.mesh import Mesh
from typodont.types import Float

BESIDE_MM = 0.1
"""A place of the margin line with an open edge of the scan nearer than this is not shown on both sides."""

MOST_SHARE = 0.1
"""Of the margin line may run along open edges, as where a case was cut out between two teeth."""

_STEP_MM = 0.05


def check_edges(scan: Mesh, margin: Float, *, name: str) -> list[str]:
    """What should be said of open edges at the margin line; refused where too much of it runs along them.

    Args:
        scan: mm.
        margin: (M, 3) closed curve on it.
        name: Of the scan, for the message.

    Raises:
        NoPreparationError: the scan ends, or has holes, along much of the margin.
    """
    line = even_points(margin, spacing=_STEP_MM)
    edge = _open_edges(scan, line)
    if not len(edge):
        return []
    away = KDTree(edge).query(line)[0]
    share = float((away < BESIDE_MM).mean())
    if not share:
        return []
    x, y, z = line[away.argmin()]
    found = f"the scan is open along {share:.0%} of the margin line, nearest at ({x:.1f}, {y:.1f}, {z:.1f})"
    if share > MOST_SHARE:
        raise NoPreparationError(
            f"{name}: {found}; expected surface on both sides of it, but for {MOST_SHARE:.0%}; scan the preparation "
            "again, or draw the margin on what was scanned (--margin)"
        )
    return [f"{found}; there it is only as good as the edge of the scan"]


def _open_edges(scan: Mesh, line: Float) -> Float:
    """(n, 3) points along the open edges of a scan near a line; equal positions count as one vertex."""
    first, merged = merge_equal(scan.vertices)
    surface = Mesh(scan.vertices[first], merged[scan.faces])
    ends = surface.vertices[boundary_edges(surface)]
    low, high = line.min(axis=0) - 1.0, line.max(axis=0) + 1.0
    near = ends[((ends > low) & (ends < high)).all(axis=(1, 2))]
    steps = np.linspace(0, 1, 8)[:, None, None]
    return (near[:, 0] * (1 - steps) + near[:, 1] * steps).reshape(-1, 3)
