"""The teeth that a network sees in a panoramic beside those that are there, for TensorBoard."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from typodont.anatomy import N_PANORAMIC_CLASSES, from_index33
from typodont.anatomy.colors import COLORS
from typodont.nets.image_batch import ImageBatch, ToothMaskOutput
from typodont.nets.published_unet import PixelClassOutput

_OPAQUE = 0.5
_COLORS = torch.tensor([(0, 0, 0), *(COLORS[from_index33(index)] for index in range(1, N_PANORAMIC_CLASSES))])
"""(33, 3) 8-bit RGB by panoramic index."""


def drawn_teeth(output: ToothMaskOutput | PixelClassOutput, batch: ImageBatch) -> Tensor:
    """(3, h, 2 w) uint8: the first picture of a batch with its labels, and again with what the network sees.

    Args:
        output: Of the network.
        batch: With `label` (B, h, w) of its targets; the picture is shown on their grid.
    """
    label = batch.targets.label[0].cpu()
    classes = output.logits if isinstance(output, PixelClassOutput) else output.log_classes()
    seen = classes[0].argmax(dim=0).cpu()
    grey = functional.interpolate(batch.image[:1, :1].float().cpu(), size=label.shape, mode="area")[0]
    low, high = grey.amin(), grey.amax()
    picture = 255 * ((grey - low) / (high - low).clamp(min=1e-6)).expand(3, -1, -1)
    return torch.cat([_tinted(picture, label), _tinted(picture, seen)], dim=2)


def _tinted(picture: Tensor, index: Tensor) -> Tensor:
    """A picture with the colours of its teeth; where the index is not above 0 it stays as it is."""
    color = _COLORS[index.clamp(min=0)].movedim(-1, 0)
    return torch.where(index > 0, (1 - _OPAQUE) * picture + _OPAQUE * color, picture).to(torch.uint8)
