"""A page to look at findings: masks, boxes and labels to switch on and off, truth beside prediction."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from PIL import Image
from skimage.measure import approximate_polygon, find_contours

import typodont
from typodont.anatomy.findings import FINDINGS
from typodont.atomic import atomic_path
from typodont.errors import ConfigError
from typodont.formats import read_json
from typodont.records.findings import Finding, PictureFindings, find_picture_findings
from typodont.records.picture_files import read_layers
from typodont.tasks.findings.numbers import TEETH, cut_out
from typodont.tasks.findings.overlay import color_of, title_of
from typodont.tasks.scan_pictures import to_jpeg

WIDEST = 1280
"""Pictures on the page are at most so wide, pixels."""
LETTERS = 62
"""Labels are so small that so many of their lines' heights fit side by side into the picture."""
SMOOTH = 0.6
"""How far an outline may run beside its mask, pixels of the page."""


def write_gallery(
    results: Path,
    out: Path,
    *,
    truth: Path | None = None,
    rename: Mapping[str, str] | None = None,
    title: str = "Findings",
) -> Path:
    """One HTML file that needs nothing else, with every picture in it.

    Args:
        results: Folder of ``typodont findings detect``, or any pictures with findings that
            `find_picture_findings` reads.
        out: The HTML file.
        truth: Labelled pictures of the same names, shown beside.
        rename: Names of categories in the truth -> ours.
        title: Of the page.

    Returns:
        The path of the file.

    Raises:
        ConfigError: no results, or no truth for any of them.
        FormatError, LabelError: files that are damaged or missing.
    """
    pictures = find_picture_findings(results)
    known = {} if truth is None else {p.name: p for p in find_picture_findings(truth, rename=rename)}
    if truth is not None and not any(picture.name in known for picture in pictures):
        raise ConfigError(
            f"{truth}: found no truth for any of the {len(pictures)} pictures in {results}, expected pictures of the "
            f"same names, such as {pictures[0].name}"
        )
    page = render_gallery(pictures, known, title=title)
    with atomic_path(out) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return out


def render_gallery(
    pictures: Sequence[PictureFindings], truth: Mapping[str, PictureFindings], *, title: str = "Findings"
) -> str:
    """The page as HTML text.

    Args:
        pictures: What was found.
        truth: Name of a picture -> what is there, for all or some of them.
        title: Of the page.
    """
    environment = Environment(
        loader=PackageLoader("typodont.tasks", "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shown = [*pictures, *(truth[p.name] for p in pictures if p.name in truth)]
    counts = {name: sum(f.category == name for p in shown for f in p.findings) for name in _categories(shown)}
    return environment.get_template("findings.html").render(
        title=title,
        version=typodont.__version__,
        written=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        categories=[
            {"name": name, "title": title_of(name), "color": _css(name), "n": n} for name, n in counts.items() if n
        ],
        with_truth=bool(truth),
        pictures=[_picture(picture, truth.get(picture.name)) for picture in pictures],
    )


def _categories(pictures: Sequence[PictureFindings]) -> list[str]:
    """All that are marked or could be, ours first and in our order."""
    names = {f.category for p in pictures for f in p.findings}
    return [*(name for name in FINDINGS if name in names), *sorted(names - set(FINDINGS))]


def _picture(picture: PictureFindings, truth: PictureFindings | None) -> dict[str, Any]:
    height, width = picture.shape
    scale = min(1.0, WIDEST / width)
    said = _what_detect_said(picture.labels)
    return {
        "name": picture.name,
        "size": (round(scale * width), max(1, round(scale * height))),
        "data": _jpeg(picture, scale),
        "facts": [fact for fact in (said.get("modality"), said.get("view"), _point(said)) if fact],
        "warnings": said.get("warnings", ()),
        "found": _findings(picture, scale),
        "truth": None if truth is None else _findings(truth, scale * width / truth.shape[1]),
    }


def _what_detect_said(labels: Path | None) -> Mapping[str, Any]:
    """What stands beside the findings in a result of ``typodont findings detect``; empty for other label files."""
    content = read_json(labels) if labels is not None and labels.suffix == ".json" else {}
    return content if isinstance(content, dict) and "operating_point" in content else {}


def _point(said: Mapping[str, Any]) -> str:
    return str(said["operating_point"]["name"]) if said else ""


def _jpeg(picture: PictureFindings, scale: float) -> str:
    """The picture as it lies on the page, base64."""
    layers = read_layers(picture.image, colour=True, longest=WIDEST)
    pixels = Image.fromarray(np.moveaxis(255 * layers.clip(0, 1), 0, -1).astype(np.uint8))
    size = round(scale * picture.shape[1]), max(1, round(scale * picture.shape[0]))
    small = pixels.resize(size, Image.Resampling.LANCZOS)
    return base64.b64encode(to_jpeg(np.asarray(small))).decode("ascii")


def _findings(picture: PictureFindings, scale: float) -> list[dict[str, Any]]:
    """What the page draws, teeth first, so that they lie under everything else."""
    order = sorted(picture.findings, key=lambda f: f.category not in TEETH)
    return [_finding(picture, finding, scale) for finding in order]


def _finding(picture: PictureFindings, finding: Finding, scale: float) -> dict[str, Any]:
    left, top, right, bottom = (scale * side for side in finding.box)
    tooth = finding.category in TEETH
    number = str(finding.fdi or "")
    score = "" if finding.score is None else f"{100 * finding.score:.0f} %"
    words = [title_of(finding.category), f"tooth {number}" if number else "", score]
    label = number if tooth else " ".join(filter(None, (title_of(finding.category), number, score)))
    width, font = scale * picture.shape[1], scale * picture.shape[1] / LETTERS
    half = min(0.3 * font * len(label), width / 2)
    return {
        "category": finding.category,
        "color": _css(finding.category),
        "score": "" if finding.score is None else f"{finding.score:.4f}",
        "outline": _outline(picture, finding, scale),
        "box": [round(side, 1) for side in (left, top, right - left, bottom - top)],
        "at": [
            round(float(np.clip((left + right) / 2, half, width - half)), 1),
            round((top + bottom) / 2 if tooth else max(top, font) - 0.3 * font, 1),
        ],
        "font": round(font, 1),
        "label": label,
        "title": ", ".join(filter(None, words)),
    }


def _outline(picture: PictureFindings, finding: Finding, scale: float) -> str:
    """The border of a mask as the path of an SVG, on the page; empty where only a box is known."""
    if finding.segmentation is None:
        return ""
    part = cut_out(picture, finding, around=1)
    if not part.mask.any():
        return ""
    mask = np.pad(part.mask, 1).astype(np.float32)
    corner = np.array([part.rows.start - 1, part.columns.start - 1])
    paths = []
    for contour in find_contours(mask, 0.5):
        points = approximate_polygon(scale * (contour + corner + 0.5), SMOOTH)
        paths.append("M" + "L".join(f"{x:.1f} {y:.1f}" for y, x in points) + "Z")
    return "".join(paths)


def _css(category: str) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color_of(category))
