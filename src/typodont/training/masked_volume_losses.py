"""How well a network fills in what was hidden from a volume."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from typodont.nets.masked_volume import FilledOutput, HiddenTargets
from typodont.nets.volume_batch import VolumeBatch


def masked_volume_losses(output: FilledOutput, batch: VolumeBatch) -> dict[str, Tensor]:
    """Mean squared error of the grey values that were hidden; what was in view does not count."""
    truth, hidden = _answerable(output, batch.targets)
    return {"loss": ((output.filled - truth).square() * hidden).sum() / hidden.sum().clamp(min=1)}


def masked_volume_scores(output: FilledOutput, batch: VolumeBatch) -> dict[str, float]:
    """Part of the variance of the hidden grey values that the network explains: 1 is perfect, 0 the mean of them."""
    truth, hidden = _answerable(output, batch.targets)
    errors, values = (output.filled - truth)[hidden], truth[hidden]
    variance = float((values - values.mean()).square().sum())
    return {"explained": 1 - float(errors.square().sum()) / max(variance, 1e-9)}


def _answerable(output: FilledOutput, targets: HiddenTargets) -> tuple[Tensor, Tensor]:
    """Grey values on the grid of the answers, and where all voxels of an answer were hidden."""
    truth, share = (
        functional.avg_pool3d(_inner(volume, output), output.voxels)
        for volume in (targets.whole, targets.hidden.to(targets.whole.dtype))
    )
    return truth, share > 1 - 1e-4


def _inner(volume: Tensor, output: FilledOutput) -> Tensor:
    """The part of a (B, 1, D, H, W) volume that the answers are about."""
    depth, height, width = (slice(output.margin, output.margin + n * output.voxels) for n in output.filled.shape[2:])
    return volume[:, :, depth, height, width]
