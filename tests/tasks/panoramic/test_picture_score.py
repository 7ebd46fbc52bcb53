"""Figures of one made-up panoramic with known faults, worked out by hand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from typodont.records import LabelledPanoramic, LabelledTooth, find_labelled_panoramics
from typodont.tasks.panoramic.picture_score import FIGURES, figures_of, pixel_size

HEIGHT, WIDTH = 40, 80


def block(left: int, *, width: int = 10, top: int = 10, height: int = 10) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), dtype=bool)
    mask[top : top + height, left : left + width] = True
    return mask


def panoramic(teeth: dict[int, np.ndarray], *, aspect: float | None = None) -> LabelledPanoramic:
    labelled = tuple(LabelledTooth(fdi, mask) for fdi, mask in teeth.items())
    return LabelledPanoramic("made up", Path("made_up.png"), (HEIGHT, WIDTH), labelled, aspect)


def label_map(teeth: dict[int, np.ndarray]) -> np.ndarray:
    labels = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    for fdi, mask in teeth.items():
        labels[mask] = fdi
    return labels


TRUE = {16: block(0), 15: block(12), 14: block(24), 13: block(36)}


def test_a_perfect_prediction_is_perfect():
    figures, teeth = figures_of(panoramic(TRUE), label_map(TRUE))
    assert tuple(figures) == FIGURES
    assert figures.pop("errors") == 0
    assert set(figures.values()) == {1.0}
    assert teeth.wrong_teeth() == []


def test_known_faults_by_hand():
    # 16 right but 2 columns short, 15 and 14 swapped, 13 missed, 12 made up where nothing is.
    found = {16: block(0, width=8), 14: block(12), 15: block(24), 12: block(60)}
    figures, teeth = figures_of(panoramic(TRUE), label_map(found))
    # 280 of 300 + 80 pixels of a tooth: 300 found, 400 true, 380 predicted in all, 280 in both
    assert figures["binary_iou"] == pytest.approx(280 / (400 + 380 - 280))
    assert figures["binary_dice"] == pytest.approx(2 * 280 / (400 + 380))
    dice_16 = 2 * 80 / (100 + 80)
    assert figures["tooth_dice"] == pytest.approx((dice_16 + 0 + 0 + 0) / 4)
    assert figures["tooth_dice_of_found"] == pytest.approx((dice_16 + 1 + 1) / 3)
    # five numbers on either side: 16 has 80 of 100, the others nothing
    assert figures["macro_iou"] == pytest.approx(0.8 / 5)
    assert figures["instance_iou"] == pytest.approx(0.8 / 5)
    assert figures["instance_dice"] == pytest.approx(dice_16 / 5)
    # wrong pixels: 20 of 16, 100 each of 15, 14, 13 and 12
    assert figures["pixel_accuracy"] == pytest.approx(1 - 420 / (HEIGHT * WIDTH))
    assert figures["errors"] == 4
    assert figures["perfect_chart"] == 0
    assert (teeth.n_true, teeth.n_predicted, len(teeth.pairs), len(teeth.right_pairs)) == (4, 4, 3, 1)
    assert figures["identification_accuracy"] == pytest.approx(1 / 7)
    assert figures["panoptic_quality"] == pytest.approx(2 * 0.8 / 8)


def test_overlapping_truth_keeps_both_teeth_as_wholes_and_resolves_the_map():
    # 16 and 15 share 4 columns; a map can give each column to one of them only.
    truth = panoramic({16: block(0, width=12), 15: block(8, width=12)})
    resolved = truth.label_map()
    figures, teeth = figures_of(truth, resolved)
    assert figures["errors"] == 0
    assert figures["tooth_dice"] == 1.0
    assert figures["binary_dice"] == 1.0
    shared = np.count_nonzero(resolved == 16), np.count_nonzero(resolved == 15)
    assert sum(shared) == 200
    assert figures["instance_iou"] == pytest.approx(np.mean([n / 120 for n in shared]))
    assert teeth.right_number == 1.0


def test_without_a_prediction_everything_is_zero_and_every_tooth_an_error():
    figures, teeth = figures_of(panoramic(TRUE), None)
    assert figures.pop("errors") == 4
    assert set(figures.values()) == {0.0}
    assert teeth.n_predicted == 0


def test_a_jaw_without_teeth():
    nothing = np.zeros((HEIGHT, WIDTH), dtype=np.uint8)
    figures, _ = figures_of(panoramic({}), nothing)
    assert figures["perfect_chart"] == 1.0
    assert figures["errors"] == 0
    assert figures["binary_dice"] == 1.0
    assert math.isnan(figures["tooth_dice"])
    made_up, _ = figures_of(panoramic({}), label_map(TRUE))
    assert made_up["errors"] == 4
    assert made_up["macro_iou"] == 0.0


def test_distances_are_measured_in_the_true_proportions():
    # 80 columns are 1000 thousandths; a squeezed picture that truly is four times as wide as high has lower pixels.
    assert pixel_size(panoramic(TRUE)) == (12.5, 12.5)
    assert pixel_size(panoramic(TRUE, aspect=4.0)) == (6.25, 12.5)


@pytest.mark.realdata
@pytest.mark.parametrize("data", ["panoramic_ufba/val.json", "panoramic_hitl"])
def test_the_truth_of_real_pictures_is_right_by_its_own_measure(real_data, data):
    for picture in find_labelled_panoramics(real_data / data)[:2]:
        truth = picture.read()
        figures, teeth = figures_of(truth, truth.label_map())
        assert teeth.n_true > 5
        assert figures["errors"] == 0
        assert figures["tooth_dice"] == figures["binary_nsd"] == 1.0
        # teeth overlap in the COCO file, so a map can only come near it
        assert 0.95 < figures["instance_dice"] <= 1.0
