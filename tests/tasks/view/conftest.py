"""A network for views that does what a test can foresee."""

import pytest
import torch
from torch import nn

from typodont.nets.image_batch import ImageBatch
from typodont.nets.view_net import KINDS, ViewOutput


class BrightHalf(nn.Module):
    """Says that a picture is upright if it is bright below; what is colourful is a photo, all else a panoramic."""

    def forward(self, batch: ImageBatch) -> ViewOutput:
        grey, colour = batch.image[:, 0], batch.image[:, 2].amax(dim=(1, 2))
        half = grey.shape[1] // 2
        below = (grey[:, half:] - grey[:, :half].flip(1)).mean(dim=(1, 2))
        right = (grey[:, :, half:] - grey[:, :, :half].flip(2)).mean(dim=(1, 2))
        kind = torch.zeros(len(grey), 4)
        kind[:, KINDS.index("panoramic")] = 3.0
        kind[:, KINDS.index("photo")] = 100 * colour
        # bright at the right: one turn clockwise brings it below, that is three counter-clockwise
        return ViewOutput(kind, 10 * torch.stack([below, -right, -below, right], dim=1))


@pytest.fixture
def bright_half() -> nn.Module:
    """Knows its way up by brightness, and photos by colour."""
    return BrightHalf()
