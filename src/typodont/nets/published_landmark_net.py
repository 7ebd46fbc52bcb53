"""Landmarks as published: one vector of features for the whole picture, from which every landmark is read off."""

from __future__ import annotations

from torch import Tensor, nn
from torchvision.models import mobilenet_v3_large

from typodont.nets.image_batch import ImageBatch
from typodont.nets.landmark_batch import LandmarkOutput
from typodont.nets.landmark_net import bounded

_STRIDE = 32
_BEGIN_SIGMA = 4.0
"""Logarithm of pixels: at first nothing is known."""


class PublishedLandmarkNet(nn.Module):
    """MobileNetV3, its mean features, and one linear layer to all means and spreads.

    The view as the photographer tells it is not used, as in what was published.

    Args:
        landmarks: How many there are.
        views: How many kinds of views there are.

    Source: direct regression with a Gaussian negative log-likelihood after Wood et al., 3D face reconstruction with
    dense landmarks, ECCV 2022, who use a MobileNetV2 for their fast network; Lingens et al., IJCARS 20:1471 (2025),
    regress landmarks of cleft palates with the same loss. Neither of them says whether landmarks are seen, nor knows
    views: these two answers are ours.
    """

    reads = "picture"

    def __init__(self, landmarks: int, views: int) -> None:
        super().__init__()
        self.trunk = mobilenet_v3_large(weights=None)
        width = 960
        self.trunk.classifier = nn.Sequential()
        self.points = nn.Linear(width, landmarks * 2)
        self.sureness = nn.Linear(width, landmarks * 2)
        self.view_head = nn.Linear(width, views)

    @property
    def stride(self) -> int:
        """The picture's sides must be multiples of this."""
        return _STRIDE

    def forward(self, batch: ImageBatch) -> LandmarkOutput:
        found = self.trunk(batch.image)
        middle, half = _frame(batch.image)
        log_sigma, visible = self.sureness(found).float().unflatten(1, (-1, 2)).unbind(dim=2)
        return LandmarkOutput(
            point=middle + half * self.points(found).float().unflatten(1, (-1, 2)),
            log_sigma=bounded(_BEGIN_SIGMA + log_sigma),
            visible=visible,
            view=self.view_head(found).float(),
        )


def _frame(image: Tensor) -> tuple[Tensor, Tensor]:
    """(2,) middle and half size of the pictures, x and y, pixels."""
    size = image.new_tensor([image.shape[3], image.shape[2]])
    return (size - 1) / 2, size / 2
