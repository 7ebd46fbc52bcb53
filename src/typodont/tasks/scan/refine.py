"""Borders at full resolution: drawn into the grooves of the mesh, without islands and holes."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from typodont.geometry.mesh import Mesh, scatter_sum
from typodont.types import Bool, Float, Int

LENGTH_MM = 2.0
"""How far a border may be drawn by a groove or by its own straightness."""

GROOVE_PER_MM = 0.15
"""Bending (1/mm) of a groove that makes a border cheaper by 1/e."""

CHEAPEST = 0.02
BAND_MM = 2.0
SURE = 0.97
SPECK_MM2 = 4.0
ITERATIONS = 40


def refine(mesh: Mesh, values: Float, *, length_mm: float = LENGTH_MM, groove: float = GROOVE_PER_MM) -> Float:
    """Probabilities per vertex, diffused along the surface but hardly across grooves.

    Minimises Σ area (x - values)² + length² Σ g cot (x_i - x_j)² with g small on edges along which the surface bends
    inward: the gum line and the contacts between teeth. Only a band around uncertain vertices and borders takes
    part. A convex relaxation of the Potts energy of a graph cut; the random walker with a prior.

    Args:
        mesh: Surface with N vertices, mm.
        values: (N, C) float32, rows sum to 1.
        length_mm: Reach of the diffusion.
        groove: Bending at which an edge counts 1/e.

    Returns:
        (N, C) float32, rows sum to 1 (nearly).

    Source: Grady 2006 (random walks with priors, IEEE CVPR 2005).
    """
    edges = mesh.edges
    band = border_band(mesh, values, edges)
    inside = np.flatnonzero(band)
    if not len(inside):
        return values
    touched = band[edges].any(axis=1)
    edges = edges[touched]
    weight = length_mm**2 * edge_stiffness(mesh, edges, groove)
    area = np.maximum(vertex_areas(mesh), 1e-6)
    number = np.cumsum(band) - 1
    first, second = edges.T
    both = band[first] & band[second]
    i, j, w = number[first[both]], number[second[both]], weight[both]
    n = len(inside)
    link = sparse.csr_matrix((np.r_[w, w], (np.r_[i, j], np.r_[j, i])), shape=(n, n), dtype=np.float32)
    degree = np.bincount(first, weights=weight, minlength=len(band))[inside]
    degree += np.bincount(second, weights=weight, minlength=len(band))[inside]
    right = area[inside, None] * values[inside]
    for here, there in ((first, second), (second, first)):
        rim = band[here] & ~band[there]
        into = sparse.csr_matrix((weight[rim], (number[here[rim]], np.arange(rim.sum()))), shape=(n, int(rim.sum())))
        right += into @ values[there[rim]]
    result = values.copy()
    result[inside] = _solve(link, (area[inside] + degree).astype(np.float32), right.astype(np.float32), values[inside])
    return result


def border_band(mesh: Mesh, values: Float, edges: Int) -> Bool:
    """(N,) bool: vertices that are unsure or near a border, widened by `BAND_MM`."""
    label = values.argmax(axis=1)
    band = values.max(axis=1) < SURE
    crossing = edges[label[edges[:, 0]] != label[edges[:, 1]]]
    band[crossing] = True
    if not band.any():
        return band
    step = float(np.median(np.linalg.norm(mesh.vertices[edges[:, 0]] - mesh.vertices[edges[:, 1]], axis=1)))
    for _ in range(int(np.clip(round(BAND_MM / max(step, 1e-3)), 1, 8))):
        near = edges[band[edges].any(axis=1)]
        band[near] = True
    return band


def edge_stiffness(mesh: Mesh, edges: Int, groove: float) -> Float:
    """(E,) float: how much an edge holds its two ends together; 1 on flat and bulging surface, small across grooves.

    The bending along an edge is the change of the normal in its direction per mm, negative where the surface folds
    inward.
    """
    along = mesh.vertices[edges[:, 1]] - mesh.vertices[edges[:, 0]]
    change = mesh.vertex_normals[edges[:, 1]] - mesh.vertex_normals[edges[:, 0]]
    length = np.maximum((along**2).sum(axis=1), 1e-8)
    bending = (along * change).sum(axis=1) / length
    return np.maximum(np.exp(np.minimum(bending, 0) / groove), CHEAPEST)


def clean_labels(mesh: Mesh, label: Int, values: Float, *, speck_mm2: float = SPECK_MM2) -> Int:
    """(N,) int: every tooth in one piece, no specks of gum inside a tooth.

    Args:
        mesh: Surface with N vertices.
        label: (N,) int: column of `values` of each vertex; 0 is the gum.
        values: (N, C) float: decides between neighbours for what is given away.
        speck_mm2: Pieces of gum smaller than this belong to what surrounds them. A second piece of a tooth stays
            only on another shell of the scan and if it is larger than this.
    """
    edges = mesh.edges
    area = vertex_areas(mesh)
    same = label[edges[:, 0]] == label[edges[:, 1]]
    piece = _components(edges[same], len(label))
    shell = _components(edges, len(label))
    size = np.bincount(piece, weights=area)
    first = np.unique(piece, return_index=True)[1]
    of_label, of_shell = label[first], shell[first]
    order = np.lexsort((size, of_label))
    last = np.r_[of_label[order][1:] != of_label[order][:-1], True]
    largest = np.zeros(len(size), dtype=bool)
    largest[order[last]] = True
    main_shell = np.full(int(of_label.max()) + 1, -1)
    main_shell[of_label[order[last]]] = of_shell[order[last]]
    elsewhere = (of_shell != main_shell[of_label]) & (size > speck_mm2)
    keep = largest | np.where(of_label == 0, size > speck_mm2, elsewhere)
    return _filled(edges, np.where(keep[piece], label, -1), values)


def vertex_areas(mesh: Mesh) -> Float:
    """(N,) float: a third of the faces around each vertex, mm²."""
    return scatter_sum(mesh.face_areas[:, None] / 3, mesh.faces, len(mesh.vertices))[:, 0]


def _filled(edges: Int, label: Int, values: Float) -> Int:
    """Vertices with label -1 take over from their neighbours, ring by ring, the label that suits them best."""
    both = np.concatenate([edges, edges[:, ::-1]])
    both = both[label[both[:, 0]] < 0]
    label = label.copy()
    while len(both):
        ready = both[label[both[:, 1]] >= 0]
        if not len(ready):
            break
        gain = values[ready[:, 0], label[ready[:, 1]]]
        order = np.lexsort((gain, ready[:, 0]))
        best = np.r_[ready[order, 0][1:] != ready[order, 0][:-1], True]
        chosen = ready[order[best]]
        label[chosen[:, 0]] = label[chosen[:, 1]]
        both = both[label[both[:, 0]] < 0]
    return np.where(label < 0, 0, label)


def _components(edges: Int, n: int) -> Int:
    graph = sparse.coo_matrix((np.ones(len(edges), dtype=bool), (edges[:, 0], edges[:, 1])), shape=(n, n))
    return csgraph.connected_components(graph, directed=False)[1]


def _solve(link: sparse.csr_matrix, diagonal: Float, right: Float, start: Float) -> Float:
    """Conjugate gradients with a diagonal preconditioner for (diagonal - link) x = right, all columns at once."""
    inverse = (1 / diagonal)[:, None]
    x = start.copy()
    residual = right - diagonal[:, None] * x + link @ x
    z = inverse * residual
    direction, rho = z, (residual * z).sum(axis=0)
    for _ in range(ITERATIONS):
        applied = diagonal[:, None] * direction - link @ direction
        alpha = rho / np.maximum((direction * applied).sum(axis=0), 1e-20)
        x += alpha * direction
        residual = residual - alpha * applied
        if float(np.abs(inverse * residual).max()) < 2e-3:
            break
        z = inverse * residual
        new = (residual * z).sum(axis=0)
        direction = z + (new / np.maximum(rho, 1e-20)) * direction
        rho = new
    return x
