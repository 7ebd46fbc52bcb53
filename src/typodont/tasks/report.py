"""The page that shows people what was found on their scans: one HTML file, readable without network and on paper."""

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
from typodont.anatomy import COLORS, GINGIVA, arch_order, is_milk, jaw, to_universal, tooth_name
from typodont.atomic import atomic_path
from typodont.errors import FormatError, LabelError
from typodont.formats import read_mesh
from typodont.geometry.mesh import Mesh
from typodont.records.chart import Chart, Tooth
from typodont.tasks.odontogram import UNCERTAIN_BELOW, odontogram, percent
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


def write_scan_report(pages: Sequence[ScanPage], path: Path | str, *, title: str = "Scan segmentation") -> Path:
    """Write the report; every picture is made here (a few seconds per scan) and embedded.

    Returns:
        The path of the file.
    """
    path = Path(path)
    text = render_scan_report(pages, title=title)
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path


def render_scan_report(pages: Sequence[ScanPage], *, title: str = "Scan segmentation") -> str:
    """The report as HTML text."""
    environment = Environment(
        loader=PackageLoader("typodont.tasks", "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    teeth = [tooth for page in pages for tooth in page.chart.teeth]
    return environment.get_template("scan_report.html").render(
        title=title,
        version=typodont.__version__,
        written=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        threshold=percent(UNCERTAIN_BELOW),
        n_scans=len(pages),
        n_teeth=len(teeth),
        n_uncertain=sum(_uncertain(tooth) for tooth in teeth),
        n_warnings=sum(len(page.warnings) for page in pages),
        patients=[_patient(name, group) for name, group in _by_patient(pages).items()],
    )


def _by_patient(pages: Sequence[ScanPage]) -> dict[str, list[ScanPage]]:
    """Pages by patient, upper jaw first; a second scan of a jaw is shown as a patient of its own."""
    groups: dict[str, list[ScanPage]] = {}
    for page in pages:
        key = page.patient or page.name
        if any(other.chart.jaw == page.chart.jaw for other in groups.get(key, ())):
            key = f"{key} ({page.name})"
        groups.setdefault(key, []).append(page)
    return {key: sorted(group, key=lambda page: page.chart.jaw, reverse=True) for key, group in groups.items()}


def _patient(name: str, pages: Sequence[ScanPage]) -> dict[str, Any]:
    teeth = [tooth for page in pages for tooth in page.chart.teeth]
    return {
        "name": name,
        "odontogram": Markup(odontogram(teeth, [page.chart.jaw for page in pages])),
        "scans": [_scan(page) for page in pages],
    }


def _scan(page: ScanPage) -> dict[str, Any]:
    mesh = page.mesh if page.pose is None else page.mesh.transformed(page.pose)
    texts = {tooth.fdi: f"{tooth.fdi}?" for tooth in page.chart.teeth if _uncertain(tooth)}
    pictures = scan_pictures(mesh, page.labels, jaw=page.chart.jaw, texts=texts)
    return {
        "name": page.name,
        "jaw": page.chart.jaw,
        "n_faces": len(page.mesh.faces),
        "n_teeth": len(page.chart.teeth),
        "n_uncertain": sum(_uncertain(tooth) for tooth in page.chart.teeth),
        "warnings": page.warnings,
        "pictures": [
            {
                "view": view.view,
                "title": view.title,
                "size": view.size,
                "data": base64.b64encode(to_jpeg(pictures[view.view])).decode(),
            }
            for view in VIEWS
        ],
        "teeth": [_tooth(tooth) for tooth in sorted(page.chart.teeth, key=_place)],
        "charts": [_other_chart(page.chart, numbers, odds) for numbers, odds in page.chart.alternatives],
        "stages": _stages(page.run),
        "facts": _facts(page.run),
    }


def _tooth(tooth: Tooth) -> dict[str, Any]:
    others = [(fdi, p) for fdi, p in tooth.alternatives if fdi != tooth.fdi and p >= 0.01]
    return {
        "fdi": tooth.fdi,
        "universal": to_universal(tooth.fdi),
        "name": tooth_name(tooth.fdi).removeprefix(f"{jaw(tooth.fdi)} "),
        "color": "rgb({},{},{})".format(*COLORS[tooth.fdi]),
        "confidence": percent(tooth.confidence),
        "uncertain": _uncertain(tooth),
        "milk": bool(tooth.milk) or is_milk(tooth.fdi),
        "others": [f"{fdi or 'no tooth'} ({percent(p)}\u00a0%)" for fdi, p in others[:3]],
    }


def _place(tooth: Tooth) -> int:
    return arch_order(jaw(tooth.fdi), is_milk(tooth.fdi)).index(tooth.fdi) + (3 if is_milk(tooth.fdi) else 0)


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
