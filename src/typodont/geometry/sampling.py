"""Points spread evenly over a surface, whatever the sizes of its triangles."""

from __future__ import annotations

import numpy as np

from typodont.errors import MeshError
from typodont.geometry.mesh import Mesh
from typodont.types import Float, Int


def sample_surface(
    mesh: Mesh, n: int, rng: np.random.Generator, *, smooth_normals: bool = True
) -> tuple[Float, Float, Int]:
    """`n` points spread over the surface by area.

    Args:
        mesh: Surface, mm.
        n: number of points.
        rng: source of chance.
        smooth_normals: interpolate vertex normals; otherwise the normal of the face.

    Returns:
        points (n, 3) mm; unit normals (n, 3); face (n,) int.

    Raises:
        MeshError: the mesh has no area.
    """
    face, weights = sample_faces(mesh, n, rng)
    points = interpolate(mesh, mesh.vertices, face, weights)
    if not smooth_normals:
        return points, mesh.face_normals[face], face
    normals = interpolate(mesh, mesh.vertex_normals, face, weights)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return points, np.where(length > 1e-6, normals / np.maximum(length, 1e-12), mesh.face_normals[face]), face


def sample_faces(mesh: Mesh, n: int, rng: np.random.Generator) -> tuple[Int, Float]:
    """Face (n,) and barycentric weights (n, 3) of points spread by area.

    Stratified: the running sum of areas is cut into `n` equal pieces with one point in each, so every face
    holds its share to within one or two points. The order of the points follows the order of the faces.
    """
    running = np.cumsum(mesh.face_areas)
    if not len(running) or running[-1] <= 0:
        raise MeshError("cannot place points on a surface without area")
    target = (np.arange(n) + rng.random(n)) / n * running[-1]
    face = np.minimum(np.searchsorted(running, target, side="right"), len(running) - 1)
    root, share = np.sqrt(rng.random(n)), rng.random(n)
    return face, np.stack([1 - root, root * (1 - share), root * share], axis=1)


def interpolate(mesh: Mesh, vertex_values: Float, face: Int, weights: Float) -> Float:
    """(n, ...) values at points given by face (n,) and barycentric weights (n, 3), from (N, ...) vertex values."""
    return np.einsum("nk...,nk->n...", vertex_values[mesh.faces[face]], weights)
