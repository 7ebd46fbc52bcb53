"""Packing trained panoramic weights: what is refused, which figures stand on the card, what confidences say."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from typodont.errors import ConfigError, WeightsError
from typodont.registry import load
from typodont.tasks.calibrate import read_calibration
from typodont.tasks.panoramic.models import CALIBRATION, SEGMENT, VIEW
from typodont.tasks.panoramic.ship import ShipConfig, ship
from typodont.tasks.shipping import check_size
from typodont.training.weights import Card, TrainingSource, read_card, save_weights

ARGUMENTS = {"widths": [4, 4], "depths": [0, 0]}
FREE = TrainingSource("pictures that anybody may use", "CC0-1.0")
SYNTHETIC = TrainingSource("synthetic patients", "synthetic")
TEETH = (16, 15, 14, 13, 23, 24, 25, 26)


def write_weights(path: Path, sources: tuple[TrainingSource, ...], *, init: str | None = None) -> Path:
    torch.manual_seed(0)
    net = load("nets", "tooth_unet")(**ARGUMENTS)
    path.parent.mkdir(parents=True, exist_ok=True)
    card = Card("panoramic", "tooth_unet", ARGUMENTS, sources, config={"init": init}, seed=7, data_hash="abc")
    save_weights(net, card, path)
    return path


def write_data(folder: Path, names: str) -> Path:
    labels = np.zeros((20, 80), dtype=np.uint8)
    for place, fdi in enumerate(TEETH):
        labels[5:15, 10 * place : 10 * place + 8] = fdi
    for name in names:
        for kind in ("images", "masks_fdi"):
            (folder / kind).mkdir(parents=True, exist_ok=True)
            Image.fromarray(labels).save(folder / kind / f"{name}.png")
    return folder


@pytest.fixture
def predictions(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Stands for the networks: misses `missed` teeth of every picture, by the folder of the weights."""
    missed = {"weights": 0, "earlier": 2}

    def segment_panoramics(files, out, *, weights, force):
        out.mkdir(parents=True)
        for file in files:
            labels = np.array(Image.open(file))
            labels[:, : 10 * missed[weights.parent.name]] = 0
            labels[:, 70:][labels[:, 70:] > 0] = 27
            Image.fromarray(labels).save(out / f"{file.stem}_fdi.png")
            # of every tooth .8, of the one with a wrong number .6
            teeth = [{"fdi": int(n), "confidence": 0.6 if n == 27 else 0.8} for n in np.unique(labels) if n]
            (out / f"{file.stem}.json").write_text(json.dumps({"teeth": teeth}))

    module = SimpleNamespace(segment_panoramics=segment_panoramics)
    monkeypatch.setitem(sys.modules, "typodont.tasks.panoramic.predict", module)
    return missed


@pytest.fixture
def config(tmp_path: Path) -> ShipConfig:
    return ShipConfig(
        write_weights(tmp_path / "final" / "checkpoint.safetensors", (FREE, SYNTHETIC)).parent,
        write_weights(tmp_path / "view.safetensors", (FREE,)),
        measure=(f"val={write_data(tmp_path / 'val', 'abcd')}",),
        earlier=write_weights(tmp_path / "before.safetensors", (FREE,)),
        before=(f"other machine={write_data(tmp_path / 'other', 'xyz')}",),
        synthetic=(f"synthetic={write_data(tmp_path / 'made', 'mn')}",),
        out=tmp_path / "out",
        results=tmp_path / "results.json",
    )


def test_packs_weights_whose_card_keeps_figures_of_either_training_apart(config, predictions):
    reports = ship(config).teeth
    assert list(reports) == ["val", "other machine, before it was trained on", "synthetic"]
    card = read_card(config.out / SEGMENT)
    assert card.shippable
    assert (card.seed, card.data_hash) == (7, "abc")
    assert [source.licence for source in card.sources] == ["CC0-1.0", "synthetic", "MIT"]
    # 8 teeth, one of them under a wrong number; the earlier weights miss two more
    assert card.figures["val, all (4 pictures): right_number"] == [7 / 8] * 3
    assert card.figures["other machine, before it was trained on, all (3 pictures): right_number"] == [5 / 8] * 3
    assert card.figures["synthetic, all (2 pictures): errors"] == [1.0] * 3
    assert len(card.known_failures) > 3
    assert read_card(config.out / VIEW).shippable
    written = json.loads(config.results.read_text())
    assert written["sets"]["val"]["groups"]["all"]["teeth"] == {"true": 32, "predicted": 32, "found": 32, "right": 28}
    assert set(written["weights"]) == {SEGMENT, VIEW}
    assert "pictures" not in written["sets"]["val"]


