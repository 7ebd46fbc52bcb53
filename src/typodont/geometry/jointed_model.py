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
    """Points of pieces, each in its piece's own frame.

    Args:
        piece: (n,) which piece. mean: (n, 3). modes: (n, m, 3). slid: (n, S, 3) how they move with the slides.
    """

    piece: Int
    mean: Float
    modes: Float
    slid: Float

    def at(self, rows: Int | Bool) -> _Points:
        """Some of them."""
        return _Points(self.piece[rows], self.mean[rows], self.modes[rows], self.slid[rows])


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

    def trimmed(self, n_parameters: int) -> JointedModel:
        """The model with its first `n_parameters` parameters; what the others do is judged by the landmarks."""
        lost = (self.landmarks(np.zeros(self.n_parameters))[1][..., n_parameters:] ** 2).sum(axis=(1, 2)).mean()
        return replace(
            self,
            basis=np.ascontiguousarray(self.basis[:, :n_parameters]),
            left_out_mm=float(np.sqrt(self.left_out_mm**2 + lost)),
        )

    def landmarks(self, theta: Float) -> tuple[Float, Float]:
        """(L, 3) mm, upper arch frame, and (L, 3, K)."""
        raw = self.raw(theta)
        return self._place(self._landmark_points, raw), self._derivative(self._landmark_points, raw)

    def surface(self, theta: Float) -> Mesh:
        """All pieces, mm, upper arch frame, with the vertex attributes ``label`` (FDI) and ``cap`` (hidden underside).

        `Mesh.submesh` leaves out missing teeth or hidden undersides; its ``source_vertex`` fits `vertex_jacobian`.
        """
        label = np.array([piece.label for piece in self.pieces])[self._points.piece]
        cap = np.concatenate([piece.cap for piece in self.pieces]).astype(np.uint8)
        return Mesh(self._place(self._points, self.raw(theta)), self._faces, {"label": label, "cap": cap})

    def vertex_jacobian(self, theta: Float, vertices: Int) -> Float:
        """(n, 3, K) of vertices of `surface`."""
        return self._derivative(self._points.at(vertices), self.raw(theta))

    @cached_property
    def pivot(self) -> Float:
        """(3,) about which the bite turns: the middle of the lower pieces, upper arch frame."""
        places = [piece.origin * (_MIRROR if piece.mirrored else 1.0) for piece in self.pieces if piece.lower]
        return apply(self.bite, np.mean(places, axis=0)[None])[0] if places else np.zeros(3)

    @cached_property
    def _points(self) -> _Points:
        """All vertices."""
        piece = np.repeat(np.arange(len(self.pieces)), [len(piece.mean) for piece in self.pieces])
        modes = np.concatenate([piece.modes.swapaxes(0, 1) for piece in self.pieces])
        mean = np.concatenate([piece.mean for piece in self.pieces])
        return _Points(piece, mean, modes, np.broadcast_to(0.0, (len(mean), self.n_slides, 3)))

    @cached_property
    def _starts(self) -> Int:
        return np.r_[0, np.cumsum([len(piece.mean) for piece in self.pieces])]

    @cached_property
    def _faces(self) -> Int:
        outward = [piece.faces[:, ::-1] if piece.mirrored else piece.faces for piece in self.pieces]
        return np.vstack([faces + start for faces, start in zip(outward, self._starts[:-1], strict=True)])

    @cached_property
    def _landmark_points(self) -> _Points:
        marks = self.marks
        points = self._points.at(self._starts[marks.piece] + marks.base)
        slid = np.zeros_like(points.slid)
        free = np.flatnonzero(marks.slide >= 0)
        tips = self._points.mean[self._starts[marks.piece] + marks.tip]
        slid[free, marks.slide[free]] = (tips - points.mean)[free]
        return points._replace(slid=slid)

    @cached_property
    def _axes(self) -> Float:
        return np.array([piece.axes for piece in self.pieces])

    @cached_property
    def _origins(self) -> Float:
        return np.array([piece.origin for piece in self.pieces])

    @cached_property
    def _sides(self) -> Float:
        """(P, 3) what mirrors a piece to its side."""
        return np.array([_MIRROR if piece.mirrored else np.ones(3) for piece in self.pieces])

    @cached_property
    def _lower(self) -> Bool:
        return np.array([piece.lower for piece in self.pieces])

    def _own(self, raw: Float) -> tuple[Float, Float, Float, Float]:
        """Of each piece: (P, m) weights, (P, 3) turn, (P, 3) shift, (P, S) slides."""
        m = self.n_modes
        own = raw[:-MOTION].reshape(len(self.pieces), -1)
        return own[:, :m], own[:, m : m + 3], own[:, m + 3 : m + MOTION], own[:, m + MOTION :]

    def _upright(self, points: _Points, raw: Float) -> Float:
        """(n, 3) points about their piece's origin as their pieces stand in the mean, arch frame."""
        weights, _, _, slides = self._own(raw)
        local = points.mean + np.einsum("nm,nmj->nj", weights[points.piece], points.modes)
        local = local + np.einsum("ns,nsj->nj", slides[points.piece], points.slid)
        return np.einsum("nj,njk->nk", local, self._axes[points.piece])

    def _place(self, points: _Points, raw: Float) -> Float:
        """(n, 3) in the upper arch frame."""
        _, vectors, shift, _ = self._own(raw)
        turned = np.einsum("nij,nj->ni", turn(vectors)[points.piece], self._upright(points, raw))
        placed = (turned + (self._origins + shift)[points.piece]) * self._sides[points.piece]
        below = self._lower[points.piece]
        placed[below] = (apply(self.bite, placed[below]) - self.pivot) @ turn(raw[-6:-3]).T + self.pivot + raw[-3:]
        return placed

    def _derivative(self, points: _Points, raw: Float) -> Float:
        """(n, 3, K)."""
        _, vectors, _, _ = self._own(raw)
        n, m = len(points.piece), self.n_modes
        frames = (turn(vectors) @ self._axes.swapaxes(1, 2))[points.piece]
        steps = np.empty((n, 3, m + MOTION + self.n_slides))
        steps[:, :, :m] = frames @ points.modes.swapaxes(1, 2)
        steps[:, :, m : m + 3] = turn_derivative(vectors[points.piece], self._upright(points, raw))
        steps[:, :, m + 3 : m + MOTION] = np.eye(3)
        steps[:, :, m + MOTION :] = frames @ points.slid.swapaxes(1, 2)
        steps *= self._sides[points.piece][:, :, None]
        below = self._lower[points.piece]
        rotation = turn(raw[-6:-3])
        steps[below] = rotation @ self.bite[:3, :3] @ steps[below]
        jacobian = np.empty((n, 3, self.n_parameters))
        blocks = self.basis[:-MOTION].reshape(len(self.pieces), -1, self.n_parameters)
        for index in np.unique(points.piece):
            rows = points.piece == index
            jacobian[rows] = (steps[rows].reshape(-1, steps.shape[2]) @ blocks[index]).reshape(-1, 3, self.n_parameters)
        if below.any():
            at_pivot = (self._place(points.at(below), raw) - self.pivot - raw[-3:]) @ rotation
            jacobian[below] += turn_derivative(raw[-6:-3], at_pivot) @ self.basis[-6:-3] + self.basis[-3:]
        return jacobian
