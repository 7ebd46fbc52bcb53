"""What a scanner does to a preparation's scan: shade between teeth, noise, decimation, holes, islands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.geometry.connectivity import label_components
from typodont.geometry.mesh import Mesh
from typodont.geometry.rays import RayScene
from typodont.synth.scan_faults import Raggedness
from typodont.types import Bool, Float

_STEEPEST = np.radians(72)
_LEAST_PIECE = 0.02
_CLEAR_MM = 11.0  # the dentist scans the preparation itself until nothing hides it


@dataclass(frozen=True)
class ScanFaults:
    """How one scan was taken.

    Args:
        blur: mm that the scanner cannot resolve at the preparation. far_blur: elsewhere.
        sharpness: 0..1, how sharp the margin's edge comes out.
        wave, noise: mm, standard deviation of slow and of fine noise along the normals.
        tolerance: mm by which decimation may move the surface.
        shade: whether what no camera could see is missing rather than filled in.
        holes, islands: how many.
    """

    blur: float
    far_blur: float
    sharpness: float
    wave: float
    noise: float
    tolerance: float
    shade: bool
    holes: int
    islands: int


def draw_faults(rng: np.random.Generator) -> ScanFaults:
    """From a good scan to a poor one; noise of 10 to 30 micrometres in all."""
    return ScanFaults(
        blur=rng.uniform(0.02, 0.06),
        far_blur=rng.uniform(0.12, 0.3),
        sharpness=rng.uniform(0.5, 1.0),
        wave=rng.uniform(0.006, 0.022),
        noise=rng.uniform(0.003, 0.012),
        tolerance=rng.uniform(0.002, 0.006),
        shade=bool(rng.random() < 0.5),
        holes=int(rng.poisson(0.7)),
        islands=int(rng.poisson(0.4)),
    )


def is_seen(mesh: Mesh, points: Float, normals: Float, axis: Float) -> Bool:
    """(n,) true for points that some camera within about 72° of the axis sees.

    Args:
        mesh: what stands in the way.
        points: (n, 3) mm. normals: (n, 3) outward.
        axis: (3,) unit vector to occlusal.
    """
    scene = RayScene(mesh)
    side = np.cross(axis, [1.0, 0.3, 0.2])
    side /= np.linalg.norm(side)
    front = np.cross(axis, side)
    seen = np.zeros(len(points), dtype=bool)
    for tilt in np.linspace(0, _STEEPEST, 4):
        for turn in np.linspace(0, 2 * np.pi, 1 if tilt == 0 else 8, endpoint=False):
            toward = np.cos(tilt) * axis + np.sin(tilt) * (np.cos(turn) * side + np.sin(turn) * front)
            rest = np.flatnonzero(~seen & (normals @ toward > 0.1))
            free = ~scene.occluded(points[rest] + 0.02 * normals[rest], np.tile(toward, (len(rest), 1)))
            seen[rest[free]] = True
    return seen


def add_noise(rng: np.random.Generator, mesh: Mesh, faults: ScanFaults) -> Mesh:
    """Vertices moved along their normals by slow waves and fine noise."""
    wave = faults.wave / 0.7 * Raggedness(rng).at(mesh.vertices)
    fine = faults.noise * rng.standard_normal(len(mesh.vertices))
    return Mesh(mesh.vertices + mesh.vertex_normals * (wave + fine)[:, None], mesh.faces)


def large_pieces(mesh: Mesh) -> Mesh:
    """Without crumbs: the pieces of at least 2 % of the faces."""
    piece = label_components(len(mesh.vertices), mesh.edges)[mesh.faces[:, 0]]
    size = np.bincount(piece)
    kept = mesh.submesh(size[piece] >= _LEAST_PIECE * len(mesh.faces))
    return Mesh(kept.vertices, kept.faces)


def add_islands(rng: np.random.Generator, mesh: Mesh, site: Float, count: int) -> Mesh:
    """Loose shreds of surface that float 1 to 5 mm above the scan, not at the `site`: a caught cheek, spit, a glove."""
    away = np.flatnonzero(np.linalg.norm(mesh.vertices - site, axis=1) > _CLEAR_MM)
    for _ in range(count if len(away) else 0):
        seed = rng.choice(away)
        near = np.linalg.norm(mesh.vertices - mesh.vertices[seed], axis=1) < rng.uniform(0.5, 1.5)
        shred = mesh.submesh(near[mesh.faces].all(axis=1))
        shift = rng.uniform(1.0, 5.0) * mesh.vertex_normals[seed]
        faces = np.vstack([mesh.faces, shred.faces + len(mesh.vertices)])
        mesh = Mesh(np.vstack([mesh.vertices, shred.vertices + shift]), faces)
    return mesh
