"""Frames of outlined teeth: truths on drawn shapes, and that one tooth's places are found in another."""

from __future__ import annotations

import numpy as np
import pytest

from typodont.synth.xray.real_tooth import ToothFrame, frame_between, frame_of

SHAPE = (120, 100)
ROWS, COLUMNS = np.mgrid[: SHAPE[0], : SHAPE[1]]


def leaning(slope: float, half: float = 12.0) -> np.ndarray:
    """A bar 81 rows high whose middle moves `slope` columns a row."""
    middle = 50 + slope * (ROWS - 60)
    return (np.abs(COLUMNS - middle) <= half) & (np.abs(ROWS - 60) <= 40)


def tooth() -> np.ndarray:
    """A lower tooth: a wide crown at the top, a root that ends in a point."""
    half = np.where(ROWS < 50, 14.0, 14.0 * (100 - ROWS) / 50)
    return (np.abs(COLUMNS - 50) <= half) & (ROWS >= 20) & (ROWS < 100)


def framed(mask: np.ndarray, *, upper: bool = False, mesial_right: bool = True) -> ToothFrame:
    frame = frame_of(mask, upper=upper, mesial_right=mesial_right)
    assert frame is not None
    return frame


@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("mesial_right", [False, True])
def test_an_upright_bar(upper, mesial_right):
    frame = framed(leaning(0.0), upper=upper, mesial_right=mesial_right)
    assert frame.length == pytest.approx(81)
    assert frame.width == pytest.approx(25, abs=0.5)
    np.testing.assert_allclose(frame.foot, (19.5, 50) if upper else (100.5, 50), atol=0.6)
    np.testing.assert_allclose(frame.top, (100.5, 50) if upper else (19.5, 50), atol=0.6)
    assert frame.mesial.tolist() == pytest.approx([0, 1 if mesial_right else -1])


@pytest.mark.parametrize("slope", [-0.6, -0.2, 0.3, 0.7])
def test_the_axis_leans_with_the_tooth(slope):
    frame = framed(leaning(slope))
    along = frame.up / frame.length
    np.testing.assert_allclose(along, -np.array([1, slope]) / np.hypot(1, slope), atol=0.02)
    assert frame.mesial @ frame.up == pytest.approx(0, abs=1e-9)


def test_teeth_that_lie_and_scraps_have_no_frame():
    assert frame_of(leaning(1.4, half=8), upper=False, mesial_right=True) is None
    assert frame_of(ROWS == 4, upper=False, mesial_right=True) is None


def test_borders_are_at_one():
    frame = framed(tooth())
    height, across = frame.local(np.array([[35.0, 64.5], [35.0, 35.5], [75.0, 57.5], [35.0, 50.0]]))
    np.testing.assert_allclose(across, [1, -1, 1, 0], atol=0.12)
    np.testing.assert_allclose(height, [0.81, 0.81, 0.31, 0.81], atol=0.02)


def test_there_and_back():
    frame = framed(tooth() & leaning(0.1, half=30), mesial_right=False)
    rng = np.random.default_rng(0)
    height, across = rng.uniform(0, 1, 50), rng.uniform(-1, 1, 50)
    np.testing.assert_allclose(frame.local(frame.points(height, across)), (height, across), atol=1e-9)


def test_the_place_in_one_tooth_is_that_in_its_mirror_image():
    one, other = framed(tooth()), framed(tooth()[:, ::-1], mesial_right=False)
    height, across = np.array([0.2, 0.6, 0.9]), np.array([-0.5, 0.3, 0.8])
    mirrored = other.points(height, across)
    mirrored[:, 1] = SHAPE[1] - 1 - mirrored[:, 1]
    np.testing.assert_allclose(one.points(height, across), mirrored, atol=1e-6)


def test_a_moved_tooth_fits_its_gap_or_is_refused():
    frame = framed(tooth())
    gap = frame_between(np.array([100.0, 20.0]), np.array([60.0, 20.0]), width=14.0, mesial_right=True)
    there = frame.moved(gap)
    assert there is not None
    assert there.length == pytest.approx(40)
    assert there.width == pytest.approx(14, abs=1)  # half as large as before, so that it just fits
    narrow = frame_between(np.array([100.0, 20.0]), np.array([60.0, 20.0]), width=9.0, mesial_right=True)
    assert frame.moved(narrow) is None
