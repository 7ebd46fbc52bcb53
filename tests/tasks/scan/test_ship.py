"""Packing trained weights: refused where a source forbids it, measured and calibrated where not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from typodont.errors import WeightsError
from typodont.registry import load
from typodont.tasks.scan.models import CALIBRATION, DEFAULT_WEIGHTS, POSE, SEGMENT
from typodont.tasks.scan.ship import ShipConfig, ship
from typodont.training.weights import Card, TrainingSource, read_card, save_weights


def test_refuses_weights_that_have_seen_scans_which_forbid_it(tmp_path: Path) -> None:
    torch.manual_seed(0)
    arguments = {"widths": [16, 16, 16, 16]}
    net = load("nets", "point_unet")(**arguments)
    source = TrainingSource("scans of a clinic", "CC-BY-NC-4.0", shippable=False)
    save_weights(net, Card("scan", "point_unet", arguments, (source,)), tmp_path / SEGMENT)

    with pytest.raises(WeightsError, match=r"scans of a clinic.*may not ship"):
        ship(ShipConfig(tmp_path / SEGMENT, tmp_path / SEGMENT, tmp_path / "out"))

    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_packs_calibrated_weights_whose_cards_carry_the_measured_figures(tmp_path: Path) -> None:
    config = ShipConfig(
        DEFAULT_WEIGHTS / SEGMENT,
        DEFAULT_WEIGHTS / POSE,
        tmp_path / "out",
        calibrate=2,
        measure=2,
        results=tmp_path / "results.json",
    )
    figures = ship(config)

    card = read_card(tmp_path / "out" / SEGMENT)
    measured = figures["synthetic"]["groups"]["all"]["figures"]["tooth_f1"]
    assert card.figures["synthetic, all (2 arches): tooth_f1"] == [measured[k] for k in ("value", "low", "high")]
    assert card.shippable
    assert any(source.licence == "MIT" for source in card.sources)
    calibration = json.loads((tmp_path / "out" / CALIBRATION).read_text())
    assert calibration["n_teeth"] > 10
    assert json.loads((tmp_path / "results.json").read_text())["synthetic"]["groups"] == figures["synthetic"]["groups"]
