"""What the network says about one panoramic, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from typodont.datasets.flip import unflip_log_classes
from typodont.nets.image_batch import ImageBatch
from typodont.types import Float


@dataclass(frozen=True)
class PixelEvidence:
    """Answers on the network's grid, half the canvas in both directions.

    Args:
        tooth: (h, w) float32 probability that the pixel is tooth.
        log_classes: (33, h, w) float32 log probabilities of the background and the 32 permanent teeth, in the order
            of `anatomy.from_index33`; they sum to one.
        offset: (2, h, w) float32: from the pixel to the centre of its tooth (rows, columns), grid pixels; means
            something on teeth only.
    """

    tooth: Float
    log_classes: Float
    offset: Float


def read_pixels(net: nn.Module, canvas: Float, *, flip: bool = True) -> PixelEvidence:
    """Ask the network about one picture, and with `flip` about its mirror image too, and take the mean of both.

    Args:
        net: From `training.weights.load_weights`.
        canvas: (H, W) from `datasets.panoramic_canvas.fit_canvas`.
        flip: Twice the time for a third fewer false teeth.
    """
    picture = torch.from_numpy(np.ascontiguousarray(canvas, dtype=np.float32))
    views = torch.stack([picture, picture.flip(-1)] if flip else [picture])[:, None]
    with torch.inference_mode():
        output = net(ImageBatch(views.contiguous(memory_format=torch.channels_last)))
        classes, offset = output.log_classes().float().numpy(), output.offset.float().numpy()
    if not flip:
        return PixelEvidence(-np.expm1(classes[0, 0]), classes[0], offset[0])
    log_classes = np.logaddexp(classes[0], unflip_log_classes(classes[1])) - np.log(2)
    mirrored = offset[1, :, :, ::-1] * np.array([1, -1], dtype=np.float32)[:, None, None]
    return PixelEvidence(-np.expm1(log_classes[0]), log_classes, (offset[0] + mirrored) / 2)
