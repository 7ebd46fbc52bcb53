"""The published network of the partial-crown study: a 3D CNN that was made to tell sick from healthy lungs on CT.

Source: Farook et al., Scientific Reports 13:1561 (2023), after Zunair, "3D image classification from CT scans" (Keras
example): four times convolution (no padding), ReLU, maximum over 2 x 2 x 2, batch normalisation with 64, 64, 128 and
256 channels; mean over the volume; 512 ReLU, dropout 0.3, one logit; 1,352,897 numbers with the running statistics.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from typodont.nets.volume_batch import VolumeBatch, VolumeOutput


class CtCNN(nn.Module):
    """Two kinds of volumes told apart, as published; reads volumes of 46 voxels a side and more.

    `freeze=("stages",)` is the published transfer: the first 13 of 17 layers stand still (the input, and what `stages`
    holds), normalisation included, and the two dense layers with 132,097 numbers learn.

    Args:
        widths: Channels of the stages, finest first.
        hidden: Width of the dense layer.
        dropout: Behind the dense layer.
        momentum: Share of a batch in the running statistics of the normalisation; the published 0.01 needs several
            hundred steps before they are those of the data.
    """

    reads = "volume"

    def __init__(
        self,
        widths: Sequence[int] = (64, 64, 128, 256),
        hidden: int = 512,
        dropout: float = 0.3,
        momentum: float = 0.01,
    ) -> None:
        super().__init__()
        self.stages = nn.ModuleList(_stage(before, after, momentum) for before, after in pairwise((1, *widths)))
        self.head = nn.Sequential(
            nn.Linear(widths[-1], hidden), nn.ReLU(inplace=True), nn.Dropout(dropout), nn.Linear(hidden, 1)
        )
        self._widths = tuple(widths)
        self.apply(_start_as_keras)

    @property
    def feature_channels(self) -> int:
        """Numbers of a cell of the features."""
        return self._widths[-1]

    @property
    def stride(self) -> int:
        """Voxels between two cells of the features."""
        return 2 ** len(self.stages)

    @property
    def margin(self) -> int:
        """Voxels that the features lose at every side, because nothing is padded: cell i stands for the voxels from
        `margin` + `stride` i on, `stride` of them, and sees as many as `margin` beyond them on either side."""
        return self.stride - 1

    def forward(self, batch: VolumeBatch) -> VolumeOutput:
        pooled = self.features(batch.volume).mean(dim=(2, 3, 4))
        return VolumeOutput(self.head(pooled)[:, 0].float())

    def features(self, volume: Tensor) -> Tensor:
        """(B, feature_channels, d, h, w) of (B, 1, D, H, W) grey values 0..1; see `margin` for where they lie.

        Raises:
            ValueError: a side of the volume is too short.
        """
        least = self.stride + 2 * self.margin
        if min(volume.shape[2:]) < least:
            raise ValueError(f"found a volume of {tuple(volume.shape[2:])} voxels, expected {least} or more a side")
        for stage in self.stages:
            volume = stage(volume)
        return volume


def _stage(before: int, after: int, momentum: float) -> nn.Sequential:
    norm = nn.BatchNorm3d(after, eps=1e-3, momentum=momentum)  # Keras's constants; it says 0.99 for 0.01
    return nn.Sequential(nn.Conv3d(before, after, 3), nn.ReLU(inplace=True), nn.MaxPool3d(2), norm)


def _start_as_keras(layer: nn.Module) -> None:
    """First weights as the published code's library draws them."""
    if isinstance(layer, nn.Conv3d | nn.Linear):
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
