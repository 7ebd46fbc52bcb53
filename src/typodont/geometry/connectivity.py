"""What hangs together with what on a mesh: neighbours, pieces, borders, ways along the surface."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from typodont.geometry.mesh import Mesh
from typodont.types import Float, Int


def face_adjacency(mesh: Mesh) -> tuple[Int, Int]:
    """Pairs of faces that share an edge.

    Returns:
        faces (A, 2) int; the shared edge (A, 2) int as vertex indices, smaller first. An edge with more than two
        faces (non-manifold) gives a chain of pairs, an edge with one face none.
    """
    key, face = _sorted_half_edges(mesh)
    same = np.flatnonzero(key[1:] == key[:-1])
    n = max(len(mesh.vertices), 1)
    edge = np.stack([key[same] // n, key[same] % n], axis=1)
    return np.stack([face[same], face[same + 1]], axis=1), edge


def boundary_edges(mesh: Mesh) -> Int:
    """(B, 2) int: edges with one face only, in the direction in which that face runs."""
    directed = mesh.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    _, first, count = np.unique(_edge_key(directed, len(mesh.vertices)), return_index=True, return_counts=True)
    return directed[first[count == 1]]


def boundary_loops(mesh: Mesh) -> list[Int]:
    """Each border as its vertices in order (not repeated at the end), longest first.

    They run as their faces do: counter-clockwise around the surface seen from outside. Where borders touch at
    a vertex, one walk through it is chosen; every border edge appears once.
    """
    edges = boundary_edges(mesh)
    following: dict[int, list[int]] = {}
    for start, end in edges.tolist():
        following.setdefault(start, []).append(end)
    loops = []
    for start in edges[:, 0].tolist():
        while following.get(start):
            loop = [start]
            here = following[start].pop()
            while here != start and following.get(here):
                loop.append(here)
                here = following[here].pop()
            loops.append(np.array(loop))
    return sorted(loops, key=len, reverse=True)


def vertex_graph(mesh: Mesh, *, weights: Float | None = None) -> sparse.csr_matrix:
    """(N, N) symmetric sparse matrix over the edges; entries are edge lengths in mm, or `weights` (E,)."""
    edges = mesh.edges
    length = np.linalg.norm(mesh.vertices[edges[:, 0]] - mesh.vertices[edges[:, 1]], axis=1)
    entry = np.maximum(length, 1e-12) if weights is None else weights  # a stored zero would mean "no edge"
    n = len(mesh.vertices)
    rows, columns = np.concatenate([edges, edges[:, ::-1]]).T
    return sparse.csr_matrix((np.concatenate([entry, entry]), (rows, columns)), shape=(n, n))


def vertex_components(mesh: Mesh) -> Int:
    """(N,) int: piece of each vertex, 0 for the piece with the most vertices; unreferenced ones are alone."""
    graph = vertex_graph(mesh, weights=np.ones(len(mesh.edges)))
    return _by_size(csgraph.connected_components(graph, directed=False)[1])


def face_components(mesh: Mesh, *, mask: np.ndarray | None = None) -> Int:
    """(F,) int: piece of each face across shared edges, 0 for the piece with the most faces.

    Args:
        mesh: Surface with F faces. Pieces that touch in a vertex only stay apart.
        mask: (F,) bool: only these faces count; the others get -1 and separate.
    """
    pairs, _ = face_adjacency(mesh)
    return label_components(len(mesh.faces), pairs, mask=mask)


def label_components(n: int, pairs: Int, *, mask: np.ndarray | None = None) -> Int:
    """(n,) int: piece of each of `n` elements joined by `pairs` (A, 2), largest first; -1 outside `mask`."""
    if mask is not None:
        pairs = pairs[mask[pairs].all(axis=1)]
    graph = sparse.coo_matrix((np.ones(len(pairs), dtype=bool), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    component = csgraph.connected_components(graph, directed=False)[1].astype(np.int64)
    if mask is None:
        return _by_size(component)
    result = np.full(n, -1, dtype=np.int64)
    result[mask] = _by_size(component[mask])
    return result


def geodesic_distance(mesh: Mesh, sources: Int, *, limit: float = np.inf) -> tuple[Float, Int]:
    """Way along the edges from the nearest of the source vertices, mm.

    A few per cent longer than the shortest way over the faces, more on coarse or regular meshes.

    Returns:
        distance (N,) float, infinite beyond `limit` and on other pieces; nearest source (N,) int vertex, -1 there.
    """
    distance, _, nearest = csgraph.dijkstra(
        vertex_graph(mesh),
        directed=False,
        indices=np.asarray(sources),
        return_predecessors=True,
        min_only=True,
        limit=limit,
    )
    return distance, np.where(np.isfinite(distance), nearest, -1)


def _edge_key(directed: Int, n_vertices: int) -> Int:
    low, high = directed.min(axis=1), directed.max(axis=1)
    return low * n_vertices + high


def _sorted_half_edges(mesh: Mesh) -> tuple[Int, Int]:
    """Undirected edge key and face of all 3 F half-edges, sorted by key."""
    key = _edge_key(mesh.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), len(mesh.vertices))
    order = np.argsort(key, kind="stable")
    return key[order], order // 3


def _by_size(component: Int) -> Int:
    size = np.bincount(component) if len(component) else np.zeros(0, dtype=int)
    rank = np.empty(len(size), dtype=np.int64)
    rank[np.argsort(-size, kind="stable")] = np.arange(len(size))
    return rank[component]
