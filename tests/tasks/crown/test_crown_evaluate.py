"""Figures of designed cases against a truth that is known, tables over cases, and what failed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from math import nan
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from typodont.errors import ConfigError, MeshError, NoPreparationError
from typodont.formats import write_mesh
from typodont.geometry.mesh import Mesh
from typodont.records.crown_case import CrownCase, write_crown_case
from typodont.tasks.crown import evaluate as job
from typodont.tasks.crown.case_score import FIGURES, CaseScore, failed_case, score_case
from typodont.tasks.crown.evaluate import EvaluateConfig, evaluate, evaluate_designed, options_of, solved_case
from typodont.tasks.crown.report import CrownReport
from typodont.tasks.crown.ship import parse_pair


def dome(radius: float = 4.8, *, up: float = 0.0) -> Mesh:
    """The upper half of a ball, open below."""
    angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    rise = np.linspace(0, np.pi / 2 - 0.02, 24)
    points = radius * np.stack(
        [
            np.outer(np.cos(rise), np.cos(angle)),
            np.outer(np.cos(rise), np.sin(angle)),
            np.outer(np.sin(rise), angle**0),
        ],
        axis=-1,
    ).reshape(-1, 3)
    row, column = np.divmod(np.arange(23 * 64), 64)
    a, b = row * 64 + column, row * 64 + (column + 1) % 64
    faces = np.concatenate([np.stack([a, b, b + 64], axis=1), np.stack([a, b + 64, a + 64], axis=1)])
    return Mesh(points + [0, 0, up], faces)


LINES = {"watertight": "pass", "thickness_axial": "warn", "axis": "note"}


def touch(distance: float | None, places: int = 0) -> Any:
    return SimpleNamespace(distance=distance, places=[None] * places)


def design_of(case: CrownCase, *, shift: float = 0.0, **measured: Any) -> Any:
    """What the chain would give back, as far as scores look at it."""
    assert case.margin is not None
    assert case.crown is not None
    outer = case.crown.transformed(np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, shift], [0, 0, 0, 1.0]]))
    mesh = replace(outer, face_attributes={"zone": np.zeros(len(outer.faces), dtype=int)})
    lines = [SimpleNamespace(name=name, verdict=verdict) for name, verdict in LINES.items()]
    measures = {
        "antagonist": touch(-0.03, 2),
        "neighbours": (touch(0.01), touch(-0.04)),
        "thinnest": {"axial": (0.7, np.zeros(3)), "margin": (0.4, np.zeros(3))},
        "edge": SimpleNamespace(mean=0.01, maximum=0.05),
        "closed": True,
        "pieces": 1,
        "volume": 100.0,
        **measured,
    }
    return SimpleNamespace(
        kind=case.kind,
        margin=SimpleNamespace(curve=case.margin + [0, 0, shift]),
        restoration=SimpleNamespace(mesh=mesh, axis=np.array([0.0, np.sin(0.1), np.cos(0.1)])),
        report=SimpleNamespace(measures=SimpleNamespace(**measures), verdict="warn", lines=lines),
    )


@pytest.fixture
def case(stump_case: Callable[..., CrownCase]) -> CrownCase:
    return replace(stump_case(around=60, step=0.5), crown=dome())


def test_a_perfect_design_has_no_error(case: CrownCase) -> None:
    found = score_case(case, design_of(case), {"site": 1.0, "build": 2.5})
    assert found.figures["margin_mean"] == pytest.approx(0.0, abs=1e-9)
    assert found.figures["outer_rms"] == pytest.approx(0.0, abs=1e-9)
    assert found.figures["seconds"] == 3.5
    assert found.flags == {"watertight": True, "right_kind": True, "passed": True}
    assert found.verdicts == LINES


def test_a_design_that_sits_too_high(case: CrownCase) -> None:
    figures = score_case(case, design_of(case, shift=0.2), {}).figures
    assert figures["margin_mean"] == pytest.approx(0.2, abs=1e-6)
    assert figures["margin_max"] == pytest.approx(0.2, abs=1e-6)
    assert (figures["margin_within_0_1"], figures["margin_within_0_2"]) == (0.0, pytest.approx(1.0, abs=1e-6))
    # a dome raised by d lies d sin(rise) away: the mean square over the dome is d²/3
    assert figures["outer_rms"] == pytest.approx(0.2 / np.sqrt(3), rel=0.05)
    assert figures["outer_cd_l2"] == pytest.approx(2 * 0.04 / 3, rel=0.1)


def test_contacts_and_penetration(case: CrownCase) -> None:
    figures = score_case(case, design_of(case), {}).figures
    assert (figures["penetration"], figures["contacts"]) == (0.03, 2.0)
    assert (figures["neighbour_penetration"], figures["neighbour_gap"]) == (0.04, 0.01)
    assert (figures["thinnest"], figures["edge_max"]) == (0.4, 0.05)
    assert figures["axis_deg"] == pytest.approx(np.degrees(0.1))
    alone = score_case(case, design_of(case, antagonist=None, neighbours=(touch(None),)), {}).figures
    assert np.isnan([alone["penetration"], alone["contacts"], alone["neighbour_gap"]]).all()
    clear = score_case(case, design_of(case, antagonist=touch(0.4)), {}).figures
    assert (clear["penetration"], clear["contacts"]) == (0.0, 0.0)


@pytest.mark.parametrize("fault", [{"closed": False}, {"pieces": 2}, {"volume": -1.0}])
def test_what_is_not_watertight(case: CrownCase, fault: dict[str, Any]) -> None:
    assert not score_case(case, design_of(case, **fault), {}).flags["watertight"]


def score(name: str, kind: str, rms: float, *, made: str | None = None, passed: bool = True) -> CaseScore:
    figures = dict.fromkeys(FIGURES, nan) | {"outer_rms": rms}
    flags = {"watertight": True, "right_kind": made == kind, "passed": passed}
    return CaseScore(name, 36, kind, made, None, figures, flags)


def test_the_table_tells_kinds_apart_and_counts_what_failed(case: CrownCase) -> None:
    cases = [
        score("a", "crown", 0.1, made="crown"),
        score("b", "crown", 0.3, made="crown", passed=False),
        score("c", "inlay", 0.05, made="onlay"),
        failed_case(replace(case, name="d", kind="inlay"), "no preparation found", {"site": 1.0}),
    ]
    report = CrownReport(cases)
    groups = report.as_dict()["groups"]
    assert {name: group["cases"] for name, group in groups.items()} == {"all": 4, "crown": 2, "inlay": 2}
    crown, every = groups["crown"], groups["all"]
    assert crown["figures"]["outer_rms"]["value"] == pytest.approx(0.2)
    assert crown["worst"]["outer_rms"] == pytest.approx(0.3)
    assert every["figures"]["outer_rms"]["n"] == 3
    assert every["figures"]["designed"]["value"] == pytest.approx(0.75)
    assert every["figures"]["watertight"]["value"] == 1.0  # of those that were designed
    assert every["figures"]["right_kind"]["value"] == pytest.approx(0.5)
    assert every["figures"]["passed"]["value"] == pytest.approx(0.5)
    assert every["figures"]["margin_mean"]["value"] is None
    text = report.table()
    assert "crown (2)" in text
    assert "d: no preparation found" in text


def test_the_report_counts_what_each_line_says_by_kind() -> None:
    said = ({"axis": "note", "thin": "fail"}, {"axis": "note", "thin": "pass"}, {"thin": "warn", "way": "note"})
    kinds = ("crown", "inlay", "crown")
    cases = [replace(score("a", kind, 0.1), verdicts=lines) for kind, lines in zip(kinds, said, strict=True)]
    report = CrownReport(cases)
    assert report.verdicts(cases) == {"thin": {"pass": 1, "warn": 1, "fail": 1}}
    groups = report.as_dict()["groups"]
    assert groups["crown"]["verdicts"] == {"thin": {"pass": 0, "warn": 1, "fail": 1}}
    (row,) = [line for line in report.table().splitlines() if line.startswith("  thin ")]
    assert " ".join(row.split()) == "thin 1 of 3 1 of 2 0 of 1"


def test_scores_survive_a_file(case: CrownCase) -> None:
    found = score_case(case, design_of(case, antagonist=None), {"fit": 0.5})
    again = CaseScore.from_dict(json.loads(json.dumps(found.as_dict())))
    assert again.flags == found.flags
    np.testing.assert_allclose(list(again.figures.values()), list(found.figures.values()), atol=1e-6)


@pytest.mark.parametrize(
    ("config", "tooth", "kind", "axis"),
    [
        (EvaluateConfig(), 36, "crown", None),
        (EvaluateConfig(margin="true"), 36, "crown", (0.0, 0.0, 1.0)),
        (EvaluateConfig(kind="auto", tooth="found"), None, "auto", None),
    ],
)
def test_what_the_job_is_told(case: CrownCase, config: EvaluateConfig, tooth: Any, kind: str, axis: Any) -> None:
    told = options_of(case, config)
    assert (told.tooth, told.kind, told.axis) == (tooth, kind, axis)


class Chain:
    """Stands in for `design_restoration` and counts its calls."""

    def __init__(self, case: CrownCase) -> None:
        self.case, self.calls, self.drawn = case, 0, []

    def __call__(self, scan: Mesh, models: Any, options: Any, *, name: str, drawn: Any, **_: Any) -> Any:
        self.calls += 1
        self.drawn.append(drawn is not None)
        if name == "bad":
            raise NoPreparationError("bad: no prepared surface found")
        return design_of(replace(self.case, name=name))


@pytest.fixture
def chain(case: CrownCase, monkeypatch: pytest.MonkeyPatch) -> Chain:
    stand_in = Chain(case)
    monkeypatch.setattr(job, "design_restoration", stand_in)
    monkeypatch.setattr(job, "load_models", lambda weights: SimpleNamespace(files={}))
    monkeypatch.setattr(job, "write_design", lambda design, output: output.path(".json").write_text("{}"))
    return stand_in


def test_a_folder_of_cases(case: CrownCase, chain: Chain, tmp_path: Path) -> None:
    for name in ("bad", "good"):
        write_crown_case(replace(case, name=name), tmp_path / "cases" / name)
    report = evaluate(tmp_path / "cases", out=tmp_path / "out", config=EvaluateConfig(work=tmp_path / "work"))
    assert [found.failure for found in report.cases] == ["bad: no prepared surface found", None]
    assert (tmp_path / "out" / "designs" / "good.json").exists()
    assert json.loads((tmp_path / "out" / "report.json").read_text())["settings"]["margin"] == "found"
    assert chain.drawn == [False, False]
    evaluate(tmp_path / "cases", config=EvaluateConfig(work=tmp_path / "work"))
    assert chain.calls == 2  # nothing was done again
    evaluate(tmp_path / "cases", config=EvaluateConfig(work=tmp_path / "work", margin="true", most=1))
    assert chain.drawn == [False, False, True]


def test_a_technicians_crown(case: CrownCase, chain: Chain, tmp_path: Path) -> None:
    assert case.crown is not None
    write_mesh(case.scan, tmp_path / "scan.ply")
    write_mesh(case.crown, tmp_path / "crown.ply")
    report = evaluate_designed(tmp_path / "scan.ply", tmp_path / "crown.ply", tooth=36)
    assert [found.name for found in report.cases] == ["scan", "scan, edge on the scan"]
    assert report.cases[0].figures["margin_mean"] == pytest.approx(0.0, abs=0.01)
    assert report.settings["edge_off_scan_mm"]["mean"] < 0.03
    with pytest.raises(ConfigError, match="no tooth named"):
        evaluate_designed(tmp_path / "scan.ply", tmp_path / "crown.ply", tooth=None)


def test_the_open_edge_of_a_crown_is_its_margin(case: CrownCase, arch_block: Mesh) -> None:
    solved = solved_case(case.scan, dome(), tooth=16, name="real")
    assert solved.margin is not None
    np.testing.assert_allclose(np.linalg.norm(solved.margin, axis=1), 4.8)
    with pytest.raises(MeshError, match="the designed crown is closed"):
        solved_case(case.scan, arch_block, tooth=16, name="real")


def test_pairs_of_scan_and_crown() -> None:
    assert parse_pair("a.ply, b.stl,16") == (Path("a.ply"), Path("b.stl"), 16)
    for wrong in ("a.ply,b.stl", "a.ply,b.stl,molar"):
        with pytest.raises(ConfigError, match="expected SCAN,CROWN,TOOTH"):
            parse_pair(wrong)
