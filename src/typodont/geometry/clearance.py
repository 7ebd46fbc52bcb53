"""Free space between a surface and what stands against it: gaps, contacts, penetration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.errors import MeshError
from typodont.geometry.connectivity import boundary_edges, face_adjacency, label_components
from typodont.geometry.mesh import Mesh
from typodont.geometry.surface_places import Places, Surface
from typodont.types import Bool, Float

WRAPPED = 0.25
"""Winding number from which a point behind a surface lies in it: 0.4 to 0.9 in scanned teeth, near 0 in a hole."""

_ON_EDGE = 1e-6
"""Share of a triangle's height within which a place counts as lying on its edge."""


def clearance(points: Float, surface: Mesh, *, cap_mm: float = 3.0, wrapped: float | None = WRAPPED) -> Float:
    """Signed distance from each point to a surface that stands against it.

    Positive is free space, negative is penetration. Measured along the shortest path, not along an axis. The surface
    may be open, as scans are: its faces tell the sides. Beyond its border there is nothing to measure against, so a
    point that is nearest to the border itself gets NaN. So does one that lies behind the surface without being wrapped
    by it: it lies in a hole, such as the scanner leaves between two teeth.

    Args:
        points: (n, 3) mm.
        surface: Outward faces, mm, same frame.
        cap_mm: Farther points get NaN.
        wrapped: Winding number from which a point behind the surface lies in it. None believes the normals alone: for
            hollow surfaces such as the cavity of an inlay, which wrap nothing.

    Returns:
        (n,) float, mm; NaN where no surface lies within `cap_mm` or the nearest place is its border.

    Raises:
        MeshError: the surface has no faces.

    Source: sign from angle-weighted normals, Baerentzen and Aanaes 2005 (see `Surface`).
    """
    if not len(surface.faces):
        raise MeshError("a surface without faces keeps no distance")
    result = np.full(len(points), np.nan)
    near = np.flatnonzero(_near_box(points, surface, cap_mm))
    if not len(near):
        return result
    kept = surface.submesh((surface.face_areas > 0) & within_reach(surface, points[near], cap_mm))
    if not len(kept.faces):
        return result
    nearest = Surface(kept)
    places = nearest.nearest(points[near])
    distance = nearest.signed_distance(points[near], places)
    lost = (np.abs(distance) > cap_mm) | _on_border(kept, surface, places)
    if wrapped is not None:
        lost[distance < 0] |= winding(kept, points[near[distance < 0]]) < wrapped
    result[near[~lost]] = distance[~lost]
    return result


def _near_box(points: Float, surface: Mesh, reach: float) -> Bool:
    """(n,) bool: points within `reach` of the box around a surface."""
    low, high = surface.vertices.min(axis=0) - reach, surface.vertices.max(axis=0) + reach
    return ((points >= low) & (points <= high)).all(axis=1)


def winding(surface: Mesh, points: Float) -> Float:
    """(n,) how far a surface wraps around points (n, 3): 1 inside a closed one, 0.5 behind a large plate, 0 outside.

    Source: generalised winding number, Barill et al. 2018, by libigl.
    """
    import igl

    if not len(points):
        return np.zeros(0)
    vertices, places = (np.ascontiguousarray(values, dtype=np.float64) for values in (surface.vertices, points))
    return np.asarray(igl.fast_winding_number(vertices, surface.faces, places)).reshape(-1)


def within_reach(surface: Mesh, points: Float, reach: float) -> Bool:
    """(F,) bool: faces that may come within `reach` mm of the box around some points (n, 3), n at least 1."""
    low, high = points.min(axis=0) - reach, points.max(axis=0) + reach
    a, b, c = surface.faces.T
    near = np.ones(len(surface.faces), dtype=bool)
    for beyond in (*(surface.vertices < low).T, *(surface.vertices > high).T):
        near &= ~(beyond[a] & beyond[b] & beyond[c])  # all of it on the far side of one wall of the box
    return near


def _on_border(kept: Mesh, surface: Mesh, places: Places) -> Bool:
    """(n,) bool: does a place on a piece of the surface lie on the border of the whole surface?"""
    border = boundary_edges(surface)
    if not len(border):
        return np.zeros(len(places.face), dtype=bool)
    ends = np.zeros(len(surface.vertices), dtype=bool)
    ends[border] = True
    n = len(surface.vertices)
    keys = np.sort(border.min(axis=1) * n + border.max(axis=1))
    corners, weights = kept.vertex_attributes["source_vertex"][kept.faces[places.face]], places.weights
    on_border = np.zeros(len(corners), dtype=bool)
    for k in range(3):
        i, j = (k + 1) % 3, (k + 2) % 3
        low, high = np.minimum(corners[:, i], corners[:, j]), np.maximum(corners[:, i], corners[:, j])
        on_border |= (weights[:, k] < _ON_EDGE) & np.isin(low * n + high, keys)
        on_border |= (weights[:, i] < _ON_EDGE) & (weights[:, j] < _ON_EDGE) & ends[corners[:, k]]
    return on_border


def area_below(mesh: Mesh, values: Float, level: float) -> Float:
    """Area of each face on which a value is at most `level`; the value runs straight between the corners.

    Args:
        mesh: Surface with N vertices and F faces.
        values: (N,) float; a face with a NaN at a corner counts as nothing.
        level: The limit.

    Returns:
        (F,) float, mm².
    """
    low, middle, high = np.sort(values[mesh.faces], axis=1).T
    with np.errstate(invalid="ignore", divide="ignore"):
        lower = np.square(level - low) / ((middle - low) * (high - low))
        upper = 1 - np.square(high - level) / ((high - middle) * (high - low))
    share = np.select([high <= level, low > level, middle <= level], [1.0, 0.0, upper], lower)
    return mesh.face_areas * np.where(np.isnan(low + middle + high), 0.0, share)


@dataclass(frozen=True)
class Contact:
    """One place where two surfaces touch or nearly so.

    Args:
        area: mm² within the band, on the surface that was asked.
        centre: (3,) its middle, mm.
        distance: The smallest signed distance there, mm; negative is penetration.
    """

    area: float
    centre: Float
    distance: float


def contacts(mesh: Mesh, distance: Float, *, band_mm: float = 0.05) -> list[Contact]:
    """The places of a surface that come within `band_mm` of another one, penetrating or not, largest first.

    Places are faces that hang together; a face that lies partly in the band counts with that part.

    Args:
        mesh: Surface with N vertices.
        distance: (N,) signed distance to the other surface, mm, NaN for none (see `clearance`).
        band_mm: Upper end of the band.

    Source: contact as the band 0 to 50 µm is what design programs show; penetration is counted with it.
    """
    area = area_below(mesh, distance, band_mm)
    pairs, _ = face_adjacency(mesh)
    piece = label_components(len(mesh.faces), pairs, mask=area > 0)
    middles = mesh.vertices[mesh.faces].mean(axis=1)
    found = []
    for number in range(piece.max(initial=-1) + 1):
        faces = piece == number
        centre = np.average(middles[faces], axis=0, weights=area[faces])
        found.append(Contact(float(area[faces].sum()), centre, float(distance[mesh.faces[faces]].min())))
    return sorted(found, key=lambda contact: -contact.area)
