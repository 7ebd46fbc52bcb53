"""Losses and quick scores of networks that find landmarks."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from typodont.metrics import circle_radius
from typodont.nets.image_batch import ImageBatch
from typodont.nets.landmark_batch import UNKNOWN_VIEW, LandmarkOutput, LandmarkTargets

HIDDEN_WEIGHT = 0.25
"""How much a landmark counts that is hidden or outside of the picture; one that is seen counts 1."""
_FAR = 0.5
"""What lies outside of the picture by more than this part of its sides is not asked for."""
_PARTS = {"likelihood": 1.0, "heat": 1.0, "visible": 0.5, "view": 0.5}


def gaussian_likelihood(point: Tensor, log_sigma: Tensor, truth: Tensor) -> Tensor:
    """(...) log σ² + |μ - μ'|² / 2σ²: the negative log-likelihood of a place, but for a constant.

    Args:
        point: (..., 2) μ, pixels. log_sigma: (...) log σ. truth: (..., 2) μ'.

    Source: Wood et al., 3D face reconstruction with dense landmarks, ECCV 2022.
    """
    squared = (point - truth).square().sum(dim=-1)
    return 2 * log_sigma + 0.5 * squared * (-2 * log_sigma).exp()


def landmark_losses(output: LandmarkOutput, batch: ImageBatch) -> dict[str, Tensor]:
    """Parts of the loss by name and their weighted sum ``loss``.

    ``likelihood`` is `gaussian_likelihood` of all landmarks that exist, ``heat`` the cross entropy of the maps (of
    landmarks that are seen) with the cells around the landmark, ``visible`` and ``view`` cross entropies.
    """
    targets = _targets(batch)
    size = torch.tensor([batch.image.shape[3], batch.image.shape[2]], device=batch.image.device)
    there = targets.point.isfinite().all(dim=2)
    truth = torch.where(there[..., None], targets.point, output.point.detach())
    out = torch.maximum(-truth, truth - (size - 1)) / size
    asked = there & (out < _FAR).all(dim=2)
    seen = asked & targets.visible & (out <= 0).all(dim=2)
    weight = torch.where(seen, 1.0, HIDDEN_WEIGHT) * asked
    parts = {
        "likelihood": _mean(gaussian_likelihood(output.point, output.log_sigma, truth), weight),
        # absent anatomy is not to be seen, too
        "visible": functional.binary_cross_entropy_with_logits(output.visible, seen.float()),
    }
    if output.heat is not None:
        cell = batch.image.shape[3] / output.heat.shape[3]
        parts["heat"] = _mean(heat_likelihood(output.heat, (truth + 0.5) / cell - 0.5), seen.float())
    known = targets.view != UNKNOWN_VIEW
    if known.any():
        parts["view"] = functional.cross_entropy(output.view[known], targets.view[known])
    return {"loss": sum((_PARTS[name] * part for name, part in parts.items()), start=weight.new_zeros(())), **parts}


def heat_likelihood(heat: Tensor, place: Tensor) -> Tensor:
    """(B, L): cross entropy of maps with the four cells around a place, weighed so that their mean is the place.

    Args:
        heat: (B, L, h, w) logits.
        place: (B, L, 2) x and y, cells; places beyond the middles of the outermost cells are moved there.
    """
    rows, columns = heat.shape[2:]
    logs = heat.flatten(2).log_softmax(dim=2)
    limit = torch.tensor([columns - 1, rows - 1], device=heat.device)
    place = torch.minimum(place.clamp_min(0), limit)
    corner = torch.minimum(place.floor(), limit - 1)
    rest = place - corner
    found = torch.zeros_like(place[..., 0])
    for right in (0, 1):
        for down in (0, 1):
            index = ((corner[..., 1] + down) * columns + corner[..., 0] + right).long()
            share = (rest[..., 0] if right else 1 - rest[..., 0]) * (rest[..., 1] if down else 1 - rest[..., 1])
            found = found - share * logs.gather(2, index[..., None])[..., 0]
    return found


def landmark_scores(output: LandmarkOutput, batch: ImageBatch) -> dict[str, float]:
    """``error_px``: mean distance of landmarks that are seen, pixels of the network's input; ``error_median_px``;
    ``inside_90``: share of them within the circle that should hold 90 %; ``view_right``."""
    targets = _targets(batch)
    seen = targets.visible & targets.point.isfinite().all(dim=2)
    error = (output.point - targets.point).norm(dim=2)[seen]
    radius = output.log_sigma[seen].exp() * circle_radius(0.9)
    scores = {"view_right": float((output.view.argmax(dim=1) == targets.view).float().mean())}
    if len(error):
        scores |= {
            "error_px": float(error.mean()),
            "error_median_px": float(error.median()),
            "inside_90": float((error <= radius).float().mean()),
        }
    return scores


def _mean(value: Tensor, weight: Tensor) -> Tensor:
    return (value * weight).sum() / weight.sum().clamp_min(1)


def _targets(batch: ImageBatch) -> LandmarkTargets:
    if not isinstance(batch.targets, LandmarkTargets):
        raise ValueError("a network that finds landmarks needs their places as targets")
    return batch.targets
