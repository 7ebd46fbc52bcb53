"""From a picture to its result and files, with a network that knows one made-up patient."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from torch import nn

from typodont import anatomy
from typodont.cli import main
from typodont.errors import ConfigError, NoPanoramicError
from typodont.records import Chart, Tooth
from typodont.records.radiograph import Radiograph
from typodont.tasks.calibrate import Calibration
from typodont.tasks.panoramic import predict
from typodont.tasks.panoramic.models import PanoramicModels
from typodont.tasks.panoramic.options import PredictOptions
from typodont.tasks.panoramic.orientation import Orientation
from typodont.tasks.panoramic.predict import choose_orientation, predict_panoramic
from typodont.tasks.panoramic.result import PanoramicResult
from typodont.tasks.panoramic.view import View
from typodont.tasks.run_record import Stages

TEETH = (18, 17, 16, 14, 13, 12, 11, 21, 22, 23, 31, 32, 33, 41, 42, 43, 44, 46)
MODELS = PanoramicModels(nn.Identity(), None, Calibration(), {})


@pytest.fixture
def patient(dentition, monkeypatch):
    """A patient with teeth missing on one side, and a network that knows them when it sees them upright."""
    patient = dentition(TEETH)
    mask = patient.label_map() > 0

    def read_pixels(net, canvas, *, flip):
        seen = canvas[::2, ::2] > 1
        return patient.evidence() if (seen == mask).mean() > 0.95 else dentition(()).evidence()

    monkeypatch.setattr(predict, "read_pixels", read_pixels)
    return patient


@pytest.fixture
def truth(patient):
    """(512, 1024) FDI numbers."""
    return np.repeat(np.repeat(patient.label_map(), 2, axis=0), 2, axis=1)


def radiograph(truth, **facts):
    """A picture of the teeth with some grain, as it would be read from a file."""
    grain = np.random.default_rng(0).random(truth.shape, dtype=np.float32)
    values = {"path": None, "pixel_mm": None, "patient_right_at": None, "modality": None, "colourful": 0.0}
    return Radiograph(image=0.2 * grain + 0.7 * (truth > 0), name="case", **{**values, "warnings": (), **facts})


def view(**facts):
    values = {"kind": "panoramic", "upside_down": False, "quarter_turns": 0, "mirrored": None, "reasons": ()}
    kind = facts.get("kind", "panoramic")
    return View(**{**values, "probabilities": {kind: 0.9}, **facts})


def test_numbers_every_pixel(truth):
    stages = Stages()
    result = predict_panoramic(radiograph(truth), MODELS, stages=stages)
    assert result.label_map.shape == truth.shape
    assert (result.label_map == truth).mean() > 0.99
    assert tuple(tooth.fdi for tooth in result.charts["upper"].teeth) == (18, 17, 16, 14, 13, 12, 11, 21, 22, 23)
    assert tuple(tooth.fdi for tooth in result.charts["lower"].teeth) == (46, 44, 43, 42, 41, 31, 32, 33)
    assert set(result.missing) == set(anatomy.PERMANENT) - set(TEETH)
    assert min(tooth.confidence for tooth in result.teeth) > 0.8
    assert result.warnings == ()
    assert list(stages.seconds) == ["view", "canvas", "network", "number", "outline"]


@pytest.mark.parametrize(
    ("orientation", "options"),
    [
        (Orientation(2), PredictOptions(upside_down="yes")),
        (Orientation(0, mirrored=True), PredictOptions(mirrored="yes")),
        (Orientation(2, mirrored=True), PredictOptions(upside_down="yes", mirrored="yes")),
    ],
)
def test_however_the_picture_lies_the_numbers_are_on_its_own_pixels(truth, orientation, options):
    lying = orientation.back(truth)
    result = predict_panoramic(radiograph(lying), MODELS, options)
    assert (result.label_map == lying).mean() > 0.99
    assert result.orientation == orientation
    assert result.warnings == ()  # as asked for


def test_what_the_picture_shows_is_corrected_and_said(truth, monkeypatch):
    lying = Orientation(2, mirrored=True).back(truth)
    monkeypatch.setattr(predict, "look_at", lambda picture, net: view(quarter_turns=2, upside_down=True, mirrored=True))
    models = PanoramicModels(nn.Identity(), nn.Identity(), Calibration(), {})
    result = predict_panoramic(radiograph(lying), models)
    assert (result.label_map == lying).mean() > 0.99
    assert any("upside down" in said for said in result.warnings)
    assert any("mirrored" in said for said in result.warnings)


def test_the_file_is_believed_more_than_letters_and_the_person_more_than_the_file(truth):
    stated = radiograph(truth, patient_right_at="left")
    assert not choose_orientation(stated, view(mirrored=True), PredictOptions()).mirrored
    assert choose_orientation(stated, view(mirrored=True), PredictOptions(mirrored="yes")).mirrored
    silent = radiograph(truth)
    assert choose_orientation(silent, view(mirrored=True), PredictOptions()).mirrored
    assert not choose_orientation(silent, view(mirrored=None), PredictOptions()).mirrored
    assert choose_orientation(radiograph(truth, patient_right_at="right"), None, PredictOptions()).mirrored
    turned = choose_orientation(stated, view(quarter_turns=2, upside_down=True), PredictOptions())
    assert turned == Orientation(2, mirrored=True)  # the file speaks of the picture as it is stored
    assert choose_orientation(silent, view(quarter_turns=2), PredictOptions(upside_down="no")).usual


def test_another_picture_is_refused_unless_asked_for(truth, monkeypatch):
    monkeypatch.setattr(predict, "look_at", lambda picture, net: view(kind="photo", reasons=("it is colourful",)))
    models = PanoramicModels(nn.Identity(), nn.Identity(), Calibration(), {})
    with pytest.raises(NoPanoramicError, match=r"case: this looks like a photo, .*it is colourful"):
        predict_panoramic(radiograph(truth), models)
    assert len(predict_panoramic(radiograph(truth), models, PredictOptions(any_picture=True)).teeth) == len(TEETH)


def test_picture_without_teeth_is_refused_where_nobody_can_say_what_it_is(patient, monkeypatch):
    empty = radiograph(np.zeros((512, 1024), dtype=np.uint8))
    with pytest.raises(NoPanoramicError, match="no tooth found"):
        predict_panoramic(empty, MODELS)
    monkeypatch.setattr(predict, "look_at", lambda picture, net: view())
    models = PanoramicModels(nn.Identity(), nn.Identity(), Calibration(), {})
    result = predict_panoramic(empty, models)  # a jaw without teeth
    assert result.teeth == ()
    assert result.warnings == ("no tooth found",)
    assert len(result.missing) == 32


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"mirrored": "maybe"}, "auto, yes, no"), ({"aspect": -1.8}, "width / height"), ({"n_best": 0}, "at least 1")],
)
def test_options_that_do_not_exist(wrong, message):
    with pytest.raises(ConfigError, match=message):
        PredictOptions(**wrong)


def test_result_as_json():
    labels = np.zeros((10, 20), dtype=np.uint8)
    labels[2:4, 5:9] = 16
    charts = {
        "upper": Chart("upper", (Tooth(16, 0.9, ((17, 0.08),)),), 2.5, (((17,), 2.5),)),
        "lower": Chart("lower", ()),
    }
    found = json.loads(json.dumps(PanoramicResult("a", labels, charts, Orientation(2), view()).as_dict()))
    assert (found["width"], found["height"]) == (20, 10)
    assert found["teeth"] == [
        {
            "fdi": 16,
            "confidence": 0.9,
            "alternatives": [{"fdi": 17, "probability": 0.08}],
            "area_px": 8,
            "centre_px": [6.5, 2.5],
            "box": [5, 2, 4, 2],
        }
    ]
    assert 16 not in found["missing"]
    assert len(found["missing"]) == 31
    assert found["charts"]["upper"] == {
        "margin": 2.5,
        "numberings": [{"fdi": [16], "log_odds_behind": 0.0}, {"fdi": [17], "log_odds_behind": 2.5}],
    }
    assert found["view"] == {
        "kind": "panoramic",
        "probability": 0.9,
        "quarter_turns": 2,
        "mirrored": False,
        "reasons": [],
    }


def test_command_writes_what_the_contract_says(truth, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(predict, "load_models", lambda weights: MODELS)
    picture = (255 * radiograph(truth).image).astype(np.uint8)
    Image.fromarray(picture).save(tmp_path / "good.png")
    Image.fromarray(np.zeros_like(picture)).save(tmp_path / "empty.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    out = tmp_path / "out"
    assert main(["panoramic", "segment", str(tmp_path), "--out", str(out)]) == 1
    assert {file.name for file in out.iterdir()} == {
        "good.json",
        "good_fdi.png",
        "good_overlay.png",
        "good_run.json",
    }
    with Image.open(out / "good_fdi.png") as image:
        assert image.mode == "L"
        assert (np.asarray(image) == truth).mean() > 0.99
    run = json.loads((out / "good_run.json").read_text())
    assert run["command"] == "panoramic segment"
    assert run["settings"]["mirrored"] == "auto"
    said = capsys.readouterr()
    assert "broken.png" in said.err
    assert "empty.png: no tooth found" in said.err
    assert "1 done, 2 failed" in said.out
    assert main(["panoramic", "segment", str(tmp_path / "good.png"), "--out", str(out)]) == 1
    assert "--force" in capsys.readouterr().err
    assert main(["panoramic", "segment", str(tmp_path / "good.png"), "--out", str(out), "--force"]) == 0
