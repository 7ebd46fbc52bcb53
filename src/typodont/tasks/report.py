"""The page that shows people what was found: one HTML file, readable without network and on paper."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

import typodont
from typodont.anatomy import COLORS, GINGIVA, LOWER, arch_order, is_milk, jaw, to_universal, tooth_name
from typodont.atomic import atomic_path
from typodont.errors import FormatError, LabelError
from typodont.formats import read_mesh
from typodont.geometry.mesh import Mesh
from typodont.records.chart import Chart, Tooth
from typodont.tasks.odontogram import UNCERTAIN_BELOW, odontogram, percent
from typodont.tasks.panoramic.page import PanoramicPage
from typodont.tasks.scan_pictures import VIEWS, scan_pictures, to_jpeg
from typodont.types import Float, Int


@dataclass(frozen=True)
class ScanPage:
    """One segmented scan as the report shows it.

    Args:
        name: Of the scan.
        mesh: Surface with N vertices, in the coordinates of its file.
        labels: (N,) FDI numbers, 0 gingiva.
        chart: Teeth with confidence, alternatives and margin.
        pose: (4, 4) from the coordinates of the file to the arch frame; None shows the scan as it lies.
        patient: Scans with the same patient share a tooth chart; default: the name.
        warnings: For people.
        run: What ``NAME_run.json`` holds; empty where there is none.
    """

    name: str
    mesh: Mesh
    labels: Int
    chart: Chart
    pose: Float | None = None
    patient: str = ""
    warnings: tuple[str, ...] = ()
    run: Mapping[str, Any] = field(default_factory=dict)

    @property
    def teeth(self) -> tuple[Tooth, ...]:
        """Of the chart."""
        return self.chart.teeth


def read_scan_page(result: Path | str, *, mesh: Path | str | None = None) -> ScanPage:
    """What ``typodont scan segment`` wrote for one scan.

    Args:
        result: ``NAME.json``; ``NAME_run.json`` beside it is read where it exists.
        mesh: The surface; default ``NAME.ply`` beside it.

    Raises:
        FormatError: a file is missing or not what it should be.
        LabelError: labels do not fit the surface.
    """
    result = Path(result)
    found = _read_json(result)
    surface = read_mesh(Path(mesh) if mesh is not None else result.with_suffix(".ply"))
    labels = np.asarray(found.get("labels", ()), dtype=np.int64)
    if len(labels) != len(surface.vertices):
        raise LabelError(
            f"{result}: found {len(labels)} labels, expected {len(surface.vertices)}, one for every vertex"
        )
    record = result.with_name(f"{result.stem}_run.json")
    pose = found.get("pose")
    return ScanPage(
        name=result.stem,
        mesh=surface,
        labels=labels,
        chart=_chart(found, labels, result),
        pose=None if pose is None else np.asarray(pose, dtype=float).reshape(4, 4),
        patient=str(found.get("id_patient") or ""),
        warnings=tuple(found.get("warnings", ())),
        run=_read_json(record) if record.is_file() else {},
    )


Page = ScanPage | PanoramicPage


def write_report(pages: Sequence[Page], path: Path | str, *, title: str = "Segmentation") -> Path:
    """Write the report; every picture is made here (a few seconds per scan) and embedded.

    Returns:
        The path of the file.
    """
    path = Path(path)
    text = render_report(pages, title=title)
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path


def render_report(pages: Sequence[Page], *, title: str = "Segmentation") -> str:
    """The report as HTML text."""
    environment = Environment(
        loader=PackageLoader("typodont.tasks", "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    teeth = [tooth for page in pages for tooth in page.teeth]
    return environment.get_template("report.html").render(
        title=title,
        version=typodont.__version__,
        written=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        threshold=percent(UNCERTAIN_BELOW),
        n_pages=len(pages),
        things=_things(pages),
        n_teeth=len(teeth),
        n_uncertain=sum(_uncertain(tooth) for tooth in teeth),
        n_warnings=sum(len(page.warnings) for page in pages),
        patients=[_patient(name, group) for name, group in _by_patient(pages).items()],
    )


def _things(pages: Sequence[Page]) -> str:
    """What the pages show, in a word or two."""
    kinds = {ScanPage: "scan", PanoramicPage: "panoramic"}
    words = [word for kind, word in kinds.items() if any(isinstance(page, kind) for page in pages)] or ["scan"]
    return " and ".join(word if len(pages) == 1 else f"{word}s" for word in words)


def _by_patient(pages: Sequence[Page]) -> dict[str, list[Page]]:
    """Pages by patient, upper jaw first; what shows a jaw for a second time is shown as a patient of its own."""
    groups: dict[str, list[Page]] = {}
    for page in pages:
        key = page.patient or page.name
        if any(set(_jaws(other)) & set(_jaws(page)) for other in groups.get(key, ())):
            key = f"{key} ({page.name})"
        groups.setdefault(key, []).append(page)
    return {key: sorted(group, key=lambda page: _jaws(page), reverse=True) for key, group in groups.items()}


def _jaws(page: Page) -> tuple[str, ...]:
    return tuple(page.charts) if isinstance(page, PanoramicPage) else (page.chart.jaw,)


def _patient(name: str, pages: Sequence[Page]) -> dict[str, Any]:
    teeth = [tooth for page in pages for tooth in page.teeth]
    return {
        "name": name,
        "odontogram": Markup(odontogram(teeth, [jaw for page in pages for jaw in _jaws(page)])),
        "cases": [_panoramic(page) if isinstance(page, PanoramicPage) else _scan(page) for page in pages],
    }


def _scan(page: ScanPage) -> dict[str, Any]:
    mesh = page.mesh if page.pose is None else page.mesh.transformed(page.pose)
    texts = {tooth.fdi: f"{tooth.fdi}?" for tooth in page.teeth if _uncertain(tooth)}
    pictures = scan_pictures(mesh, page.labels, jaw=page.chart.jaw, texts=texts)
    shown = [_picture(view.view, view.title, pictures[view.view]) for view in VIEWS]
    size = f"{len(page.mesh.faces):,} faces".replace(",", " ")
    return _case(page, [page.chart], shown, shows=f"{page.chart.jaw} jaw", size=size)


def _panoramic(page: PanoramicPage) -> dict[str, Any]:
    height, width = page.picture.shape[:2]
    shown = [_picture("panoramic", "The patient's right is at the left unless a warning says otherwise", page.picture)]
    return _case(page, list(page.charts.values()), shown, shows="panoramic", size=f"{width} × {height} pixels")


def _case(
    page: Page, charts: Sequence[Chart], pictures: list[dict[str, Any]], *, shows: str, size: str
) -> dict[str, Any]:
    """What a scan and a panoramic have in common."""
    return {
        "name": page.name,
        "shows": shows,
        "size": size,
        "n_teeth": len(page.teeth),
        "n_uncertain": sum(_uncertain(tooth) for tooth in page.teeth),
        "warnings": page.warnings,
        "pictures": pictures,
        "teeth": [_tooth(tooth, with_jaw=len(charts) > 1) for tooth in sorted(page.teeth, key=_place)],
        "charts": [_other_chart(chart, numbers, odds) for chart in charts for numbers, odds in chart.alternatives],
        "stages": _stages(page.run),
        "facts": _facts(page.run),
    }


def _picture(view: str, title: str, pixels: np.ndarray) -> dict[str, Any]:
    size = pixels.shape[1], pixels.shape[0]
    return {"view": view, "title": title, "size": size, "data": base64.b64encode(to_jpeg(pixels)).decode()}


def _tooth(tooth: Tooth, *, with_jaw: bool) -> dict[str, Any]:
    others = [(fdi, p) for fdi, p in tooth.alternatives if fdi != tooth.fdi and p >= 0.01]
    name = tooth_name(tooth.fdi)
    return {
        "fdi": tooth.fdi,
        "universal": to_universal(tooth.fdi),
        "name": name if with_jaw else name.removeprefix(f"{jaw(tooth.fdi)} "),
        "color": "rgb({},{},{})".format(*COLORS[tooth.fdi]),
        "confidence": percent(tooth.confidence),
        "uncertain": _uncertain(tooth),
        "milk": bool(tooth.milk) or is_milk(tooth.fdi),
        "others": [f"{fdi or 'no tooth'} ({percent(p)}\u00a0%)" for fdi, p in others[:3]],
    }


def _place(tooth: Tooth) -> tuple[bool, int]:
    place = arch_order(jaw(tooth.fdi), is_milk(tooth.fdi)).index(tooth.fdi) + (3 if is_milk(tooth.fdi) else 0)
    return jaw(tooth.fdi) == LOWER, place


def _other_chart(chart: Chart, numbers: Sequence[int], odds: float) -> dict[str, Any]:
    """Where another numbering differs, and how much less likely it is."""
    changes = [
        f"{tooth.fdi} → {other or 'no tooth'}"
        for tooth, other in zip(chart.teeth, numbers, strict=True)
        if tooth.fdi != other
    ]
    times = math.exp(min(odds, 20.0))
    return {
        "changes": ", ".join(changes) or "the same numbers",
        "times": f"{times:.1f}" if times < 9.95 else f"{times:.0f}" if times < 1e4 else "over 10 000",
    }


def _stages(run: Mapping[str, Any]) -> list[dict[str, Any]]:
    seconds = {name: float(value) for name, value in run.get("seconds", {}).items()}
    total = sum(seconds.values()) or 1.0
    return [{"name": name, "seconds": value, "share": 100 * value / total} for name, value in seconds.items()]


def _facts(run: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Versions and the like, as far as the run record tells them."""
    facts = [(key, str(run[key])) for key in ("typodont", "python", "platform", "device", "written") if run.get(key)]
    if run.get("peak_memory_mib"):
        facts.append(("peak memory", f"{run['peak_memory_mib']:.0f} MiB"))
    facts += [(f"weights {w['name']}", f"SHA-256 {w['sha256'][:16]}…") for w in run.get("weights", ())]
    if run.get("libraries"):
        facts.append(("libraries", ", ".join(f"{name} {version}" for name, version in run["libraries"].items())))
    return facts


def _uncertain(tooth: Tooth) -> bool:
    return tooth.confidence < UNCERTAIN_BELOW


def _chart(found: Mapping[str, Any], labels: Int, source: Path) -> Chart:
    """The chart of a result file; where it states none, one from its labels and confidences."""
    if "chart" in found:
        return Chart.from_dict(found["chart"])
    confidence = {int(fdi): float(value) for fdi, value in found.get("confidence", {}).items()}
    numbers, counts = np.unique(labels[labels != GINGIVA], return_counts=True)
    teeth = tuple(
        Tooth(fdi, confidence.get(fdi, 1.0), n_vertices=n)
        for fdi, n in zip(numbers.tolist(), counts.tolist(), strict=True)
    )
    if "jaw" not in found:
        raise FormatError(f"{source}: found no jaw, expected what typodont scan segment writes")
    return Chart(found["jaw"], teeth)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FormatError(f"{path}: not readable: {error}") from None
    if not isinstance(found, dict):
        raise FormatError(f"{path}: found a list, expected an object with labels")
    return found
