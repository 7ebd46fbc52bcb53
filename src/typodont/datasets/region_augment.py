"""Samples of crown cases varied: other sizes and turns of the whole, and a first guess that is off in other ways."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor
from torch.nn import functional

from typodont.datasets.crown_region import BAND_MM, CHANNELS, LEVELS, Region, RegionTruth
from typodont.datasets.region_samples import RegionSample
from typodont.types import Float

_PRIOR = CHANNELS.index("prior")


@dataclass(frozen=True)
class RegionAugment:
    """How much samples are varied; all but the share are standard deviations.

    Args:
        share: Of the samples that are varied; it takes as long as a step of training does on a CPU.
        turn_deg: Turn of everything about a random axis.
        stretch: Logarithm of the size along each axis.
        shift_mm: Place of everything.
        prior_turn_deg, prior_stretch, prior_shift_mm: The same of the fitted atlas tooth alone, which teaches the
            network how it may be off.
    """

    share: float = 0.4
    turn_deg: float = 3.0
    stretch: float = 0.05
    shift_mm: float = 0.3
    prior_turn_deg: float = 1.0
    prior_stretch: float = 0.015
    prior_shift_mm: float = 0.07


def varied_sample(
    sample: RegionSample, rng: np.random.Generator, *, augment: RegionAugment, voxel_mm: float
) -> RegionSample:
    """A sample resampled under a random affine motion, distances scaled by its mean size; some stay as they are.

    Args:
        sample: As it was stored. rng: Draws the motion. augment: See there.
        voxel_mm: Of the sample.
    """
    if rng.random() >= augment.share:
        return sample
    fields = torch.from_numpy(sample.region.fields).float() * (BAND_MM / LEVELS)
    distance = torch.from_numpy(sample.truth.distance).float()
    whole = _motion(rng, augment.turn_deg, augment.stretch, augment.shift_mm)
    alone = whole @ _motion(rng, augment.prior_turn_deg, augment.prior_stretch, augment.prior_shift_mm)
    moved = _resampled(torch.cat([fields, distance[None]]), whole, voxel_mm)
    moved[_PRIOR] = _resampled(fields[_PRIOR : _PRIOR + 1], alone, voxel_mm)[0]
    inside = CHANNELS.index("inside")
    size = float(np.cbrt(np.linalg.det(whole[:3, :3])))
    scaled = (moved / size).clamp(-BAND_MM, BAND_MM)
    scaled[inside] = moved[inside]
    weight = _resampled(torch.from_numpy(sample.truth.weight).float()[None], whole, voxel_mm, mode="nearest")[0]
    stored = (scaled[:-1] * (LEVELS / BAND_MM)).round().to(torch.int8).numpy()
    region = Region(stored, sample.region.tooth_type, sample.region.kind)
    return RegionSample(region, RegionTruth(scaled[-1].half().numpy(), weight.to(torch.uint8).numpy()))


def _motion(rng: np.random.Generator, turn_deg: float, stretch: float, shift_mm: float) -> Float:
    """(4, 4) from a place to where its value is taken from, mm, about the middle of the region."""
    motion = np.eye(4)
    turn = Rotation.from_rotvec(np.radians(turn_deg) * rng.standard_normal(3)).as_matrix()
    motion[:3, :3] = turn @ np.diag(np.exp(stretch * rng.standard_normal(3)))
    motion[:3, 3] = shift_mm * rng.standard_normal(3)
    return motion


def _resampled(values: Tensor, motion: Float, voxel_mm: float, *, mode: str = "bilinear") -> Tensor:
    """(C, D, H, W) values taken from where the motion leads; beyond the border those at the border."""
    half = 0.5 * (values.shape[1] - 1) * voxel_mm
    scaled = motion[:3].copy()
    scaled[:, 3] /= half
    # torch names the axes of a place in the opposite order to those of the volume
    flipped = np.concatenate([scaled[::-1, 2::-1], scaled[::-1, 3:]], axis=1)
    theta = torch.from_numpy(np.ascontiguousarray(flipped)).float()[None]
    grid = functional.affine_grid(theta, [1, 1, *values.shape[1:]], align_corners=True)
    return functional.grid_sample(values[None], grid, mode=mode, padding_mode="border", align_corners=True)[0]
