"""A network for volumes in pre-training: it fills in blocks that were hidden from it."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from typodont.nets.volume_batch import VolumeBatch


@dataclass
class HiddenTargets:
    """What was hidden from the volumes of a batch.

    Args:
        whole: (B, 1, D, H, W) float32: the volumes before anything was hidden.
        hidden: (B, 1, D, H, W) bool: where something was.
    """

    whole: Tensor
    hidden: Tensor


@dataclass
class FilledOutput:
    """What a network thinks the volume was, coarser than it and without the margin that it cannot speak for.

    Args:
        filled: (B, 1, d, h, w) float32 grey values.
        margin: Voxels of the volume before the first answer, on every axis.
        voxels: Voxels of the volume along each side of an answer.
    """

    filled: Tensor
    margin: int
    voxels: int


class MaskedVolume(nn.Module):
    """The network to be pre-trained, and a small decoder that is thrown away afterwards.

    The decoder looks at one cell of the features at a time, so that whatever it needs must be in the features.

    Args:
        trunk: With `features`, `feature_channels`, `stride` and `margin`; see `nets.ct_cnn`.
        detail: Answers along each side of a feature cell; divides the stride.

    Raises:
        ValueError: `detail` does not divide the stride.
    """

    reads = "volume"

    def __init__(self, trunk: nn.Module, *, detail: int = 8) -> None:
        super().__init__()
        if trunk.stride % detail:  # type: ignore[operator]
            raise ValueError(f"detail is {detail}, expected a divisor of the network's stride {trunk.stride}")
        channels: int = trunk.feature_channels  # type: ignore[assignment]
        self.trunk = trunk
        self.detail = detail
        self.decoder = nn.Sequential(
            nn.Conv3d(channels, channels, 1), nn.ReLU(inplace=True), nn.Conv3d(channels, detail**3, 1)
        )

    def forward(self, batch: VolumeBatch) -> FilledOutput:
        cells = self.decoder(self.trunk.features(batch.volume))  # type: ignore[operator]
        voxels: int = self.trunk.stride // self.detail  # type: ignore[assignment, operator]
        return FilledOutput(unfolded(cells, self.detail).float(), self.trunk.margin, voxels)  # type: ignore[arg-type]


def unfolded(cells: Tensor, detail: int) -> Tensor:
    """(B, 1, detail d, detail h, detail w) of (B, detail³, d, h, w): the numbers of a cell as a block in its place."""
    batch, _, depth, height, width = cells.shape
    blocks = cells.view(batch, detail, detail, detail, depth, height, width).permute(0, 4, 1, 5, 2, 6, 3)
    return blocks.reshape(batch, 1, depth * detail, height * detail, width * detail)
