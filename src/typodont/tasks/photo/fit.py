"""Bend a mouth and move cameras about it until its landmarks lie where they were seen in one or more photographs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from typodont.errors import ConfigError
from typodont.geometry.deformable import Deformable
from typodont.geometry.pinhole import Pinhole
from typodont.geometry.registration import rotation_angle
from typodont.tasks.photo.seen import SeenLandmarks
from typodont.tasks.photo.starts import first_cameras
from typodont.tasks.photo.unknowns import CAMERA, Guess, Knowledge, Quadratic, quadratic, with_room
from typodont.types import Float

_DAMPING, _LEAST_DAMPING, _MOST_DAMPING = 1e-3, 1e-7, 1e7
_EASIER, _HARDER = 0.2, 5.0
_SAME_DEGREES = 10.0
_TRIED = 3
_ROUNDS, _SAME_COUNT = 3, 0.03
"""The number of measured parameters is counted anew so many times, or until it changes by no more than this share."""
_RIVAL = 1.5
"""A second start is followed as well if its cost is no more than so many times that of the best one."""


@dataclass(frozen=True)
class FitOptions:
    """How a fit weighs what it is given.

    Args:
        freedom: Degrees of freedom of the landmarks' errors; smaller takes outliers less seriously.
        misfit_mm: Standard deviation of what the shape model cannot express at a landmark.
        share: What share of the landmarks counts as independent: errors of neighbours are alike, and a fit that took
            each for new evidence would be too sure of itself.
        steps: At most so many.
        settled: Ends when a step lowers the cost by no more than this, in units of a squared standard deviation.

    Raises:
        ConfigError: a value that cannot be.
    """

    freedom: float = 4.0
    misfit_mm: float = 0.0
    share: float = 1.0
    steps: int = 40
    settled: float = 0.1

    def __post_init__(self) -> None:
        if not (self.freedom > 0 and self.misfit_mm >= 0 and 0 < self.share <= 1 and self.steps >= 1):
            raise ConfigError(
                f"found {self}, expected freedom above 0, misfit_mm not below 0, share above 0 and at most 1, 1 step"
            )


@dataclass(frozen=True)
class PhotoFit:
    """A mouth and its cameras.

    Args:
        guess: The most likely answer.
        cost: There, see `unknowns.quadratic`.
        information: (K + 7 P, K + 7 P) inverse of the covariance there, in the order of `unknowns.Guess`.
        spreads: (L,) pixels for each photograph: sigma with the misfit of the model.
        steps: Steps made from the best start.
        settled: The last of them changed next to nothing.
    """

    guess: Guess
    cost: float
    information: Float
    spreads: tuple[Float, ...]
    steps: int
    settled: bool

    @property
    def theta(self) -> Float:
        """(K,)."""
        return self.guess.theta

    @property
    def cameras(self) -> tuple[Pinhole, ...]:
        """One for each photograph."""
        return self.guess.cameras


def fit_photos(
    model: Deformable,
    photos: Sequence[SeenLandmarks],
    knowledge: Sequence[Knowledge] = (),
    options: FitOptions | None = None,
) -> PhotoFit:
    """The most likely shape, and where each photograph was taken from.

    Landmarks count by their sigmas and less the farther they lie off; the model's parameters are expected near zero,
    focal lengths near what the files tell. All photographs show one mouth in one bite.

    Args:
        model: Of the shape, whose landmarks are those of the photographs.
        photos: One or more of one person.
        knowledge: For example a tooth's width, see `scale`.
        options: See there.

    Raises:
        ConfigError: no photograph, or landmarks that are not the model's.
        FormatError: a photograph with too few landmarks.

    Source: fitting to dense landmarks with sigmas after Wood and others 2022, 3D face reconstruction with dense
    landmarks; steps after Levenberg 1944 and Marquardt 1963.
    """
    options = options or FitOptions()
    if not photos:
        raise ConfigError("no photograph to fit; give at least one")
    for photo in photos:
        if len(photo.sigma) != len(model.names):
            raise ConfigError(f"found {len(photo.sigma)} landmarks, expected the {len(model.names)} of the shape model")
    mean, by_theta = model.landmarks(np.zeros(model.n_parameters))
    variety = np.sqrt((by_theta**2).sum(axis=(1, 2)) / 3)
    choices = [_cameras(photo, mean, variety, options) for photo in photos]
    starts = [tuple(found[min(i, len(found) - 1)] for found in choices) for i in range(max(map(len, choices)))]
    begun = [_Problem.of(model, photos, cameras, knowledge, options) for cameras in starts]
    if len(begun) == 1:
        return begun[0].solved()
    return min((one.tried() for one in begun), key=lambda one: one.at.cost).solved()


@dataclass(frozen=True)
class _Problem:
    """What is fitted, where a fit of it stands, and the cost of the likeliest shape there."""

    likeliest: Callable[[Guess], Quadratic]
    spreads: tuple[Float, ...]
    options: FitOptions
    guess: Guess
    at: Quadratic

    @classmethod
    def of(
        cls,
        model: Deformable,
        photos: Sequence[SeenLandmarks],
        cameras: tuple[Pinhole, ...],
        knowledge: Sequence[Knowledge],
        options: FitOptions,
    ) -> _Problem:
        """The mean mouth before these cameras."""
        pairs = zip(photos, cameras, strict=True)
        spreads = tuple(_spread(photo, camera, options.misfit_mm) for photo, camera in pairs)

        def likeliest(guess: Guess) -> Quadratic:
            return quadratic(model, photos, guess, spreads, knowledge, freedom=options.freedom, share=options.share)

        guess = Guess(np.zeros(model.n_parameters), cameras)
        return cls(likeliest, spreads, options, guess, likeliest(guess))

    def tried(self) -> _Problem:
        """A few steps on: enough to see which of several starts leads somewhere."""
        few = replace(self.options, steps=_TRIED)
        guess, at, _, _ = _descend(self.guess, self.at, self.likeliest, self.at.measured(), few)
        return replace(self, guess=guess, at=at)

    def solved(self) -> PhotoFit:
        """Where it ends."""
        guess, at, steps, settled, measured = self.guess, self.at, 0, False, self.at.measured()
        for _ in range(_ROUNDS):
            guess, at, more, settled = _descend(guess, at, self.likeliest, measured, self.options)
            steps += more
            before, measured = measured, at.measured()
            if np.abs(measured - before).max() < _SAME_COUNT * measured.max():
                break
        freedom = self.options.freedom
        tells = (freedom + 2) / (freedom + 4)  # Fisher information of a t distribution over its mean weight
        return PhotoFit(guess, at.cost, at.with_landmarks(tells).hessian, self.spreads, steps, settled)


def _spread(photo: SeenLandmarks, camera: Pinhole, extra_mm: float | Float) -> Float:
    """(L,) pixels: the sigmas with so many mm more, at the distance of the mouth."""
    px_per_mm = camera.focal_px / max(-float(camera.translation[2]), 1.0)
    return np.hypot(photo.spread, extra_mm * px_per_mm)


def _cameras(photo: SeenLandmarks, mean: Float, variety: Float, options: FitOptions) -> list[Pinhole]:
    """Cameras that show the mean mouth about as the photograph does, the best first; one, or two that are rivals."""
    stiff = _Stiff(mean)
    alone = FitOptions(freedom=options.freedom, steps=12, settled=0.5)
    px_per_mm = 0.7 * max(photo.size) / 60  # a mouth fills most of a picture
    found = []
    for camera in first_cameras(photo, mean, np.hypot(photo.spread, variety * px_per_mm)):
        spread = _spread(photo, camera, np.hypot(variety, options.misfit_mm))

        def likeliest(guess: Guess, spread: Float = spread) -> Quadratic:
            return quadratic(stiff, [photo], guess, [spread], freedom=options.freedom)

        guess = Guess(np.zeros(0), (camera,))
        guess, at, _, _ = _descend(guess, likeliest(guess), likeliest, np.zeros(1), alone)
        found.append((at.cost, guess.cameras[0]))
    found.sort(key=lambda one: one[0])
    best_cost, best = found[0]
    rivals = [
        camera
        for value, camera in found[1:]
        if value < _RIVAL * best_cost + CAMERA and rotation_angle(camera.rotation @ best.rotation.T) > _SAME_DEGREES
    ]
    return [best, *rivals[:1]]


@dataclass(frozen=True)
class _Stiff:
    """A mouth that does not bend."""

    points: Float

    def landmarks(self, theta: Float) -> tuple[Float, Float]:
        return self.points, np.zeros((*self.points.shape, len(theta)))


def _descend(
    guess: Guess, at: Quadratic, likeliest: Callable[[Guess], Quadratic], measured: Float, options: FitOptions
) -> tuple[Guess, Quadratic, int, bool]:
    """Damped Gauss-Newton steps downhill on the cost `with_room`.

    Returns:
        where they end, the cost of the likeliest shape there, their number, whether the last one changed little.
    """
    damping = _DAMPING
    for step in range(options.steps):
        here = with_room(at, guess, measured)
        while True:
            ahead = _step(guess, here, damping)
            there = None if ahead is None else likeliest(ahead)
            if ahead is not None and there is not None and with_room(there, ahead, measured).cost <= here.cost:
                break
            damping *= _HARDER
            if damping > _MOST_DAMPING:
                return guess, at, step, True
        guess, at = ahead, there
        damping = max(damping * _EASIER, _LEAST_DAMPING)
        if here.cost - with_room(at, guess, measured).cost <= options.settled:
            return guess, at, step + 1, True
    return guess, at, options.steps, False


def _step(guess: Guess, here: Quadratic, damping: float) -> Guess | None:
    """One damped step further; None where none can be made."""
    try:
        factor = cho_factor(here.hessian + damping * np.diag(np.diag(here.hessian)))
    except LinAlgError:
        return None
    return guess.stepped(-cho_solve(factor, here.gradient))