def test_the_view_is_measured_where_pictures_of_known_kind_are_named(config, predictions, tmp_path):
    torch.manual_seed(0)
    net = load("nets", "view_net")(widths=[4, 4])
    save_weights(net, Card("view", "view_net", {"widths": [4, 4]}, (FREE,)), tmp_path / "eye.safetensors")
    panoramics = tmp_path / "val" / "images"
    reports = ship(replace(config, view=tmp_path / "eye.safetensors", measure_view=(f"panoramic={panoramics}",)))
    assert [picture.name for picture in reports.view[0].pictures] == ["a.png", "b.png", "c.png", "d.png"]
    written = json.loads(config.results.read_text())["view"]
    assert (written[0]["kind"], written[0]["set"], written[0]["pictures"]) == ("panoramic", "val/images", 4)
    share = written[0]["figures"]["way_up_right"]
    card = read_card(config.out / VIEW)
    assert card.figures["panoramic, val/images (4 pictures): way_up_right"] == [
        share[k] for k in ("value", "low", "high")
    ]
    assert "way_up_right" not in " ".join(read_card(config.out / SEGMENT).figures)


def test_confidences_come_to_say_what_is_true(config, predictions):
    reports = ship(config).teeth
    curve = read_calibration(config.out / CALIBRATION)
    # 4 pictures with 8 predicted teeth and 3 with 6, one wrong in each
    assert curve.n_teeth == 4 * 8 + 3 * 6
    assert "val (4 pictures)" in curve.source
    assert curve(np.array([0.8]))[0] > 0.9
    assert curve(np.array([0.6]))[0] < 0.5
    assert all(0.6 not in {c for c, _ in picture.confidence} for picture in reports["val"].pictures)
    assert sum(len(picture.confidence) for picture in reports["val"].pictures) == 32


def test_refuses_weights_that_have_seen_pictures_which_forbid_it(config, predictions, tmp_path):
    closed = TrainingSource("pictures of a clinic", "CC-BY-NC-4.0", shippable=False)
    with pytest.raises(WeightsError, match=r"pictures of a clinic.*may not ship"):
        ship(replace(config, segment=write_weights(tmp_path / "closed.safetensors", (FREE, closed))))
    assert not config.out.exists()


@pytest.mark.parametrize("mark", ["", "pretrained:"])
def test_the_card_names_all_that_the_weights_have_seen_but_not_where_it_lay(config, predictions, tmp_path, mark):
    first = write_weights(tmp_path / "first" / "checkpoint.safetensors", (SYNTHETIC,))
    seen = TrainingSource(str(tmp_path / "sets" / "teeth" / "train.json"), "MIT")
    last = write_weights(tmp_path / "last.safetensors", (FREE, seen), init=f"{mark}{first.parent}")
    ship(replace(config, segment=last, sources=("teeth/train=teeth of a public set",)))
    card = read_card(config.out / SEGMENT)
    assert [source.name for source in card.sources][:3] == [FREE.name, "teeth of a public set", SYNTHETIC.name]
    assert card.config["init"] == f"{mark}{tmp_path.name}/first"
    ship(replace(config, segment=last))
    assert read_card(config.out / SEGMENT).sources[1].name == "teeth/train.json"


def test_refuses_weights_that_began_as_weights_which_may_not_ship(config, predictions, tmp_path):
    closed = TrainingSource("pictures of a clinic", "CC-BY-NC-4.0", shippable=False)
    first = write_weights(tmp_path / "closed.safetensors", (closed,))
    last = write_weights(tmp_path / "last.safetensors", (FREE,), init=str(first))
    with pytest.raises(WeightsError, match=r"pictures of a clinic.*may not ship"):
        ship(replace(config, segment=last))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"measure": ("no path",)}, "expected NAME=VALUE"),
        ({"measure": ("a=x", "a=y")}, "every name once"),
        ({"measure": (), "before": ()}, "no labelled pictures to measure"),
        ({"earlier": None}, "no earlier weights"),
        ({"view": None, "measure_view": ("photo=x",)}, "no network for the view"),
        ({"measure_view": ("teeth=x",)}, "expected KIND=PATH"),
    ],
)
def test_settings_that_make_no_sense_are_refused(config, change, message):
    with pytest.raises(ConfigError, match=message):
        ship(replace(config, **change))


def test_weights_that_are_too_large_are_refused(tmp_path):
    large = tmp_path / "large.safetensors"
    large.write_bytes(bytes(2_000_000))
    check_size([large], most_mb=2.0)
    with pytest.raises(WeightsError, match=r"2\.0 MB .* at most 1\.5 MB may ship"):
        check_size([large], most_mb=1.5)
