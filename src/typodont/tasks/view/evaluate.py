"""Measure the network that recognises pictures: how often the kind and the way up are right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from typodont import metrics
from typodont.errors import ConfigError
from typodont.nets.view_net import KINDS
from typodont.progress import track
from typodont.records.picture_files import find_pictures
from typodont.records.radiograph import read_radiograph
from typodont.tasks.measured import interval_values
from typodont.tasks.view.recognise import recognise


@dataclass(frozen=True)
class ViewSet:
    """Pictures of one kind to measure on.

    Args:
        kind: One of `nets.view_net.KINDS`; panoramics lie upright.
        data: A folder of pictures, or a COCO file that names them.
    """

    kind: str
    data: Path

    @property
    def name(self) -> str:
        """The last two parts of the path, for example ``"panoramic_ufba/val.json"``."""
        return Path(*self.data.parts[-2:]).as_posix()


@dataclass(frozen=True)
class SeenPicture:
    """One picture and what the network said.

    Args:
        name: Of the file.
        kind: What it was taken for.
        way_up: Whether the turn was found that makes it upright; None for kinds of which nobody knows.
    """

    name: str
    kind: str
    way_up: bool | None


@dataclass(frozen=True)
class ViewReport:
    """What was measured on one set of pictures."""

    source: ViewSet
    pictures: Sequence[SeenPicture]

    def figures(self) -> dict[str, metrics.Interval]:
        """Share of pictures with the right kind and, of panoramics, with the right way up; Wilson intervals.

        Every picture counts as independent, which those of one patient are not: where a patient has several, the
        interval is too narrow.
        """
        right = [picture.kind == self.source.kind for picture in self.pictures]
        figures = {"kind_right": metrics.wilson_interval(sum(right), len(right))}
        ways = [picture.way_up for picture in self.pictures if picture.way_up is not None]
        if ways:
            figures["way_up_right"] = metrics.wilson_interval(sum(ways), len(ways))
        return figures

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, without the single pictures."""
        return {
            "kind": self.source.kind,
            "set": self.source.name,
            "pictures": len(self.pictures),
            "taken_for": dict(Counter(picture.kind for picture in self.pictures).most_common()),
            "figures": {name: interval_values(figure) for name, figure in self.figures().items()},
        }


def evaluate(sources: Sequence[ViewSet], net: nn.Module) -> list[ViewReport]:
    """What the network makes of pictures of known kind, each as a program finds it on disk.

    Panoramics are turned by none, one, two and three quarters in turns; the network looks at a picture in all four
    anyhow, so that the answer hardly depends on it.

    Args:
        sources: Pictures that no training of the network saw.
        net: A `nets.view_net.ViewNet` in evaluation mode.

    Raises:
        ConfigError: a source without pictures.
        FormatError: a file cannot be read.
    """
    reports = []
    for source in sources:
        files = track(find_pictures(source.data), f"look at {source.name}", unit="picture")
        reports.append(ViewReport(source, [_seen(file, source.kind, at % 4, net) for at, file in enumerate(files)]))
    return reports


def view_sets(items: Sequence[str]) -> list[ViewSet]:
    """Sets named as ``KIND=PATH``.

    Raises:
        ConfigError: not of that form, or no such kind.
    """
    sets = []
    for item in items:
        kind, _, path = item.partition("=")
        if kind not in KINDS or not path:
            raise ConfigError(f"{item!r}: expected KIND=PATH with one of the kinds {', '.join(KINDS)}")
        sets.append(ViewSet(kind, Path(path)))
    return sets


def view_card_figures(reports: Sequence[Mapping[str, Any]]) -> dict[str, list[float | None]]:
    """The figures of reports as plain values in short: "kind, set (n pictures): name" -> value and its interval."""
    return {
        f"{report['kind']}, {report['set']} ({report['pictures']} pictures): {name}": [
            figure[key] for key in ("value", "low", "high")
        ]
        for report in reports
        for name, figure in report["figures"].items()
    }


def _seen(file: Path, kind: str, turns: int, net: nn.Module) -> SeenPicture:
    picture = read_radiograph(file)
    turned = kind == "panoramic"
    image = np.ascontiguousarray(np.rot90(picture.image, -turns)) if turned else picture.image
    said = recognise(image, picture.colourful, net)
    return SeenPicture(file.name, said.kind, said.quarter_turns == turns if turned else None)
