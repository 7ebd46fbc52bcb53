"""A network that completes the outer surface of a prepared tooth: a narrow 3D U-Net that corrects a first guess.

It reads distances on a grid and gives, for every voxel, how far the surface lies from that of the guess and how sure it
is. Some voxels along each side are one cell from the first layer to the last, which makes it quick enough for a CPU;
the correction is smoother than the surface, so that a few values of it in a cell are enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from typodont.nets.masked_volume import unfolded

_SMOOTH = 2
"""Times that each value of the correction is averaged with its neighbours, so that no seam between cells shows."""


@dataclass
class OuterTargets:
    """Where the outer surfaces of a batch are.

    Args:
        distance: (B, D, H, W) float32 signed distance to the sound tooth, mm, cut off at the network's band.
        weight: (B, D, H, W) float32: how much each voxel counts, 1 near the surface that is to be found.
    """

    distance: Tensor
    weight: Tensor


@dataclass
class CrownBatch:
    """B preparations.

    Args:
        volume: (B, C, D, H, W) float32 fields in -1..1, units of `band` mm; see `datasets.crown_region`.
        tooth_type: (B,) int64. kind: (B,) int64: crown, inlay or onlay.
        targets: What the losses want; None in prediction.
    """

    volume: Tensor
    tooth_type: Tensor
    kind: Tensor
    targets: OuterTargets | None = None

    def __len__(self) -> int:
        return len(self.volume)

    def to(self, device: torch.device | str) -> CrownBatch:
        """This batch with all tensors on `device`."""
        targets = self.targets
        if targets is not None:
            targets = OuterTargets(targets.distance.to(device), targets.weight.to(device))
        return CrownBatch(self.volume.to(device), self.tooth_type.to(device), self.kind.to(device), targets)


@dataclass
class CrownOutput:
    """Where the outer surface lies.

    Args:
        distance: (B, D, H, W) float32 signed distance to it, mm, negative inside.
        log_variance: (B, D, H, W) float32: logarithm of the square of the distance's expected error (mm²).
        prior: (B, D, H, W) float32 the distance before it was corrected, mm.
    """

    distance: Tensor
    log_variance: Tensor
    prior: Tensor


class CrownUNet(nn.Module):
    """The outer surface as a correction of a fitted atlas tooth; begins as that tooth exactly.

    Args:
        channels: Fields that it reads.
        prior: Which of them is the signed distance to the first guess.
        band: Millimetres of a field's 1.
        voxel_mm: Size of the voxels that it was trained on, for whoever makes the fields.
        widths: Channels on each level, finest first.
        cell: Voxels along each side of a cell of the finest level.
        detail: Values of the correction along each side of such a cell; between them it is interpolated.
        types, kinds: How many tooth types and kinds of restorations there are.
    """

    reads = "region"

    def __init__(
        self,
        channels: int = 5,
        prior: int = 2,
        band: float = 1.6,
        voxel_mm: float = 0.2,
        widths: Sequence[int] = (40, 64, 96),
        cell: int = 4,
        detail: int = 2,
        types: int = 16,
        kinds: int = 3,
    ) -> None:
        super().__init__()
        self.channels, self.prior, self.band, self.voxel_mm = channels, prior, band, voxel_mm
        self._widths, self._cell, self._detail = tuple(widths), cell, detail
        self.stem = nn.Conv3d(channels * cell**3, widths[0], 1)
        self.about_type = nn.Embedding(types, widths[0])
        self.about_kind = nn.Embedding(kinds, widths[0])
        self.down = nn.ModuleList(_Down(a, b) for a, b in pairwise((widths[0], *widths)))
        self.up = nn.ModuleList(_Up(a, b) for a, b in pairwise(reversed(widths)))
        self.head = nn.Conv3d(widths[0], 2 * detail**3, 1)
        for embedding in (self.about_type, self.about_kind):
            nn.init.normal_(embedding.weight, std=0.1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)  # type: ignore[arg-type]
        with torch.no_grad():
            self.head.bias[detail**3 :] = -3.0  # type: ignore[index] # an expected error of about 0.2 mm

    @property
    def depth_order(self) -> tuple[tuple[str, ...], ...]:
        """Modules from the input to the output, for learning rates that fall towards the input."""
        down = tuple((f"down.{i}",) for i in range(len(self.down)))
        up = tuple((f"up.{i}",) for i in range(len(self.up)))
        return (("stem", "about_type", "about_kind"), *down, *up, ("head",))

    @property
    def feature_channels(self) -> int:
        """Numbers of a cell of the features."""
        return self._widths[0]

    @property
    def stride(self) -> int:
        """Voxels between two cells of the features."""
        return self._cell

    @property
    def margin(self) -> int:
        """Voxels that the features lose at every side: none, everything is padded."""
        return 0

    def forward(self, batch: CrownBatch) -> CrownOutput:
        about = self.about_type(batch.tooth_type) + self.about_kind(batch.kind)
        answers = self.head(self._cells(batch.volume, about[:, :, None, None, None])).float()
        residual, log_variance = (self._voxels(part) for part in answers.chunk(2, dim=1))
        prior = self.band * batch.volume[:, self.prior]
        return CrownOutput(prior + residual, log_variance.clamp(-9.0, 2.0), prior)

    def features(self, volume: Tensor) -> Tensor:
        """(B, feature_channels, d, h, w) of (B, 1, D, H, W) grey values 0..1, read as the scan's field: what
        `typodont pretrain` teaches."""
        rest = volume.new_zeros(len(volume), self.channels - 1, *volume.shape[2:])
        return self._cells(torch.cat([2 * volume - 1, rest], dim=1), 0.0)

    def _voxels(self, answers: Tensor) -> Tensor:
        """(B, D, H, W) of the (B, detail³, d, h, w) values of all cells."""
        values = unfolded(answers, self._detail)
        for _ in range(_SMOOTH):
            values = functional.avg_pool3d(values, 3, stride=1, padding=1, count_include_pad=False)
        scale = self._cell / self._detail
        return functional.interpolate(values, scale_factor=scale, mode="trilinear", align_corners=False)[:, 0]

    def _cells(self, volume: Tensor, about: Tensor | float) -> Tensor:
        """Features of the finest level after all others were asked.

        Raises:
            ValueError: a side of the volume is no multiple of the coarsest cells.
        """
        coarsest = self._cell * 2 ** (len(self._widths) - 1)
        if any(side % coarsest for side in volume.shape[2:]):
            raise ValueError(f"found {tuple(volume.shape[2:])} voxels, expected multiples of {coarsest} a side")
        x = self.stem(folded(volume, self._cell)) + about
        levels = []
        for down in self.down:
            x = down(x)
            levels.append(x)
        for up, beside in zip(self.up, reversed(levels[:-1]), strict=True):
            x = up(x, beside)
        return x


def folded(volume: Tensor, cell: int) -> Tensor:
    """(B, C cell³, D / cell, H / cell, W / cell) of (B, C, D, H, W): the voxels of a cell side by side as channels."""
    batch, channels, depth, height, width = volume.shape
    cells = volume.view(batch, channels, depth // cell, cell, height // cell, cell, width // cell, cell)
    cells = cells.permute(0, 1, 3, 5, 7, 2, 4, 6).reshape(batch, channels * cell**3, *cells.shape[2::2])
    return cells.contiguous(memory_format=torch.channels_last_3d)


class _Residual(nn.Module):
    """Two convolutions beside a straight way through; starts as nothing, so that no normalisation is needed."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv3d(width, width, 3, padding=1)
        self.second = nn.Conv3d(width, width, 3, padding=1)
        self.scale = nn.Parameter(torch.full((1, width, 1, 1, 1), 0.1))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.scale * self.second(functional.silu(self.first(functional.silu(x))))


class _Down(nn.Module):
    """One level: half as many cells a side where the width changes, then a residual block."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.smaller = nn.Identity() if before == after else nn.Conv3d(before, after, 2, stride=2)
        self.block = _Residual(after)

    def forward(self, x: Tensor) -> Tensor:
        return self.block(self.smaller(x))


class _Up(nn.Module):
    """Back to twice as many cells a side, with what the way down knew there."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.narrower = nn.Conv3d(before, after, 1)
        self.block = _Residual(after)

    def forward(self, x: Tensor, beside: Tensor) -> Tensor:
        larger = functional.interpolate(self.narrower(x), scale_factor=2, mode="nearest")
        return self.block(larger + beside)
