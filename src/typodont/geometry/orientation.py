"""Which side of a surface is the outside: some programs write scans with every face turned over."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from typodont.errors import MeshError
from typodont.geometry.connectivity import boundary_loops
from typodont.geometry.curvature import tangent_frame
from typodont.geometry.mesh import Mesh
from typodont.geometry.rays import RayScene, hemisphere_directions
from typodont.geometry.sampling import sample_surface


class Facing(NamedTuple):
    """Answer of `is_inside_out`: whether the normals point inward, and how certain that is, 0 (a coin) to 1."""

    inside_out: bool
    certainty: float


def is_inside_out(mesh: Mesh, *, samples: int = 1500, rays: int = 24, seed: int = 0) -> Facing:
    """Do the faces of this scan look inward?

    Two signs that need no pose and no unit. The outer side of teeth and gum sees more of the sky than the hollow
    side behind it; and the surface, with its borders closed by fans, should enclose a positive volume. On real
    arches each of them alone is right, also on halves, single molars and borders cut close to the teeth; a flat
    plate has no outside and gives a certainty near 0.

    Args:
        mesh: Surface, open or closed, any pose and unit.
        samples: places looked from.
        rays: directions looked into from each side of each place.
        seed: of the places.

    Raises:
        MeshError: the mesh has no area.
    """
    front, back = sky_share(mesh, samples=samples, rays=rays, seed=seed)
    sight = float(np.clip(3 * (front - back) / max(front + back, 1e-9), -1, 1))
    bulge = float(np.tanh(40 * enclosed_volume(mesh) / mesh.face_areas.sum() ** 1.5))
    score = 0.5 * (sight + bulge)
    return Facing(score < 0, abs(score))


def turned_over(mesh: Mesh) -> Mesh:
    """The same surface with the other side outward; vertices keep their order."""
    return replace(mesh, faces=mesh.faces[:, ::-1])


def sky_share(mesh: Mesh, *, samples: int = 1500, rays: int = 24, seed: int = 0) -> tuple[float, float]:
    """Mean share of the sky that the front (the normals' side) and the back of the surface see, 0..1."""
    points, normals, _ = sample_surface(mesh, samples, np.random.default_rng(seed), smooth_normals=False)
    scene = RayScene(mesh)
    u, v = tangent_frame(normals)
    lift = 1e-4 * float(np.linalg.norm(np.ptp(mesh.vertices, axis=0)))
    shares = []
    for side in (1.0, -1.0):
        origins = points + side * lift * normals
        free = 0
        for x, y, z in hemisphere_directions(rays, cosine_weighted=True):
            free += np.count_nonzero(~scene.occluded(origins, x * u + y * v + side * z * normals))
        shares.append(free / (samples * rays))
    return shares[0], shares[1]


def enclosed_volume(mesh: Mesh) -> float:
    """Volume inside the surface, mm³, negative if the faces look inward; each border is closed by a fan of triangles
    to its centre.

    Raises:
        MeshError: the mesh has no faces.
    """
    if not len(mesh.faces):
        raise MeshError("a mesh without faces encloses nothing")
    vertices = mesh.vertices - mesh.vertices.mean(axis=0)
    a, b, c = (vertices[mesh.faces[:, i]] for i in range(3))
    volume = float(np.einsum("fi,fi->", a, np.cross(b, c)))
    for loop in boundary_loops(mesh):
        rim = vertices[loop]
        volume += float(np.einsum("i,fi->", rim.mean(axis=0), np.cross(np.roll(rim, -1, axis=0), rim)))
    return volume / 6
