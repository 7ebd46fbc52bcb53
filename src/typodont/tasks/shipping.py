"""What packing trained weights has in common for all jobs: which sources may ship, figures on cards, size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from typodont.errors import ConfigError, WeightsError
from typodont.training.transfer import PARTLY, weights_path
from typodont.training.weights import TrainingSource, card_path, check_shippable, load_weights, read_card, save_weights

# The synthetic patients carry the shapes of this source into every network that is trained on them.
ATLAS = TrainingSource(
    "tooth shapes of 3D Teeth Reconstruction from Five Intra-oral Images (SJTUzhou, TVCG 2023)", "MIT"
)


def weights_file(run: Path) -> Path:
    """The weights of a run folder; a weights file stands for itself."""
    return run / "checkpoint.safetensors" if run.is_dir() else run


def stage_weights(files: Mapping[str, Path], folder: Path) -> Path:
    """Weights as they will be packed, in float16 under their names in a new folder; returns the folder.

    Their cards name all that they were trained on, from the first weights on, see `all_sources`.

    Args:
        files: Name in the folder -> weights file.
        folder: Made here.

    Raises:
        WeightsError: weights are missing, or a training source does not allow that they are passed on.
    """
    sources = {name: all_sources(path) for name, path in files.items()}
    for seen in sources.values():
        check_shippable(seen)
    folder.mkdir(parents=True)
    for name, path in files.items():
        net, card = load_weights(path)
        save_weights(net, replace(card, sources=sources[name]), folder / name)
    return folder


def all_sources(weights: Path) -> tuple[TrainingSource, ...]:
    """The training sources of weights and of the weights that their training began with, as far as those are at hand.

    Raises:
        WeightsError: no card beside the weights.
    """
    card = read_card(weights)
    begun = card.config.get("init")
    first = weights_path(begun) if begun else None
    earlier = all_sources(first) if first is not None and card_path(first).exists() else ()
    return tuple(dict.fromkeys((*card.sources, *earlier)))


def pack_weights(
    staged: Path,
    out: Path,
    *,
    figures: Mapping[str, Any] | None = None,
    known_failures: Sequence[str] = (),
    names: Mapping[str, str] | None = None,
) -> None:
    """Write staged weights into a folder, marked shippable, with what was measured on their card.

    Paths on the card lose the folders of the machine that trained, which say nothing elsewhere.

    Args:
        staged: Weights file with its card.
        out: Folder.
        figures: Added to those of the card.
        known_failures: Added to those of the card.
        names: Part of a training source's name (such as its folder) -> the name that it gets.
    """
    net, card = load_weights(staged)
    packed = replace(
        card,
        config=without_folders(card.config),
        figures={**card.figures, **(figures or {})},
        known_failures=tuple(dict.fromkeys((*card.known_failures, *known_failures))),
        sources=with_atlas(tuple(dict.fromkeys(_renamed(source, names or {}) for source in card.sources))),
        shippable=True,
    )
    out.mkdir(parents=True, exist_ok=True)
    save_weights(net, packed, out / staged.name)


def _renamed(source: TrainingSource, names: Mapping[str, str]) -> TrainingSource:
    found = [name for part, name in names.items() if part in source.name]
    return replace(source, name=found[0] if found else without_folders(source.name))


def without_folders(value: Any) -> Any:
    """Plain values in which absolute paths keep their last two parts."""
    if isinstance(value, dict):
        return {key: without_folders(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_folders(item) for item in value]
    if isinstance(value, str):
        mark = PARTLY if value.startswith(PARTLY) else ""
        path = Path(value.removeprefix(mark))
        return mark + Path(*path.parts[-2:]).as_posix() if path.is_absolute() else value
    return value


def with_atlas(sources: tuple[TrainingSource, ...]) -> tuple[TrainingSource, ...]:
    """The sources, and that of the tooth shapes where one of them is synthetic."""
    synthetic = any(source.licence == "synthetic" for source in sources)
    return (*sources, ATLAS) if synthetic and ATLAS not in sources else sources


def named_values(items: Sequence[str]) -> dict[str, str]:
    """Name -> value of words such as ``hitl=data/panoramic_hitl``.

    Raises:
        ConfigError: a word without name, sign or value, or a name twice.
    """
    named: dict[str, str] = {}
    for item in items:
        name, separator, value = item.partition("=")
        if not separator or not name or not value or name in named:
            raise ConfigError(f"{item!r}: expected NAME=VALUE, every name once, as in hitl=data/panoramic_hitl")
        named[name] = value
    return named


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
