"""A network that completes the outer surface of a prepared tooth: a narrow 3D U-Net that corrects a first guess.

It reads distances on a grid and gives, for every voxel, how far the surface lies from that of the guess and how sure it
is. Two voxels along each side are one cell from the first layer to the last, which makes it quick enough for a CPU.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from typodont.nets.masked_volume import unfolded

CELL = 2
"""Voxels along each side of a cell."""


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
        widths: Channels on each level, finest first; the finest has cells of `CELL` voxels.
        types, kinds: How many tooth types and kinds of restorations there are.
    """

    reads = "volume"

    def __init__(
        self,
        channels: int = 5,
        prior: int = 2,
        band: float = 1.6,
        voxel_mm: float = 0.2,
        widths: Sequence[int] = (32, 64, 96, 128),
        types: int = 16,
        kinds: int = 3,
    ) -> None:
        super().__init__()
        self.channels, self.prior, self.band, self.voxel_mm = channels, prior, band, voxel_mm
        self._widths = tuple(widths)
        self.stem = nn.Conv3d(channels * CELL**3, widths[0], 3, padding=1)
        self.about_type = nn.Embedding(types, widths[0])
        self.about_kind = nn.Embedding(kinds, widths[0])
        self.down = nn.ModuleList(_Down(a, b) for a, b in pairwise((widths[0], *widths)))
        self.up = nn.ModuleList(_Up(a, b) for a, b in pairwise(reversed(widths)))
        self.head = nn.Conv3d(widths[0], 2 * CELL**3, 1)
        for embedding in (self.about_type, self.about_kind):
            nn.init.normal_(embedding.weight, std=0.1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)  # type: ignore[arg-type]
        with torch.no_grad():
            self.head.bias[CELL**3 :] = -3.0  # type: ignore[index] # an expected error of about 0.2 mm

    @property
    def depth_order(self) -> tuple[tuple[str, ...], ...]:
        """Modules from the input to the output, for learning rates that fall towards the input."""
        down = tuple((f"down.{i}",) for i in range(len(self.down)))
        up = tuple((f"up.{i}",) for i in range(len(self.up)))
        return (("stem", "about_type", "about_kind"), *down, *up, ("head",))

    @property
    def feature_channels(self) -> int:
        """Numbers of a cell of the features."""
        return self._widths[-1]

    @property
    def stride(self) -> int:
        """Voxels between two cells of the features; sides of volumes are multiples of it."""
        return CELL * 2 ** (len(self._widths) - 1)

    @property
    def margin(self) -> int:
        """Voxels that the features lose at every side: none, everything is padded."""
        return 0

    def forward(self, batch: CrownBatch) -> CrownOutput:
        volume = batch.volume
        about = self.about_type(batch.tooth_type) + self.about_kind(batch.kind)
        levels = self._levels(volume, about[:, :, None, None, None])
        x = levels.pop()
        for up in self.up:
            x = up(x, levels.pop())
        residual, log_variance = unfolded_pair(self.head(x))
        prior = self.band * volume[:, self.prior]
        return CrownOutput(prior + residual, log_variance.clamp(-9.0, 2.0), prior)

    def features(self, volume: Tensor) -> Tensor:
        """(B, feature_channels, d, h, w) of (B, 1, D, H, W) grey values 0..1, read as the scan's field; what
        `typodont pretrain` teaches."""
        rest = volume.new_zeros(len(volume), self.channels - 1, *volume.shape[2:])
        return self._levels(torch.cat([2 * volume - 1, rest], dim=1), 0.0)[-1]

    def _levels(self, volume: Tensor, about: Tensor | float) -> list[Tensor]:
        """Features of all levels, finest first.

        Raises:
            ValueError: a side of the volume is no multiple of the stride.
        """
        if any(side % self.stride for side in volume.shape[2:]):
            raise ValueError(f"found {tuple(volume.shape[2:])} voxels, expected multiples of {self.stride} a side")
        x = self.stem(folded(volume)) + about
        levels = []
        for down in self.down:
            x = down(x)
            levels.append(x)
        return levels


def folded(volume: Tensor) -> Tensor:
    """(B, C * CELL³, D/2, H/2, W/2) of (B, C, D, H, W): the voxels of a cell side by side as channels."""
    batch, channels, depth, height, width = volume.shape
    cells = volume.view(batch, channels, depth // CELL, CELL, height // CELL, CELL, width // CELL, CELL)
    cells = cells.permute(0, 1, 3, 5, 7, 2, 4, 6).reshape(batch, channels * CELL**3, *cells.shape[2::2])
    return cells.contiguous(memory_format=torch.channels_last_3d)


def unfolded_pair(cells: Tensor) -> tuple[Tensor, Tensor]:
    """Two volumes (B, D, H, W) float32 of (B, 2 CELL³, D/2, H/2, W/2)."""
    first, second = (unfolded(part, CELL)[:, 0] for part in cells.float().split(CELL**3, dim=1))
    return first, second


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
