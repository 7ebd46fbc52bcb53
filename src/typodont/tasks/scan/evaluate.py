"""Measure the scan job against labelled scans: official and strict figures, intervals over patients, wrong teeth."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from typodont.anatomy import is_milk, is_tooth, successor
from typodont.atomic import write_json
from typodont.errors import ConfigError, LabelError
from typodont.formats import read_labels
from typodont.progress import track
from typodont.records import find_scans, read_labelled_scan
from typodont.tasks.measured import counts, stated_confidence
from typodont.tasks.scan.arch_score import ArchScore, figures_of, has_milk, to_successors
from typodont.tasks.scan.report import ScanReport


@dataclass(frozen=True)
class EvaluateConfig:
    """How to measure.

    Args:
        mixed: Patients with milk and permanent teeth: names, names joined by commas, or files with one name a line.
            Patients whose truth holds milk numbers (51..85) belong to them anyhow.
        milk: "successor" compares milk teeth as the permanent teeth that take their place, on both sides, because
            Teeth3DS codes milk teeth with permanent numbers and a right 53 would count as a wrong 13. It forgives
            taking a milk tooth for its successor. "keep" compares the numbers as they are written.
        level: Of the confidence intervals.
        n_draws: Bootstrap samples.
        seed: Of the bootstrap.
        weights: Weights to predict with instead of the shipped ones.
    """

    mixed: tuple[str, ...] = ()
    milk: Literal["successor", "keep"] = "successor"
    level: float = 0.95
    n_draws: int = 2000
    seed: int = 0
    weights: Path | None = None


@dataclass(frozen=True)
class LabelledScan:
    """A scan file and the Teeth3DS labels beside it."""

    mesh: Path
    labels: Path

    @property
    def name(self) -> str:
        """Stem of the files, for example ``"01A6HAN6_upper"``."""
        return self.mesh.stem

    @property
    def patient(self) -> str:
        """The name without ``_upper`` or ``_lower``."""
        return re.sub(r"_(upper|lower)$", "", self.name)


def evaluate(
    data_dir: Path,
    predictions_dir: Path | None = None,
    *,
    out: Path | None = None,
    config: EvaluateConfig | None = None,
) -> ScanReport:
    """Compare predictions with all labelled scans of a folder.

    Scans without a prediction count as 0, whatever the reason.

    Args:
        data_dir: Scans with ``NAME.json`` beside them, also in folders below (Teeth3DS layout).
        predictions_dir: Results of ``typodont scan segment``, one ``NAME.json`` per scan; None makes them now, in
            ``out/predictions``, anew every time, so that no result of other weights is measured.
        out: Folder for ``report.json``.
        config: How to measure.

    Raises:
        ConfigError: no labelled scan, no prediction at all, or two scans of one name.
        LabelError: labels that do not fit their mesh.
    """
    config = config or EvaluateConfig()
    scans = labelled_scans(data_dir)
    mixed = _names(config.mixed)
    with tempfile.TemporaryDirectory() as scratch:
        if predictions_dir is None:
            predictions_dir = Path(out or scratch) / "predictions"
            _predict(scans, predictions_dir, config)
        elif not any((Path(predictions_dir) / f"{scan.name}.json").exists() for scan in scans):
            raise ConfigError(f"{predictions_dir}: no NAME.json for any of the {len(scans)} scans of {data_dir}")
        arches = [_score(scan, Path(predictions_dir), mixed, config) for scan in track(scans, "evaluate", unit="arch")]
    settings = {"data": Path(data_dir).name, "milk": config.milk, "mixed": sorted(mixed)}
    report = ScanReport(arches, settings, level=config.level, n_draws=config.n_draws, seed=config.seed)
    if out is not None:
        write_json(report.as_dict(), Path(out) / "report.json")
    return report


def labelled_scans(folder: Path) -> list[LabelledScan]:
    """All scans below a folder that have labels beside them, by name.

    Raises:
        ConfigError: there is none, or two have the same name.
    """
    found: dict[str, LabelledScan] = {}
    for mesh, labels in find_scans(folder):
        if labels is None:
            continue
        scan = LabelledScan(mesh, labels)
        if scan.name in found:
            raise ConfigError(f"{labels} and {found[scan.name].labels} have the same name; names must be unique")
        found[scan.name] = scan
    if not found:
        raise ConfigError(f"{folder}: no labelled scan; expected NAME.obj (or another mesh) with NAME.json beside it")
    return list(found.values())


def _predict(scans: Sequence[LabelledScan], folder: Path, config: EvaluateConfig) -> None:
    from typodont.tasks.scan.predict import segment_scans

    segment_scans([scan.mesh for scan in scans], folder, weights=config.weights, force=True)


def _score(scan: LabelledScan, predictions_dir: Path, mixed: set[str], config: EvaluateConfig) -> ArchScore:
    record = read_labelled_scan(scan.mesh, scan.labels)
    vertices, jaw = record.mesh.vertices, record.jaw
    assert record.labels is not None
    assert jaw is not None
    found = predictions_dir / f"{scan.name}.json"
    predicted = read_labels(found, n_vertices=len(vertices)) if found.exists() else None
    convert = to_successors if config.milk == "successor" else lambda labels: labels
    true_labels = convert(record.labels)
    if not true_labels.any():
        raise LabelError(f"{scan.labels}: no vertex belongs to a tooth; nothing to measure")
    labels = None if predicted is None else convert(predicted.labels)
    instances = (record.instances, predicted.instances if predicted else None)
    figures, teeth = figures_of(vertices, true_labels, labels, jaw=jaw, instances=instances)
    return ArchScore(
        name=scan.name,
        patient=scan.patient,
        jaw=jaw,
        predicted_jaw=predicted.jaw if predicted else None,
        mixed=scan.patient in mixed or has_milk(record.labels),
        figures=figures,
        counts=counts(teeth),
        wrong_teeth=teeth.wrong_teeth(),
        confidence=stated_confidence(teeth, _confidence(found, config)) if predicted else [],
    )


def _confidence(path: Path, config: EvaluateConfig) -> Mapping[int, float]:
    """FDI number -> stated confidence, in the numbering of the comparison; empty where the file states none."""
    stated = json.loads(path.read_text(encoding="utf-8")).get("confidence")
    if not isinstance(stated, dict):
        return {}
    by_number = {int(fdi): float(value) for fdi, value in stated.items()}
    if config.milk == "keep":
        return by_number
    return {successor(fdi) if is_milk(fdi) else fdi: value for fdi, value in by_number.items() if is_tooth(fdi)}


def _names(items: Sequence[str]) -> set[str]:
    names: set[str] = set()
    for item in items:
        text = Path(item).read_text(encoding="utf-8") if Path(item).is_file() else item
        names |= {re.sub(r"_(upper|lower)$", "", name) for name in re.split(r"[,\s]+", text) if name}
    return names
