"""Measure the crown job on cases whose truth is known."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from typodont.atomic import write_json
from typodont.errors import ConfigError, MeshError, TypodontError
from typodont.formats import read_json
from typodont.geometry.closed_curve import even_points
from typodont.geometry.connectivity import boundary_loops, face_components
from typodont.geometry.mesh import Mesh
from typodont.geometry.surface_places import Surface
from typodont.progress import track
from typodont.records import read_scan
from typodont.records.crown_case import CrownCase, find_crown_cases, read_crown_case
from typodont.tasks.crown.case_score import CaseScore, failed_case, score_case
from typodont.tasks.crown.design import design_restoration, merged
from typodont.tasks.crown.margin import SPACING_MM
from typodont.tasks.crown.models import CrownModels, load_models
from typodont.tasks.crown.options import DesignOptions
from typodont.tasks.crown.report import CrownReport
from typodont.tasks.crown.result import Design, write_design
from typodont.tasks.output import Output
from typodont.tasks.run_record import Stages, file_sha256
from typodont.types import Float

log = logging.getLogger(__name__)

ON_SCAN = "edge on the scan"
"""Of two entries for a technician's crown, the one whose margin is the crown's edge put on the scan."""


@dataclass(frozen=True)
class EvaluateConfig:
    """How to measure.

    Args:
        margin: "found" as users have it; "true" gives margin line and insertion axis, to measure the rest by itself.
        kind: "true" says what is to be made, "auto" lets the job decide.
        tooth: "true" says which tooth is prepared, "found" lets the job look for it.
        weights: Folder of weights instead of the shipped ones.
        most: At most so many cases, the first ones by name; None takes all.
        level: Of the confidence intervals.
        n_draws: Bootstrap samples.
        seed: Of the bootstrap.
        work: Folder in which the scores of cases are kept, by weights and settings, so that a measurement that was
            broken off goes on where it stopped; empty it after changes of the program.
    """

    margin: Literal["found", "true"] = "found"
    kind: Literal["true", "auto"] = "true"
    tooth: Literal["true", "found"] = "true"
    weights: Path | None = None
    most: int | None = None
    level: float = 0.95
    n_draws: int = 2000
    seed: int = 0
    work: Path | None = None

    def as_dict(self) -> dict[str, Any]:
        """What a report says about how it was measured."""
        return {"margin": self.margin, "kind": self.kind, "tooth": self.tooth}


def evaluate(data: Path, *, out: Path | None = None, config: EvaluateConfig | None = None) -> CrownReport:
    """Design every case of a folder and compare with its truth.

    Cases for which nothing can be made are named in the report and count in its shares.

    Args:
        data: Folder of crown cases, or one case.
        out: Folder for ``report.json`` and the designs.
        config: How to measure.

    Raises:
        FormatError: no case there, or a damaged one.
    """
    config = config or EvaluateConfig()
    folders = find_crown_cases(data)[: config.most]
    models = load_models(config.weights)
    designs = None if out is None else Path(out) / "designs"
    kept = _kept_scores(models, config)
    cases = []
    for folder in track(folders, "evaluate", unit="case"):
        file = None if kept is None else kept / f"{folder.name}.json"
        if file is not None and file.exists():
            cases.append(CaseScore.from_dict(read_json(file)))
            continue
        cases.append(design_and_score(read_crown_case(folder), models, config, out=designs))
        if file is not None:
            write_json(cases[-1].as_dict(), file)
    return _reported(cases, Path(data).name, config, out)


def evaluate_designed(
    scan: Path, designed: Path, *, tooth: int | None, out: Path | None = None, config: EvaluateConfig | None = None
) -> CrownReport:
    """Design a crown for one scan and compare with what a technician designed.

    The report has two entries for the one design: against the open edge of the technician's crown as it is, and against
    that edge put on the scan, because such an edge may end a little off the tooth.

    Args:
        scan: The preparation, alone or with the antagonist in the same file.
        designed: The technician's crown, open at the margin line, in the coordinates of the scan.
        tooth: FDI number.
        out: Folder for ``report.json`` and the design.
        config: How to measure.

    Raises:
        ConfigError: no tooth is named.
        FormatError: a file cannot be read.
        MeshError: the crown has no open edge.
    """
    if tooth is None:
        raise ConfigError("no tooth named: a designed crown does not say for which tooth it is; give --tooth")
    config = config or EvaluateConfig()
    case = solved_case(read_scan(scan).mesh, read_scan(designed, "mm").mesh, tooth=tooth, name=Path(scan).stem)
    assert case.margin is not None
    edge = put_on_scan(case.margin, case.scan)
    on_scan = replace(case, name=f"{case.name}, {ON_SCAN}", margin=even_points(edge, spacing=SPACING_MM))
    folder = None if out is None else Path(out) / "designs"
    design, stages = _designed(on_scan, load_models(config.weights), config, folder)
    scores = [_scored(truth, design, stages) for truth in (case, on_scan)]
    away = np.linalg.norm(edge - case.margin, axis=1)
    off = {"edge_off_scan_mm": {"mean": round(float(away.mean()), 4), "max": round(float(away.max()), 4)}}
    return _reported(scores, f"{Path(scan).name} against {Path(designed).name}", config, out, **off)


def put_on_scan(edge: Float, scan: Mesh) -> Float:
    """(M, 3) each point of a crown's edge put on the nearest place of the piece of a scan that most of it runs on."""
    scan = merged(scan)
    piece = face_components(scan)
    own = np.bincount(piece[Surface(scan).nearest(edge).face]).argmax()
    return Surface(scan.submesh(piece == own)).nearest(edge).points


