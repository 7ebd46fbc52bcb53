"""The two networks that find a margin line, loaded together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torch import nn

from typodont.errors import WeightsError
from typodont.training.weights import SHIPPED, load_weights

DEFAULT_WEIGHTS = SHIPPED / "crown"
POINTS = "margin.safetensors"
LINE = "line.safetensors"


@dataclass(frozen=True)
class MarginModels:
    """What `find_margin` needs.

    Args:
        points: Tells prepared from unprepared surface.
        line: Draws the line in a strip of surface.
        files: Name -> file of the weights, for the run record.
    """

    points: nn.Module
    line: nn.Module
    files: dict[str, Path]


def load_margin_models(folder: Path = DEFAULT_WEIGHTS) -> MarginModels:
    """The networks in a folder of weights; those that came with the package by default.

    Raises:
        WeightsError: missing or damaged.
    """
    files = {"margin": folder / POINTS, "line": folder / LINE}
    for stage, path in files.items():
        if not path.exists():
            raise WeightsError(
                f"{path}: no weights for the margin line; expected those of `typodont train crown --stage {stage}`; "
                "or draw the margin by hand and give it (--margin)"
            )
    return MarginModels(load_weights(files["margin"])[0], load_weights(files["line"])[0], files)
