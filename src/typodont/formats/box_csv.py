"""Boxes as CSV, one a line: filename, width, height, class, xmin, ymin, xmax, ymax."""

from __future__ import annotations

import csv
from pathlib import Path

from typodont.errors import FormatError
from typodont.formats.coco import CocoImage, CocoInstance

COLUMNS = ("filename", "width", "height", "class", "xmin", "ymin", "xmax", "ymax")


def is_box_csv(path: Path) -> bool:
    """Whether the first line of a file names the columns of a list of boxes."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return set(COLUMNS) <= set(next(csv.reader(file), []))
    except (OSError, UnicodeDecodeError, csv.Error):
        return False


def read_box_csv(path: Path) -> list[CocoImage]:
    """The pictures of a list of boxes in the order in which it names them; a picture without a box is in no such list.

    Which classes were looked for, the list does not say.

    Instances carry the number of their line as id.

    Raises:
        FormatError: not readable, a column missing, a value that is no number, two sizes of one picture.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = set(COLUMNS) - set(rows.fieldnames or ())
            if missing:
                raise FormatError(f"{path}: found no column {', '.join(sorted(missing))}, expected {','.join(COLUMNS)}")
            lines = [_line(row, f"{path}: line {rows.line_num}") for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FormatError(f"{path}: cannot be read as CSV ({error}); export it again") from None
    found: dict[str, tuple[tuple[int, int], list[CocoInstance]]] = {}
    for number, (row, shape, box) in enumerate(lines, start=2):
        first, instances = found.setdefault(row["filename"], (shape, []))
        if shape != first:
            raise FormatError(
                f"{path}: line {number}: found the size {shape[1]} × {shape[0]} of {row['filename']}, which was "
                f"{first[1]} × {first[0]} before; export the list again"
            )
        instances.append(CocoInstance(row["class"], None, f"line {number}", box=box))
    return [CocoImage(name, shape, tuple(marks)) for name, (shape, marks) in found.items()]


def _line(row: dict[str, str], where: str) -> tuple[dict[str, str], tuple[int, int], tuple[float, float, float, float]]:
    """The row, (H, W), and the box."""
    try:
        left, top, right, bottom = (float(row[key]) for key in COLUMNS[4:])
        shape = (int(row["height"]), int(row["width"]))
    except (TypeError, ValueError) as error:
        raise FormatError(f"{where}: found no number ({error}), expected {','.join(COLUMNS)}") from None
    return row, shape, (left, top, right, bottom)
