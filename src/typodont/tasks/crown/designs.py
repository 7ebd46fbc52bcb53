"""Designs of restorations to compare: which files, for which preparation, and how each was made."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from typodont.errors import ConfigError, FormatError
from typodont.formats import SUFFIXES

FILE, CASE, REFERENCE = "file", "case", "reference"
"""Columns of a table that are no factors."""


@dataclass(frozen=True)
class Design:
    """One design.

    Args:
        path: Of its surface.
        case: Which preparation it was made for; designs of one case are compared with each other.
        levels: Factor -> its level, for example ``{"software": "A"}``.
        reference: What it alone is compared with; None: all other designs of its case.
    """

    path: Path
    case: str = ""
    levels: Mapping[str, str] = field(default_factory=dict)
    reference: Path | None = None


def find_designs(place: Path, *, names: str | None = None) -> list[Design]:
    """The designs of a table, or of a folder whose file names say what each is.

    Args:
        place: A CSV file with the columns ``file`` (beside the table or below) and, where wanted, ``case`` and
            ``reference``; all other columns are factors. Or a folder of surfaces.
        names: For a folder: what the names are made of, as in ``{case}_{clinician}_{software}``; None: the designs are
            all for one case, without factors.

    Raises:
        FormatError: no readable table, or fewer than two designs.
        ConfigError: a name that is not made so, or a file that the table names and that does not exist.
    """
    designs = _of_folder(place, names) if place.is_dir() else _of_table(place)
    if len(designs) < 2:
        raise FormatError(f"{place}: found {len(designs)} designs, expected two or more ({', '.join(SUFFIXES)})")
    return designs


def factors_of(designs: Sequence[Design], asked: Sequence[str] = ()) -> dict[str, list[str]]:
    """Factor -> level of every design; those that were asked for, else all; ``case`` is one where asked for.

    Raises:
        ConfigError: no such factor, or a design that has no level of it.
    """
    known = dict.fromkeys(name for design in designs for name in design.levels)
    if asked and (unknown := [name for name in asked if name not in known and name != CASE]):
        raise ConfigError(f"factors: found {', '.join(unknown)}, expected some of {', '.join([*known, CASE])}")
    return {
        name: [design.case if name == CASE else design.levels[name] for design in designs] for name in asked or known
    }


def _of_folder(folder: Path, names: str | None) -> list[Design]:
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if names is None:
        return [Design(path) for path in files]
    pattern = _pattern(names)
    designs = []
    for path in files:
        found = pattern.fullmatch(path.stem)
        if found is None:
            raise ConfigError(f"{path}: the name is not made as {names}; rename it, or name a table (CSV) instead")
        levels = {name: value for name, value in found.groupdict().items() if name != CASE}
        designs.append(Design(path, found.groupdict().get(CASE, ""), levels))
    return designs


def _pattern(names: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", names)
    text = "".join(f"(?P<{part}>.+?)" if i % 2 else re.escape(part) for i, part in enumerate(parts))
    try:
        return re.compile(text)
    except re.error as error:
        raise ConfigError(
            f"names: found {names!r} ({error}), expected parts in braces, each once, as in {{case}}_{{clinician}}"
        ) from None


def _of_table(table: Path) -> list[Design]:
    try:
        with table.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream, skipinitialspace=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FormatError(f"{table}: cannot be read as a table ({error}), expected CSV or a folder") from None
    if not rows or FILE not in rows[0]:
        found = ", ".join(map(str, rows[0])) if rows else "no row"
        raise FormatError(f"{table}: found {found}, expected a column {FILE!r}, and {CASE!r}, {REFERENCE!r} or factors")
    return [_of_row(table, number, row) for number, row in enumerate(rows, start=2)]


def _of_row(table: Path, number: int, row: Mapping[str | None, str | None]) -> Design:
    empty = [name for name in row if name != REFERENCE and not row[name]]
    if None in row or empty:
        what = f"no {', '.join(map(str, empty))}" if empty else "more values than columns"
        raise FormatError(f"{table}, line {number}: found {what}, expected a value for each column")
    path, reference = table.parent / str(row[FILE]), row.get(REFERENCE)
    for file in (path, *([table.parent / reference] if reference else [])):
        if not file.is_file():
            raise ConfigError(f"{table}, line {number}: {file} does not exist")
    levels = {str(name): str(value) for name, value in row.items() if name not in (FILE, CASE, REFERENCE)}
    return Design(path, row.get(CASE) or "", levels, table.parent / reference if reference else None)
