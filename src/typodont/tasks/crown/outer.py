"""The outer surface of a restoration: what the tooth probably looked like, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import map_coordinates
from scipy.spatial import KDTree
from torch import nn

from typodont.datasets.crown_region import Preparation, RegionGrid, make_region, preparation_at, prior_of
from typodont.datasets.preparation_frame import PreparationFrame
from typodont.datasets.region_samples import region_batch
from typodont.geometry.closed_curve import even_points
from typodont.geometry.connectivity import face_components
from typodont.geometry.mesh import Mesh
from typodont.geometry.voxels import Grid, marching_cubes
from typodont.records.crown_case import Kind
from typodont.types import Float

_BLEND_MM = 0.6
"""How far the surface follows when it is drawn to what is known of it, in standard deviations."""

_BESIDE, _MOVED_MM = 8, 1.2
"""So many places say how far a voxel's distance is off, and farther voxels than this, mm, make no surface."""

_OFF_MM = 0.002
"""Samples are at least this far from the surface."""

_KNOWN_MM = 1.2
"""Around the margin of a partial crown, the surface of the tooth that is left is known to this distance."""

_TRUSTED_MM = 0.35
"""What lies farther from the completed surface is no part of the tooth that is left."""


@dataclass(frozen=True)
class Outer:
    """The completed tooth.

    Args:
        mesh: Closed outer surface of the whole tooth around the site, coordinates of the scan, mm; it passes along the
            margin to about 0.05 mm and goes on beyond it.
        sigma: (N,) expected error of each vertex along its normal, mm (one standard deviation).
    """

    mesh: Mesh
    sigma: Float


def complete_outer(
    scan: Mesh,
    antagonist: Mesh | None,
    margin: Float,
    net: nn.Module,
    *,
    kind: Kind,
    tooth: int,
    frame: PreparationFrame,
) -> Outer:
    """The outer surface that a prepared tooth probably had, fitted to its margin.

    The atlas tooth of its type is fitted to the margin, to what is left of the tooth, to the neighbours and to the
    antagonist; a network that sees all of them corrects it.

    Args:
        scan: Preparation, neighbours and gum; mm.
        antagonist: Opposing jaw in bite, same coordinates; None: nothing is known of it.
        margin: (M, 3) closed curve on the scan, same coordinates.
        net: A network for outer surfaces, such as `nets.crown_unet`, ready to predict.
        kind: What is made.
        tooth: FDI number.
        frame: From `preparation_frame`, its origin in the middle of the margin and z along the insertion axis.

    Raises:
        MeshError: the scan has no surface around the margin, or no surface comes out.
    """
    region = RegionGrid.of_voxels(float(net.voxel_mm))  # type: ignore[arg-type]
    preparation = preparation_at(scan, antagonist, margin, kind=kind, tooth=tooth, frame=frame, region=region)
    sample = make_region(preparation, prior_of(preparation), region)
    with torch.inference_mode():
        output = net(region_batch([sample]))
    prior, distance = (part[0].numpy().astype(np.float64) for part in (output.prior, output.distance))
    distance = prior + (distance - prior) * above(preparation.margin, region.grid)
    spread = np.exp(0.5 * output.log_variance[0].numpy().astype(np.float64))
    distance = drawn_to(known_places(preparation, distance, region.grid), distance, region.grid)
    mesh = closed_surface(distance, region.grid)
    return Outer(frame.mesh_back(mesh), at_places(spread, region.grid, mesh.vertices))


def above(margin: Float, grid: Grid) -> Float:
    """(1, 1, H) 1 down to half a millimetre below the lowest point of a margin, 0 a millimetre farther down, where
    the network never saw a tooth."""
    _, _, low = grid.origin
    height = low + grid.spacing * np.arange(grid.shape[2])
    return np.clip(height - (margin[:, 2].min() - 1.5), 0, 1)[None, None]


def known_places(preparation: Preparation, distance: Float, grid: Grid) -> Float:
    """(n, 3) places through which the outer surface passes: the margin, and the tooth around it where it is left.

    Args:
        preparation: See there. distance: (D, H, W) completed signed distance. grid: of it.
    """
    margin = even_points(preparation.margin, spacing=grid.spacing)
    if preparation.kind == "crown":
        return margin
    scan = preparation.scan
    outside = np.ones(len(scan.vertices), dtype=bool)
    outside[scan.faces[preparation.inside]] = False
    near = np.flatnonzero(outside & (KDTree(margin).query(scan.vertices)[0] < _KNOWN_MM))
    places = scan.vertices[near]
    gradient = np.asarray(np.gradient(distance, grid.spacing))
    slope = np.stack([at_places(part, grid, places) for part in gradient], axis=1)
    alike = np.einsum("ni,ni->n", slope, scan.vertex_normals[near]) > 0.7
    close = np.abs(at_places(distance, grid, places)) < _TRUSTED_MM
    return np.vstack([margin, places[alike & close]])


def drawn_to(places: Float, distance: Float, grid: Grid) -> Float:
    """A signed distance corrected so that the surface passes through some places; far from them it stays.

    Args:
        places: (n, 3) mm. distance: (D, H, W) mm. grid: of it.
    """
    off = at_places(distance, grid, places)
    close = np.flatnonzero(np.abs(distance).ravel() < _MOVED_MM)
    far, nearest = KDTree(places).query(grid.points()[close], k=min(_BESIDE, len(places)))
    weight = np.exp(-0.5 * ((far - far[:, :1]) / (0.5 * _BLEND_MM)) ** 2)
    correction = (weight * off[nearest]).sum(axis=1) / weight.sum(axis=1)
    drawn = distance.copy().ravel()
    drawn[close] -= correction * np.exp(-0.5 * (far[:, 0] / _BLEND_MM) ** 2)
    return drawn.reshape(distance.shape)


def closed_surface(distance: Float, grid: Grid) -> Mesh:
    """The largest piece of the surface where a signed distance is zero, closed where it leaves the grid.

    Raises:
        MeshError: there is none.
    """
    # a sample right on the surface would make faces without area, and holes where they are left out
    distance = np.where(np.abs(distance) < _OFF_MM, np.copysign(_OFF_MM, distance), distance)
    padded = np.pad(distance, 1, constant_values=grid.spacing)
    x, y, z = (low - grid.spacing for low in grid.origin)
    d, h, w = padded.shape
    mesh = marching_cubes(padded, Grid((x, y, z), grid.spacing, (d, h, w)))
    largest = mesh.submesh(face_components(mesh) == 0)
    return Mesh(largest.vertices, largest.faces)


def at_places(values: Float, grid: Grid, places: Float) -> Float:
    """(n,) values of a volume between its samples; beyond the grid those at its border."""
    cells = (places - grid.origin) / grid.spacing
    return np.asarray(map_coordinates(values, cells.T, order=1, mode="nearest"))
