"""Packing trained findings weights: which set chooses, what is measured where, what the card admits."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from typodont.errors import ConfigError, WeightsError
from typodont.tasks.findings import detect as detect_module
from typodont.tasks.findings.calibrate import calibration_path, read_finding_calibration
from typodont.tasks.findings.ship import ShipConfig, picture_sets, ship
from typodont.training.weights import TrainingSource, read_card

FREE = TrainingSource("data/clinic", "CC0-1.0")
SYNTHETIC = TrainingSource("synthetic photographs", "synthetic")
PICTURES = [f"p{i:02d}" for i in range(32)]


@pytest.fixture
def config(tmp_path, labelled, square, small_weights, monkeypatch) -> ShipConfig:
    """Two real sets and a synthetic one. The network finds teeth in all but every fourth picture, and decay always.

    It marks decay in every real picture too, where there is none, and nothing as calculus.
    """

    def detect(layers, detector):
        number = round(255 * float(layers[0, 0, 0]))
        found = [square("caries", 5, 5, score=0.5 + number / 100)]
        if number % 4:
            found.append(square("tooth", 40, 5, score=0.9))
        return found

    monkeypatch.setattr(detect_module, "detect", detect)
    teeth = {name: [square("tooth", 40, 5)] for name in PICTURES}
    decayed = {name: [square("tooth", 40, 5), square("caries", 5, 5)] for name in PICTURES}
    healthy = {name: [square("tooth", 40, 5)] for name in PICTURES[:5]}
    return ShipConfig(
        small_weights(tmp_path / "checkpoint.safetensors", FREE, SYNTHETIC),
        calibrate=(f"photo:clinic={labelled('clinic', teeth, ['tooth'])}",),
        synthetic=(f"photo:made={labelled('made', decayed, ['tooth', 'caries', 'calculus'])}",),
        measure=(f"photo:other={labelled('other', healthy, ['tooth', 'caries'])}",),
        sources=("data/clinic=a clinic",),
        out=tmp_path / "out",
        results=tmp_path / "results.json",
        n_draws=20,
    )


def test_each_category_is_chosen_where_there_is_enough_of_it(config):
    shipped = ship(config)["photo"]
    points = read_finding_calibration(calibration_path(config.out / "photo.safetensors"))
    assert points == shipped.calibration
    assert points.categories.keys() == {"tooth", "caries"}
    assert points.of("tooth").curve.source == "clinic (32 real pictures)"
    assert points.of("caries").curve.source == "made (32 synthetic pictures)"
    # what is measured on real pictures comes first, that of the set that chose before the others
    assert [m.on for m in points.point("tooth", "balanced").measured] == ["clinic", "other", "made"]
    tooth = points.point("tooth", "balanced").measured[0]
    assert (tooth.real, tooth.pictures, tooth.findings) == (True, 32, 32)
    assert tooth.sensitivity is not None
    assert tooth.false_alarms is not None
    assert tooth.sensitivity[0] == 0.75
    assert tooth.false_alarms[0] == 0.0


def test_the_card_admits_what_there_is_no_real_evidence_for(config):
    ship(config)
    card = read_card(config.out / "photo.safetensors")
    assert card.shippable
    assert card.figures["evidence"] == {
        "tooth": "32 in 32 real pictures (clinic); 5 in 5 real pictures (other)",
        "caries": "no real evidence; 32 in 32 synthetic pictures (made)",
        "calculus": "no real evidence; no synthetic evidence either",
    }
    assert card.figures["clinic (32 pictures): tooth, ap50 by mask"][0] == pytest.approx(76 / 101)
    assert [source.name for source in card.sources][:2] == ["a clinic", "synthetic photographs"]
    assert len(card.known_failures) > 3


def test_the_results_keep_sets_apart_and_the_other_modality(config):
    config.results.write_text('{"xray": "as it was", "photo": "old"}')
    ship(config)
    assert json.loads(config.results.read_text())["xray"] == "as it was"
    written = json.loads(config.results.read_text())["photo"]
    assert {name: own["real"] for name, own in written["sets"].items()} == {
        "clinic": True,
        "made": False,
        "other": True,
    }
    made = written["sets"]["made"]["categories"]
    assert made["caries"]["mask"]["ap50"]["value"] == 1.0
    assert made["calculus"]["mask"]["ap50"]["value"] is None
    # decay is marked in five real pictures that have none: every mark is a false alarm
    other = written["operating_points"]["caries"]["points"]["screening"]["measured"]
    assert [m["on"] for m in other] == ["made"]
    assert written["confidence"]["caries"]["other"]["share_right"] == 0.0
    assert "operating_points" not in made["caries"]


def test_predictions_that_are_kept_are_not_made_again(config, tmp_path, monkeypatch):
    first = ship(replace(config, work=tmp_path / "work"))["photo"]
    monkeypatch.setattr(detect_module, "detect", None)
    again = ship(replace(config, work=tmp_path / "work"))["photo"]
    assert again.calibration == first.calibration
    assert again.evidence == first.evidence


def test_what_may_not_be_passed_on_is_refused(config, small_weights, tmp_path):
    other = small_weights(tmp_path / "bad.safetensors", TrainingSource("their data", "CC-BY-NC-4.0", False))
    with pytest.raises(WeightsError, match="their data"):
        ship(replace(config, photo=other))
    assert not config.out.exists()


def test_weights_of_the_other_modality_are_refused(config):
    with pytest.raises(ConfigError, match="found weights for photo, expected some for xray"):
        ship(replace(config, photo=None, xray=config.photo))
    with pytest.raises(ConfigError, match="nothing to pack"):
        ship(ShipConfig())


def test_nothing_to_measure_on_is_refused(config):
    with pytest.raises(ConfigError, match="photo: no labelled pictures to measure on"):
        ship(replace(config, calibrate=(), synthetic=(), measure=()))


def test_what_was_trained_on_is_no_measure(config, small_weights, tmp_path):
    _, _, path = config.measure[0].partition("=")
    seen = small_weights(tmp_path / "seen.safetensors", FREE, data=path)
    with pytest.raises(ConfigError, match="was trained on; name labelled pictures that no training saw"):
        ship(replace(config, photo=seen))


@pytest.mark.parametrize("item", ["clinic=a", "photo:clinic", "photo:=a", "slide:clinic=a"])
def test_a_set_that_is_not_understood_is_refused(item):
    with pytest.raises(ConfigError, match="expected MODALITY:NAME=PATH"):
        picture_sets(ShipConfig(measure=(item,)))


def test_sets_of_both_modalities_may_have_one_name():
    sets = picture_sets(ShipConfig(synthetic=("xray:made=a", "photo:made=b")))
    assert [(one.modality, one.name) for one in sets] == [("xray", "made"), ("photo", "made")]
    with pytest.raises(ConfigError, match="every name once"):
        picture_sets(ShipConfig(measure=("xray:made=a",), synthetic=("xray:made=b",)))


def test_names_are_changed_by_set():
    config = ShipConfig(measure=("xray:boxes=a", "xray:masks=b"), rename=("boxes:Cavity=caries", "boxes:Null="))
    boxes, masks = picture_sets(config)
    assert boxes.rename == {"Cavity": "caries", "Null": ""}
    assert masks.rename == {}
    with pytest.raises(ConfigError, match="others: to be renamed, but no such set; sets are boxes"):
        picture_sets(ShipConfig(measure=("xray:boxes=a",), rename=("others:Cavity=caries",)))
    with pytest.raises(ConfigError, match="expected NAME:CATEGORY=OURS"):
        picture_sets(ShipConfig(measure=("xray:boxes=a",), rename=("boxes",)))
