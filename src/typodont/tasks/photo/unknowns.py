"""What a fit looks for, and how well a guess of it explains the photographs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from typodont.geometry.pinhole import Pinhole, Projection
from typodont.tasks.photo.seen import SeenLandmarks
from typodont.types import Float

POSE, FOCAL, CAMERA = slice(0, 6), 6, 7
"""Places of a camera's unknowns (turn and shift of the world, logarithm of the focal length), and their number."""
ROOM = 0.5
"""Share of the term `with_room` that counts. In theory all of it does; on six mouths drawn from the dentition's
model, five photographs each, sizes came out 6 % too small with none of it, 4 % too large with all, right with half."""
DISTANCE_MM, DISTANCE_SPREAD = 150.0, 0.7
"""Usual distance from lens to mouth, and the spread of its logarithm: from telephones held close to macro lenses."""


@dataclass(frozen=True)
class Guess:
    """One answer: the shape's K parameters, and a camera for each of P photographs.

    All derivatives and covariances are in the order theta, then for each camera six of its pose and one of its focal
    length, as `geometry.pinhole` has them.
    """

    theta: Float
    cameras: tuple[Pinhole, ...]

    @property
    def n_unknowns(self) -> int:
        """K + 7 P."""
        return len(self.theta) + CAMERA * len(self.cameras)

    def camera_part(self, photo: int) -> slice:
        """Where the unknowns of a photograph's camera stand."""
        start = len(self.theta) + CAMERA * photo
        return slice(start, start + CAMERA)

    def stepped(self, step: Float) -> Guess:
        """(K + 7 P,) further on."""
        cameras = []
        for i, camera in enumerate(self.cameras):
            part = step[self.camera_part(i)]
            cameras.append(camera.moved(part[POSE]).zoomed(float(part[FOCAL])))
        return Guess(self.theta + step[: len(self.theta)], tuple(cameras))


@dataclass(frozen=True)
class Seen3D:
    """Landmarks in space at a guess: places (L, 3) mm, change with theta (L, 3, K), and how each camera sees them."""

    points: Float
    by_theta: Float
    projections: tuple[Projection, ...]

    @classmethod
    def at(cls, model: Landmarked, guess: Guess) -> Seen3D:
        """The landmarks of the model at a guess."""
        points, by_theta = model.landmarks(guess.theta)
        return cls(points, by_theta, tuple(camera.project_with_derivatives(points) for camera in guess.cameras))


class Landmarked(Protocol):
    """Something with landmarks that theta moves, see `geometry.deformable.Deformable`."""

    def landmarks(self, theta: Float) -> tuple[Float, Float]:
        """(L, 3) mm and (L, 3, K)."""
        ...


class Knowledge(Protocol):
    """Something known besides the landmarks, for example a tooth's width."""

    def terms(self, guess: Guess, seen: Seen3D) -> tuple[Float, Float]:
        """How far a guess is from it, (m,) standard deviations, and the derivatives (m, K + 7 P)."""
        ...


@dataclass(frozen=True)
class Quadratic:
    """A cost near a guess.

    Args:
        cost: Minus twice the logarithm of the probability, up to a constant.
        gradient: (n,) half of it. hessian: (n, n) half of that of Gauss and Newton, the inverse of a covariance.
        by_photo: (K + 7, K + 7) what each photograph's landmarks add to the Hessian, theta and its own camera.
    """

    cost: float
    gradient: Float
    hessian: Float
    by_photo: tuple[Float, ...]

    def measured(self) -> Float:
        """(P,) how many of the K parameters each photograph measures, rather than the prior; together K at most."""
        covariance = np.linalg.inv(self.hessian + 1e-9 * np.diag(np.diag(self.hessian)))
        k = len(self.hessian) - CAMERA * len(self.by_photo)
        counts = []
        for i, block in enumerate(self.by_photo):
            own = np.r_[np.arange(k), k + CAMERA * i + np.arange(CAMERA)]
            counts.append(np.einsum("ij,ij->", block[:k], covariance[:k][:, own]))
        return np.array(counts)

    def with_landmarks(self, factor: float) -> Quadratic:
        """With a Hessian to which the landmarks of all photographs add so many times what they did."""
        hessian = self.hessian.copy()
        k = len(hessian) - CAMERA * len(self.by_photo)
        for i, block in enumerate(self.by_photo):
            own = np.r_[np.arange(k), k + CAMERA * i + np.arange(CAMERA)]
            hessian[np.ix_(own, own)] += (factor - 1) * block
        return replace(self, hessian=hessian)


def weigh(squared: Float, freedom: float) -> tuple[Float, Float]:
    """Cost (n,) and weight (n,) of landmarks that lie the square root of `squared` sigmas from their place.

    A Student t distribution in two dimensions: near landmarks count as under a normal one, far ones ever less, so that
    a landmark put on the wrong tooth does not bend the arch.

    Source: Lange, Little and Taylor 1989, Robust statistical modeling using the t distribution.
    """
    return (freedom + 2) * np.log1p(squared / freedom), (freedom + 2) / (freedom + squared)


