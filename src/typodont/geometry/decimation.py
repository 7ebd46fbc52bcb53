"""The same surface with fewer or more triangles, its labels carried along."""

from __future__ import annotations

import fast_simplification
import numpy as np
from scipy.spatial import KDTree

from typodont.errors import MeshError
from typodont.geometry.mesh import Mesh
from typodont.types import Int


def decimate(mesh: Mesh, target_faces: int) -> Mesh:
    """The mesh with about `target_faces` faces, by collapsing the edges that matter least to the shape.

    Each new vertex takes all vertex attributes of the nearest old one, so that labels stay labels. Every vertex of
    the result is used by a face. A mesh that is small enough already only loses its unused vertices.
    Face attributes are dropped: old faces have no single successor.

    Args:
        mesh: Surface with F faces, mm.
        target_faces: wanted number; the result may miss it by a few faces.

    Returns:
        The new mesh, with the vertex attribute ``source_vertex`` (N',) int: the nearest vertex of `mesh`.

    Raises:
        MeshError: the mesh has no faces.

    Source: quadric error, Garland and Heckbert 1997 (library fast-simplification).
    """
    if not len(mesh.faces):
        raise MeshError("cannot simplify a mesh without faces")
    if len(mesh.faces) <= target_faces:
        small = mesh.submesh(np.ones(len(mesh.faces), dtype=bool))
        return Mesh(small.vertices, small.faces, small.vertex_attributes)
    centre = mesh.vertices.mean(axis=0)  # the library may compute in 32 bits
    points, faces = fast_simplification.simplify(
        np.ascontiguousarray(mesh.vertices - centre), mesh.faces.astype(np.int32), target_count=target_faces
    )[:2]
    result = Mesh(points + centre, faces).submesh(np.ones(len(faces), dtype=bool))
    referenced = np.unique(mesh.faces)
    _, nearest = KDTree(mesh.vertices[referenced]).query(result.vertices)
    source = referenced[nearest]
    attributes = {name: values[source] for name, values in mesh.vertex_attributes.items()}
    return Mesh(result.vertices, result.faces, {**attributes, "source_vertex": source})


def subdivide(mesh: Mesh, times: int = 1) -> Mesh:
    """The mesh with every triangle cut into four at the middles of its edges, `times` times; the shape is the same.

    Old vertices keep their numbers; new ones come after. Decimal attributes are averaged, whole numbers (labels,
    colours) are taken from the edge's end with the smaller number. The four children of a face stay together,
    in the order of the faces, and keep its attributes.
    """
    for _ in range(times):
        mesh = _subdivide_once(mesh)
    return mesh


def _subdivide_once(mesh: Mesh) -> Mesh:
    n = len(mesh.vertices)
    edges = mesh.edges
    middle = n + np.stack([_edge_index(edges, mesh.faces[:, [i, (i + 1) % 3]], n) for i in range(3)], axis=1)
    a, b, c = mesh.faces.T
    ab, bc, ca = middle.T
    children = [a, ab, ca, ab, b, bc, ca, bc, c, ab, bc, ca]
    faces = np.stack(children, axis=1).reshape(-1, 3)
    attributes = {
        name: np.concatenate([values, _between(values, edges)]) for name, values in mesh.vertex_attributes.items()
    }
    face_attributes = {name: np.repeat(values, 4, axis=0) for name, values in mesh.face_attributes.items()}
    vertices = np.concatenate([mesh.vertices, 0.5 * (mesh.vertices[edges[:, 0]] + mesh.vertices[edges[:, 1]])])
    return Mesh(vertices, faces, attributes, face_attributes)


def _edge_index(edges: Int, pairs: Int, n: int) -> Int:
    pairs = np.sort(pairs, axis=1)
    return np.searchsorted(edges[:, 0] * n + edges[:, 1], pairs[:, 0] * n + pairs[:, 1])


def _between(values: np.ndarray, edges: Int) -> np.ndarray:
    if np.issubdtype(values.dtype, np.floating):
        return (0.5 * (values[edges[:, 0]] + values[edges[:, 1]])).astype(values.dtype)
    return values[edges[:, 0]]
