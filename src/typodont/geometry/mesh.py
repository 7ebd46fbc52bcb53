"""The one triangle-mesh value that every layer passes around."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from typodont.errors import MeshError
from typodont.types import Float, Int


@dataclass(frozen=True)
class Mesh:
    """A triangle surface in mm with named attributes per vertex and per face.

    The arrays are never changed in place; every operation returns a new mesh. The order of vertices and
    faces is the order of the file, because labels refer to it.

    Args:
        vertices: (N, 3) float64: positions, mm.
        faces: (F, 3) int64: vertex indices, counter-clockwise seen from outside.
        vertex_attributes: name -> (N, ...) array, for example ``label`` (FDI), ``color`` (N, 3) uint8.
        face_attributes: name -> (F, ...) array.

    Raises:
        MeshError: wrong shapes, NaN or infinite coordinates, indices out of range.
    """

    vertices: Float
    faces: Int
    vertex_attributes: dict[str, np.ndarray] = field(default_factory=dict)
    face_attributes: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        vertices = np.ascontiguousarray(self.vertices, dtype=np.float64).reshape(-1, 3)
        faces = np.ascontiguousarray(self.faces, dtype=np.int64).reshape(-1, 3)
        object.__setattr__(self, "vertices", vertices)
        object.__setattr__(self, "faces", faces)
        if not np.isfinite(vertices).all():
            bad = int((~np.isfinite(vertices).all(axis=1)).sum())
            raise MeshError(f"{bad} of {len(vertices)} vertices have NaN or infinite coordinates")
        if len(faces) and (faces.min() < 0 or faces.max() >= len(vertices)):
            raise MeshError(
                f"faces refer to vertices {faces.min()}..{faces.max()}, but there are only {len(vertices)} vertices"
            )
        for kind, count, attributes in (
            ("vertex", len(vertices), self.vertex_attributes),
            ("face", len(faces), self.face_attributes),
        ):
            for name, values in attributes.items():
                if len(values) != count:
                    raise MeshError(f"{kind} attribute {name!r} has {len(values)} values for {count} {kind} elements")

    @cached_property
    def face_cross(self) -> Float:
        """(F, 3) float: cross product of two edges; its length is twice the face's area, mm²."""
        a, b, c = (self.vertices[self.faces[:, i]] for i in range(3))
        return np.cross(b - a, c - a)

    @cached_property
    def face_areas(self) -> Float:
        """(F,) float: mm²."""
        return 0.5 * np.linalg.norm(self.face_cross, axis=1)

    @cached_property
    def face_normals(self) -> Float:
        """(F, 3) float: unit outward normals; zero for degenerate faces."""
        return _unit(self.face_cross)

    @cached_property
    def vertex_normals(self) -> Float:
        """(N, 3) float: unit area-weighted normals; zero for vertices without faces."""
        return _unit(scatter_sum(self.face_cross, self.faces, len(self.vertices)))

    @cached_property
    def edges(self) -> Int:
        """(E, 2) int: unique undirected edges, smaller index first."""
        pairs = np.sort(self.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
        key = np.unique(pairs[:, 0] * len(self.vertices) + pairs[:, 1])
        return np.stack([key // len(self.vertices), key % len(self.vertices)], axis=1)

    def transformed(self, matrix: Float) -> Mesh:
        """This mesh moved by a (4, 4) matrix; a reflection also reverses the faces so that outside stays outside."""
        matrix = np.asarray(matrix, dtype=np.float64)
        vertices = self.vertices @ matrix[:3, :3].T + matrix[:3, 3]
        faces = self.faces[:, ::-1] if np.linalg.det(matrix[:3, :3]) < 0 else self.faces
        return replace(self, vertices=vertices, faces=faces)

    def submesh(self, face_mask: np.ndarray) -> Mesh:
        """The faces where `face_mask` (F,) bool is true, with only the vertices that they use.

        The result carries the vertex attribute ``source_vertex`` (N',) int: indices into this mesh.
        """
        faces = self.faces[face_mask]
        used = np.zeros(len(self.vertices), dtype=bool)
        used[faces] = True
        new_index = np.cumsum(used) - 1
        attributes = {name: values[used] for name, values in self.vertex_attributes.items()}
        attributes["source_vertex"] = np.flatnonzero(used)
        face_attributes = {name: values[face_mask] for name, values in self.face_attributes.items()}
        return Mesh(self.vertices[used], new_index[faces], attributes, face_attributes)

    def with_vertex(self, **attributes: np.ndarray) -> Mesh:
        """This mesh with more (or replaced) vertex attributes."""
        return replace(self, vertex_attributes={**self.vertex_attributes, **attributes})


def scatter_sum(face_values: Float, faces: Int, n_vertices: int) -> Float:
    """(N, C) float: sum of the values of all faces around each vertex, from (F, C) values."""
    total = np.zeros((n_vertices, face_values.shape[1]))
    for channel in range(face_values.shape[1]):
        values = np.repeat(face_values[:, channel], 3)
        total[:, channel] = np.bincount(faces.ravel(), weights=values, minlength=n_vertices)
    return total


def _unit(vectors: Float) -> Float:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)
