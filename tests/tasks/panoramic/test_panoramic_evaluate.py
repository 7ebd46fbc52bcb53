"""Evaluation of the panoramic job on small made-up pictures with known faults."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from typodont.cli.main import main
from typodont.errors import ConfigError, LabelError
from typodont.tasks.panoramic.evaluate import EvaluateConfig, evaluate, read_confidence

UPPER = (18, 17, 16, 15, 14, 13, 12, 11, 21, 22, 23, 24, 25, 26, 27, 28)
LOWER = (48, 47, 46, 45, 44, 43, 42, 41, 31, 32, 33, 34, 35, 36, 37, 38)


def label_map(change: dict[int, int] | None = None) -> np.ndarray:
    """(60, 160) map with 32 teeth of 8 by 20 pixels; `change` gives some of them other numbers."""
    labels = np.zeros((60, 160), dtype=np.uint8)
    for top, row in ((5, UPPER), (35, LOWER)):
        for place, fdi in enumerate(row):
            labels[top : top + 20, 10 * place : 10 * place + 8] = (change or {}).get(fdi, fdi)
    return labels


def write_truth(data: Path, name: str, labels: np.ndarray) -> None:
    for folder, picture in (("images", np.where(labels > 0, 200, 50).astype(np.uint8)), ("masks_fdi", labels)):
        (data / folder).mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(data / folder / f"{name}.png")


def write_prediction(folder: Path, name: str, labels: np.ndarray, *, confidence: float = 0.9) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(labels).save(folder / f"{name}_fdi.png")
    teeth = [{"fdi": int(fdi), "confidence": confidence} for fdi in np.unique(labels) if fdi]
    (folder / f"{name}.json").write_text(json.dumps({"teeth": teeth}))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Three pictures: a perfect one, one with 36 and 35 swapped, one without its 26 and with 10 teeth in truth."""
    data, predictions = tmp_path / "data", tmp_path / "predictions"
    few = dict.fromkeys((*UPPER[:6], *LOWER), 0)
    for name, truth, found in (
        ("a", {}, {}),
        ("b", {}, {36: 35, 35: 36}),
        ("c", few, {**few, 26: 0}),
    ):
        write_truth(data, name, label_map(truth))
        write_prediction(predictions, name, label_map(found))
    return data, predictions


def test_figures_of_known_faults(folders, tmp_path):
    report = evaluate(*folders, out=tmp_path / "out")
    pictures = {p.name: p for p in report.pictures}
    assert set(pictures) == {"a", "b", "c"}
    assert pictures["a"].wrong_teeth == []
    assert pictures["b"].wrong_teeth == [{"true": 35, "predicted": 36}, {"true": 36, "predicted": 35}]
    assert pictures["c"].wrong_teeth == [{"true": 26, "predicted": None}]
    figures = report.figures(report.pictures)
    # 32 + 32 + 10 true teeth, 32 + 32 + 9 predicted and found, 32 + 30 + 9 of them with the right number
    assert figures["detection_recall"].value == pytest.approx(73 / 74)
    assert figures["detection_precision"].value == 1.0
    assert figures["right_number"].value == pytest.approx(71 / 74)
    assert figures["right_number_of_found"].value == pytest.approx(71 / 73)
    assert figures["tooth_f1"].value == pytest.approx(2 * 71 / (74 + 73))
    assert figures["errors"].value == pytest.approx((0 + 2 + 1) / 3)
    assert figures["perfect_chart"].value == pytest.approx(1 / 3)
    assert figures["tooth_dice"].value == pytest.approx((1 + 30 / 32 + 9 / 10) / 3)
    assert figures["tooth_dice_pooled"].value == pytest.approx(71 / 74)
    assert figures["perfect_chart"].low < 1 / 3 < figures["perfect_chart"].high
    assert {name: len(own) for name, own in report.groups().items()} == {"all": 3, "20+ teeth": 2, "under 20": 1}


