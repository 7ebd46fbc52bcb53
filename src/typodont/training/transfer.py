"""Transfer: begin with weights that learnt something else, hold parts still, let early parts learn slower."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from typodont.errors import ConfigError, WeightsError
from typodont.training.torchvision_weights import torchvision_weights
from typodont.training.weights import load_into, read_tensors, shipped_weights

logger = logging.getLogger(__name__)

PARTLY = "pretrained:"
SHIPPED = "shipped:"
TORCHVISION = "torchvision:"
_RANGE = re.compile(r"(?P<stem>.*?)(?P<first>\d+)-(?P<last>\d+)")


@dataclass(frozen=True)
class TransferReport:
    """What a network took over from a weights file, by the names of its tensors.

    Args:
        source: The file.
        matched: Taken over.
        fresh: In the network only; they keep their random first weights.
        reshaped: In both, but of different shapes; they keep their random first weights.
        unused: In the file only.
        share: Part of the network's numbers that was taken over, 0..1.
    """

    source: str
    matched: tuple[str, ...]
    fresh: tuple[str, ...] = ()
    reshaped: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    share: float = 1.0

    def __str__(self) -> str:
        """One line for people."""
        total = len(self.matched) + len(self.fresh) + len(self.reshaped)
        parts = [f"{len(self.matched)} of {total} tensors ({100 * self.share:.1f} % of the numbers) from {self.source}"]
        for what in ("fresh", "reshaped", "unused"):
            names = getattr(self, what)
            if names:
                parts.append(f"{what}: {', '.join(_modules_of(names))}")
        return "; ".join(parts)


def begin_with(net: nn.Module, init: str) -> TransferReport:
    """Give a network its first weights.

    Args:
        net: Changed in place.
        init: A weights file, a run folder, ``shipped:JOB/NAME`` or ``torchvision:NAME`` as torchvision names its
            weights, which must fit as a whole; with ``pretrained:`` in front, what fits by name and shape is taken and
            the rest stays as it is.

    Raises:
        WeightsError: missing, damaged, not fitting, or nothing in common.
    """
    path = weights_path(init)
    if not init.startswith(PARTLY):
        load_into(net, path)
        report = TransferReport(str(path), tuple(net.state_dict()))
    else:
        report = _load_partly(net, path)
    logger.info("first weights: %s", report)
    return report


def weights_path(init: str) -> Path:
    """The weights file that `init` of a training config means.

    Raises:
        WeightsError: shipped weights that do not exist, or torchvision's that cannot be fetched.
    """
    where = init.removeprefix(PARTLY)
    if where.startswith(TORCHVISION):
        return torchvision_weights(where.removeprefix(TORCHVISION))
    if where.startswith(SHIPPED):
        job, _, name = where.removeprefix(SHIPPED).partition("/")
        return shipped_weights(job, name)
    path = Path(where)
    return path / "checkpoint.safetensors" if path.is_dir() else path


def _load_partly(net: nn.Module, path: Path) -> TransferReport:
    stored, own = _renamed(read_tensors(path), net), net.state_dict()
    matched = {name: stored[name] for name in own if name in stored and stored[name].shape == own[name].shape}
    if not any(own[name].is_floating_point() for name in matched):
        raise WeightsError(
            f"{path}: nothing in it fits this network; it holds {_some(stored)}, the network {_some(own)}; "
            "take weights of a network of the same name"
        )
    net.load_state_dict(matched, strict=False)
    return TransferReport(
        source=str(path),
        matched=tuple(matched),
        fresh=tuple(name for name in own if name not in stored),
        reshaped=tuple(name for name in own if name in stored and name not in matched),
        unused=tuple(name for name in stored if name not in own),
        share=_numbers(matched.values()) / max(_numbers(own.values()), 1),
    )


def _renamed(stored: dict[str, Tensor], net: nn.Module) -> dict[str, Tensor]:
    """The tensors of a file under the names that they have in a network which holds such a network as its trunk."""
    trunk = getattr(net, "trunk_name", None)
    if trunk is None or any(name.startswith(f"{trunk}.") for name in stored):
        return stored
    return {f"{trunk}.{name}": tensor for name, tensor in stored.items()}


class Freezing:
    """Which modules of a network stand still, and until when.

    A module that stands still gets no gradient, and its normalisation statistics and dropout are those of prediction.

    Args:
        net: The network.
        freeze: Names of modules: ``encoder.0`` with all below it, ``encoder.0-2`` for several; ``@500`` behind a name
            thaws it at step 500.

    Raises:
        ConfigError: the network has no such module, or there is nothing left to learn.
    """

    def __init__(self, net: nn.Module, freeze: Sequence[str]) -> None:
        self._until: list[tuple[nn.Module, float]] = []
        for entry in freeze:
            name, _, step = entry.partition("@")
            if step and not step.isdigit():
                raise ConfigError(f"freeze: {entry!r} ends in {step!r}; expected a number of steps, such as {name}@500")
            until = float(step) if step else float("inf")
            self._until += [(module, until) for module in _named(net, name)]
        forever = {id(p) for module, until in self._until if until == float("inf") for p in module.parameters()}
        if forever and all(id(parameter) in forever for parameter in net.parameters()):
            raise ConfigError(f"freeze: {', '.join(freeze)} is the whole network; nothing is left to learn")

    def set(self, step: int) -> None:
        """Hold still what has to at this step, and let go what had to until now."""
        for module, until in self._until:
            if step >= until:
                module.requires_grad_(True)
        for module, until in self._until:  # after the thawing: a part of a thawed module may have to wait longer
            if step < until:
                module.requires_grad_(False)
                module.eval()


def layer_rates(net: nn.Module, decay: float) -> dict[str, float]:
    """Learning rate of every parameter by name, as a share of the highest one.

    Args:
        net: Its `depth_order` says which modules are one stage, from the input to the output; a network without one
            is taken module by module as it was built.
        decay: Every stage has this share of the rate of the next one nearer the output.
    """
    stages = getattr(net, "depth_order", None) or tuple((name,) for name in _expanded(net))
    factors = {
        prefix: decay ** (len(stages) - 1 - number) for number, prefixes in enumerate(stages) for prefix in prefixes
    }
    rates = {}
    for name, _ in net.named_parameters():
        found = [prefix for prefix in factors if name == prefix or name.startswith(prefix + ".")]
        rates[name] = factors[max(found, key=len)] if found else 1.0
    return rates


def _named(net: nn.Module, name: str) -> list[nn.Module]:
    """The modules that a name means; several for ``stem.0-2``."""
    match = _RANGE.fullmatch(name)
    names = [f"{match['stem']}{i}" for i in range(int(match["first"]), int(match["last"]) + 1)] if match else [name]
    modules = dict(net.named_modules())
    for one in names:
        if not one or one not in modules:
            raise ConfigError(f"freeze: this network has no module {one or name}; it has {', '.join(_expanded(net))}")
    return [modules[one] for one in names]


def _expanded(net: nn.Module) -> list[str]:
    """Names of the modules directly below, lists of modules one by one."""
    names = []
    for name, child in net.named_children():
        inner = [f"{name}.{key}" for key, _ in child.named_children()] if isinstance(child, nn.ModuleList) else []
        names += inner or [name]
    return names


def _modules_of(names: Sequence[str]) -> list[str]:
    """First parts of tensor names, each once."""
    return list(dict.fromkeys(name.split(".")[0] for name in names))


def _some(tensors: dict[str, Tensor]) -> str:
    return ", ".join(_modules_of(list(tensors))[:6])


def _numbers(tensors: Sequence[Tensor] | object) -> int:
    return sum(tensor.numel() for tensor in tensors if tensor.is_floating_point())  # type: ignore[attr-defined]
