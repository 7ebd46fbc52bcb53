"""Finds landmarks in a photograph, each with the spread that its place may have."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from typodont.nets.convolutions import convolution
from typodont.nets.image_batch import ImageBatch
from typodont.nets.landmark_batch import LandmarkOutput, given_views
from typodont.nets.unet_trunk import DEPTHS, WIDTHS, UNetTrunk

_FINEST = 2
CELL = 2 ** (_FINEST + 1)
"""Pixels along a side of a cell of the map."""
LEAST_SIGMA, MOST_SIGMA = 0.25, 250.0
"""Pixels; what is surer or less sure than that is a number without meaning."""
_ANSWERS = 4


class LandmarkNet(nn.Module):
    """A residual U-Net that draws a map for every landmark, and looks once more at what lies under the map.

    A map's probabilities weigh the places and the features of its cells. Their mean place is a first guess, with the
    spread of the map around it; from the mean features follow how far the landmark is from that guess, how much more
    or less sure it is than the spread says, and whether it is seen. A landmark that is hidden or outside of the
    picture thus has a place as well, guessed from where its neighbours are.

    Args:
        landmarks: How many there are.
        views: How many kinds of views there are.
        widths, depths: Of the trunk, see `UNetTrunk`; by default those of the detectors, so that it can begin with
            their weights.
        features: Channels of the features under the maps.
        hidden: Numbers a landmark between features and answers.

    Source of the maps' means: Sun et al., Integral human pose regression, ECCV 2018.
    """

    reads = "picture"
    trunk_name = "backbone"

    def __init__(
        self,
        landmarks: int,
        views: int,
        widths: Sequence[int] = WIDTHS,
        depths: Sequence[int] = DEPTHS,
        *,
        features: int = 96,
        hidden: int = 64,
    ) -> None:
        super().__init__()
        self.backbone = UNetTrunk(widths, depths, channels=3)
        for i in range(_FINEST):  # a place for each, so that the others keep the names that the detectors give them
            self.backbone.laterals[i], self.backbone.ups[i] = nn.Identity(), nn.Identity()
        self.view_head = nn.Linear(2 * widths[-1], views)
        self.view_features = nn.Embedding(views + 1, features)
        nn.init.zeros_(self.view_features.weight)
        self.join = nn.Conv2d(widths[_FINEST], features, 1)
        self.neck = convolution(features, features)
        self.heat = nn.Conv2d(features, landmarks, 1)
        nn.init.normal_(self.heat.weight, std=0.01)
        self.look = nn.Linear(features, hidden)
        self.own = nn.Parameter(torch.randn(landmarks, hidden) * 0.1)
        self.answers = nn.Parameter(torch.randn(landmarks, hidden, _ANSWERS) * 0.01)
        self.bias = nn.Parameter(torch.zeros(landmarks, _ANSWERS))

    @property
    def stride(self) -> int:
        """The picture's sides must be multiples of this."""
        return self.backbone.stride

    def forward(self, batch: ImageBatch) -> LandmarkOutput:
        fine, *_, coarse = self.backbone.levels(batch.image, finest=_FINEST)
        pooled = torch.cat([coarse.mean(dim=(2, 3)), coarse.amax(dim=(2, 3))], dim=1)
        # the last row stands for an unknown view
        told = self.view_features(given_views(batch) % self.view_features.num_embeddings)
        features = self.neck(self.join(fine) + told[:, :, None, None])
        heat = self.heat(features).float()
        share = heat.flatten(2).softmax(dim=2)
        under = torch.einsum("blc,bdc->bld", share.to(features.dtype), features.flatten(2))
        inner = torch.relu(self.look(under) + self.own).float()
        with torch.autocast(heat.device.type, enabled=False):  # half precision would round places to whole pixels
            guess, spread = _mean_and_spread(share, _cell_places(heat))
            said = torch.einsum("blh,lha->bla", inner, self.answers) + self.bias
        away_x, away_y, surer, visible = said.unbind(dim=2)
        return LandmarkOutput(
            point=guess + CELL * torch.stack([away_x, away_y], dim=2),
            log_sigma=bounded(surer + 0.5 * (spread + 1).log()),
            visible=visible,
            view=self.view_head(pooled).float(),
            heat=heat,
        )


def bounded(log_sigma: Tensor) -> Tensor:
    """Between the logarithms of `LEAST_SIGMA` and `MOST_SIGMA`."""
    limits = torch.tensor([LEAST_SIGMA, MOST_SIGMA]).log().tolist()
    return log_sigma.clamp(*limits)


def _mean_and_spread(share: Tensor, place: Tensor) -> tuple[Tensor, Tensor]:
    """(B, L, 2) mean places of maps (B, L, cells) and (B, L) variances along each axis, of cells at (cells, 2)."""
    guess = share @ place
    squared = share @ place.square().sum(dim=1) - guess.square().sum(dim=2)
    return guess, squared.clamp_min(0) / 2


def _cell_places(heat: Tensor) -> Tensor:
    """(h * w, 2) x and y of the middles of the cells, pixels of the input, row by row."""
    rows, columns = (torch.arange(n, device=heat.device) * CELL + (CELL - 1) / 2 for n in heat.shape[2:])
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    return torch.stack([x, y], dim=2).reshape(-1, 2)
