"""Which kind of restoration a preparation is for: inlay, onlay or crown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from typodont.datasets.crown_volumes import middle_of, site_volume, tooth_volume
from typodont.datasets.preparation_frame import PreparationFrame
from typodont.datasets.volume_grid import LEVELS, VolumeGridConfig
from typodont.errors import WeightsError
from typodont.geometry.mesh import Mesh
from typodont.nets.volume_batch import VolumeBatch
from typodont.training.config import config_from_dict
from typodont.training.weights import SHIPPED, load_weights
from typodont.types import Float, Int

DEFAULT_WEIGHTS = SHIPPED / "crown" / "kind.safetensors"
LEAST = 0.8
"""Below this probability nothing is decided."""


@dataclass(frozen=True)
class KindModel:
    """A network for kinds and how it wants to see preparations.

    Args:
        net: In evaluation mode.
        kinds: By number.
        grid: What it sees.
        figures: What was measured of it, from its card.
        file: Its weights.
    """

    net: nn.Module
    kinds: tuple[str, ...]
    grid: VolumeGridConfig
    figures: Mapping[str, Any]
    file: Path


@dataclass(frozen=True)
class KindAnswer:
    """What a preparation is for.

    Args:
        probabilities: Of each kind; they sum to 1.
        least: Probability from which on a kind is decided.
    """

    probabilities: Mapping[str, float]
    least: float = LEAST

    @property
    def likeliest(self) -> str:
        """The most probable kind, however doubtful."""
        return max(self.probabilities, key=self.probabilities.__getitem__)

    @property
    def kind(self) -> str | None:
        """The kind, or None where it is too doubtful to be decided."""
        return self.likeliest if self.probabilities[self.likeliest] >= self.least else None


def load_kind_model(weights: Path | None = None) -> KindModel:
    """The shipped network, or that of a weights file or run folder.

    Raises:
        WeightsError: missing, damaged, or trained for something else.
    """
    path = DEFAULT_WEIGHTS if weights is None else Path(weights)
    path = path / "checkpoint.safetensors" if path.is_dir() else path
    net, card = load_weights(path)
    if card.config.get("stage") != "classify":
        raise WeightsError(
            f"{path}: found weights of the stage {card.config.get('stage')!r}, expected some that tell kinds apart; "
            "train them with typodont train crown --stage classify"
        )
    # not the whole config of the training, which takes seconds to import
    grid = config_from_dict(VolumeGridConfig, card.config["grid"], where=str(path))
    return KindModel(net, tuple(card.config["kinds"]), grid, card.figures, path)


def kind_at(scan: Mesh, frame: PreparationFrame, model: KindModel, *, least: float = LEAST) -> KindAnswer:
    """What the preparation at a place of a scan is for.

    Args:
        scan: The jaw with the preparation, mm.
        frame: Its origin need only be about the middle of the preparation.
        model: From `load_kind_model`.
        least: See `KindAnswer`.

    Raises:
        WeightsError: a network that sees prepared teeth by themselves only.
        MeshError: no surface there.
    """
    if model.grid.scale != "mm":
        raise WeightsError(
            f"{model.file}: this network sees single prepared teeth only, expected one that sees their surroundings; "
            "cut the tooth out and say that it stands alone (--single), or take other weights"
        )
    return answer(site_volume(scan, frame, model.grid), model, least=least)


def kind_of_tooth(mesh: Mesh, model: KindModel, *, least: float = LEAST) -> KindAnswer:
    """What a prepared tooth by itself is for; occlusal is +z.

    Raises:
        MeshError: not a surface with height.
    """
    return answer(tooth_volume(mesh, model.grid), model, least=least)


def answer(stored: Int, model: KindModel, *, least: float = LEAST) -> KindAnswer:
    """The answer to a stored volume, (D, H, W) uint8.

    A region is also looked at in its three mirror images across the tooth, for which the answer is the same.
    """
    if model.grid.scale == "mm":
        plain = middle_of(stored, model.grid)
        looks = [np.flip(plain, axes) for axes in ((), (0,), (1,), (0, 1))]
    else:
        looks = [stored.astype(np.float32) / LEVELS]
    chances = _probabilities(np.stack(looks), model.net)
    return KindAnswer(dict(zip(model.kinds, chances.tolist(), strict=True)), least)


def _probabilities(looks: Float, net: nn.Module) -> Float:
    """(K,) probabilities of the kinds, from the mean of what is said of several looks (n, D, H, W) at one thing."""
    with torch.inference_mode():
        said = net(VolumeBatch(torch.from_numpy(np.ascontiguousarray(looks))[:, None]))
    return said.logits.log_softmax(dim=1).mean(dim=0).softmax(dim=0).numpy()
