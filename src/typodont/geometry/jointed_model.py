"""A set of rigid pieces, each with shape modes of its own, whose shapes and places vary together: teeth in two jaws."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import apply
from typodont.geometry.turning import turn, turn_derivative
from typodont.types import Bool, Float, Int

MOTION = 6
"""Numbers of a rigid motion: three of its turn (radians), three of its shift (mm)."""
_MIRROR = np.array([-1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Piece:
    """A rigid piece about its mean place.

    Args:
        label: its FDI number.
        mean: (V, 3) mean shape, own frame (mesial, buccal, occlusal), mm. modes: (m, V, 3) mm per unit.
        faces: (F, 3) outward on the x < 0 side. cap: (V,) its hidden underside.
        axes: (3, 3) rows mesial, buccal, occlusal in the arch frame of its jaw, as on the x < 0 side.
        origin: (3,) mean place of the own frame's origin there, mm.
        mirrored: stands on the x > 0 side, as the mirror image of all this.
        lower: belongs to the jaw that the bite moves.
    """

    label: int
    mean: Float
    modes: Float
    faces: Int
    cap: Bool
    axes: Float
    origin: Float
    mirrored: bool
    lower: bool


@dataclass(frozen=True)
class PieceLandmarks:
    """Where the landmarks are: at a vertex, or somewhere between two vertices of a piece.

    Args:
        names: (L,). piece: (L,) which piece. base: (L,) vertex. tip: (L,) the vertex toward which the landmark slides.
        slide: (L,) which of its piece's slides says how far (0 at the base, 1 at the tip); -1: it stays at the base.
    """

    names: tuple[str, ...]
    piece: Int
    base: Int
    tip: Int
    slide: Int


class _Points(NamedTuple):
    """Points of a piece in its own frame.

    Args:
        mean: (n, 3). modes: (m, n, 3). slid: (n, S, 3) how they move with the slides.
    """

    mean: Float
    modes: Float
    slid: Float


@dataclass(frozen=True)
class JointedModel:
    """Pieces whose raw numbers are jointly Gaussian; a `Deformable`.

    The raw numbers of each piece are its m mode weights, its turn (3, radians) and shift (3, mm) about the mean place,
    and its slides; those of the bite, a turn about the lower pieces' middle and a shift, come last.

    Args:
        pieces: all with the same number of modes.
        marks: the landmarks.
        n_slides: S, of each piece.
        bite: (4, 4) mean motion from the lower arch frame to the upper one.
        raw_mean: (R,) mean raw numbers.
        basis: (R, K) raw numbers are `raw_mean + basis @ theta`.
        left_out_mm: root mean square of what K parameters cannot tell of a member of the population, mm.
    """

    pieces: tuple[Piece, ...]
    marks: PieceLandmarks
    n_slides: int
    bite: Float
    raw_mean: Float
    basis: Float
    left_out_mm: float

    @property
    def names(self) -> tuple[str, ...]:
        """(L,) names of the landmarks."""
        return self.marks.names

    @property
    def n_parameters(self) -> int:
        """K."""
        return self.basis.shape[1]

    @property
    def n_modes(self) -> int:
        """m, of each piece."""
        return len(self.pieces[0].modes)

    def raw(self, theta: Float) -> Float:
        """(R,) raw numbers of parameters (K,)."""
        return self.raw_mean + self.basis @ np.asarray(theta, dtype=float)

    def parameters(self, raw: Float) -> Float:
        """(K,) the parameters that come nearest to raw numbers (R,): least squares in the raw numbers' own spread."""
        return np.linalg.lstsq(self.basis, np.asarray(raw, dtype=float) - self.raw_mean, rcond=None)[0]

    def trimmed(self, n_parameters: int) -> JointedModel:
        """The model with its first `n_parameters` parameters."""
        return replace(self, basis=np.ascontiguousarray(self.basis[:, :n_parameters]))

    def landmarks(self, theta: Float) -> tuple[Float, Float]:
        """(L, 3) mm, upper arch frame, and (L, 3, K)."""
        raw = self.raw(theta)
        points = np.empty((len(self.names), 3))
        jacobian = np.empty((len(self.names), 3, self.n_parameters))
        for index, (rows, local) in self._landmark_points.items():
            points[rows], jacobian[rows] = self._place(index, local, raw)
        return points, jacobian

    def surface(self, theta: Float) -> Mesh:
        """All pieces, mm, upper arch frame, with the vertex attributes ``label`` (FDI) and ``cap`` (hidden underside).

        `Mesh.submesh` leaves out missing teeth or hidden undersides; its ``source_vertex`` fits `vertex_jacobian`.
        """
        raw = self.raw(theta)
        vertices = np.empty((self._starts[-1], 3))
        for index in range(len(self.pieces)):
            everything = np.arange(len(self.pieces[index].mean))
            vertices[self._starts[index] : self._starts[index + 1]] = self._shape(index, everything, raw)
        return Mesh(vertices, self._faces, {"label": self._labels, "cap": self._caps})

    def vertex_jacobian(self, theta: Float, vertices: Int) -> Float:
        """(n, 3, K) of vertices of `surface`."""
        raw = self.raw(theta)
        vertices = np.asarray(vertices)
        owner = np.searchsorted(self._starts, vertices, side="right") - 1
        jacobian = np.empty((len(vertices), 3, self.n_parameters))
        for index in np.unique(owner):
            rows = np.flatnonzero(owner == index)
            local = self._vertex_points(int(index), vertices[rows] - self._starts[index])
            jacobian[rows] = self._place(int(index), local, raw)[1]
        return jacobian

    @property
    def _width(self) -> int:
        """Raw numbers of one piece."""
        return self.n_modes + MOTION + self.n_slides

    @cached_property
    def _starts(self) -> Int:
        return np.r_[0, np.cumsum([len(piece.mean) for piece in self.pieces])]

    @cached_property
    def _faces(self) -> Int:
        return np.vstack(
            [
                (piece.faces[:, ::-1] if piece.mirrored else piece.faces) + start
                for piece, start in zip(self.pieces, self._starts, strict=False)
            ]
        )

    @cached_property
    def _labels(self) -> Int:
        return np.concatenate([np.full(len(piece.mean), piece.label) for piece in self.pieces])

    @cached_property
    def _caps(self) -> Int:
        return np.concatenate([piece.cap for piece in self.pieces]).astype(np.uint8)

    @cached_property
    def pivot(self) -> Float:
        """(3,) about which the bite turns: the middle of the lower pieces, upper arch frame."""
        places = [piece.origin * (_MIRROR if piece.mirrored else 1.0) for piece in self.pieces if piece.lower]
        return apply(self.bite, np.mean(places, axis=0)[None])[0] if places else np.zeros(3)

    @cached_property
    def _landmark_points(self) -> dict[int, tuple[Int, _Points]]:
        found = {}
        marks = self.marks
        for index in np.unique(marks.piece):
            rows = np.flatnonzero(marks.piece == index)
            local = self._vertex_points(int(index), marks.base[rows])
            slid = np.zeros((len(rows), self.n_slides, 3))
            free = np.flatnonzero(marks.slide[rows] >= 0)
            mean = self.pieces[index].mean
            slid[free, marks.slide[rows[free]]] = mean[marks.tip[rows[free]]] - mean[marks.base[rows[free]]]
            found[int(index)] = rows, local._replace(slid=slid)
        return found

    def _vertex_points(self, index: int, vertices: Int) -> _Points:
        piece = self.pieces[index]
        return _Points(piece.mean[vertices], piece.modes[:, vertices], np.zeros((len(vertices), self.n_slides, 3)))

    def _shape(self, index: int, vertices: Int, raw: Float) -> Float:
        """(n, 3) vertices of a piece, upper arch frame."""
        piece, m = self.pieces[index], self.n_modes
        own = raw[index * self._width : (index + 1) * self._width]
        local = piece.mean[vertices] + np.tensordot(own[:m], piece.modes[:, vertices], axes=1)
        points = local @ piece.axes @ turn(own[m : m + 3]).T + piece.origin + own[m + 3 : m + MOTION]
        if piece.mirrored:
            points = points * _MIRROR
        if piece.lower:
            points = (apply(self.bite, points) - self.pivot) @ turn(raw[-6:-3]).T + self.pivot + raw[-3:]
        return points

    def _place(self, index: int, local: _Points, raw: Float) -> tuple[Float, Float]:
        """(n, 3) points of a piece in the upper arch frame, and (n, 3, K)."""
        piece, m = self.pieces[index], self.n_modes
        columns = slice(index * self._width, (index + 1) * self._width)
        own = raw[columns]
        weights, vector, shift, slides = own[:m], own[m : m + 3], own[m + 3 : m + MOTION], own[m + MOTION :]
        frame = turn(vector) @ piece.axes.T  # from the own frame to the arch frame
        upright = (local.mean + np.tensordot(weights, local.modes, axes=1) + slides @ local.slid) @ piece.axes
        points = upright @ turn(vector).T + piece.origin + shift
        steps = np.empty((len(points), 3, self._width))
        steps[:, :, :m] = np.einsum("ij,mnj->nim", frame, local.modes)
        steps[:, :, m : m + 3] = turn_derivative(vector, upright)
        steps[:, :, m + 3 : m + MOTION] = np.eye(3)
        steps[:, :, m + MOTION :] = np.einsum("ij,nsj->nis", frame, local.slid)
        if piece.mirrored:
            points, steps = points * _MIRROR, steps * _MIRROR[:, None]
        if not piece.lower:
            return points, steps @ self.basis[columns]
        return self._close(points, steps @ self.basis[columns], raw[-6:])

    def _close(self, points: Float, jacobian: Float, motion: Float) -> tuple[Float, Float]:
        """Points of the lower arch frame and their derivative, in the upper arch frame."""
        at_pivot = apply(self.bite, points) - self.pivot
        rotation = turn(motion[:3])
        moved = at_pivot @ rotation.T + self.pivot + motion[3:]
        jacobian = rotation @ self.bite[:3, :3] @ jacobian
        jacobian += turn_derivative(motion[:3], at_pivot) @ self.basis[-6:-3]
        return moved, jacobian + self.basis[-3:]
