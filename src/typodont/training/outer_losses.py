"""Losses and quick scores of the network that completes outer surfaces."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from typodont.datasets.crown_region import BAND_MM
from typodont.nets.crown_unet import CrownBatch, CrownOutput, OuterTargets

SURE_SHARE = 0.1
"""Of the loss that the expected error has."""

_SOFT_MM = 0.05
"""Below this error the loss is square, above it linear."""

_NEAR_MM = 0.3
"""Voxels this near the surface count in the scores."""


def outer_losses(output: CrownOutput, batch: CrownBatch) -> dict[str, Tensor]:
    """``distance``, the weighted error of the signed distance; ``sure``, the negative log likelihood of that error
    under its expected size; both as ``loss``.

    The expected error learns from the error that there is, but does not excuse it: else what is hard would not be
    learnt (the gradient of the plain likelihood is divided by the variance).

    Source: Seitzer et al., On the Pitfalls of Heteroscedastic Uncertainty Estimation, ICLR 2022.
    """
    targets = _targets(batch)
    found = output.distance.clamp(-BAND_MM, BAND_MM)
    error = functional.smooth_l1_loss(found, targets.distance, beta=_SOFT_MM, reduction="none")
    distance = (error * targets.weight).sum() / targets.weight.sum()
    close = targets.weight > 0.1
    square = (output.distance - targets.distance).detach().square()[close]
    expected = output.log_variance[close]
    likelihood = 0.5 * (square * torch.exp(-expected) + expected)
    sure = (likelihood * targets.weight[close]).sum() / targets.weight[close].sum()
    return {"distance": distance, "sure": sure, "loss": distance + SURE_SHARE * sure}


def outer_scores(output: CrownOutput, batch: CrownBatch) -> dict[str, float]:
    """Root mean squares near the surface that is to be found, mm: ``rms_mm`` of the network, ``prior_rms_mm`` of the
    fitted atlas tooth, ``expected_mm`` the error that the network expects."""
    targets = _targets(batch)
    near = (targets.weight > 0.9) & (targets.distance.abs() < _NEAR_MM)
    return {
        "rms_mm": _rms(output.distance[near] - targets.distance[near]),
        "prior_rms_mm": _rms(output.prior[near] - targets.distance[near]),
        "expected_mm": float(output.log_variance[near].exp().mean().sqrt()),
    }


def _rms(error: Tensor) -> float:
    return float(error.square().mean().sqrt())


def _targets(batch: CrownBatch) -> OuterTargets:
    if batch.targets is None:
        raise ValueError("a network that completes surfaces needs the sound surface as its target")
    return batch.targets