def landmark_terms(
    photo: SeenLandmarks, projection: Projection, by_theta: Float, spread: Float, *, freedom: float
) -> tuple[float, Float, Float]:
    """Cost of one photograph's landmarks, weighted residuals (2 n,), derivatives by theta and camera (2 n, K + 7).

    A landmark that a guess puts behind the lens costs as if it lay a picture's width away and pulls nowhere.
    """
    use = np.flatnonzero(photo.informative)
    residual = (projection.px[use] - photo.points[use]) / spread[use, None]
    lost = ~np.isfinite(residual).all(axis=1)
    squared = np.where(lost, (max(photo.size) / spread[use]) ** 2, (residual**2).sum(axis=1))
    cost, weight = weigh(squared, freedom)
    use, residual, root = use[~lost], residual[~lost], np.sqrt(weight[~lost])
    shape = projection.by_point[use] @ by_theta[use]
    derivative = np.concatenate([shape, projection.by_pose[use], projection.by_log_focal[use][:, :, None]], axis=2)
    derivative *= (root / spread[use])[:, None, None]
    residual = root[:, None] * residual
    return float(cost.sum()), residual.ravel(), derivative.reshape(2 * len(use), by_theta.shape[2] + CAMERA)


def quadratic(
    model: Landmarked,
    photos: Sequence[SeenLandmarks],
    guess: Guess,
    spreads: Sequence[Float],
    knowledge: Sequence[Knowledge] = (),
    *,
    freedom: float,
    share: float = 1.0,
) -> Quadratic:
    """How badly a guess explains the photographs: landmarks, the normal prior of theta, cameras, other knowledge.

    Args:
        model: Of the shape.
        photos: P photographs. guess: For them. spreads: (L,) pixels for each photograph.
        knowledge: See there.
        freedom: Degrees of freedom of the landmarks' errors, see `weigh`.
        share: What share of the landmarks counts as independent of the others.
    """
    seen = Seen3D.at(model, guess)
    k, n = len(guess.theta), guess.n_unknowns
    cost, gradient, hessian = float(guess.theta @ guess.theta), np.zeros(n), np.zeros((n, n))
    gradient[:k] = guess.theta
    hessian[np.arange(k), np.arange(k)] = 1
    blocks = []
    for i, (photo, spread) in enumerate(zip(photos, spreads, strict=True)):
        own = np.r_[np.arange(k), np.arange(n)[guess.camera_part(i)]]
        value, residual, derivative = landmark_terms(photo, seen.projections[i], seen.by_theta, spread, freedom=freedom)
        blocks.append(share * (derivative.T @ derivative))
        cost += share * value
        gradient[own] += share * (derivative.T @ residual)
        hessian[np.ix_(own, own)] += blocks[-1]
    for known in (*(CameraHabit(i, photo) for i, photo in enumerate(photos)), *knowledge):
        residual, derivative = known.terms(guess, seen)
        cost += float(residual @ residual)
        gradient += derivative.T @ residual
        hessian += derivative.T @ derivative
    return Quadratic(cost, gradient, hessian, tuple(blocks))


def with_room(at: Quadratic, guess: Guess, measured: Float) -> Quadratic:
    """The cost of a scale together with all shapes that look like this at it, instead of the one likeliest shape.

    A picture does not tell large and far from small and near. In a small mouth every deviation from the mean is small
    in mm, and so more probable; the likeliest shape alone would therefore always be too small, by several percent. But
    the shapes that a picture cannot tell apart are the more numerous the larger its mm are: for each parameter that it
    measures, the room among them grows with the mm per pixel.

    Args:
        at: Cost of the likeliest shape at a guess. guess: There.
        measured: (P,) how many parameters each photograph measures, see `Quadratic.measured`.

    Source: the determinant of Laplace's approximation, as in MacKay 1992, Bayesian interpolation.
    """
    cost, gradient = at.cost, at.gradient.copy()
    for i, (camera, count) in enumerate(zip(guess.cameras, measured, strict=True)):
        depth = max(-float(camera.translation[2]), 1.0)
        start = guess.camera_part(i).start
        cost += 2 * ROOM * float(count) * np.log(camera.focal_px / depth)
        gradient[start + FOCAL] += ROOM * count
        gradient[start + 5] += ROOM * count / depth
    return replace(at, cost=cost, gradient=gradient)


@dataclass(frozen=True)
class CameraHabit:
    """What cameras are like: focal length near that of the file or of usual lenses, mouth at a usual distance."""

    index: int
    photo: SeenLandmarks

    def terms(self, guess: Guess, seen: Seen3D) -> tuple[Float, Float]:
        """Logarithms of focal length and distance."""
        camera = guess.cameras[self.index]
        usual, spread = self.photo.focal_guess
        depth = max(-float(camera.translation[2]), 1.0)
        residual = np.array([np.log(camera.focal_px / usual) / spread, np.log(depth / DISTANCE_MM) / DISTANCE_SPREAD])
        derivative = np.zeros((2, guess.n_unknowns))
        start = guess.camera_part(self.index).start
        derivative[0, start + FOCAL] = 1 / spread
        derivative[1, start + 5] = -1 / (depth * DISTANCE_SPREAD)
        return residual, derivative
