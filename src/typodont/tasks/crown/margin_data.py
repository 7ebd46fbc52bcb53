"""What the stages "margin" and "line" learn from: crown cases, cached as the networks take them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from typodont.datasets.case_stream import CaseStream
from typodont.datasets.margin_points import (
    MarginPool,
    MarginSample,
    make_margin_pool,
    margin_collate,
    plain,
    read_margin_pool,
    vary,
    write_margin_pool,
)
from typodont.datasets.margin_strips import (
    StripSample,
    made_strips,
    read_strips,
    strip_collate,
    varied_strip,
    write_strips,
)
from typodont.errors import ConfigError
from typodont.records.case_names import only_named
from typodont.records.crown_case import find_crown_cases, read_crown_case
from typodont.tasks.crown.config import CrownSource, CrownTrainConfig
from typodont.tasks.crown.margin_config import LineTrainConfig, MarginTrainConfig
from typodont.training.line_losses import line_losses, line_scores
from typodont.training.margin_losses import margin_losses, margin_scores
from typodont.training.run import TrainingData
from typodont.training.weights import TrainingSource


def margin_data(config: MarginTrainConfig, net: nn.Module) -> TrainingData:
    """Points around preparations, with their distance to the margin line.

    Raises:
        ConfigError: no cases, or a network for other things.
        FormatError, MeshError, LabelError, FrameError: a case cannot be used.
    """
    _check_net(net, config, "points")

    def varied(case: Path, rng: np.random.Generator) -> MarginSample:
        coarse = rng.random() < config.coarse
        return vary(cached_pool(case, config.cache, coarse=coarse), rng, config.augment)

    return _training_data(
        config,
        varied,
        lambda case: plain(cached_pool(case, config.cache)),
        collate=margin_collate,
        losses=margin_losses,
        scores=margin_scores,
    )


def line_data(config: LineTrainConfig, net: nn.Module) -> TrainingData:
    """Strips of surface around lines that stray from the margin.

    Raises:
        ConfigError: no cases, or a network for other things.
        FormatError, MeshError, LabelError: a case cannot be used.
    """
    _check_net(net, config, "strip")
    strips = partial(cached_strips, cache=config.cache, count=config.strips)

    def varied(case: Path, rng: np.random.Generator) -> StripSample:
        return varied_strip(strips(case)[int(rng.integers(config.strips))], rng)

    return _training_data(
        config,
        varied,
        lambda case: strips(case)[0],
        collate=strip_collate,
        losses=line_losses,
        scores=line_scores,
    )


def cached_pool(case: Path, cache: Path, *, coarse: bool = False) -> MarginPool:
    """The pool of a case, made where the cache has none of it."""
    kept = _kept(case, cache, "coarse_margin" if coarse else "margin")
    if not kept.exists():
        rng = np.random.default_rng([*case.name.encode()])
        write_margin_pool(make_margin_pool(read_crown_case(case), rng, coarse=coarse), kept)
    return read_margin_pool(kept)


def cached_strips(case: Path, *, cache: Path, count: int) -> list[StripSample]:
    """`count` strips of a case, made where the cache has none of it."""
    kept = _kept(case, cache, f"line{count}")
    if not kept.exists():
        rng = np.random.default_rng([*case.name.encode()])
        write_strips(made_strips(read_crown_case(case), rng, count), kept)
    return read_strips(kept)


def _kept(case: Path, cache: Path, kind: str) -> Path:
    return cache / f"{case.parent.resolve().name}_{kind}" / f"{case.name}.npz"


def _check_net(net: nn.Module, config: CrownTrainConfig, reads: str) -> None:
    if net.reads != reads:
        raise ConfigError(
            f"net.name: {config.net.name!r} reads {net.reads}, but the stage {config.stage!r} gives {reads}; take the "
            "network of its default config"
        )


def _training_data(
    config: CrownTrainConfig,
    varied: Callable[[Path, np.random.Generator], Any],
    kept: Callable[[Path], Any],
    *,
    collate: Callable[[Any], Any],
    losses: Callable[[Any, Any], dict[str, Any]],
    scores: Callable[[Any, Any], dict[str, float]],
) -> TrainingData:
    stream = CaseStream(
        lambda: [case for source in config.sources for case in _cases(source)], varied, seed=config.seed
    )
    held_out = [] if config.validation is None else _cases(config.validation)
    return TrainingData(
        stream=stream,
        held_out=[kept(case) for case in held_out],
        collate=collate,
        losses=losses,
        scores=scores,
        origins=tuple(
            TrainingSource(f"crown cases in {source.data.name}", source.licence, source.shippable)
            for source in config.sources
        ),
        names=stream.list_cases,
    )


def _cases(source: CrownSource) -> list[Path]:
    """The folders of the cases of a source that are there by now."""
    return only_named(find_crown_cases(source.data), source.names, where=source.data)
