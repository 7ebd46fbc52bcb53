"""Losses and quick scores of pre-training on pictures without labels."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from typodont.nets.image_batch import ImageBatch
from typodont.nets.picture_pretraining import HiddenPatches, PairedViews, SpotOutput
from typodont.training.contrastive import ContrastiveConfig, point_info_nce


def hidden_losses(output: Tensor, batch: ImageBatch) -> dict[str, Tensor]:
    """``loss``: smooth L1 between the (B, c, h, w) guess and the picture on that grid, mean over what was hidden.

    ``explained``: see `hidden_scores`; it is no part of the loss.
    """
    error, truth = _guessed(output, batch)
    loss = functional.smooth_l1_loss(error, torch.zeros_like(error), beta=0.5)
    variance = (truth - truth.mean()).square().mean()
    return {"loss": loss, "explained": 1 - error.detach().square().mean() / variance.clamp_min(1e-6)}


def hidden_scores(output: Tensor, batch: ImageBatch) -> dict[str, float]:
    """``explained``: part of the variance of what was hidden that the guess explains; 0 is a guess of the mean."""
    return {"explained": float(hidden_losses(output, batch)["explained"])}


def pair_losses(output: SpotOutput, batch: ImageBatch, *, temperature: float, apart: float) -> dict[str, Tensor]:
    """``loss``: PointInfoNCE both ways, mean over the pictures; ``found``: see `pair_scores`, no part of the loss.

    Spots of other pictures are no negatives: the same tooth of another patient shall look alike.

    Args:
        temperature: Divides the cosines.
        apart: Spots nearer each other than this, pixels of the canvas, are no negatives of each other.
    """
    config = ContrastiveConfig(temperature, normalise=True, both_ways=True, apart_mm=1.0)
    losses, found = [], []
    for first, second, place in _spots(output, batch):
        # measured in `apart`, so that it does not matter here that scans count mm and pictures pixels
        losses.append(point_info_nce(first, second, place / apart, config=config))
        found.append(_found(first.detach(), second.detach(), place, apart))
    if not losses:
        return {"loss": 0 * output.first.sum(), "found": torch.zeros(())}
    return {"loss": torch.stack(losses).mean(), "found": torch.stack(found).mean()}


def pair_scores(output: SpotOutput, batch: ImageBatch, *, apart: float) -> dict[str, float]:
    """``found``: share of the spots whose likest spot of the other view lies within `apart` pixels of the truth."""
    return {"found": float(pair_losses(output, batch, temperature=1.0, apart=apart)["found"])}


def _guessed(output: Tensor, batch: ImageBatch) -> tuple[Tensor, Tensor]:
    """Errors and true values at all pixels of the output's grid that were hidden as a whole."""
    targets: HiddenPatches = batch.targets
    grid = (output.shape[-2], output.shape[-1])
    truth = functional.adaptive_avg_pool2d(targets.whole, grid)
    whole = functional.adaptive_avg_pool2d(targets.guess.to(truth.dtype), grid) > 1 - 1e-4
    whole = whole.expand_as(truth)
    return (output - truth)[whole], truth[whole]


def _spots(output: SpotOutput, batch: ImageBatch) -> list[tuple[Tensor, Tensor, Tensor]]:
    """Features of both views and places of the spots that there are, picture by picture; none of an empty one."""
    pairs: PairedViews = batch.targets
    known = pairs.place.isfinite().all(dim=-1)
    parts = zip(output.first, output.second, pairs.place, known, strict=True)
    return [
        (first[is_there], second[is_there], place[is_there])
        for first, second, place, is_there in parts
        if is_there.any()
    ]


def _found(first: Tensor, second: Tensor, place: Tensor, apart: float) -> Tensor:
    likest = (functional.normalize(first, dim=1) @ functional.normalize(second, dim=1).T).argmax(dim=1)
    return ((place[likest] - place).norm(dim=1) < apart).float().mean()
