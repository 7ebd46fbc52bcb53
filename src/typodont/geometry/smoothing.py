"""Spread values over a surface, or take the roughness off the surface itself, at a scale in mm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from typodont.geometry.connectivity import boundary_edges
from typodont.geometry.mesh import Mesh, scatter_sum
from typodont.types import Float


def diffuse(mesh: Mesh, values: Float, *, sigma: float, steps: int = 2) -> Float:
    """Values blurred along the surface like by a Gaussian of `sigma` mm, whatever the size of the triangles.

    Args:
        mesh: Surface with N vertices, mm.
        values: (N,) or (N, C) float; must be finite.
        sigma: standard deviation of the blur along one axis, mm.
        steps: implicit Euler steps; more come nearer to a Gaussian.

    Returns:
        Blurred values in the shape of `values`; the area integral is kept. Unreferenced vertices keep theirs.
    """
    area, stiffness = laplacian(mesh)
    referenced = area > 0
    mass = np.where(referenced, area, 1.0)
    system = sparse.csr_matrix(sparse.diags(mass) + (sigma**2 / 2 / steps) * stiffness)
    result = np.asarray(values, dtype=float).reshape(len(mass), -1)
    for _ in range(steps):
        result = _conjugate_gradients(system, mass[:, None] * result, result)
    return result.reshape(np.shape(values))


def laplacian(mesh: Mesh) -> tuple[Float, sparse.csr_matrix]:
    """Area of each vertex (N,), mm², a third of its faces; and the (N, N) cotangent stiffness matrix, positive
    semi-definite: `stiffness @ f / area` is minus the Laplacian of f.

    Slivers are kept from infinite weights: no cotangent counts beyond 50; and no edge weighs less than zero, which
    keeps blurred values within the range of the old ones.
    """
    n = len(mesh.vertices)
    double_area = np.maximum(2 * mesh.face_areas, 1e-12)
    rows, columns, weights = [], [], []
    for corner in range(3):
        apex, left, right = (mesh.faces[:, (corner + k) % 3] for k in range(3))
        a, b = mesh.vertices[left] - mesh.vertices[apex], mesh.vertices[right] - mesh.vertices[apex]
        cotangent = np.clip(np.einsum("ij,ij->i", a, b) / double_area, -50, 50)
        rows.append(left)
        columns.append(right)
        weights.append(0.5 * cotangent)
    row, column, weight = np.concatenate(rows), np.concatenate(columns), np.concatenate(weights)
    off = sparse.coo_matrix(
        (np.r_[weight, weight], (np.r_[row, column], np.r_[column, row])), shape=(n, n), dtype=float
    ).tocsr()
    off.data = np.maximum(off.data, 0)
    area = scatter_sum(mesh.face_areas[:, None] / 3, mesh.faces, n)[:, 0]
    return area, sparse.csr_matrix(sparse.diags(np.asarray(off.sum(axis=1)).ravel()) - off)


def _conjugate_gradients(system: sparse.csr_matrix, right: Float, guess: Float) -> Float:
    """Solve system @ x = right for all columns (N, C) at once, with a diagonal preconditioner."""
    inverse = 1 / system.diagonal()[:, None]
    x = guess.copy()
    residual = right - system @ x
    direction = z = inverse * residual
    rho = (residual * z).sum(axis=0)
    enough = 1e-8 * np.maximum((right * inverse * right).sum(axis=0), 1e-300)
    while (rho > enough).any():
        applied = system @ direction
        alpha = rho / np.maximum((direction * applied).sum(axis=0), 1e-300)
        x += alpha * direction
        residual = residual - alpha * applied
        z = inverse * residual
        rho_new = (residual * z).sum(axis=0)
        direction = z + (rho_new / np.maximum(rho, 1e-300)) * direction
        rho = rho_new
    return x


def taubin_smooth(mesh: Mesh, *, iterations: int = 10, shrink: float = 0.5, inflate: float = -0.53) -> Mesh:
    """The surface with fine noise taken off and its size nearly kept; borders stay where they are.

    Each round moves every vertex toward the mean of its neighbours by `shrink`, then away by `inflate`.

    Source: Taubin 1995.
    """
    edges = mesh.edges
    n = len(mesh.vertices)
    ones = np.ones(2 * len(edges))
    graph = sparse.csr_matrix((ones, (np.r_[edges[:, 0], edges[:, 1]], np.r_[edges[:, 1], edges[:, 0]])), shape=(n, n))
    degree = np.asarray(graph.sum(axis=1)).ravel()
    mean = sparse.diags(1 / np.maximum(degree, 1)) @ graph
    free = (degree > 0) & ~_on_border(mesh)
    vertices = mesh.vertices.copy()
    for factor in [shrink, inflate] * iterations:
        vertices[free] += factor * (mean @ vertices - vertices)[free]
    return replace(mesh, vertices=vertices)


def _on_border(mesh: Mesh) -> np.ndarray:
    border = np.zeros(len(mesh.vertices), dtype=bool)
    border[boundary_edges(mesh)] = True
    return border