def solved_case(scan: Mesh, designed: Mesh, *, tooth: int, name: str) -> CrownCase:
    """A case whose truth is a technician's outer surface; its open edge is the margin line.

    Raises:
        MeshError: the crown has no open edge.
    """
    loops = boundary_loops(designed)
    if not loops:
        raise MeshError(f"{name}: the designed crown is closed, expected its outer surface, open at the margin line")
    return CrownCase(name, tooth, scan, kind="crown", margin=designed.vertices[loops[0]], crown=designed)


def _reported(cases: list[CaseScore], data: str, config: EvaluateConfig, out: Path | None, **told: Any) -> CrownReport:
    settings = {"data": data, **config.as_dict(), **told}
    report = CrownReport(cases, settings, level=config.level, n_draws=config.n_draws, seed=config.seed)
    if out is not None:
        write_json(report.as_dict(), Path(out) / "report.json")
    return report


def _kept_scores(models: CrownModels, config: EvaluateConfig) -> Path | None:
    """The folder for scores that these weights give under these settings."""
    if config.work is None:
        return None
    weights = {name: file_sha256(file) for name, file in sorted(models.files.items())}
    told = json.dumps([weights, config.as_dict()], sort_keys=True)
    return Path(config.work) / hashlib.sha256(told.encode()).hexdigest()[:16]


def design_and_score(
    case: CrownCase, models: CrownModels, config: EvaluateConfig, *, out: Path | None = None
) -> CaseScore:
    """The score of one case; what was made is written to `out`, where it is given."""
    design, stages = _designed(case, models, config, out)
    return _scored(case, design, stages)


def _scored(case: CrownCase, design: Design | str, stages: Stages) -> CaseScore:
    """The figures of a design against a truth, or why there is none."""
    if isinstance(design, str):
        return failed_case(case, design, stages.seconds)
    return score_case(case, design, stages.seconds)


def _designed(
    case: CrownCase, models: CrownModels, config: EvaluateConfig, out: Path | None
) -> tuple[Design | str, Stages]:
    """The design, or in words why there is none, and how long it took."""
    stages = Stages()
    try:
        design = design_restoration(
            case.scan,
            models,
            options_of(case, config),
            antagonist=case.antagonist,
            drawn=case.margin if config.margin == "true" else None,
            name=case.name,
            stages=stages,
        )
    except TypodontError as error:
        log.warning("%s: %s", case.name, error)
        return str(error), stages
    if out is not None:
        with Output(out, case.name, force=True) as output:
            write_design(design, output)
    return design, stages


def options_of(case: CrownCase, config: EvaluateConfig) -> DesignOptions:
    """What the job is told about a case."""
    axis = case.axis if config.margin == "true" else None
    return DesignOptions(
        tooth=case.tooth if config.tooth == "true" else None,
        kind=case.kind if config.kind == "true" and case.kind is not None else "auto",
        axis=None if axis is None else (float(axis[0]), float(axis[1]), float(axis[2])),
    )
