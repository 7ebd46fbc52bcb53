"""What every training of every job does around its samples, losses and network: run folder, first weights, card."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from typodont.atomic import write_json
from typodont.environment import environment
from typodont.registry import load
from typodont.training.config import config_to_dict, dump_config
from typodont.training.fit import LoopConfig, fit
from typodont.training.module import OptimizerConfig, TrainingModule
from typodont.training.schedule import ScheduleConfig
from typodont.training.transfer import Freezing, begin_with, layer_rates
from typodont.training.weights import Card, TrainingSource, may_ship, names_hash, save_weights


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
    """

    stream: Dataset[Any]
    held_out: Sequence[Any]
    collate: Callable[[Any], Any]
    losses: Callable[[Any, Any], dict[str, Tensor]]
    scores: Callable[[Any, Any], dict[str, float]]
    origins: tuple[TrainingSource, ...]
    names: Callable[[], Iterable[Path]]


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
    return net.to(memory_format=torch.channels_last) if net.reads == "picture" else net


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

    Returns the run folder.

    Args:
        config: See there.
        net: From `begin_run`, or a module around it.
        data: See there.
        job: Name on the card.
        known_failures: On the card.
        kept: The network of `begin_run` in `net`; it alone is saved, frozen and slowed down.
    """
    folder = config.runs / config.name
    slowed = layer_rates(kept(net), config.rate_decay)
    names = {id(parameter): name for name, parameter in net.named_parameters()}
    module = TrainingModule(
        net,
        data.losses,
        data.scores,
        config.schedule,
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
        module, data.stream, data.held_out, folder=folder, loop=config.loop, collate=data.collate, export=export
    )
    if figures is not None:
        write_json({"steps": module.steps, "samples": module.samples, "figures": figures}, folder / "report.json")
    return folder
