"""Make trained scan weights ready for use: calibrate their confidence, measure them, pack them with their cards."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typodont.atomic import write_json
from typodont.synth.write import ScanOptions, write_scans
from typodont.tasks.calibrate import calibration_of, write_calibration
from typodont.tasks.scan.evaluate import EvaluateConfig, evaluate
from typodont.tasks.scan.models import CALIBRATION, DEFAULT_WEIGHTS, POSE, SEGMENT
from typodont.tasks.scan.report import ScanReport
from typodont.tasks.shipping import card_figures, pack_weights, stage_weights, weights_file
from typodont.training.weights import read_card

CARD_FIGURES = (
    "macro_iou",
    "tooth_f1",
    "detection_f1",
    "tooth_gum_accuracy",
    "panoptic_quality",
    "boundary_iou",
    "all_right",
    "score",
)
KNOWN_FAILURES = (
    "Numbers may slide by one where a tooth is missing and its space has closed.",
    "Half-erupted teeth of which only a cusp shows may be taken for gum or for their neighbour.",
    "Folded cheek, tongue or gum beside the last molar may be taken for part of a tooth.",
    "Supernumerary teeth get no number of their own; implants without a crown and bridges were never seen in training.",
    "A mirror image whose faces were turned, too, cannot be told from its shape; left and right are then swapped.",
)


@dataclass(frozen=True)
class ShipConfig:
    """What is packed, and on what it is measured.

    Args:
        segment: Run folder (or weights file) of the stage "segment".
        pose: Run folder (or weights file) of the stage "pose".
        out: Folder for the packed weights; by default that of the package.
        real: Labelled real scans to measure on (Teeth3DS layout); only figures of them are kept.
        mixed: Names of the real patients with milk teeth under permanent numbers.
        calibrate: Synthetic scans for the calibration of confidences.
        measure: Other synthetic scans to measure on.
        seed: Series of these scans; the next number is the series of the second set. Not used in any training.
        jobs: Processes that make the synthetic scans.
        results: JSON file for all figures; None keeps only those of the cards.
    """

    segment: Path
    pose: Path
    out: Path = DEFAULT_WEIGHTS
    real: Path | None = None
    mixed: tuple[str, ...] = ()
    calibrate: int = 60
    measure: int = 60
    seed: int = 9001
    jobs: int = 1
    results: Path | None = None


def ship(config: ShipConfig) -> dict[str, Any]:
    """Calibrate, measure and pack; returns all figures.

    Raises:
        WeightsError: weights are missing, or a training source does not allow that they are passed on.
    """
    files = {SEGMENT: weights_file(config.segment), POSE: weights_file(config.pose)}
    with tempfile.TemporaryDirectory() as scratch:
        stage = stage_weights(files, Path(scratch) / "weights")
        calibration = _synthetic(config, stage, Path(scratch) / "calibrate", config.calibrate, config.seed)
        cases = [arch.confidence for arch in calibration.arches]
        curve = calibration_of(cases, source=f"{config.calibrate} synthetic scans, series {config.seed}")
        write_calibration(curve, stage / CALIBRATION)
        reports = {"synthetic": _synthetic(config, stage, Path(scratch) / "measure", config.measure, config.seed + 1)}
        if config.real is not None:
            reports["real"] = evaluate(config.real, config=EvaluateConfig(weights=stage / SEGMENT, mixed=config.mixed))
        figures = {name: _figures(report) for name, report in reports.items()}
        short = card_figures(figures, CARD_FIGURES, unit="arches")
        pack_weights(stage / SEGMENT, config.out, figures=short, known_failures=KNOWN_FAILURES)
        pack_weights(stage / POSE, config.out)
        shutil.copyfile(stage / CALIBRATION, config.out / CALIBRATION)
    if config.results is not None:
        write_json({"weights": {name: read_card(config.out / name).date for name in files}, **figures}, config.results)
    return figures


def _synthetic(config: ShipConfig, stage: Path, folder: Path, count: int, seed: int) -> ScanReport:
    write_scans(count, seed, folder, options=ScanOptions(), jobs=config.jobs)
    return evaluate(folder, config=EvaluateConfig(weights=stage / SEGMENT))


def _figures(report: ScanReport) -> dict[str, Any]:
    """The report without its single arches, which real data does not allow to be passed on."""
    values = report.as_dict()
    groups = {
        name: {"arches": group["arches"], "teeth": group["teeth"], "figures": group["figures"]}
        for name, group in values["groups"].items()
    }
    return {"groups": groups, "right_jaw": values["right_jaw"], "calibration": values["calibration"]}
