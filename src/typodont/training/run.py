"""What every training of every job does around its samples, losses and network: run folder, first weights, card."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from typodont.atomic import write_json
from typodont.environment import environment
from typodont.errors import ConfigError
from typodont.registry import load
from typodont.training.config import config_to_dict, dump_config
from typodont.training.fit import LoopConfig, fit
from typodont.training.module import OptimizerConfig, TrainingModule
from typodont.training.schedule import ScheduleConfig
from typodont.training.transfer import Freezing, begin_with, layer_rates
from typodont.training.weights import Card, TrainingSource, may_ship, names_hash, save_weights

REPORT = "report.json"
"""In every run folder: where the run stands, whether it is over, and its last figures."""


_MEMORY = {
    "picture": torch.channels_last,
    "volume": torch.channels_last_3d,
    "region": torch.channels_last_3d,
}


@dataclass(frozen=True)
class NetConfig:
    """Which network, by its name in the registry, and the arguments of its class."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


class RunConfig(Protocol):
    """What the training configs of all jobs have in common."""

    @property
    def name(self) -> str: ...
    @property
    def runs(self) -> Path: ...
    @property
    def init(self) -> str | None: ...
    @property
    def freeze(self) -> tuple[str, ...]: ...
    @property
    def rate_decay(self) -> float: ...
    @property
    def seed(self) -> int: ...
    @property
    def net(self) -> NetConfig: ...
    @property
    def schedule(self) -> ScheduleConfig: ...
    @property
    def optimizer(self) -> OptimizerConfig: ...
    @property
    def loop(self) -> LoopConfig: ...


@dataclass(frozen=True)
class TrainingData:
    """What a network learns from, and how its answers are judged.

    Args:
        stream: Endless samples, item i by number.
        held_out: Samples of the validation.
        collate: Samples -> batch.
        losses, scores: (output, batch) -> figures by name.
        origins: Whose data it is, for the card.
        names: The files that were seen, asked for at every checkpoint because there may be more by then.
        size: Samples of one pass over the data; None where a pass means nothing.
        draw: (output, batch of one held-out sample) -> (3, H, W) uint8 picture of what the network found.
    """

    stream: Dataset[Any]
    held_out: Sequence[Any]
    collate: Callable[[Any], Any]
    losses: Callable[[Any, Any], dict[str, Tensor]]
    scores: Callable[[Any, Any], dict[str, float]]
    origins: tuple[TrainingSource, ...]
    names: Callable[[], Iterable[Path]]
    size: int | None = None
    draw: Callable[[Any, Any], Tensor] | None = None


def begin_run(config: RunConfig) -> nn.Module:
    """Open the run folder with its config and environment, and make the network with its first weights.

    Raises:
        WeightsError: `init` does not fit the network.
        ConfigError: `freeze` names what the network does not have.
    """
    folder = config.runs / config.name
    dump_config(config, folder / "config.yaml")
    write_json(environment(), folder / "environment.json")
    torch.manual_seed(config.seed)
    net = load("nets", config.net.name)(**config.net.arguments)
    if config.init is not None:
        write_json(asdict(begin_with(net, config.init)), folder / "transfer.json")
    Freezing(net, config.freeze)  # a wrong name is told before any data is read
    # pixel by pixel instead of channel by channel halves a step of a network for pictures on a CPU
    return net.to(memory_format=_MEMORY[net.reads]) if net.reads in _MEMORY else net


def train_run(
    config: RunConfig,
    net: nn.Module,
    data: TrainingData,
    *,
    job: str,
    known_failures: tuple[str, ...] = (),
    kept: Callable[[nn.Module], nn.Module] = lambda net: net,
) -> Path:
    """Train a network of `begin_run`, or go on where it stopped; what is finished stays as it is.

    Returns the run folder. ``report.json`` says at which step the run stands and whether it is over.

    Args:
        config: See there.
        net: From `begin_run`, or a module around it.
        data: See there.
        job: Name on the card.
        known_failures: On the card.
        kept: The network of `begin_run` in `net`; it alone is saved, frozen and slowed down.

    Raises:
        ConfigError: see `steps_of_passes` and `fit`.
    """
    folder = config.runs / config.name
    schedule, loop = steps_of_passes(config.schedule, config.loop, data.size)
    slowed = layer_rates(kept(net), config.rate_decay)
    names = {id(parameter): name for name, parameter in net.named_parameters()}
    module = TrainingModule(
        net,
        data.losses,
        data.scores,
        schedule,
        config.optimizer,
        freezing=Freezing(kept(net), config.freeze),
        rates={names[id(parameter)]: slowed[name] for name, parameter in kept(net).named_parameters()},
    )

    def export(trained: TrainingModule) -> None:
        """Write the averaged weights and their card."""
        card = Card(
            job=job,
            net=config.net.name,
            arguments=dict(config.net.arguments),
            sources=data.origins,
            config=config_to_dict(config),
            seed=config.seed,
            data_hash=names_hash(data.names()),
            shippable=may_ship(data.origins),
            figures={"steps": trained.steps, "samples": trained.samples, "minutes": round(trained.clock.minutes(), 1)},
            known_failures=known_failures,
        )
        save_weights(kept(trained.ema), card, folder / "checkpoint.safetensors")

    figures = fit(
        module,
        data.stream,
        data.held_out,
        folder=folder,
        loop=loop,
        collate=data.collate,
        export=export,
        draw=data.draw,
    )
    if figures is not None or not (folder / REPORT).exists():
        state = {"steps": module.steps, "samples": module.samples, "over": module.is_over}
        write_json({**state, "figures": figures or {}}, folder / REPORT)
    return folder


def steps_of_passes(schedule: ScheduleConfig, loop: LoopConfig, size: int | None) -> tuple[ScheduleConfig, LoopConfig]:
    """Schedule and loop with their passes over the training data as steps.

    Args:
        schedule: Its `max_steps` becomes that of `max_epochs` where that is less.
        loop: Its `validate_every` becomes that of `validate_epochs` where there is one.
        size: Samples of one pass.

    Raises:
        ConfigError: there are passes, but this training has none.
    """
    if schedule.max_epochs is None and loop.validate_epochs is None:
        return schedule, loop
    if size is None:
        raise ConfigError(
            "max_epochs, validate_epochs: found passes over the training data, which this training draws at random "
            "without end; expected schedule.max_steps and loop.validate_every"
        )
    pass_steps = size / (loop.batch * loop.accumulate)
    if schedule.max_epochs is not None:
        steps = math.ceil(schedule.max_epochs * pass_steps)
        schedule = replace(schedule, max_steps=min(schedule.max_steps, steps))
    if loop.validate_epochs is not None:
        loop = replace(loop, validate_every=max(math.ceil(loop.validate_epochs * pass_steps), 1))
    return schedule, loop