def test_report_file_and_table(folders, tmp_path):
    report = evaluate(*folders, out=tmp_path / "out", config=EvaluateConfig(n_draws=100))
    written = json.loads((tmp_path / "out" / "report.json").read_text())
    assert written == json.loads(json.dumps(report.as_dict()))
    assert written["groups"]["all"]["teeth"] == {"true": 74, "predicted": 73, "found": 73, "right": 71}
    assert [p["name"] for p in written["pictures"]] == ["a", "b", "c"]
    # every tooth states .9, and 71 of 73 are right
    assert written["calibration"]["teeth"] == 73
    assert written["calibration"]["calibration_error"] == pytest.approx(71 / 73 - 0.9, abs=1e-6)
    assert "pictures" not in report.as_dict(each=False)
    table = report.table()
    assert "35 > 36, 36 > 35" in table
    assert "26 > -" in table
    assert "under 20 (1)" in table


def test_predicts_anew_when_no_predictions_are_given(folders, tmp_path, monkeypatch):
    data, predictions = folders
    asked = {}

    def segment_panoramics(files, out, **options):
        asked.update(options, names=sorted(file.name for file in files))
        out.mkdir(parents=True)
        for file in predictions.iterdir():
            (out / file.name).write_bytes(file.read_bytes())

    module = SimpleNamespace(segment_panoramics=segment_panoramics)
    monkeypatch.setitem(sys.modules, "typodont.tasks.panoramic.predict", module)
    weights = tmp_path / "other.safetensors"
    report = evaluate(data, out=tmp_path / "out", config=EvaluateConfig(weights=weights))
    assert asked == {"weights": weights, "force": True, "names": ["a.png", "b.png", "c.png"]}
    assert (tmp_path / "out" / "predictions" / "a_fdi.png").exists()
    assert report.pictures == evaluate(data, predictions).pictures


def test_command_prints_the_table(folders, tmp_path, capsys):
    data, predictions = folders
    words = ["evaluate", "panoramic", "--data", str(data), "--predictions", str(predictions)]
    assert main([*words, "--out", str(tmp_path / "out")]) == 0
    assert "26 > -" in capsys.readouterr().out
    assert (tmp_path / "out" / "report.json").exists()
    assert main(["evaluate", "panoramic", "--data", str(tmp_path / "nowhere")]) != 0


def test_missing_prediction_counts_as_zero(folders):
    data, predictions = folders
    (predictions / "c_fdi.png").unlink()
    report = evaluate(data, predictions)
    figures = report.figures(report.pictures)
    assert figures["right_number"].value == pytest.approx((32 + 30) / 74)
    assert figures["tooth_dice"].value == pytest.approx((1 + 30 / 32 + 0) / 3)
    assert figures["errors"].value == pytest.approx((0 + 2 + 10) / 3)
    assert "no prediction" in report.table()


def test_everything_right_is_said(folders):
    data, predictions = folders
    for name in "bc":
        (data / "masks_fdi" / f"{name}.png").unlink()
        (data / "images" / f"{name}.png").unlink()
    assert "every tooth of every picture is right" in evaluate(data, predictions).table()


def test_predictions_that_do_not_fit_stop_the_evaluation(folders):
    data, predictions = folders
    Image.fromarray(label_map()[:, :100]).save(predictions / "b_fdi.png")
    with pytest.raises(LabelError, match=r"b_fdi\.png: 100x60 pixels, expected 160x60"):
        evaluate(data, predictions)


def test_folders_without_predictions_are_refused(folders, tmp_path):
    with pytest.raises(ConfigError, match=r"no NAME_fdi\.png"):
        evaluate(folders[0], tmp_path)


def test_damaged_results_are_refused(tmp_path):
    result = tmp_path / "a.json"
    result.write_text('{"teeth": [{"number": 11}]}')
    with pytest.raises(LabelError, match="not a result"):
        read_confidence(result)
    assert read_confidence(tmp_path / "none.json") == {}


def test_same_seed_same_report(folders):
    first, second = evaluate(*folders), evaluate(*folders)
    assert first.as_dict() == second.as_dict()
