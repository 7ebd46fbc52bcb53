"""What the stage "outer" learns from: crown cases as distances on a grid, with the sound tooth."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
from torch import nn

from typodont.datasets.case_stream import CaseStream
from typodont.datasets.crown_region import RegionGrid
from typodont.datasets.region_augment import varied_sample
from typodont.datasets.region_samples import (
    FrameJitter,
    RegionSample,
    collate_regions,
    make_sample,
    read_sample,
    write_sample,
)
from typodont.errors import ConfigError
from typodont.records.case_names import only_named
from typodont.records.crown_case import find_crown_cases, read_crown_case
from typodont.tasks.crown.config import CrownSource
from typodont.tasks.crown.outer_config import OuterTrainConfig
from typodont.training.outer_losses import outer_losses, outer_scores
from typodont.training.run import TrainingData
from typodont.training.weights import TrainingSource


def outer_data(config: OuterTrainConfig, net: nn.Module) -> TrainingData:
    """Preparations with the surfaces that they had before.

    Raises:
        ConfigError: no cases, or a network that reads something else.
        FormatError, MeshError, LabelError, FrameError: a case cannot be used.
    """
    if not hasattr(net, "prior"):
        raise ConfigError(f"net.name: found {config.net.name!r}, expected a network of outer surfaces, as crown_unet")
    if net.voxel_mm != config.region.voxel_mm:
        raise ConfigError(
            f"region.voxel_mm: found {config.region.voxel_mm:g} and a network for {net.voxel_mm:g} mm; expected the "
            "same in region.voxel_mm and net.arguments.voxel_mm"
        )
    cached = partial(cached_sample, cache=config.cache, region=config.region)

    def varied(case: Path, rng: np.random.Generator) -> RegionSample:
        kept = cached(case, jitter=config.jitter)
        return varied_sample(kept, rng, augment=config.augment, voxel_mm=config.region.voxel_mm)

    stream = CaseStream(
        lambda: [case for source in config.sources for case in cases_of(source)], varied, seed=config.seed
    )
    held_out = [] if config.validation is None else cases_of(config.validation)
    return TrainingData(
        stream=stream,
        held_out=[cached(case, jitter=None) for case in held_out],
        collate=collate_regions,
        losses=outer_losses,
        scores=outer_scores,
        origins=tuple(
            TrainingSource(f"crown cases in {source.data.name}", source.licence, source.shippable)
            for source in config.sources
        ),
        names=stream.list_cases,
    )


def cached_sample(case: Path, *, cache: Path, region: RegionGrid, jitter: FrameJitter | None) -> RegionSample:
    """The sample of a case, made where the cache has none of it; how its frame is off follows from its name."""
    settings = repr((asdict(region), None if jitter is None else asdict(jitter)))
    key = hashlib.sha256(settings.encode()).hexdigest()[:8]
    kept = cache / f"{case.parent.resolve().name}_{key}" / f"{case.name}.npz"
    if not kept.exists():
        draw = int.from_bytes(hashlib.sha256(case.name.encode()).digest()[:8])
        sample = make_sample(read_crown_case(case), region, jitter=jitter, rng=np.random.default_rng(draw))
        write_sample(sample, kept)
    return read_sample(kept)


def cases_of(source: CrownSource) -> list[Path]:
    """The folders of the cases of a source that are there by now."""
    return only_named(find_crown_cases(source.data), source.names, where=source.data)
