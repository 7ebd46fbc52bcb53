"""How sure a fit is of each place of the surface: the Laplace approximation around its most likely answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from typodont.geometry.deformable import Deformable
from typodont.tasks.photo.fit import PhotoFit
from typodont.types import Float, Int

AfterAlignment = Literal["none", "rigid", "similarity"]
"""What is taken out of the uncertainty: nothing, so that it is that in the arch frame; what a rigid motion of the whole
would explain; or what one with a change of size would."""
_HELD = 2000
"""So many vertices are enough to say how the whole moves."""
_PART = 4000


@dataclass(frozen=True)
class Posterior:
    """What is still open once the photographs are explained.

    Args:
        theta: (K,) most likely parameters.
        covariance: (K, K) of theta, whatever the cameras are.
        misfit_mm: standard deviation of what the model cannot express, for every place and direction.
    """

    theta: Float
    covariance: Float
    misfit_mm: float = 0.0

    @property
    def root(self) -> Float:
        """(K, K) whose product with its transpose is the covariance; also where that is not of full rank."""
        values, vectors = np.linalg.eigh(self.covariance)
        return vectors * np.sqrt(np.maximum(values, 0))

    def sample(self, rng: np.random.Generator, n: int) -> Float:
        """(n, K) answers that explain the photographs about as well."""
        return self.theta + rng.normal(size=(n, len(self.theta))) @ self.root.T


def laplace(fit: PhotoFit, *, misfit_mm: float = 0.0, widen: float = 1.0) -> Posterior:
    """The normal distribution that touches the posterior at its peak, cameras integrated out.

    Args:
        fit: See there.
        misfit_mm: See `Posterior`.
        widen: All spreads are multiplied by this: what photographs of known mouths ask for, because landmarks that lie
            on the wrong tooth are no normal noise, see `sigma_calibration.SigmaCalibration`.

    Source: MacKay 2003, Information Theory, Inference, and Learning Algorithms, chapter 27.
    """
    k = len(fit.theta)
    known = fit.information
    held = known[k:, k:] + 1e-12 * np.trace(known[k:, k:]) * np.eye(len(known) - k)
    free = known[:k, :k] - known[:k, k:] @ cho_solve(cho_factor(held), known[k:, :k])
    covariance = cho_solve(cho_factor(0.5 * (free + free.T)), np.eye(k))
    return Posterior(fit.theta, widen**2 * covariance, widen * misfit_mm)


def vertex_sigma(posterior: Posterior, model: Deformable, vertices: Int, *, after: AfterAlignment = "rigid") -> Float:
    """(n, 3) mm: standard deviation of some vertices along x, y and z of the arch frame.

    Args:
        posterior: Of the fit. model: Its shape model.
        vertices: (n,) which; alignment is that of these vertices.
        after: See `AfterAlignment`. After a rigid motion the open question of size is still in it.
    """
    root = posterior.root
    if not len(vertices):
        return np.zeros((0, 3))
    places = model.surface(posterior.theta).vertices[vertices]
    middle = places.mean(axis=0)
    held = np.unique(np.linspace(0, len(vertices) - 1, _HELD).astype(int))
    motions = _motions(places[held] - middle, after)
    moved = _changes(model, posterior.theta, vertices[held], root)
    follow = np.linalg.lstsq(motions, moved, rcond=None)[0] if motions.shape[1] else np.zeros((0, root.shape[1]))
    sigma = np.empty((len(vertices), 3))
    for start in range(0, len(vertices), _PART):
        part = slice(start, start + _PART)
        change = _changes(model, posterior.theta, vertices[part], root)
        change = change - _motions(places[part] - middle, after) @ follow
        sigma[part] = np.sqrt((change**2).sum(axis=1)).reshape(-1, 3)
    return np.hypot(sigma, posterior.misfit_mm)


def one_number(sigma: Float) -> Float:
    """(n,) mm: standard deviation along one direction, the mean over directions, from (n, 3)."""
    return np.sqrt((sigma**2).mean(axis=1))


def size_spread(posterior: Posterior, model: Deformable, vertices: Int) -> float:
    """Standard deviation of the size of the whole, as a share of it."""
    places = model.surface(posterior.theta).vertices[vertices]
    held = np.unique(np.linspace(0, len(vertices) - 1, _HELD).astype(int))
    motions = _motions(places[held] - places.mean(axis=0), "similarity")
    moved = _changes(model, posterior.theta, vertices[held], posterior.root)
    return float(np.linalg.norm(np.linalg.lstsq(motions, moved, rcond=None)[0][-1]))


def _changes(model: Deformable, theta: Float, vertices: Int, root: Float) -> Float:
    """(3 n, K) mm: how the vertices move along independent directions of one standard deviation."""
    return model.vertex_jacobian(theta, vertices).reshape(3 * len(vertices), -1) @ root


def _motions(places: Float, after: AfterAlignment) -> Float:
    """(3 n, m) how places (n, 3) about their middle move with a shift, a small turn and a change of size."""
    n = len(places)
    if after == "none":
        return np.zeros((3 * n, 0))
    shift = np.tile(np.eye(3), (n, 1))
    turn = np.stack([np.cross(axis, places).ravel() for axis in np.eye(3)], axis=1)
    columns = [shift, turn] if after == "rigid" else [shift, turn, places.reshape(-1, 1)]
    return np.hstack(columns)
