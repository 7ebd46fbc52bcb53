"""From a picture to its findings and files, with a network that says what the test wants."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torch import nn

from typodont.cli import main
from typodont.errors import ConfigError, NoDentalPictureError
from typodont.formats import decode_mask, encode_mask
from typodont.records.findings import Finding, find_picture_findings
from typodont.tasks.calibrate import Calibration
from typodont.tasks.findings import predict, teeth, view
from typodont.tasks.findings.calibrate import CategoryCalibration, FindingCalibration, Measured, OperatingPoint
from typodont.tasks.findings.modality import MODALITIES
from typodont.tasks.findings.models import Detector
from typodont.tasks.findings.options import DetectOptions
from typodont.tasks.findings.predict import FindingModels, predict_findings
from typodont.tasks.findings.view import read_dental_picture
from typodont.tasks.panoramic.models import PanoramicModels
from typodont.tasks.panoramic.result import PanoramicResult
from typodont.tasks.panoramic.view import View
from typodont.training.weights import Card

SHAPE = (120, 200)
REAL = Measured("some set", True, 40, 90, (0.7, 0.6, 0.8), (0.5, 0.4, 0.6), (0.9, 0.7, 1.1))
MADE_UP = Measured("made up", False, 400, 900, (0.9, 0.8, 1.0), (0.9, 0.8, 1.0), (0.1, 0.0, 0.2))
HALVED = CategoryCalibration(
    Calibration((0.0, 1.0), (0.0, 0.5)),
    {
        "screening": OperatingPoint(0.2, 0.1),
        "balanced": OperatingPoint(0.5, 0.25, (MADE_UP, REAL)),
        "specific": OperatingPoint(0.9, 0.45),
    },
)


def finding(category: str, box: tuple[int, int, int, int], score: float) -> Finding:
    mask = np.zeros(SHAPE, dtype=bool)
    left, top, right, bottom = box
    mask[top:bottom, left:right] = True
    return Finding(category, tuple(map(float, box)), encode_mask(mask), score=score)


FOUND = [
    finding("tooth", (20, 20, 40, 60), 0.95),
    finding("caries", (22, 30, 30, 40), 0.8),
    finding("tooth", (60, 20, 80, 60), 0.75),
    finding("caries", (62, 30, 70, 40), 0.3),
]


def models(modality: str = "xray", file: Path = Path("own.safetensors")) -> FindingModels:
    kind = MODALITIES[modality]
    card = Card("findings", "none", {}, ())
    detector = Detector(nn.Identity(), modality, kind.categories, kind.canvas, card, file)
    calibration = FindingCalibration({"caries": HALVED})
    panoramic = PanoramicModels(nn.Identity(), nn.Identity(), Calibration(), {})
    return FindingModels({modality: detector}, {modality: calibration}, panoramic)


def looks_like(kind: str, **facts) -> View:
    chances = dict.fromkeys(("panoramic", "radiograph", "photo", "other"), 0.02) | {kind: 0.94}
    return View(kind, facts.get("quarter_turns", 0) == 2, facts.get("quarter_turns", 0), None, chances)


@pytest.fixture
def picture(tmp_path) -> Path:
    """A grey picture that bears no likeness to anything."""
    path = tmp_path / "case.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, SHAPE, dtype=np.uint8)).save(path)
    return path


@pytest.fixture
def knows(monkeypatch):
    """Networks that know the picture: its kind, its findings and its chart."""

    def set_up(kind: str = "panoramic", **facts) -> None:
        chart = np.zeros(SHAPE, dtype=np.uint8)
        chart[20:60, 20:40], chart[20:60, 60:80] = 36, 37
        monkeypatch.setattr(view, "look_at", lambda radiograph, net: looks_like(kind, **facts))
        monkeypatch.setattr(predict, "detect", lambda layers, detector: list(FOUND))
        result = PanoramicResult("case", chart, {}, warnings=("from the chart",))
        monkeypatch.setattr(teeth, "predict_panoramic", lambda *_: result)

    return set_up


def predicted(path: Path, options: DetectOptions | None = None, modality: str = "xray"):
    own = models(modality)
    seen = read_dental_picture(path, own.panoramic.view, options or DetectOptions())
    return predict_findings(seen, own, options)


def test_findings_get_the_number_of_their_tooth_and_a_calibrated_score(picture, knows):
    knows()
    result = predicted(picture)
    assert [(f.category, f.fdi) for f in result.picture.findings] == [("tooth", 36), ("caries", 36), ("tooth", 37)]
    assert result.picture.findings[1].score == pytest.approx(0.4)  # half of what the network said
    assert result.raw_scores == (0.95, 0.8, 0.75)
    assert result.warnings == ("from the chart",)


@pytest.mark.parametrize(
    ("options", "caries"),
    [
        (DetectOptions(operating_point="screening"), 2),
        (DetectOptions(), 1),
        (DetectOptions(operating_point="specific"), 0),
        (DetectOptions(score=0.35), 1),
        (DetectOptions(score=0.0), 2),
    ],
)
def test_the_operating_point_or_the_score_decides_what_is_reported(picture, knows, options, caries):
    knows()
    assert sum(f.category == "caries" for f in predicted(picture, options).picture.findings) == caries


def test_what_was_measured_on_real_pictures_is_stated_first(picture, knows, tmp_path):
    knows()
    said = predicted(picture).as_dict(tmp_path)["operating_point"]
    assert said["name"] == "balanced"
    caries = said["categories"]["caries"]
    assert caries["sensitivity"] == [0.7, 0.6, 0.8]
    assert caries["false_alarms_per_picture"] == [0.9, 0.7, 1.1]
    assert caries["measured_on"] == {"name": "some set", "real": True, "pictures": 40}
    assert said["categories"]["crown"]["sensitivity"] is None
    assert "70 % of them found, 0.9 false alarms a picture (40 real pictures)" in str(predicted(picture).legend())


def test_a_score_of_ones_own_has_nothing_measured(picture, knows, tmp_path):
    knows()
    said = predicted(picture, DetectOptions(score=0.25)).as_dict(tmp_path)["operating_point"]
    assert said["name"] == "score 0.25"
    assert said["categories"]["caries"]["least_raw_score"] == pytest.approx(0.5)
    assert said["categories"]["caries"]["sensitivity"] is None


def test_a_picture_that_is_upside_down_is_turned_to_look_and_the_masks_turned_back(picture, knows):
    knows(quarter_turns=2)
    caries = predicted(picture).picture.findings[1]
    mask = decode_mask(caries.segmentation, SHAPE)
    assert mask[120 - 40 : 120 - 30, 200 - 30 : 200 - 22].all()
    assert mask.sum() == 80
    assert caries.box == (170, 80, 178, 90)


def test_without_numbering_nobody_looks_at_the_teeth(picture, knows, monkeypatch):
    knows()
    monkeypatch.setattr(teeth, "predict_panoramic", None)
    assert {f.fdi for f in predicted(picture, DetectOptions(numbering=False)).picture.findings} == {None}


def test_another_radiograph_gets_a_warning_and_no_numbers(picture, knows):
    knows("radiograph")
    result = predicted(picture)
    assert {f.fdi for f in result.picture.findings} == {None}
    assert "does not look like a panoramic" in result.warnings[0]


def test_a_photograph_goes_to_the_network_for_photographs(picture, knows):
    knows("photo")
    result = predicted(picture, modality="photo")
    assert result.modality == "photo"
    assert "not sure from this view" in result.warnings[-1]  # two teeth may be any
    assert predicted(picture, DetectOptions(modality="xray")).modality == "xray"


def test_what_shows_no_teeth_is_refused_unless_the_kind_is_named(picture, knows):
    knows("other")
    with pytest.raises(NoDentalPictureError, match=r"case\.png: this looks like no picture of teeth .*--modality"):
        predicted(picture)
    assert predicted(picture, DetectOptions(modality="photo"), "photo").modality == "photo"


def test_weights_for_the_other_kind_of_pictures_are_refused(picture, knows):
    knows("photo")
    with pytest.raises(ConfigError, match=r"case\.png: .*'photo', and the weights are for xray.*--weights"):
        predicted(picture)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"modality": "scan"}, "auto, photo, xray"),
        ({"operating_point": "best"}, "screening, balanced, specific"),
        ({"view": "top"}, "front, left, right, upper, lower"),
        ({"score": 1.5}, "0 to 1"),
        ({"mirrored": "maybe"}, "auto, yes, no"),
    ],
)
def test_options_that_do_not_exist(wrong, message):
    with pytest.raises(ConfigError, match=message):
        DetectOptions(**wrong)


def test_command_writes_what_the_contract_says(picture, knows, monkeypatch, tmp_path, capsys):
    knows()
    monkeypatch.setattr(predict, "load_models", lambda weights: models(file=picture))
    (tmp_path / "broken.png").write_bytes(b"no picture")
    out = tmp_path / "out"
    assert main(["findings", "detect", str(tmp_path), "--out", str(out)]) == 1
    assert {file.name for file in out.iterdir()} == {"case.json", "case_overlay.png", "case_run.json"}
    found = json.loads((out / "case.json").read_text())
    assert [a["category_name"] for a in found["annotations"]] == ["tooth", "caries", "tooth"]
    caries = found["annotations"][1]
    assert caries["bbox"] == [22, 30, 8, 10]
    assert (caries["score"], caries["raw_score"], caries["fdi"], caries["area"]) == (0.4, 0.8, 36, 80)
    assert decode_mask(caries["segmentation"], SHAPE).sum() == 80
    assert found["images"][0]["file_name"] == "../case.png"
    assert found["modality"] == "xray"
    assert json.loads((out / "case_run.json").read_text())["settings"]["operating_point"] == "balanced"
    said = capsys.readouterr()
    assert "broken.png" in said.err
    assert "1 done, 1 failed" in said.out
    read = find_picture_findings(out)[0]
    assert read.image.resolve() == picture
    assert [f.fdi for f in read.findings] == [36, 36, 37]
    assert read.findings[1].score == 0.4


def test_command_without_numbering(picture, knows, monkeypatch, tmp_path):
    knows()
    monkeypatch.setattr(predict, "load_models", lambda weights: models(file=picture))
    assert main(["findings", "detect", str(picture), "--out", str(tmp_path / "out"), "--no-numbering"]) == 0
    assert json.loads((tmp_path / "out" / "case.json").read_text())["annotations"][0]["fdi"] is None
