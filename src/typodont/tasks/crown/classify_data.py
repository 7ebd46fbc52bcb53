"""What the stages "ct" and "classify" learn from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from torch import nn

from typodont.datasets.crown_volumes import (
    KindSample,
    KindVolume,
    case_kind,
    collate_kinds,
    keep_case,
    keep_tooth,
    moved_region,
    plain_region,
    plain_volume,
    turned_volume,
)
from typodont.datasets.pass_stream import PassStream
from typodont.datasets.volume_cache import CachedVolume, cache_volumes
from typodont.datasets.volume_grid import VolumeGridConfig
from typodont.errors import ConfigError
from typodont.formats import SUFFIXES
from typodont.progress import track
from typodont.records import only_named
from typodont.records.crown_case import find_crown_cases
from typodont.records.volume import find_volumes
from typodont.tasks.crown.classify_config import ClassifyTrainConfig, CtTrainConfig
from typodont.tasks.crown.config import CrownSource, CrownTrainConfig
from typodont.training.kind_losses import kind_losses, kind_scores
from typodont.training.run import TrainingData
from typodont.training.weights import TrainingSource


def ct_data(config: CtTrainConfig, net: nn.Module) -> TrainingData:
    """CT volumes of two kinds.

    Raises:
        ConfigError: a source without a folder for each class, a class without volumes, or a network for other things.
    """
    check_net(net, config, kinds=len(config.classes))

    def read(source: CrownSource) -> list[KindVolume]:
        return only_named(ct_volumes(source.data, config), source.names, where=source.data)

    learnt, held_out = _parted(config, read, hold_out=config.hold_out)
    vary = partial(turned_volume, augment=config.augment)
    return _training_data(config, learnt, held_out, vary, plain_volume)


def kind_data(config: ClassifyTrainConfig, net: nn.Module) -> TrainingData:
    """Preparations of several kinds.

    Raises:
        ConfigError: a kind without preparations, or a network for other things.
        FormatError, MeshError, LabelError, FrameError: a case cannot be used.
    """
    check_net(net, config, kinds=len(config.kinds))

    def read(source: CrownSource) -> list[KindVolume]:
        return kind_volumes(source, config)

    learnt, held_out = _parted(config, read, hold_out=config.hold_out)
    if config.grid.scale == "stretched":
        return _training_data(config, learnt, held_out, partial(turned_volume, augment=config.turns), plain_volume)
    vary = partial(moved_region, augment=config.augment, grid=config.grid)
    return _training_data(config, learnt, held_out, vary, partial(plain_region, grid=config.grid))


def check_net(net: nn.Module, config: CrownTrainConfig, *, kinds: int) -> None:
    """Refuse a network that reads no volumes or tells another number of kinds apart.

    Raises:
        ConfigError: see above.
    """
    if net.reads != "volume":
        raise ConfigError(f"net: found {config.net.name}, expected a network for volumes, ct_cnn or kind_cnn")
    told = net.head[-1].out_features  # type: ignore[index, union-attr]
    if max(told, 2) != kinds:
        raise ConfigError(
            f"net: found {config.net.name} for {max(told, 2)} kinds, expected one for {kinds}; "
            f"ct_cnn tells two apart, kind_cnn as many as net.arguments {{kinds: {kinds}}} says"
        )


def ct_volumes(data: Path, config: CtTrainConfig) -> list[KindVolume]:
    """The volumes of a folder with a folder for each class in it, on the grid, in the order of their names."""
    found = []
    for kind, name in enumerate(config.classes):
        if not (data / name).is_dir():
            raise ConfigError(
                f"{data}: found no folder {name}, expected one for each of {' and '.join(config.classes)} with CT "
                "volumes (NIfTI or DICOM); `typodont synth ct` makes such volumes"
            )
        volumes = cache_volumes(find_volumes([data / name]), config.grid, config.cache, processes=config.loop.workers)
        found += [KindVolume(volume, kind) for volume in volumes]
    return found


def kind_volumes(source: CrownSource, config: ClassifyTrainConfig) -> list[KindVolume]:
    """The preparations of a source on the grid, those of `kinds` only, in the order of their names.

    Raises:
        ConfigError: none of them.
    """
    places = only_named(list(_places(source.data, config.kinds)), source.names, where=source.data)
    if not places:
        raise ConfigError(f"{source.data}: found no preparation, expected some for {', '.join(config.kinds)}")
    shown = track(places, f"read {source.data}", unit="case")
    return [KindVolume(place.keep(place.path, config.grid, config.cache), place.kind) for place in shown]


class _Place(NamedTuple):
    """Where a preparation lies, its kind, and how it becomes a volume."""

    name: str
    path: Path
    kind: int
    keep: Callable[[Path, VolumeGridConfig, Path], CachedVolume]


def _places(data: Path, kinds: Sequence[str]) -> Iterator[_Place]:
    """Single teeth in a folder for each kind, or crown cases."""
    if all((data / name).is_dir() for name in kinds):
        for kind, name in enumerate(kinds):
            for path in sorted((data / name).iterdir()):
                if path.suffix.lower() in SUFFIXES:
                    yield _Place(path.stem, path, kind, keep_tooth)
        return
    for folder in find_crown_cases(data):
        said = case_kind(folder)
        if said in kinds:
            yield _Place(folder.name, folder, kinds.index(said), keep_case)


def _parted(
    config: CrownTrainConfig, read: Callable[[CrownSource], list[KindVolume]], *, hold_out: float
) -> tuple[list[KindVolume], list[KindVolume]]:
    """What is learnt from and what is held out: of each kind the last ones, unless there is a validation of its own.

    Raises:
        ConfigError: fewer than two kinds to learn from.
    """
    found = [volume for source in config.sources for volume in read(source)]
    if config.validation is not None:
        learnt, held_out = found, read(config.validation)
    else:
        parts = [last_held_out([v for v in found if v.kind == kind], hold_out) for kind in _kinds(found)]
        learnt = [volume for first, _ in parts for volume in first]
        held_out = [volume for _, last in parts for volume in last]
    if len(_kinds(learnt)) < 2:
        where = ", ".join(str(source.data) for source in config.sources)
        raise ConfigError(f"{where}: found {len(learnt)} volumes of {len(_kinds(learnt))} kinds, expected two or more")
    return learnt, held_out


def last_held_out(volumes: Sequence[KindVolume], share: float) -> tuple[list[KindVolume], list[KindVolume]]:
    """All but the last `share` of some volumes, and those."""
    first = len(volumes) - round(share * len(volumes))
    return list(volumes[:first]), list(volumes[first:])


def _kinds(volumes: Sequence[KindVolume]) -> list[int]:
    return sorted({volume.kind for volume in volumes})


def _training_data(
    config: CrownTrainConfig,
    learnt: list[KindVolume],
    held_out: list[KindVolume],
    vary: Callable[[KindVolume, np.random.Generator], KindSample],
    keep: Callable[[KindVolume], KindSample],
) -> TrainingData:
    return TrainingData(
        stream=PassStream(learnt, vary, seed=config.seed),
        held_out=[keep(volume) for volume in held_out],
        collate=collate_kinds,
        losses=kind_losses,
        scores=kind_scores,
        origins=tuple(TrainingSource(s.data.name, s.licence, s.shippable) for s in config.sources),
        names=lambda: [Path(volume.name) for volume in learnt],
        size=len(learnt),
    )
