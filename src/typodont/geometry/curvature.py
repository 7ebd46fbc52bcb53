"""How a surface bends: at vertices over a chosen scale, and across edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.geometry.connectivity import face_adjacency
from typodont.geometry.mesh import Mesh, scatter_sum
from typodont.geometry.smoothing import diffuse
from typodont.types import Float, Int


@dataclass(frozen=True)
class Curvature:
    """Bending at N vertices, 1/mm; positive where the surface bulges outward (cusps), negative in grooves.

    Args:
        maximum: (N,) larger principal curvature.
        minimum: (N,) smaller principal curvature.
    """

    maximum: Float
    minimum: Float

    @property
    def mean(self) -> Float:
        """(N,) float, 1/mm: mean curvature; 1/r on a ball of radius r."""
        return 0.5 * (self.maximum + self.minimum)

    @property
    def gaussian(self) -> Float:
        """(N,) float, 1/mm²."""
        return self.maximum * self.minimum


def vertex_curvature(mesh: Mesh, *, scale: float = 0.5) -> Curvature:
    """Principal curvatures at every vertex, averaged over about `scale` mm of surface around it.

    A curvature tensor per face, from how the vertex normals turn along its edges, is gathered at the vertices,
    blurred along the surface and read off in each vertex's tangent plane. Bends tighter than the scale are
    flattened; zero at vertices without faces.

    Args:
        mesh: Surface with N vertices, mm, outward faces.
        scale: standard deviation of the averaging, mm; 0 for none.

    Source: Rusinkiewicz 2004 for the tensor of a face.
    """
    tensor = scatter_sum(_face_tensors(mesh) * mesh.face_areas[:, None], mesh.faces, len(mesh.vertices))
    area = scatter_sum(mesh.face_areas[:, None], mesh.faces, len(mesh.vertices))
    tensor = np.divide(tensor, area, out=np.zeros_like(tensor), where=area > 0)
    if scale > 0:
        tensor = diffuse(mesh, tensor, sigma=scale, steps=1)
    u, v = tangent_frame(mesh.vertex_normals)
    a, b, c = _along(tensor, u, u), _along(tensor, u, v), _along(tensor, v, v)
    middle, spread = 0.5 * (a + c), np.sqrt(np.maximum(0.25 * (a - c) ** 2 + b**2, 0))
    return Curvature(middle + spread, middle - spread)


def edge_concavity(mesh: Mesh) -> tuple[Int, Float]:
    """How sharply the surface folds inward between neighbouring faces: the grooves along which teeth are cut apart.

    Returns:
        faces (A, 2) int: neighbours, as `connectivity.face_adjacency` gives them; angle (A,) float, degrees: 0 flat,
        positive in a groove (concave), negative on a ridge (convex).
    """
    pairs, _ = face_adjacency(mesh)
    first, second = mesh.face_normals[pairs[:, 0]], mesh.face_normals[pairs[:, 1]]
    centres = mesh.vertices[mesh.faces].mean(axis=1)
    between = centres[pairs[:, 1]] - centres[pairs[:, 0]]
    sine = np.linalg.norm(np.cross(first, second), axis=1)
    angle = np.degrees(np.arctan2(sine, np.einsum("ij,ij->i", first, second)))
    rises = np.einsum("ij,ij->i", between, first - second)
    return pairs, np.where(rises > 0, angle, -angle)


def tangent_frame(normals: Float) -> tuple[Float, Float]:
    """Two unit vectors (n, 3) that complete each unit normal (n, 3) to a right-handed frame (u, v, normal)."""
    other = np.where(np.abs(normals[:, :1]) < 0.9, [[1.0, 0.0, 0.0]], [[0.0, 1.0, 0.0]])
    u = np.cross(other, normals)
    u /= np.maximum(np.linalg.norm(u, axis=1, keepdims=True), 1e-12)
    return u, np.cross(normals, u)


def _face_tensors(mesh: Mesh) -> Float:
    """(F, 6) float: second fundamental form of each face as xx yy zz xy yz zx in world axes; zero where degenerate."""
    u, v = tangent_frame(mesh.face_normals)
    points, normals = mesh.vertices[mesh.faces], mesh.vertex_normals[mesh.faces]
    # along each edge e the normal changes by II e: three edges, two equations each, for (a, b, c) of [[a b] [b c]]
    system = np.zeros((len(mesh.faces), 6, 3))
    change = np.zeros((len(mesh.faces), 6))
    for k in range(3):
        edge, turn = points[:, (k + 1) % 3] - points[:, k], normals[:, (k + 1) % 3] - normals[:, k]
        x, y = np.einsum("fi,fi->f", edge, u), np.einsum("fi,fi->f", edge, v)
        system[:, 2 * k, 0], system[:, 2 * k, 1] = x, y
        system[:, 2 * k + 1, 1], system[:, 2 * k + 1, 2] = x, y
        change[:, 2 * k], change[:, 2 * k + 1] = np.einsum("fi,fi->f", turn, u), np.einsum("fi,fi->f", turn, v)
    square = np.einsum("fki,fkj->fij", system, system)
    size = np.einsum("fii->f", square)
    good = mesh.face_areas > 1e-4 * size / 4  # slivers say nothing about the bend across them
    square[~good] = np.eye(3)
    square += 1e-9 * np.maximum(size, 1e-30)[:, None, None] * np.eye(3)
    a, b, c = np.linalg.solve(square, np.einsum("fki,fk->fi", system, change)[..., None])[..., 0].T
    form = np.stack([a, b, c]) * good
    tensor = np.stack(
        [
            form[0] * u[:, i] * u[:, j]
            + form[1] * (u[:, i] * v[:, j] + v[:, i] * u[:, j])
            + form[2] * v[:, i] * v[:, j]
            for i, j in ((0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (2, 0))
        ],
        axis=1,
    )
    return tensor


def _along(tensor: Float, u: Float, v: Float) -> Float:
    """(N,) float: u' T v."""
    mixed = (u[:, [0, 1, 2]] * v[:, [1, 2, 0]] + v[:, [0, 1, 2]] * u[:, [1, 2, 0]]) * tensor[:, 3:]
    return (u * v * tensor[:, :3]).sum(axis=1) + mixed.sum(axis=1)
