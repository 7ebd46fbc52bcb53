"""The whole way from a scan to files, with an oracle in place of the network."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from typodont import metrics
from typodont.anatomy import jaw as jaw_of
from typodont.errors import NoArchError
from typodont.formats import read_labels, read_mesh, write_mesh
from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import apply, random_rotation, rotation_about, rotation_angle
from typodont.records import Chart, Scan
from typodont.tasks.run_record import Stages
from typodont.tasks.scan import predict
from typodont.tasks.scan.options import PredictOptions
from typodont.tasks.scan.predict import predict_scan, segment_scans


@pytest.fixture
def truth(arch) -> np.ndarray:
    return arch.mesh.vertex_attributes["label"]


@pytest.fixture
def scan(arch) -> Scan:
    return Scan(Mesh(arch.mesh.vertices, arch.mesh.faces), "case")


def test_every_tooth_of_a_turned_scan_gets_its_number(scan, truth, oracle):
    motion = random_rotation(np.random.default_rng(5))
    motion[:3, 3] = [100.0, 20.0, -40.0]
    oracle.pose = rotation_about(np.array([1.0, 2, 0]), 12) @ np.linalg.inv(motion)
    stages = Stages()
    result = predict_scan(replace(scan, mesh=scan.mesh.transformed(motion)), oracle.models, stages=stages)
    teeth = metrics.match_teeth(truth, result.labels)
    assert teeth.tooth_f1 == 1
    assert metrics.macro_iou(truth, result.labels) > 0.85
    assert result.jaw == "lower"
    assert not result.mirrored
    assert np.linalg.det(result.pose) == pytest.approx(1)
    assert rotation_angle(result.pose @ motion) < 12
    assert set(stages.seconds) >= {"face", "sample", "network", "number", "surface", "refine"}
    assert set(result.confidence) == {int(f) for f in np.unique(truth) if f}
    centre = np.array(next(t.centre for t in result.chart.teeth if t.fdi == 36))
    assert np.linalg.norm(centre - apply(motion, scan.mesh.vertices[truth == 36]).mean(axis=0)) < 2


def test_a_pose_that_is_back_to_front_is_found_out(scan, truth, oracle):
    """The oracle's classes do not depend on the pose, so the misfit of the row is all that can tell."""
    oracle.pose = rotation_about(np.array([0.0, 0, 1]), 180)
    result = predict_scan(scan, oracle.models)
    assert metrics.match_teeth(truth, result.labels).tooth_f1 == 1
    assert rotation_angle(result.pose) < 12


def test_an_arch_that_shows_its_inside_is_mirrored_back_with_a_warning(scan, truth, oracle):
    turned = replace(scan, mesh=Mesh(scan.mesh.vertices * [-1, 1, 1], scan.mesh.faces))
    result = predict_scan(turned, oracle.models)
    assert result.mirrored
    assert "MIRRORED" in result.warnings[0]
    assert "--mirrored no" in result.warnings[0]
    assert metrics.match_teeth(truth, result.labels).tooth_f1 == 1
    assert np.linalg.det(result.pose) == pytest.approx(-1)


def test_faces_that_look_inward_are_only_turned_when_asked(scan, truth, oracle):
    turned = replace(scan, mesh=Mesh(scan.mesh.vertices, scan.mesh.faces[:, ::-1]))
    result = predict_scan(turned, oracle.models, PredictOptions(mirrored="no"))
    assert not result.mirrored
    assert "turned over" in result.warnings[0]
    assert metrics.match_teeth(truth, result.labels).tooth_f1 == 1


def test_the_jaw_can_be_overridden_with_a_warning(scan, oracle):
    result = predict_scan(scan, oracle.models, PredictOptions(jaw="upper"))
    assert result.jaw == "upper"
    assert {jaw_of(fdi) for fdi in result.confidence} == {"upper"}
    assert any("looks like the other" in warning for warning in result.warnings)


def test_gum_alone_is_no_arch(scan, oracle):
    oracle.labels = np.zeros_like(oracle.labels)
    with pytest.raises(NoArchError, match="case: no dental arch found"):
        predict_scan(scan, oracle.models)


def test_a_single_tooth_is_no_arch(scan, truth, oracle):
    oracle.labels = np.where(truth == 36, 36, 0)
    with pytest.raises(NoArchError, match="1 tooth found"):
        predict_scan(scan, oracle.models)


def test_half_an_arch_says_so(scan, truth, oracle):
    part = scan.mesh.submesh((scan.mesh.vertices[scan.mesh.faces][..., 0] > -1.0).all(axis=1))
    source = part.vertex_attributes["source_vertex"]
    oracle.labels = truth[source]
    result = predict_scan(Scan(Mesh(part.vertices, part.faces), "half"), oracle.models)
    assert metrics.match_teeth(truth[source], result.labels).tooth_f1 > 0.9
    assert any("part of an arch" in warning for warning in result.warnings)


def test_the_same_seed_gives_the_same_result(scan, oracle):
    first, second = predict_scan(scan, oracle.models), predict_scan(scan, oracle.models)
    assert np.array_equal(first.labels, second.labels)
    assert first.extra() == second.extra()


def test_files_follow_the_output_contract(scan, truth, oracle, tmp_path, monkeypatch):
    monkeypatch.setattr(predict, "load_models", lambda weights: oracle.models)
    source = tmp_path / "case.ply"
    write_mesh(scan.mesh, source)
    batch = segment_scans([source, tmp_path / "none.stl"], tmp_path / "out", split_teeth=True)
    assert batch.done == [source]
    assert list(batch.failed) == [tmp_path / "none.stl"]
    out = tmp_path / "out"
    labels = read_labels(out / "case.json", n_vertices=len(truth))
    assert metrics.match_teeth(truth, labels.labels).tooth_f1 == 1
    assert set(np.unique(labels.instances[labels.labels > 0])) == set(range(1, len(np.unique(labels.labels))))
    assert not labels.instances[labels.labels == 0].any()
    content = json.loads((out / "case.json").read_text())
    assert content["jaw"] == "lower"
    assert np.array(content["pose"]).shape == (4, 4)
    assert set(content["confidence"]) == {str(f) for f in np.unique(labels.labels) if f}
    assert Chart.from_dict(content["chart"]).jaw == "lower"
    colored = read_mesh(out / "case.ply")
    assert np.array_equal(colored.vertex_attributes["label"], labels.labels)
    assert colored.vertex_attributes["color"].shape == (len(truth), 3)
    tooth = read_mesh(out / "case" / "tooth_36.stl")
    assert np.linalg.norm(tooth.vertices.mean(axis=0) - scan.mesh.vertices[truth == 36].mean(axis=0)) < 2
    record = json.loads((out / "case_run.json").read_text())
    assert record["command"] == "scan segment"
    assert record["seconds"]["network"] > 0
