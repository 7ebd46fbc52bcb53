"""The page of a fit report: the restoration to turn about and cut open, every line with its limit, and pictures."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

import typodont
from typodont.anatomy import tooth_name
from typodont.atomic import atomic_path
from typodont.geometry.mesh import Mesh
from typodont.tasks.crown.fit import FitReport
from typodont.tasks.crown.fit_colors import scales
from typodont.tasks.crown.fit_knowledge import KNOWLEDGE
from typodont.tasks.crown.fit_lines import FitLine
from typodont.tasks.crown.fit_measure import side_of
from typodont.tasks.crown.fit_pictures import PART_COLORS, fit_pictures
from typodont.tasks.crown.fit_scene import ANTAGONIST, PARTS, RESTORATION, SIDES, FitScene, fit_scene
from typodont.tasks.crown.materials import find_material
from typodont.tasks.scan_pictures import to_jpeg
from typodont.types import Float

_PART_TITLES: dict[str, str] = dict(
    zip(PARTS, ("Restoration", "Preparation", "Gum and jaw", "Neighbours", "Antagonist"), strict=True)
)
_KNOWN_TITLES = dict(zip(KNOWLEDGE, ("Measured", "From the antagonist", "Guessed"), strict=True))
_FARTHEST_UM = 32767
_HEADLINES = ("margin_max", "thickness_occlusal", "occlusion_deepest", "mill_leftover")


def write_fit_page(report: FitReport, path: Path, *, name: str) -> Path:
    """``NAME_fit.html``: one file that needs nothing else.

    Args:
        report: Of the restoration.
        path: The file.
        name: Of the case, for the title.

    Returns:
        The path of the file.
    """
    text = render_fit_page(report, name=name)
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path


def render_fit_page(report: FitReport, *, name: str) -> str:
    """The page as HTML text."""
    environment = Environment(
        loader=PackageLoader("typodont.tasks", "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    scene = fit_scene(report)
    material = find_material(report.material).title.lower()
    return environment.get_template("fit.html").render(
        title=f"{name}: {report.kind} on tooth {report.tooth}",
        subtitle=f"{tooth_name(report.tooth)}, {material}",
        version=typodont.__version__,
        written=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        figures=_figures(report),
        notes=report.restoration.notes,
        parts=[_part(part) for part in scene.parts],
        scales=[{"name": scale.name, "title": scale.title, "unit": scale.unit} for scale, _ in scales(report).values()],
        first_scale="thickness",
        sides=[{"name": side, "title": scene.titles[side]} for side in SIDES],
        lines=[_line(line) for line in report.lines],
        contacts=_contacts(report),
        known=_known(report),
        pictures=[
            {"title": p.title, "size": (p.pixels.shape[1], p.pixels.shape[0]), "data": _base64(to_jpeg(p.pixels))}
            for p in fit_pictures(report, scene)
        ],
        scene=_scene_text(report, scene),
    )


def _figures(report: FitReport) -> list[dict[str, str]]:
    """The verdict in large letters, and a few figures."""
    words = {"pass": "All lines pass", "note": "Nothing judged", "warn": "Look at warnings", "fail": "Does not pass"}
    counts = report.to_dict()["verdicts"]
    said = ", ".join(f"{counts[verdict]} {verdict}" for verdict in ("fail", "warn", "pass") if verdict in counts)
    lines = {line.name: line for line in report.lines}
    return [
        {"value": words[report.verdict], "title": said, "verdict": report.verdict},
        *(
            {"value": _figure(lines[name]), "title": lines[name].title, "verdict": lines[name].verdict}
            for name in _HEADLINES
            if name in lines
        ),
    ]


def _figure(line: FitLine) -> str:
    if line.value is None:
        return "-"
    digits = {"mm": 2, "mm²": 2, "%": 1}.get(line.unit, 0)
    return f"{line.value:.{digits}f} {line.unit}".strip()


def _line(line: FitLine) -> dict[str, str]:
    return {
        "name": line.name,
        "verdict": line.verdict,
        "title": line.title,
        "figure": _figure(line),
        "limit": line.limit,
        "source": line.source,
        "says": line.says,
    }


def _part(name: str) -> dict[str, Any]:
    color = "rgb({},{},{})".format(*PART_COLORS[name])
    return {"name": name, "title": _PART_TITLES[name], "color": color, "shown": name != ANTAGONIST}


def _contacts(report: FitReport) -> list[dict[str, str]]:
    antagonist = report.measures.antagonist
    touches = [*report.measures.neighbours, *([antagonist] if antagonist is not None else [])]
    return [
        {
            "with": touch.name if touch is antagonist else f"{touch.name} neighbour",
            "side": side_of(report.around, report.restoration.axis, place.centre),
            "area": f"{place.area:.2f} mm²",
            "distance": f"{1000 * place.distance:.0f} µm",
        }
        for touch in touches
        for place in touch.places
    ]


def _known(report: FitReport) -> list[dict[str, str]]:
    said = report.to_dict()["knowledge"]
    return [
        {
            "title": _KNOWN_TITLES[name],
            "share": f"{100 * said[name]['share']:.1f} %",
            "error": "-" if said[name]["expected_error_mm"] is None else f"{said[name]['expected_error_mm']:.2f} mm",
        }
        for name in KNOWLEDGE
    ]


def _scene_text(report: FitReport, scene: FitScene) -> str:
    """What the script reads, as JSON that may stand inside a page; no names from outside are in it."""
    mesial = scene.rotations["mesial"][2]
    inside = scene.parts[RESTORATION].vertices - scene.centre
    content = {
        "parts": [
            {
                "name": name,
                "color": PART_COLORS[name],
                "shown": name != ANTAGONIST,
                "vertices": _positions(part, scene.centre),
                "faces": _base64(part.faces.astype("<u4").tobytes()),
            }
            for name, part in scene.parts.items()
        ],
        "scales": [
            {
                "name": scale.name,
                "title": scale.title,
                "unit": scale.unit,
                "stops": scale.stops,
                "names": scale.names,
                "values": _base64(values[scene.vertices].astype("<i2").tobytes()),
            }
            for scale, values in scales(report).values()
        ],
        "sides": {side: scene.rotations[side].round(6).tolist() for side in SIDES},
        "mesial": mesial.round(6).tolist(),
        "reach": round(float(np.abs(inside @ mesial).max()), 3),
    }
    return json.dumps(content, allow_nan=False).replace("</", "<\\/")


def _positions(part: Mesh, centre: Float) -> str:
    """Whole micrometres around the centre, 16 bits each, base64."""
    local = np.clip(np.round(1000 * (part.vertices - centre)), -_FARTHEST_UM, _FARTHEST_UM)
    return _base64(local.astype("<i2").tobytes())


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
