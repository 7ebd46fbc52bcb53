"""What a network for volumes is pre-trained on: parts of volumes, turned and mirrored, with blocks hidden."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import rotate
from torch.utils.data import Dataset

from typodont.datasets.volume_cache import CachedVolume
from typodont.datasets.volume_grid import LEVELS
from typodont.errors import ConfigError
from typodont.nets.masked_volume import HiddenTargets
from typodont.nets.volume_batch import VolumeBatch
from typodont.types import Bool, Float, Int


@dataclass(frozen=True)
class VolumeAugment:
    """How much volumes are varied.

    Args:
        angles_deg: One of these turns about z, the published ones.
        p_turn: Share of samples that are turned.
        mirror: Whether each axis is mirrored in half of the samples; nothing is labelled, so that no side can be wrong.
        contrast: Spread of the factor of the grey values.
        brightness: Spread of what is added to them.
        shift: Voxels by which a part may reach beyond the volume, so that a network that pads nothing, and so never
            answers for the border of what it sees, answers for the border of volumes.
    """

    angles_deg: tuple[float, ...] = (-20.0, -10.0, -5.0, 5.0, 10.0, 20.0)
    p_turn: float = 0.3
    mirror: bool = True
    contrast: float = 0.1
    brightness: float = 0.05
    shift: int = 12


@dataclass(frozen=True)
class MaskConfig:
    """What is hidden from the network.

    Args:
        block: Voxels along each side of a block.
        share: Of the blocks that are hidden.
        detail: What is to be filled in, in so many values along each side of a feature cell; see
            `nets.masked_volume.MaskedVolume`.
    """

    block: int = 8
    share: float = 0.5
    detail: int = 8


@dataclass(frozen=True)
class HiddenSample:
    """One part of a volume, and what of it is hidden.

    Args:
        whole: (D, H, W) float32 grey values 0..1.
        hidden: (D, H, W) bool.
    """

    whole: Float
    hidden: Bool


class VolumeStream(Dataset[HiddenSample]):
    """Item i is volume i of an endless stream: which one, and how it is varied, follows from (seed, i) alone.

    Args:
        volumes: To draw from.
        shape: Of a sample, voxels.
        augment, mask: See there.
        seed: Of the whole stream.

    Raises:
        ConfigError: there is no volume.
    """

    def __init__(
        self,
        volumes: Sequence[CachedVolume],
        shape: tuple[int, int, int],
        augment: VolumeAugment,
        mask: MaskConfig,
        *,
        seed: int = 0,
    ) -> None:
        if not volumes:
            raise ConfigError("no volumes to learn from: none could be read; the messages above say why")
        self.volumes, self.shape, self.augment, self.mask, self.seed = volumes, shape, augment, mask, seed

    def __getitem__(self, item: int) -> HiddenSample:
        rng = np.random.default_rng([self.seed, item])
        stored = self.volumes[int(rng.integers(len(self.volumes)))].read()
        room = [n - side for n, side in zip(stored.shape, self.shape, strict=True)]
        shift = self.augment.shift
        start = [int(rng.integers(min(free, 0) - shift, max(free, 0) + shift + 1)) for free in room]
        whole = varied(part(stored, start, self.shape), rng, self.augment)
        return HiddenSample(whole, hidden_blocks(self.shape, rng, self.mask))


def plain_sample(volume: CachedVolume, shape: tuple[int, int, int], mask: MaskConfig) -> HiddenSample:
    """The middle of a volume as it is, with the same blocks hidden every time."""
    stored = volume.read()
    start = [(n - side) // 2 for n, side in zip(stored.shape, shape, strict=True)]
    return HiddenSample(part(stored, start, shape), hidden_blocks(shape, np.random.default_rng(0), mask))


def part(stored: Int, start: Sequence[int], shape: Sequence[int]) -> Float:
    """`shape` float32 grey values 0..1 from `start` on, which may lie before the volume; beyond it there is nothing."""
    ends = [a + side for a, side in zip(start, shape, strict=True)]
    cut = stored[tuple(slice(max(a, 0), max(end, 0)) for a, end in zip(start, ends, strict=True))]
    before = [min(max(-a, 0), side) for a, side in zip(start, shape, strict=True)]
    padding = [(b, side - b - n) for b, side, n in zip(before, shape, cut.shape, strict=True)]
    return np.pad(cut, padding).astype(np.float32) / LEVELS


def varied(whole: Float, rng: np.random.Generator, augment: VolumeAugment) -> Float:
    """A part (D, H, W) turned about z, mirrored and with other grey values; 0..1."""
    if augment.angles_deg and rng.random() < augment.p_turn:
        whole = rotate(whole, rng.choice(augment.angles_deg), reshape=False, order=1)
    if augment.mirror:
        whole = np.flip(whole, tuple(axis for axis in range(3) if rng.random() < 0.5))
    factor, added = np.exp(rng.normal(0, augment.contrast)), rng.normal(0, augment.brightness)
    return (factor * whole + added).clip(0, 1).astype(np.float32)


def hidden_blocks(shape: Sequence[int], rng: np.random.Generator, mask: MaskConfig) -> Bool:
    """(D, H, W) bool: true in a share of the blocks, whose borders lie anywhere."""
    count = [-(-side // mask.block) + 1 for side in shape]
    order = rng.permutation(int(np.prod(count))).reshape(count)
    blocks = order < mask.share * order.size
    fine = blocks.repeat(mask.block, 0).repeat(mask.block, 1).repeat(mask.block, 2)
    shift = rng.integers(mask.block, size=3)
    return fine[tuple(slice(a, a + side) for a, side in zip(shift, shape, strict=True))]


def collate_hidden(samples: Iterable[HiddenSample]) -> VolumeBatch:
    """A batch for `nets.masked_volume`: hidden voxels get the mean of those in view, so that no block stands out more
    than it must and the normalisation sees about what it will see afterwards."""
    samples = list(samples)
    seen = [np.where(s.hidden, s.whole.mean(where=~s.hidden), s.whole).astype(np.float32) for s in samples]
    volume, whole = (torch.from_numpy(np.stack(parts))[:, None] for parts in (seen, [s.whole for s in samples]))
    return VolumeBatch(volume, HiddenTargets(whole, torch.from_numpy(np.stack([s.hidden for s in samples]))[:, None]))
