"""Verdicts, what is known of each vertex, and what the report says to programs."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from typodont.errors import ConfigError
from typodont.formats import read_mesh, write_mesh
from typodont.geometry.mesh import Mesh
from typodont.tasks.crown.fit import FitReport, fit_mesh, fit_report
from typodont.tasks.crown.fit_knowledge import ANTAGONIST, GUESSED, MEASURED, SCANNER_MM
from typodont.tasks.crown.fit_lines import fit_lines, worst
from typodont.tasks.crown.materials import MATERIALS, ZONES, find_material
from typodont.tasks.crown.restoration import BuildOptions, Restoration, Undercut


def lines_of(report: FitReport) -> dict[str, tuple[float | None, str]]:
    return {line.name: (line.value, line.verdict) for line in report.lines}


@pytest.fixture(scope="module")
def report(crown, shapes) -> FitReport:
    """The crown between two neighbours, under an antagonist that it runs into by 50 µm."""
    around = shapes["around"](
        crown,
        neighbours={"mesial": shapes["wall"](5.03), "distal": shapes["wall"](-5.3, facing=1.0)},
        antagonist=shapes["ball"](5.0, (0.0, 0.0, 11.45)),
    )
    outer = Mesh(crown.mesh.vertices, crown.mesh.faces)
    return fit_report(crown, around, material="composite", outer=outer, sigma=np.full(len(outer.vertices), 0.15))


def test_every_line_has_its_verdict(report):
    verdicts = {name: verdict for name, (_, verdict) in lines_of(report).items()}
    assert verdicts == {
        "watertight": "pass",
        "margin_mean": "pass",
        "margin_max": "pass",
        "cement_margin": "pass",
        "cement_least_margin": "pass",
        "cement_rest": "pass",
        "cement_least_rest": "pass",
        "thickness_occlusal": "warn",  # 1.44 of 1.5 mm
        "thickness_axial": "warn",  # 0.94 of 1.0 mm
        "thickness_margin": "pass",  # 0.94 of 0.8 mm
        "contact_mesial": "pass",  # 30 µm
        "way_mesial": "pass",
        "contact_distal": "fail",  # open by 300 µm
        "way_distal": "pass",
        "occlusion_deepest": "warn",  # 50 µm, 0 were asked for
        "occlusion_contacts": "pass",
        "undercut_area": "pass",
        "undercut_margin": "pass",
        "axis": "note",
        "mill_leftover": "warn",
        "roughness": "pass",
    }
    assert report.verdict == "fail"
    assert not report.passed


def test_figures_stand_in_their_units(report):
    lines = lines_of(report)
    assert lines["contact_mesial"][0] == pytest.approx(30, abs=1)
    assert lines["contact_distal"][0] == pytest.approx(300, abs=2)
    assert lines["occlusion_deepest"][0] == pytest.approx(50, abs=3)
    assert lines["thickness_occlusal"][0] == pytest.approx(1.44, abs=1e-3)
    assert lines["cement_rest"][0] == pytest.approx(60, abs=1)


def test_every_judged_line_names_its_limit_and_whose_it_is(report):
    for line in report.lines:
        assert line.verdict == "note" or (line.limit and line.source), line.name


def test_the_json_says_it_all_and_is_plain(report):
    said = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert said["verdicts"] == {"pass": 15, "warn": 4, "fail": 1, "note": 1}
    assert (said["tooth"], said["kind"], said["material"], said["verdict"]) == (36, "crown", "composite", "fail")
    assert said["antagonist"]["places"][0]["side"] == "central"
    assert said["antagonist"]["places"][0]["place"] == pytest.approx([0, 0, 6.5], abs=0.1)
    assert said["neighbours"][1]["distance_um"] == pytest.approx(300, abs=2)
    assert said["thinnest"]["occlusal"]["mm"] == pytest.approx(1.44, abs=1e-3)
    assert [line["name"] for line in said["lines"]] == [line.name for line in report.lines]
    for share in ("share", "share_of_outer"):
        assert sum(known[share] for known in said["knowledge"].values()) == pytest.approx(1)
    inside = report.restoration.mesh.face_areas[report.restoration.intaglio].sum()
    assert said["knowledge"]["measured"]["share"] == pytest.approx(inside / report.measures.area, abs=0.03)
    assert said["knowledge"]["guessed"]["expected_error_mm"] == pytest.approx(0.15)


def test_what_is_known_of_each_vertex(report, crown):
    kind = report.knowledge.kind
    inner = np.unique(crown.mesh.faces[crown.intaglio])
    assert (kind[inner] == MEASURED).all()
    assert report.knowledge.expected_error[inner] == pytest.approx(SCANNER_MM)
    middle = (np.hypot(*crown.mesh.vertices[:, :2].T) < 1) & (crown.mesh.vertices[:, 2] > 6)
    assert (kind[middle] == ANTAGONIST).all()
    side = report.measures.vertices.outer & (np.abs(crown.mesh.vertices[:, 2] - 3) < 1)
    assert (kind[side] == GUESSED).all()
    assert report.knowledge.expected_error[side] == pytest.approx(0.15)


def test_what_building_moved_is_less_certain(crown, shapes):
    """The network proposed a crown 0.2 mm lower than the one that was built."""
    lower = shapes["crown"](top=6.3).mesh
    report = fit_report(crown, shapes["around"](crown), outer=lower, sigma=np.full(len(lower.vertices), 0.1))
    top = (crown.mesh.vertices[:, 2] > 6.4) & (np.hypot(*crown.mesh.vertices[:, :2].T) < 3)
    assert report.knowledge.expected_error[top] == pytest.approx(np.hypot(0.1, 0.2), abs=1e-3)


def test_without_a_stated_error_there_is_none(crown, shapes):
    report = fit_report(crown, shapes["around"](crown))
    assert np.isnan(report.knowledge.expected_error[report.measures.vertices.outer]).all()
    assert report.to_dict()["knowledge"]["guessed"]["expected_error_mm"] is None


def test_nothing_around_is_said_and_not_judged(crown, shapes):
    report = fit_report(crown, shapes["around"](crown, neighbours={"mesial": shapes["wall"](20.0)}))
    lines = {line.name: line for line in report.lines}
    assert lines["contact_mesial"].value is None
    assert lines["contact_mesial"].verdict == lines["occlusion_deepest"].verdict == "note"
    assert "no antagonist" in lines["occlusion_deepest"].says
    assert "contact_distal" not in lines


def test_a_contact_that_may_lie_where_nothing_was_scanned_is_no_open_one(crown, shapes):
    """Of the neighbour only what lies beside the place of the contact was scanned: 0.41 mm away is its border."""
    whole = shapes["wall"](5.03)
    beside = whole.submesh((whole.vertices[whole.faces][:, :, 1] > 1.9).all(axis=1))
    report = fit_report(crown, shapes["around"](crown, neighbours={"mesial": beside}))
    touch = report.measures.neighbours[0]
    assert touch.to_border == pytest.approx(np.hypot(5.03, 2.0) - 5.0, abs=0.02)
    assert touch.distance > touch.to_border
    (line,) = [line for line in report.lines if line.name == "contact_mesial"]
    assert line.verdict == "warn"
    assert "hole" in line.says


@pytest.mark.parametrize(
    ("kind", "lean", "verdict"), [("onlay", 0.1, "note"), ("crown", 0.1, "fail"), ("onlay", -0.1, "fail")]
)
def test_what_a_partial_crown_leaves_open_at_its_margin_is_the_contact_of_the_tooth(crown, shapes, kind, lean, verdict):
    """A neighbour that leans away from the restoration is nearest at the margin, one that leans over it at the top."""
    upright = shapes["wall"](5.3 + max(0.0, -6.5 * lean))
    neighbour = Mesh(upright.vertices + np.outer(upright.vertices[:, 2], [lean, 0, 0]), upright.faces)
    report = fit_report(crown, replace(shapes["around"](crown, neighbours={"mesial": neighbour}), kind=kind))
    assert lines_of(report)["contact_mesial"] == (pytest.approx(300 * np.cos(np.arctan(lean)), abs=2), verdict)


def test_out_of_bite_is_warned_of(crown, shapes):
    around = shapes["around"](crown, antagonist=shapes["ball"](5.0, (0.0, 0.0, 12.0)))
    lines = lines_of(fit_report(crown, around))
    assert lines["occlusion_deepest"] == (0.0, "pass")
    assert lines["occlusion_contacts"] == (0.0, "warn")


def test_penetration_that_was_asked_for_passes(crown, shapes):
    around = shapes["around"](crown, antagonist=shapes["ball"](5.0, (0.0, 0.0, 11.45)))
    asked = replace(crown, options=BuildOptions(gap=crown.options.gap, contact_mm=0.05))
    assert lines_of(fit_report(asked, around))["occlusion_deepest"][1] == "pass"


def test_undercuts_are_judged_by_their_share(crown, shapes):
    area = float(crown.preparation.face_areas.sum())
    for share, verdict in ((0.01, "pass"), (0.05, "warn"), (0.2, "fail")):
        cut = replace(crown, undercut=Undercut(share * area, 0.2, 0.5, share))
        lines = lines_of(fit_report(cut, shapes["around"](cut)))
        assert lines["undercut_area"] == (pytest.approx(share * area), verdict)
        assert lines["undercut_margin"][1] == verdict
    shallow = replace(crown, undercut=Undercut(0.2 * area, 0.01, 0.0, 0.0))
    assert lines_of(fit_report(shallow, shapes["around"](shallow)))["undercut_area"][1] == "pass"


def test_a_surface_with_a_hole_fails(crown, shapes):
    holed = Mesh(crown.mesh.vertices, crown.mesh.faces[:-1], {}, {"zone": crown.mesh.face_attributes["zone"][:-1]})
    report = fit_report(replace(crown, mesh=holed), shapes["around"](crown))
    (line,) = [line for line in report.lines if line.name == "watertight"]
    assert line.verdict == "fail"
    assert "open edges" in line.says


def test_a_bur_that_does_not_get_in_fails(report):
    stuck = replace(report.measures, leftover=np.inf)
    lines = fit_lines(stuck, report.restoration, report.around, material=find_material("zirconia"), bur_radius=2.0)
    (line,) = [line for line in lines if line.name == "mill_leftover"]
    assert (line.value, line.verdict) == (None, "fail")


@pytest.mark.parametrize("name", MATERIALS)
def test_limits_are_in_order_and_somebody_says_so(name):
    material = find_material(name)
    for kind in ("crown", "inlay", "onlay"):
        for zone in ZONES:
            limit = material.limit(kind, zone)
            assert 0 < limit.least <= limit.wanted
            assert limit.source


def test_thickness_is_judged_by_the_material(shapes):
    thin = shapes["crown"](top=5.96)  # 0.9 mm over the stump
    verdicts = {
        name: lines_of(fit_report(thin, shapes["around"](thin), material=name))["thickness_occlusal"][1]
        for name in MATERIALS
    }
    assert verdicts == {"zirconia": "warn", "lithium-disilicate": "fail", "composite": "fail"}


def test_an_unknown_material_is_refused(crown: Restoration, shapes):
    with pytest.raises(ConfigError, match="'gold', expected one of zirconia, lithium-disilicate, composite"):
        fit_report(crown, shapes["around"](crown), material="gold")


def test_the_mesh_carries_what_is_known_of_each_vertex(report, tmp_path):
    write_mesh(fit_mesh(report), tmp_path / "fit.ply")
    back = read_mesh(tmp_path / "fit.ply")
    assert len(back.vertices) == len(report.restoration.mesh.vertices)
    assert back.vertex_attributes["knowledge"].tolist() == report.knowledge.kind.tolist()
    thickness = back.vertex_attributes["thickness_mm"]
    assert np.nanmin(thickness) == pytest.approx(0.94, abs=0.01)
    assert np.isnan(thickness[report.knowledge.kind == MEASURED]).any()


def test_the_gravest_verdict_counts():
    assert worst(["pass", "warn", "note"]) == "warn"
    assert worst([]) == "note"
