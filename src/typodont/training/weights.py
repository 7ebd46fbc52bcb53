"""Trained weights on disk: ``NAME.safetensors`` in float16 with ``NAME.card.json`` beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor, nn

import typodont
from typodont.atomic import atomic_path, write_json
from typodont.errors import WeightsError
from typodont.registry import load

SHIPPED = Path(typodont.__file__).parent / "weights"
_NETWORK_KEYS = ("model_state_dict", "state_dict", "model")
"""Under which people save a network beside its optimiser."""
ALLOWED_LICENCES = ("MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CC-BY-4.0", "synthetic")


@dataclass(frozen=True)
class TrainingSource:
    """One thing that weights were trained on.

    Args:
        name: What it is and whose.
        licence: SPDX name, or "synthetic" for data that typodont made.
        shippable: Whether weights trained on it may be passed on, as the source says.
    """

    name: str
    licence: str
    shippable: bool = True


@dataclass(frozen=True)
class Card:
    """What weights are: enough to build the network, to judge it and to make it again.

    Args:
        job: For example "scan".
        net: Name in the registry of networks.
        arguments: Of the network's class.
        sources: Everything that it was trained on.
        config: The whole training config as plain values.
        seed: Of the training.
        date: ISO date.
        data_hash: Of the names of the training files.
        figures: Scores by name, with what they were measured on in the name.
        known_failures: Sentences.
        shippable: Follows from the sources; see `check_shippable`.
    """

    job: str
    net: str
    arguments: dict[str, Any]
    sources: tuple[TrainingSource, ...]
    config: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    date: str = ""
    data_hash: str = ""
    figures: dict[str, Any] = field(default_factory=dict)
    known_failures: tuple[str, ...] = ()
    shippable: bool = False


def check_shippable(sources: tuple[TrainingSource, ...]) -> None:
    """Refuse where any source forbids that weights trained on it are passed on.

    Raises:
        WeightsError: no source is named, or one is not allowed.
    """
    if not sources:
        raise WeightsError("weights without a training source cannot be marked shippable")
    for source in sources:
        if not source.shippable or source.licence not in ALLOWED_LICENCES:
            raise WeightsError(
                f"weights trained on {source.name} ({source.licence}) may not ship; "
                f"allowed are sources under {', '.join(ALLOWED_LICENCES)} that do not say otherwise"
            )


def may_ship(sources: tuple[TrainingSource, ...]) -> bool:
    """Whether `check_shippable` lets these sources pass."""
    try:
        check_shippable(sources)
    except WeightsError:
        return False
    return True


def save_weights(net: nn.Module, card: Card, path: Path) -> None:
    """Write weights (real numbers as float16) and their card.

    Raises:
        WeightsError: the card says shippable, but its sources do not.
    """
    if card.shippable:
        check_shippable(card.sources)
    tensors = {
        name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in net.state_dict().items()
    }
    tensors = {name: tensor.contiguous().cpu() for name, tensor in tensors.items()}
    with atomic_path(path) as temporary:
        temporary.write_bytes(save(tensors))
    dated = asdict(card) | {"date": card.date or datetime.now(UTC).date().isoformat()}
    write_json(dated, card_path(path), default=str)


def load_weights(path: Path) -> tuple[nn.Module, Card]:
    """The network of a weights file, ready to predict (float32, evaluation mode), and its card.

    Args:
        path: A ``.safetensors`` file with its card beside it, or a run folder.

    Raises:
        WeightsError: missing, damaged, or not what its card says.
    """
    path = path / "checkpoint.safetensors" if path.is_dir() else path
    card = read_card(path)
    net = load("nets", card.net)(**card.arguments)
    load_into(net, path)
    return net.eval().requires_grad_(False), card


def load_into(net: nn.Module, path: Path) -> None:
    """Fill a network with the weights of a file.

    Raises:
        WeightsError: missing, damaged, or of another architecture.
    """
    tensors = read_tensors(path)
    try:
        net.load_state_dict(tensors)
    except RuntimeError as error:
        raise WeightsError(f"{path}: these weights belong to another network ({str(error).splitlines()[0]})") from None


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a weights file by name, real numbers as float32.

    Args:
        path: A ``.safetensors`` file, or a ``.pt`` or ``.pth`` file in which torch saved a network's tensors.

    Raises:
        WeightsError: missing or damaged.
    """
    try:
        tensors = _read_torch(path) if path.suffix in (".pt", ".pth") else load_file(path)
        return {name: t.float() if t.is_floating_point() else t for name, t in tensors.items()}
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"{path}: weights missing or damaged ({error})") from None


def _read_torch(path: Path) -> dict[str, Tensor]:
    """Tensors by name; of a file that holds more, those of the network."""
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError) as error:
        raise WeightsError(f"{path}: no tensors that torch saved ({str(error).splitlines()[0]})") from None
    inner = next((stored[name] for name in _NETWORK_KEYS if isinstance(stored, dict) and name in stored), stored)
    if not isinstance(inner, dict) or not inner or not all(isinstance(t, Tensor) for t in inner.values()):
        raise WeightsError(f"{path}: found no tensors by name, expected what torch saves of a network's state_dict()")
    return inner


def read_card(path: Path) -> Card:
    """The card of a weights file.

    Raises:
        WeightsError: missing or damaged.
    """
    try:
        return card_from_dict(json.loads(card_path(path).read_text()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"{card_path(path)}: no readable card for these weights ({error})") from None


def card_from_dict(values: Mapping[str, Any]) -> Card:
    """A card from what JSON holds of it; KeyError or TypeError where that is none."""
    sources = tuple(TrainingSource(**source) for source in values["sources"])
    return Card(**{**values, "sources": sources, "known_failures": tuple(values["known_failures"])})


def card_path(path: Path) -> Path:
    """Where the card of a weights file lies."""
    return path.with_name(path.name.removesuffix(".safetensors") + ".card.json")


def shipped_weights(job: str, name: str) -> Path:
    """Path of weights that came with the package.

    Raises:
        WeightsError: there are none of that name.
    """
    path = SHIPPED / job / f"{name}.safetensors"
    if not path.exists():
        raise WeightsError(f"no shipped weights {name!r} for {job}; looked for {path}")
    return path


def file_hash(path: Path) -> str:
    """SHA-256 of a file, for run records."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def names_hash(paths: Iterable[Path]) -> str:
    """SHA-256 over the sorted names of files: says whether two trainings saw the same scans."""
    names = sorted(path.name for path in paths)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def parameter_count(net: nn.Module) -> int:
    """How many numbers a network has learnt."""
    return sum(parameter.numel() for parameter in net.parameters())
