"""A ranking for people: a table, a file for spreadsheets, and pictures of the cases to label first."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path

from PIL import Image

from typodont.atomic import atomic_path
from typodont.errors import OutputExistsError
from typodont.geometry.render import contact_sheet
from typodont.progress import track
from typodont.tasks.suggest.ranking import Ranking, Suggestion

TABLE = "suggestions.csv"
SHEET = "suggestions.png"
MOST_PICTURES = 24


def write_ranking(ranking: Ranking, folder: Path) -> None:
    """Write ``suggestions.csv`` (all files in order) and ``suggestions.png`` (the ones to label now) into a folder."""
    write_table(ranking.suggestions, folder / TABLE)
    write_sheet(ranking, folder / SHEET)


def check_free(folder: Path, *, force: bool) -> None:
    """Refuse, before any work, a folder that holds a ranking.

    Raises:
        OutputExistsError: it does, and `force` is not given.
    """
    if (folder / TABLE).exists() and not force:
        raise OutputExistsError(f"{folder / TABLE} exists already; --force replaces it, --out chooses another folder")


def write_table(suggestions: Sequence[Suggestion], path: Path) -> None:
    """All files in order, one a line; an empty cell where there is no distance yet."""
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["rank", *(field.name for field in fields(Suggestion))])
        for number, suggestion in enumerate(suggestions, start=1):
            writer.writerow([number, *(_cell(value) for value in astuple(suggestion))])


def write_sheet(ranking: Ranking, path: Path) -> None:
    """The files to label now (24 at most), each with its place, its name and why; doubtful teeth are red."""
    shown = ranking.first[:MOST_PICTURES]
    pictures = [ranking.draw(one.file) for one in track(shown, "draw", unit="file")]
    labels = [f"{number}. {_short(one.file.name)}: {reason(one)}" for number, one in enumerate(shown, start=1)]
    columns = min(3, len(shown))
    sheet = contact_sheet(pictures, labels, columns=columns, font_size=13)
    with atomic_path(path) as temporary:
        Image.fromarray(sheet).save(temporary)


def ranking_table(ranking: Ranking) -> str:
    """The files to label now with the reasons, as lines for a terminal."""
    width = max((len(one.file.name) for one in ranking.first), default=4)
    lines = [f"{'':>4}{'file':<{width}}  uncertainty  distance  gain"]
    for number, one in enumerate(ranking.first, start=1):
        distance = "–" if math.isnan(one.distance) else f"{one.distance:.2f}"
        lines.append(f"{number:>3} {one.file.name:<{width}}  {one.uncertainty:>11.3f}  {distance:>8}  {one.gain:.3f}")
    passed = f"; {len(ranking.failed)} passed over" if ranking.failed else ""
    lines.append(f"{ranking.n} of {len(ranking.suggestions)} files{passed}")
    return "\n".join(lines) + "\n"


def reason(suggestion: Suggestion) -> str:
    """Why a file is suggested, in a few words."""
    unsure = f"uncertainty {suggestion.uncertainty:.2f}"
    return unsure if math.isnan(suggestion.distance) else f"{unsure}, distance {suggestion.distance:.1f}"


def _short(name: str, most: int = 26) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.4f}"
    return str(value)
