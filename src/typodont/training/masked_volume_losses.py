"""How well a network fills in what was hidden from a volume."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from typodont.nets.masked_volume import FilledOutput, HiddenTargets
from typodont.nets.volume_batch import VolumeBatch


def masked_volume_losses(output: FilledOutput, batch: VolumeBatch) -> dict[str, Tensor]:
    """Mean squared error of the grey values that were hidden; what was in view does not count."""
    return {"loss": _hidden_error(output.filled, output, batch)}


def masked_volume_scores(output: FilledOutput, batch: VolumeBatch) -> dict[str, float]:
    """The loss of leaving in what hidden voxels were given, the mean of those in view: to be beaten clearly."""
    return {"loss_of_mean": float(_hidden_error(_answers(batch.volume, output), output, batch))}


def _hidden_error(filled: Tensor, output: FilledOutput, batch: VolumeBatch) -> Tensor:
    """Mean squared error of (B, 1, d, h, w) grey values over the answers all of whose voxels were hidden."""
    targets: HiddenTargets = batch.targets
    hidden = _answers(targets.hidden.to(targets.whole.dtype), output) > 1 - 1e-4
    return ((filled - _answers(targets.whole, output)).square() * hidden).sum() / hidden.sum().clamp(min=1)


def _answers(volume: Tensor, output: FilledOutput) -> Tensor:
    """A (B, 1, D, H, W) volume on the grid of the answers."""
    depth, height, width = (slice(output.margin, output.margin + n * output.voxels) for n in output.filled.shape[2:])
    return functional.avg_pool3d(volume[:, :, depth, height, width], output.voxels)
