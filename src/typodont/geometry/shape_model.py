"""A mean shape and the ways in which shapes of its kind differ (principal components)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from typodont.types import Float


@dataclass(frozen=True)
class ShapeModel:
    """Shapes of N corresponding points as mean plus weighted modes.

    Weights are in standard deviations, so that a normal population has weights of mean 0 and variance 1.

    Args:
        mean: (N, 3) float: mm.
        modes: (M, N, 3) float: orthonormal directions, the most varying first.
        eigenvalues: (M,) float: variance along each mode, mm², falling.
    """

    mean: Float
    modes: Float
    eigenvalues: Float

    def __post_init__(self) -> None:
        if self.modes.shape != (len(self.eigenvalues), *self.mean.shape):
            raise ValueError(
                f"modes {self.modes.shape} do not fit a mean {self.mean.shape} and {len(self.eigenvalues)} eigenvalues"
            )

    @property
    def n_modes(self) -> int:
        """Number of modes M."""
        return len(self.eigenvalues)

    @property
    def deviations(self) -> Float:
        """(M,) float: standard deviation along each mode, mm."""
        return np.sqrt(np.maximum(self.eigenvalues, 0))

    def instance(self, weights: Float | Sequence[float]) -> Float:
        """(N, 3) or (B, N, 3) shape for weights (m,) or (B, m) with m <= M; missing ones are zero."""
        weights = np.asarray(weights, dtype=float)
        m = weights.shape[-1]
        if m > self.n_modes:
            raise ValueError(f"{m} weights for a model of {self.n_modes} modes")
        return self.mean + np.tensordot(weights * self.deviations[:m], self.modes[:m], axes=1)

    def project(self, shape: Float) -> Float:
        """Weights (M,) or (B, M) of the instances nearest to (N, 3) or (B, N, 3); zero for modes without spread."""
        offset = (np.asarray(shape, dtype=float) - self.mean).reshape(*np.shape(shape)[:-2], -1)
        along = offset @ self.modes.reshape(self.n_modes, -1).T
        return np.divide(along, self.deviations, out=np.zeros_like(along), where=self.deviations > 1e-12)

    def reconstruct(self, shape: Float) -> Float:
        """The nearest instance to a shape (N, 3), or to each of (B, N, 3)."""
        return self.instance(self.project(shape))

    def trim(self, n_modes: int | None = None, *, variance: float | None = None) -> ShapeModel:
        """The model with its first `n_modes` modes, or with as few as hold this share (0..1) of the variance."""
        if (n_modes is None) == (variance is None):
            raise ValueError("give either n_modes or variance")
        if variance is not None:
            share = np.cumsum(self.eigenvalues) / max(float(self.eigenvalues.sum()), 1e-300)
            n_modes = int(np.searchsorted(share, variance - 1e-12) + 1)
        return ShapeModel(self.mean, self.modes[:n_modes], self.eigenvalues[:n_modes])

    def sample(self, rng: np.random.Generator, *, limit: float = 2.5) -> Float:
        """(N, 3) a made-up member of the population; no weight beyond ±`limit` standard deviations."""
        return self.instance(np.clip(rng.normal(size=self.n_modes), -limit, limit))


def fit_shape_model(shapes: Float, *, n_modes: int | None = None) -> ShapeModel:
    """Mean and modes of shapes that correspond point by point and are aligned already.

    Args:
        shapes: (S, N, 3) float, S >= 2, mm.
        n_modes: how many to keep; default all that the shapes span (at most S - 1).

    Raises:
        ValueError: fewer than two shapes.
    """
    shapes = np.asarray(shapes, dtype=float)
    if shapes.ndim != 3 or len(shapes) < 2:
        raise ValueError(f"expected at least two shapes as (S, N, 3), got {shapes.shape}")
    mean = shapes.mean(axis=0)
    _, singular, rows = np.linalg.svd((shapes - mean).reshape(len(shapes), -1), full_matrices=False)
    keep = min(len(shapes) - 1, len(singular))
    keep = int((singular[:keep] > 1e-10 * max(float(singular[0]), 1e-300)).sum())
    keep = keep if n_modes is None else min(keep, n_modes)
    return ShapeModel(mean, rows[:keep].reshape(keep, *mean.shape), singular[:keep] ** 2 / (len(shapes) - 1))
