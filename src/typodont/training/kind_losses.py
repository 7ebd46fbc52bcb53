"""Losses and quick scores of networks that tell kinds of volumes apart."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from typodont.nets.volume_batch import KindOutput, VolumeBatch, VolumeKinds, VolumeOutput


def kind_losses(output: KindOutput | VolumeOutput, batch: VolumeBatch) -> dict[str, Tensor]:
    """Cross entropy as ``loss``; of two kinds it is the binary one that the published study minimises."""
    return {"loss": functional.cross_entropy(output.logits, _targets(batch).kind)}


def kind_scores(output: KindOutput | VolumeOutput, batch: VolumeBatch) -> dict[str, float]:
    """Share of right kinds, ``accuracy``."""
    return {"accuracy": float((output.logits.argmax(dim=1) == _targets(batch).kind).float().mean())}


def _targets(batch: VolumeBatch) -> VolumeKinds:
    if not isinstance(batch.targets, VolumeKinds):
        raise ValueError("a network that tells kinds of volumes apart needs their kinds as targets")
    return batch.targets
