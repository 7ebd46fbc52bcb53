"""Make trained crown weights ready for use: measured together on cases nobody trained on, packed with their cards."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from typodont.atomic import write_json
from typodont.errors import ConfigError
from typodont.tasks.crown.case_score import CONTACT, MARGIN, OUTER_SURFACE
from typodont.tasks.crown.evaluate import EvaluateConfig, evaluate, evaluate_designed
from typodont.tasks.crown.kind import load_kind_model
from typodont.tasks.crown.kind_report import evaluate_kinds
from typodont.tasks.crown.models import DEFAULT_WEIGHTS, NAMES
from typodont.tasks.crown.report import CrownReport
from typodont.tasks.shipping import card_figures, check_size, pack_weights, stage_weights, weights_file
from typodont.training.weights import read_card

MOST_MB = 12.0
FOUND, GIVEN, REAL, KINDS = "synthetic", "synthetic, margin given", "real", "kinds"
"""What is measured: the whole chain, the chain behind a true margin, a technician's crown, and kinds by themselves."""

CARD_FIGURES = {"margin": MARGIN, "line": MARGIN, "outer": (*OUTER_SURFACE, *CONTACT, "watertight", "passed")}
KNOWN_FAILURES = {
    "margin": (
        "Margins deep under the gum, and margins of rounded preparations without an edge, are found worse.",
        "Scans coarser than about 0.6 mm at the margin were hardly seen in training.",
    ),
    "line": ("Where the scan is blurred over the edge, the line lies where the blur lies.",),
    "outer": (
        "The chewing surface is a likely one for the tooth and its neighbours, not that of the patient before.",
        "Milk teeth, bridges and implants were not in training.",
    ),
    "kind": ("Decides from the shape that was ground, not from what the tooth needs.",),
}


@dataclass(frozen=True)
class ShipConfig:
    """What is packed, and on what it is measured.

    Args:
        margin: Run folder (or weights file) of the stage "margin".
        line: Of the stage "line".
        outer: Of the stage "outer".
        kind: Of the stage "classify".
        measure: Synthetic cases that no training saw.
        real: "SCAN,CROWN,TOOTH" of a scan, a technician's crown for it, and its FDI number; only figures are kept.
        out: Folder for the packed weights; by default that of the package.
        results: JSON file for all figures; None keeps only those of the cards.
        work: Folder in which scores and volumes are kept, so that shipping that was broken off goes on.
        most: At most so many cases.
    """

    margin: Path
    line: Path
    outer: Path
    kind: Path
    measure: Path
    real: tuple[str, ...] = ()
    out: Path = DEFAULT_WEIGHTS
    results: Path | None = None
    work: Path | None = None
    most: int | None = None


def ship(config: ShipConfig) -> dict[str, CrownReport]:
    """Measure and pack; returns what was measured, by where.

    Raises:
        WeightsError: weights are missing, are too large, or a training source does not allow that they are passed on.
        ConfigError: `real` is not understood.
    """
    runs = {"margin": config.margin, "line": config.line, "outer": config.outer, "kind": config.kind}
    with tempfile.TemporaryDirectory() as scratch:
        files = {f"{name}.safetensors": weights_file(run) for name, run in runs.items()}
        stage = stage_weights(files, Path(scratch) / "weights")
        check_size([stage / name for name in files], most_mb=MOST_MB)
        work = config.work or Path(scratch) / "work"
        settings = EvaluateConfig(weights=stage, most=config.most, work=work / "scores")
        reports = {
            FOUND: evaluate(config.measure, config=settings),
            GIVEN: evaluate(config.measure, config=replace(settings, margin="true")),
            **_real(config, settings),
        }
        kinds = evaluate_kinds(load_kind_model(stage / "kind.safetensors"), config.measure, cache=work / "volumes")
        groups = {where: {"groups": report.as_dict()["groups"]} for where, report in reports.items()}
        for name in NAMES:
            figures = kinds.on_card(FOUND) if name == "kind" else card_figures(groups, CARD_FIGURES[name], unit="cases")
            pack_weights(
                stage / f"{name}.safetensors", config.out, figures=figures, known_failures=KNOWN_FAILURES[name]
            )
    if config.results is not None:
        dates = {name: read_card(config.out / f"{name}.safetensors").date for name in NAMES}
        for where in reports.keys() - {FOUND, GIVEN}:  # few enough to show each
            groups[where]["cases"] = reports[where].as_dict()["cases"]
        write_json({"weights": dates, **groups, KINDS: kinds.as_dict()}, config.results)
    return reports


def _real(config: ShipConfig, settings: EvaluateConfig) -> dict[str, CrownReport]:
    """Reports of technicians' crowns, each by itself."""
    reports = {}
    for number, pair in enumerate(config.real, start=1):
        scan, crown, tooth = parse_pair(pair)
        reports[REAL if len(config.real) == 1 else f"{REAL} {number}"] = evaluate_designed(
            scan, crown, tooth=tooth, config=settings
        )
    return reports


def parse_pair(text: str) -> tuple[Path, Path, int]:
    """Scan, crown and tooth of "SCAN,CROWN,TOOTH".

    Raises:
        ConfigError: it is something else.
    """
    parts = text.split(",")
    if len(parts) != 3 or not parts[2].strip().isdigit():
        raise ConfigError(f"found {text!r}, expected SCAN,CROWN,TOOTH: two files and an FDI number")
    return Path(parts[0].strip()), Path(parts[1].strip()), int(parts[2])
