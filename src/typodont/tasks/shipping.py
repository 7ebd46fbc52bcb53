"""What packing trained weights has in common for all jobs: which sources may ship, figures on cards, size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from typodont.errors import WeightsError
from typodont.training.weights import TrainingSource, check_shippable, load_weights, read_card, save_weights

# The synthetic patients carry the shapes of this source into every network that is trained on them.
ATLAS = TrainingSource(
    "tooth shapes of 3D Teeth Reconstruction from Five Intra-oral Images (SJTUzhou, TVCG 2023)", "MIT"
)


def weights_file(run: Path) -> Path:
    """The weights of a run folder; a weights file stands for itself."""
    return run / "checkpoint.safetensors" if run.is_dir() else run


def stage_weights(files: Mapping[str, Path], folder: Path) -> Path:
    """Weights as they will be packed, in float16 under their names in a new folder; returns the folder.

    Args:
        files: Name in the folder -> weights file.
        folder: Made here.

    Raises:
        WeightsError: weights are missing, or a training source does not allow that they are passed on.
    """
    for path in files.values():
        check_shippable(read_card(path).sources)
    folder.mkdir(parents=True)
    for name, path in files.items():
        net, card = load_weights(path)
        save_weights(net, card, folder / name)
    return folder


def pack_weights(
    staged: Path, out: Path, *, figures: Mapping[str, Any] | None = None, known_failures: Sequence[str] = ()
) -> None:
    """Write staged weights into a folder, marked shippable, with what was measured on their card.

    Args:
        staged: Weights file with its card.
        out: Folder.
        figures: Added to those of the card.
        known_failures: Added to those of the card.
    """
    net, card = load_weights(staged)
    packed = replace(
        card,
        figures={**card.figures, **(figures or {})},
        known_failures=tuple(dict.fromkeys((*card.known_failures, *known_failures))),
        sources=with_atlas(card.sources),
        shippable=True,
    )
    out.mkdir(parents=True, exist_ok=True)
    save_weights(net, packed, out / staged.name)


def with_atlas(sources: tuple[TrainingSource, ...]) -> tuple[TrainingSource, ...]:
    """The sources, and that of the tooth shapes where one of them is synthetic."""
    synthetic = any(source.licence == "synthetic" for source in sources)
    return (*sources, ATLAS) if synthetic and ATLAS not in sources else sources


def card_figures(
    reports: Mapping[str, Mapping[str, Any]], names: Iterable[str], *, unit: str
) -> dict[str, list[float | None]]:
    """The figures of reports in short: "where, group (n unit): name" -> value and the ends of its interval.

    Args:
        reports: Where it was measured -> report with "groups".
        names: Of the figures to take.
        unit: Key of the group under which the number of its members stands, for example "arches".
    """
    return {
        f"{where}, {group} ({values[unit]} {unit}): {name}": [
            values["figures"][name][key] for key in ("value", "low", "high")
        ]
        for where, report in reports.items()
        for group, values in report["groups"].items()
        for name in names
    }


def check_size(files: Iterable[Path], *, most_mb: float) -> None:
    """Refuse weights that are too large to be part of a package.

    Raises:
        WeightsError: together they have more than `most_mb` (10^6 bytes).
    """
    sizes = {path.name: path.stat().st_size / 1e6 for path in files}
    if sum(sizes.values()) > most_mb:
        each = ", ".join(f"{name} {size:.1f}" for name, size in sizes.items())
        raise WeightsError(f"weights of {sum(sizes.values()):.1f} MB ({each}); at most {most_mb:g} MB may ship")
