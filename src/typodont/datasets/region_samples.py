"""Crown cases as samples for the network that completes outer surfaces, made once and kept as small files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch

from typodont.atomic import atomic_path
from typodont.datasets.crown_region import (
    LEVELS,
    Region,
    RegionGrid,
    RegionTruth,
    make_region,
    make_truth,
    preparation_at,
    prior_of,
)
from typodont.datasets.preparation_frame import PreparationFrame, mesial_direction, preparation_frame
from typodont.errors import FormatError, MeshError
from typodont.geometry.registration import rotation_about
from typodont.nets.crown_unet import CrownBatch, OuterTargets
from typodont.records.crown_case import CrownCase
from typodont.types import Float


@dataclass(frozen=True)
class FrameJitter:
    """How far the frame of a training sample is from the true one, because a margin and an axis that are found are.

    Args:
        tilt_deg: Standard deviation of the axis.
        turn_deg: Of the turn about the axis.
        shift_mm: Of the place.
    """

    tilt_deg: float = 2.0
    turn_deg: float = 4.0
    shift_mm: float = 0.2


@dataclass(frozen=True)
class RegionSample:
    """What the network reads of a case, and what it is to find."""

    region: Region
    truth: RegionTruth


def case_frame(case: CrownCase) -> PreparationFrame:
    """The preparation frame of a case whose margin and axis are known.

    Raises:
        MeshError: the case lacks either. FrameError: no numbered tooth beside the preparation.
    """
    if case.margin is None or case.axis is None:
        raise MeshError(f"{case.name}: found no margin line or no axis, expected both in the case")
    mesial = mesial_direction(case.scan, case.tooth)
    return preparation_frame(case.tooth, case.margin.mean(axis=0), axis=case.axis, mesial=mesial)


def make_sample(
    case: CrownCase, region: RegionGrid, *, jitter: FrameJitter | None = None, rng: np.random.Generator | None = None
) -> RegionSample:
    """The sample of a case with everything known.

    Args:
        case: With margin, axis, kind and crown, and with tooth numbers and the prepared part on the scan.
        region: See there.
        jitter, rng: How much the frame is off, and what draws it; None: not at all.

    Raises:
        MeshError: something is missing.
    """
    frame = case_frame(case)
    if jitter is not None and rng is not None:
        frame = jittered(frame, jitter, rng)
    if case.kind is None or case.margin is None:
        raise MeshError(f"{case.name}: found no kind, expected crown, inlay or onlay in the case")
    preparation = preparation_at(
        case.scan, case.antagonist, case.margin, kind=case.kind, tooth=case.tooth, frame=frame, region=region
    )
    truth = make_truth(case, frame, region)
    return RegionSample(make_region(preparation, prior_of(preparation), region), truth)


def jittered(frame: PreparationFrame, jitter: FrameJitter, rng: np.random.Generator) -> PreparationFrame:
    """The frame tilted, turned and shifted a little."""
    around = rng.uniform(0, 2 * np.pi)
    tilt = rotation_about(np.array([np.cos(around), np.sin(around), 0.0]), jitter.tilt_deg * rng.standard_normal())
    motion = rotation_about(np.array([0.0, 0.0, 1.0]), jitter.turn_deg * rng.standard_normal()) @ tilt
    motion[:3, 3] = jitter.shift_mm * rng.standard_normal(3)
    return PreparationFrame(motion @ frame.to_site, frame.mirrored)


def write_sample(sample: RegionSample, path: Path) -> None:
    """Write a sample, about 1 MB."""
    parts = {**_values(sample.region), **_values(sample.truth)}
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **parts)


def read_sample(path: Path) -> RegionSample:
    """Read a sample.

    Raises:
        FormatError: not a sample, or one of another version.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            region = Region(arrays["fields"], int(arrays["tooth_type"]), int(arrays["kind"]))
            return RegionSample(region, RegionTruth(arrays["distance"], arrays["weight"]))
    except (OSError, EOFError, BadZipFile, ValueError, KeyError) as error:
        raise FormatError(f"{path}: no sample of this version ({error}); delete it, it will be made again") from None


def collate_regions(samples: Sequence[RegionSample]) -> CrownBatch:
    """A batch for `nets.crown_unet` with its targets."""
    truths = [sample.truth for sample in samples]
    targets = OuterTargets(
        distance=torch.from_numpy(np.stack([truth.distance for truth in truths])).float(),
        weight=torch.from_numpy(np.stack([truth.weight for truth in truths])).float() / 255,
    )
    return region_batch([sample.region for sample in samples], targets)


def region_batch(regions: Sequence[Region], targets: OuterTargets | None = None) -> CrownBatch:
    """A batch for `nets.crown_unet`."""
    return CrownBatch(
        volume=torch.from_numpy(np.stack([region.fields for region in regions])).float() / LEVELS,
        tooth_type=torch.tensor([region.tooth_type for region in regions]),
        kind=torch.tensor([region.kind for region in regions]),
        targets=targets,
    )


def _values(part: Region | RegionTruth) -> dict[str, Float]:
    return {field.name: np.asarray(getattr(part, field.name)) for field in fields(part)}
