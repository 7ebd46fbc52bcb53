"""Whether the scan shows the whole margin, or ends or has a hole there."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from typodont.errors import NoPreparationError
from typodont.formats import merge_equal
from typodont.geometry.closed_curve import even_points, nearest_on_curve
from typodont.geometry.connectivity import boundary_edges, face_components
from typodont.geometry.mesh import Mesh
from typodont.types import Float

BESIDE_MM = 0.1
"""A place of the margin line with an open edge of the scan nearer than this is not shown on both sides."""

MOST_SHARE = 0.1
"""Of the margin line may run along open edges, as where a case was cut out between two teeth."""

NEAR_MM = 1.5
"""Open edges nearer to the margin line get a strip of surface beyond them."""

STRIP_MM = 1.5

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


def prepared_piece(scan: Mesh, inside: Float) -> Mesh:
    """The connected piece of a scan that holds most of the preparation; it keeps ``source_vertex``, see `Mesh.submesh`.

    Cases are often cut into a piece for each tooth, and the cut edges of neighbours lie close to the margin.

    Args:
        scan: N vertices, mm; equal positions are one vertex.
        inside: (N,) probability that a vertex lies inside the margin.
    """
    piece = face_components(scan)
    prepared = inside[scan.faces].mean(axis=1) * scan.face_areas
    return scan.submesh(piece == np.bincount(piece, weights=prepared).argmax())


def extended(scan: Mesh, margin: Float, inside: Float, axis: Float) -> Mesh:
    """The scan with a strip of surface down along the axis where it ends beside the margin line.

    A restoration ends on the margin; how the tooth goes on below it does not shape it, but that it goes on does.

    Args:
        scan: N vertices, mm; equal positions are one vertex.
        margin: (M, 3) closed curve on it.
        inside: (N,) probability that a vertex lies inside the margin; holes there are left as they are.
        axis: (3,) unit, to occlusal.

    Returns:
        The scan itself where it ends nowhere near; else its vertices and faces with new ones behind them.
    """
    edges = boundary_edges(scan)
    away, _, _ = nearest_on_curve(margin, scan.vertices[edges].mean(axis=1))
    edges = edges[(away < NEAR_MM) & (inside[edges] < 0.5).all(axis=1)]
    if not len(edges):
        return scan
    upper, place = np.unique(edges, return_inverse=True)
    start, end = place.reshape(edges.shape).T + len(scan.vertices)
    strip = np.concatenate([np.stack([edges[:, 1], edges[:, 0], start], 1), np.stack([edges[:, 1], start, end], 1)])
    lower = scan.vertices[upper] - STRIP_MM * axis
    return Mesh(np.concatenate([scan.vertices, lower]), np.concatenate([scan.faces, strip]))


def _open_edges(scan: Mesh, line: Float) -> Float:
    """(n, 3) points along the open edges of a scan near a line; equal positions count as one vertex."""
    first, merged = merge_equal(scan.vertices)
    surface = Mesh(scan.vertices[first], merged[scan.faces])
    ends = surface.vertices[boundary_edges(surface)]
    low, high = line.min(axis=0) - 1.0, line.max(axis=0) + 1.0
    near = ends[((ends > low) & (ends < high)).all(axis=(1, 2))]
    steps = np.linspace(0, 1, 8)[:, None, None]
    return (near[:, 0] * (1 - steps) + near[:, 1] * steps).reshape(-1, 3)
