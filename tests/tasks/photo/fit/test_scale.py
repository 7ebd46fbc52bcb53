"""What is known about sizes, and what cannot be."""

from __future__ import annotations

import numpy as np
import pytest

from typodont.errors import ConfigError, LabelError
from typodont.tasks.photo.scale import ruler, scale_source, tooth_width
from typodont.tasks.photo.seen import SeenLandmarks

NAMES = ("11 mesial", "11 distal", "12 mesial", "12 distal")


@pytest.fixture
def photo(mouths):
    return SeenLandmarks(np.zeros((4, 2)), np.ones(4), mouths.size, "upper")


def test_the_source_is_said(photo):
    assert scale_source([])["source"] == "mean anatomy"
    known = [tooth_width(11, 8.7, NAMES), ruler(photo, 0, ((10, 10), (110, 10)), 20)]
    assert scale_source(known)["source"] == "tooth width and ruler"
    assert scale_source(known)["words"] == "size known: tooth 11 is 8.7 mm wide, a ruler of 20 mm"


def test_what_the_model_cannot_express_of_both_ends_makes_a_width_softer():
    assert tooth_width(11, 8.7, NAMES).spread_mm == pytest.approx(0.15)
    assert tooth_width(11, 8.7, NAMES, misfit_mm=0.2).spread_mm == pytest.approx((0.15**2 + 2 * 0.2**2) ** 0.5)


@pytest.mark.parametrize("mm", [0.0, 1.9, 87.0, float("nan")])
def test_no_width_of_a_tooth(mm):
    with pytest.raises(ConfigError, match="mm wide, expected 2 to 16"):
        tooth_width(11, mm, NAMES)


def test_a_tooth_without_landmarks():
    with pytest.raises(LabelError, match="no landmark '18 mesial' for the width of tooth 18"):
        tooth_width(18, 10.0, NAMES)


def test_no_ruler(photo):
    with pytest.raises(ConfigError, match="expected two places in it at least 15 pixels apart"):
        ruler(photo, 0, ((10, 10), (12, 10)), 20)
    with pytest.raises(ConfigError, match="in a picture of 640 x 480 pixels"):
        ruler(photo, 0, ((10, 10), (700, 10)), 20)
    with pytest.raises(ConfigError, match="the ruler is said to be 0 mm"):
        ruler(photo, 0, ((10, 10), (110, 10)), 0)
