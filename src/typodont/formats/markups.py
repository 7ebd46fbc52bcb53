"""Curves as 3D Slicer writes them: one markups JSON file, in the coordinates of the surface that they were drawn on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from typodont.atomic import write_json
from typodont.errors import FormatError
from typodont.formats.coco import read_json
from typodont.types import Float

SCHEMA = (
    "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/"
    "markups-schema-v1.0.3.json#"
)
MIN_POINTS = 4
# Slicer reads an STL or PLY as LPS unless its header says otherwise, so LPS points are in the file's own coordinates
_TO_SCAN = {"LPS": np.array([1.0, 1.0, 1.0]), "RAS": np.array([-1.0, -1.0, 1.0])}


def read_curve(path: Path) -> Float:
    """The points of the closed curve in a markups file, in the coordinates of the scan that it was drawn on.

    Points that were never placed are left out. Slicer draws a spline between the points; this gives the points alone.

    Args:
        path: Markups JSON with exactly one curve; LPS (the scan's own coordinates in Slicer) or RAS.

    Returns:
        (M, 3) float64, mm; the last point joins the first and is not repeated.

    Raises:
        FormatError: no markups file, an open curve or another type, several curves, fewer than 4 points, other units.
    """
    path = Path(path)
    markup = _only_markup(path, read_json(path))
    kind = markup.get("type")
    if kind == "Curve":
        raise FormatError(
            f"{path}: found an open curve, expected a closed one; in Slicer turn it into a closed curve and save it"
        )
    if kind != "ClosedCurve":
        raise FormatError(f"{path}: found a markup of type {kind!r}, expected 'ClosedCurve'; draw a closed curve")
    units = markup.get("coordinateUnits", "mm")
    if units not in ("mm", ["mm", "mm", "mm"]):
        raise FormatError(f"{path}: found coordinates in {units!r}, expected 'mm'; export it in millimetres")
    system = markup.get("coordinateSystem", "LPS")
    if system not in _TO_SCAN:
        raise FormatError(f"{path}: found the coordinate system {system!r}, expected 'LPS' or 'RAS'")
    return _without_repeats(_positions(path, markup) * _TO_SCAN[system], path)


def write_curve(path: Path, points: Float, closed: bool = True) -> None:
    """Write points as one curve that Slicer opens where it shows the scan, whole or not at all.

    Args:
        path: The file, by custom NAME.mrk.json.
        points: (M, 3) mm, in the scan's own coordinates; a closed curve does not repeat its first point.
        closed: False writes an open curve.

    Raises:
        ValueError: NaN among the points.
    """
    markup = {
        "type": "ClosedCurve" if closed else "Curve",
        "coordinateSystem": "LPS",
        "coordinateUnits": "mm",
        "locked": False,
        "labelFormat": "%N-%d",
        "controlPoints": [
            {
                "id": str(number),
                "label": str(number),
                "position": [round(value, 5) for value in point],
                "selected": True,
                "locked": False,
                "visibility": True,
                "positionStatus": "defined",
            }
            for number, point in enumerate(np.asarray(points, dtype=np.float64).tolist(), start=1)
        ],
    }
    write_json({"@schema": SCHEMA, "markups": [markup]}, Path(path))


def _only_markup(path: Path, content: Any) -> dict[str, Any]:
    markups = content.get("markups") if isinstance(content, dict) else None
    if not isinstance(markups, list) or not all(isinstance(markup, dict) for markup in markups):
        raise FormatError(f"{path}: found no list 'markups', expected the markups JSON of 3D Slicer (NAME.mrk.json)")
    if len(markups) != 1:
        raise FormatError(f"{path}: found {len(markups)} markups, expected one closed curve; save each by itself")
    return markups[0]


def _positions(path: Path, markup: dict[str, Any]) -> Float:
    """(M, 3) float64: where the placed points lie, in the file's coordinate system."""
    try:
        placed = [p for p in markup["controlPoints"] if p.get("positionStatus", "defined") == "defined"]
        points = np.array([p["position"] for p in placed], dtype=np.float64).reshape(len(placed), 3)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FormatError(f"{path}: found damaged control points ({error!r}), expected x, y, z of each") from None
    if not np.isfinite(points).all():
        raise FormatError(f"{path}: found control points without a finite position, expected x, y, z in mm")
    return points


def _without_repeats(points: Float, path: Path) -> Float:
    """The points, each of those that follow each other in the same place once."""
    points = points[(np.roll(points, -1, axis=0) != points).any(axis=1)]
    if len(points) < MIN_POINTS:
        raise FormatError(
            f"{path}: found a curve of {len(points)} different points, expected at least {MIN_POINTS}; a margin needs "
            "12 or more"
        )
    return points
