"""Whether the scan shows the whole margin, or ends or has a hole there."""

from __future__ import annotations

import numpy as np

from typodont.errors import NoPreparationError
from typodont.formats import merge_equal
from typodont.geometry.closed_curve import nearest_on_curve
from typodont.geometry.connectivity import boundary_loops
from typodont.geometry.mesh import Mesh
from typodont.types import Float

LEAST_MM = 0.1
"""Scanned surface that there must be beside the margin line."""


def check_edges(scan: Mesh, margin: Float, *, name: str) -> None:
    """Refuse a scan that ends at the margin line.

    Args:
        scan: mm.
        margin: (M, 3) closed curve on it.
        name: Of the scan, for the message.

    Raises:
        NoPreparationError: an open edge or a hole of the scan lies at the margin.
    """
    first, merged = merge_equal(scan.vertices)
    surface = Mesh(scan.vertices[first], merged[scan.faces])
    low, high = margin.min(axis=0) - 1.0, margin.max(axis=0) + 1.0
    for loop in boundary_loops(surface):
        points = surface.vertices[loop]
        points = points[((points > low) & (points < high)).all(axis=1)]
        away = nearest_on_curve(margin, points)[0] if len(points) else np.zeros(0)
        if len(away) and away.min() < LEAST_MM:
            x, y, z = points[away.argmin()]
            raise NoPreparationError(
                f"{name}: the scan is open {away.min():.2f} mm beside the margin line, at ({x:.1f}, {y:.1f}, {z:.1f}), "
                f"expected surface at least {LEAST_MM:g} mm beyond it all round; scan the preparation again, or draw "
                "the margin on what was scanned"
            )
