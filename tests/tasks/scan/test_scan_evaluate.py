"""Evaluation of the scan job on small made-up arches with known faults."""

import json
import math
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from typodont.anatomy import arch_order
from typodont.cli.main import main
from typodont.errors import ConfigError, LabelError
from typodont.formats import ScanLabels, write_labels, write_mesh
from typodont.geometry.mesh import Mesh
from typodont.tasks.scan.evaluate import EvaluateConfig, evaluate, labelled_scans

POINTS_PER_TOOTH = 30


def arch_mesh(jaw):
    """Fourteen strips of vertices 8 mm apart with two strips of gum beside each; labels follow the arch."""
    teeth = arch_order(jaw)[1:-1]
    rng = np.random.default_rng(0)
    vertices, labels = [], []
    for i, fdi in enumerate(teeth):
        vertices.append(rng.normal([8.0 * i, 0, 5], 1.0, (POINTS_PER_TOOTH, 3)))
        vertices.append(rng.normal([8.0 * i, 0, 2], 1.0, (POINTS_PER_TOOTH, 3)))
        labels += [fdi] * POINTS_PER_TOOTH + [0] * POINTS_PER_TOOTH
    vertices = np.concatenate(vertices)
    faces = np.arange(len(vertices) // 3 * 3).reshape(-1, 3)
    return Mesh(vertices, faces), np.array(labels)


def write_case(folder, name, jaw, change=lambda labels: labels, *, mesh=True, **extra):
    surface, labels = arch_mesh(jaw)
    folder.mkdir(parents=True, exist_ok=True)
    labels = change(labels.copy())
    if mesh:
        write_mesh(surface, folder / f"{name}.obj")
    write_labels(ScanLabels(name, jaw, labels, labels), folder / f"{name}.json", extra=extra)


def swap(a, b):
    return lambda labels: np.select([labels == a, labels == b], [b, a], labels)


def rename(a, b):
    return lambda labels: np.where(labels == a, b, labels)


@pytest.fixture
def folders(tmp_path):
    """Three arches of two patients: A upper perfect, A lower with 36 and 35 swapped, B upper without its 26."""
    data, predictions = tmp_path / "data", tmp_path / "predictions"
    write_case(data / "A", "A_upper", "upper")
    write_case(data / "A", "A_lower", "lower")
    write_case(data / "B", "B_upper", "upper")
    write_case(predictions, "A_upper", "upper", mesh=False, confidence={str(f): 0.9 for f in arch_order("upper")})
    write_case(predictions, "A_lower", "lower", swap(36, 35), mesh=False)
    write_case(predictions, "B_upper", "upper", rename(26, 0), mesh=False)
    return data, predictions


def test_figures_of_known_faults(folders, tmp_path):
    report = evaluate(*folders, out=tmp_path / "out")
    arches = {a.name: a for a in report.arches}
    assert set(arches) == {"A_upper", "A_lower", "B_upper"}
    perfect = arches["A_upper"].figures
    assert all(perfect[name] == 1.0 for name in perfect)
    assert arches["A_lower"].wrong_teeth == [{"true": 35, "predicted": 36}, {"true": 36, "predicted": 35}]
    # 12 of 14 right on both sides; two numbers with IoU 0 among 14.
    assert arches["A_lower"].figures["tooth_f1"] == pytest.approx(12 / 14)
    assert arches["A_lower"].figures["macro_iou"] == pytest.approx(12 / 14)
    assert arches["A_lower"].figures["detection_f1"] == 1.0
    assert arches["B_upper"].wrong_teeth == [{"true": 26, "predicted": None}]
    assert arches["B_upper"].figures["tir"] == 1.0
    assert arches["B_upper"].figures["tir_of_all_teeth"] == pytest.approx(13 / 14)
    everything = report.figures(report.arches)
    # Right teeth 14 + 12 + 13 of 42 true and 41 predicted.
    assert everything["tooth_f1_pooled"].value == pytest.approx(2 * 39 / 83)
    assert everything["tooth_f1"].value == pytest.approx((1 + 12 / 14 + 26 / 27) / 3)
    assert everything["all_right"].value == pytest.approx(1 / 3)
    assert everything["all_right"].n_patients == 2


def test_report_file_and_table(folders, tmp_path):
    report = evaluate(*folders, out=tmp_path / "out", config=EvaluateConfig(n_draws=100))
    written = json.loads((tmp_path / "out" / "report.json").read_text())
    assert written == json.loads(json.dumps(report.as_dict()))
    assert set(written["groups"]) == {"all", "upper", "lower"}
    assert written["groups"]["all"]["teeth"] == {"true": 42, "predicted": 41, "found": 41, "right": 39}
    assert written["right_jaw"] == 1.0
    # 14 teeth of A_upper state .9 and all are right; the two wisdom teeth that it also names were not predicted.
    assert written["calibration"]["teeth"] == 14
    assert written["calibration"]["calibration_error"] == pytest.approx(0.1)
    table = report.table()
    assert "35 > 36, 36 > 35" in table
    assert "26 > -" in table
    assert "all (3)" in table


def test_predicts_anew_when_no_predictions_are_given(folders, tmp_path, monkeypatch):
    data, predictions = folders
    asked = {}

    def segment_scans(files, out, **options):
        asked.update(options, names=sorted(file.name for file in files))
        out.mkdir(parents=True)
        for file in predictions.iterdir():
            (out / file.name).write_bytes(file.read_bytes())

    monkeypatch.setitem(sys.modules, "typodont.tasks.scan.predict", SimpleNamespace(segment_scans=segment_scans))
    weights = tmp_path / "other.safetensors"
    report = evaluate(data, out=tmp_path / "out", config=EvaluateConfig(weights=weights))
    assert asked == {"weights": weights, "force": True, "names": ["A_lower.obj", "A_upper.obj", "B_upper.obj"]}
    assert (tmp_path / "out" / "predictions" / "A_upper.json").exists()
    assert report.arches == evaluate(data, predictions).arches
    assert evaluate(data).arches == report.arches


def test_command_prints_the_table(folders, tmp_path, capsys):
    data, predictions = folders
    words = ["evaluate", "scan", "--data", str(data), "--predictions", str(predictions), "--mixed", "B"]
    assert main([*words, "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    assert "mixed (1)" in printed
    assert "26 > -" in printed
    assert (tmp_path / "out" / "report.json").exists()
    assert main(["evaluate", "scan", "--data", str(tmp_path / "nowhere")]) != 0


def test_missing_prediction_counts_as_zero(folders):
    data, predictions = folders
    (predictions / "B_upper.json").unlink()
    report = evaluate(data, predictions)
    missing = next(a for a in report.arches if a.name == "B_upper")
    assert set(missing.figures.values()) == {0.0}
    assert missing.predicted_jaw is None
    assert report.figures(report.arches)["tooth_f1_pooled"].value == pytest.approx(2 * 26 / (28 + 28 + 14))
    assert "no prediction" in report.table()


def test_prediction_without_teeth_is_poor_but_not_an_error(folders):
    data, predictions = folders
    write_case(predictions, "B_upper", "upper", lambda labels: labels * 0, mesh=False)
    arch = next(a for a in evaluate(data, predictions).arches if a.name == "B_upper")
    assert arch.figures["macro_iou"] == 0.0
    assert arch.figures["score"] == 0.0
    assert arch.figures["tooth_gum_accuracy"] == 0.5


def test_wrong_jaw_is_said(folders):
    data, predictions = folders
    write_case(predictions, "B_upper", "lower", mesh=False)
    report = evaluate(data, predictions)
    assert report.as_dict()["right_jaw"] == pytest.approx(2 / 3)
    assert "taken for lower" in report.table()


def test_milk_teeth_are_compared_as_their_successors(tmp_path):
    data, predictions = tmp_path / "data", tmp_path / "predictions"
    write_case(data, "A_upper", "upper")
    write_case(predictions, "A_upper", "upper", rename(13, 53), mesh=False, confidence={"53": 0.8})
    lenient = evaluate(data, predictions).arches[0]
    assert lenient.figures["tooth_f1"] == 1.0
    assert lenient.confidence == [(0.8, True)]
    kept = evaluate(data, predictions, config=EvaluateConfig(milk="keep")).arches[0]
    assert kept.wrong_teeth == [{"true": 13, "predicted": 53}]
    assert kept.confidence == [(0.8, False)]


def test_mixed_dentitions_make_a_group_of_their_own(tmp_path):
    data = tmp_path / "data"
    for name, change in (("A", rename(13, 53)), ("B", lambda labels: labels), ("C", lambda labels: labels)):
        write_case(data, f"{name}_upper", "upper", change)
    found = {a.patient: a.mixed for a in evaluate(data, data).arches}
    assert found == {"A": True, "B": False, "C": False}
    listed = tmp_path / "mixed.txt"
    listed.write_text("B_upper\n")
    for mixed in (("B,D",), ("B", "D"), (str(listed),)):
        report = evaluate(data, data, config=EvaluateConfig(mixed=mixed))
        assert [a.patient for a in report.groups()["mixed"]] == ["A", "B"]
        assert [a.patient for a in report.groups()["permanent"]] == ["C"]


def test_labels_that_do_not_fit_stop_the_evaluation(folders):
    data, predictions = folders
    short = json.loads((predictions / "B_upper.json").read_text())
    short["labels"] = short["instances"] = short["labels"][:-1]
    (predictions / "B_upper.json").write_text(json.dumps(short))
    with pytest.raises(LabelError, match=r"B_upper\.json"):
        evaluate(data, predictions)


def test_truth_without_teeth_is_refused(tmp_path):
    write_case(tmp_path, "A_upper", "upper", lambda labels: labels * 0)
    with pytest.raises(LabelError, match="nothing to measure"):
        evaluate(tmp_path, tmp_path)


def test_folders_without_anything_are_refused(folders, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(ConfigError, match="no labelled scan"):
        labelled_scans(empty)
    with pytest.raises(ConfigError, match=r"no NAME\.json"):
        evaluate(folders[0], empty)
    write_case(folders[0] / "again", "A_upper", "upper")
    with pytest.raises(ConfigError, match="same name"):
        labelled_scans(folders[0])


def test_same_seed_same_report(folders):
    first, second = evaluate(*folders), evaluate(*folders)
    assert first.as_dict() == second.as_dict()
    assert not any(math.isnan(v) for a in first.arches for v in a.figures.values())
