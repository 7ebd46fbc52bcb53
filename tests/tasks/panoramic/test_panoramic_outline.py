"""Outlines on the picture's own pixels, the way a picture lies, and the picture for people."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from typodont import anatomy
from typodont.datasets.panoramic_canvas import fit_canvas
from typodont.records import Tooth
from typodont.tasks.panoramic.decode import number_teeth
from typodont.tasks.panoramic.find import find_instances
from typodont.tasks.panoramic.orientation import Orientation
from typodont.tasks.panoramic.outline import draw_teeth
from typodont.tasks.panoramic.overlay import draw_overlay
from typodont.tasks.panoramic.result import outlines_of


def drawn(picture, shape, evidence=None):
    """Outlines on a picture of some shape that fills the canvas."""
    evidence = evidence or picture.evidence()
    placement = fit_canvas(np.random.default_rng(0).random(shape))[1]
    found = number_teeth(evidence, find_instances(evidence))
    return draw_teeth(evidence.tooth, found, placement)


def dice(a, b):
    return 2 * np.count_nonzero(a & b) / (np.count_nonzero(a) + np.count_nonzero(b))


@pytest.mark.parametrize("shape", [(512, 1024), (1024, 2048), (300, 600)])
def test_outlines_have_the_size_of_the_picture_and_the_shape_of_the_teeth(dentition, shape):
    picture = dentition((17, 16, 13, 12, 11, 21, 33, 36, 46))
    labels, sure = drawn(picture, shape)
    assert labels.shape == shape
    assert labels.dtype == np.uint8
    rows, columns = (((np.arange(n) + 0.5) * g / n).astype(int) for n, g in zip(shape, (256, 512), strict=True))
    truth = picture.label_map()[rows[:, None], columns]
    assert min(dice(truth == fdi, labels == fdi) for fdi in picture.teeth) > 0.95
    assert set(np.unique(labels)) == {0, *picture.teeth}
    assert (sure > 0.8).all()


def test_outlines_on_a_squeezed_picture(dentition):
    picture = dentition((16, 11, 21, 36, 46))
    labels, _ = drawn(picture, (512, 512))
    wide, squeezed = outlines_of(drawn(picture, (512, 1024))[0]), outlines_of(labels)
    for fdi in picture.teeth:
        # 1.8 : 1 on a canvas of 2 : 1, so the picture is 922 pixels wide there
        assert squeezed[fdi].box[2] == pytest.approx(wide[fdi].box[2] * 512 / 922, abs=1.5)
        assert squeezed[fdi].box[3] == pytest.approx(wide[fdi].box[3], abs=1.5)


def test_each_tooth_is_one_piece_without_holes(dentition):
    picture = dentition((16, 36))
    evidence = picture.evidence()
    rows, columns = (int(v.mean()) for v in np.nonzero(picture.label_map() == 16))
    evidence.tooth[rows - 1 : rows + 2, columns - 1 : columns + 2] = 0.1
    labels, _ = drawn(picture, (512, 1024), evidence)
    for fdi in (16, 36):
        mask = labels == fdi
        assert ndimage.label(mask)[1] == 1
        assert np.array_equal(ndimage.binary_fill_holes(mask), mask)


def test_rejected_pieces_are_not_drawn(dentition):
    evidence = dentition((16, 11)).evidence()
    found = number_teeth(evidence, find_instances(evidence))
    placement = fit_canvas(np.random.default_rng(0).random((512, 1024)))[1]
    rejected = type(found)(found.instances, {"upper": found.rows["lower"]}, found.scale, found.midline)
    labels, sure = draw_teeth(evidence.tooth, rejected, placement)
    assert not labels.any()
    assert not sure.any()


@given(turns=st.integers(-4, 7), mirrored=st.booleans(), shape=st.tuples(st.integers(1, 6), st.integers(1, 6)))
def test_orientation_finds_its_way_back(turns, mirrored, shape):
    picture = np.arange(shape[0] * shape[1]).reshape(shape)
    orientation = Orientation(turns, mirrored)
    assert np.array_equal(orientation.back(orientation.upright(picture)), picture)
    assert orientation.usual == (turns % 4 == 0 and not mirrored)


def test_orientation_turns_counter_clockwise_then_mirrors():
    picture = np.array([[1, 2], [3, 4]])
    assert Orientation(2).upright(picture).tolist() == [[4, 3], [2, 1]]
    assert Orientation(1).upright(picture).tolist() == [[2, 4], [1, 3]]
    assert Orientation(0, mirrored=True).upright(picture).tolist() == [[2, 1], [4, 3]]


def test_outline_of_a_rectangle():
    labels = np.zeros((20, 30), dtype=np.uint8)
    labels[4:8, 10:20] = 36
    outline = outlines_of(labels)[36]
    assert outline.area_px == 40
    assert outline.centre_px == (14.5, 5.5)
    assert outline.box == (10, 4, 10, 4)
    assert list(outlines_of(labels)) == [36]


def test_overlay_tints_teeth_and_enlarges_small_pictures(dentition):
    picture = dentition((16, 36))
    labels = picture.label_map()
    grey = np.full(labels.shape, 0.5)
    teeth = [Tooth(16, 0.99), Tooth(36, 0.3)]
    overlay = draw_overlay(grey, labels, teeth)
    assert overlay.dtype == np.uint8
    assert overlay.shape == (2 * labels.shape[0], 2 * labels.shape[1], 3)
    plain = draw_overlay(grey, np.zeros_like(labels), [])
    assert np.unique(plain).tolist() == [127]
    changed = (overlay != plain).any(axis=-1)
    where = np.repeat(np.repeat(labels > 0, 2, axis=0), 2, axis=1)
    assert changed[where].mean() > 0.95
    assert changed[~ndimage.binary_dilation(where, iterations=8)].mean() < 0.01
    border = overlay[np.nonzero(changed)[0][0], np.nonzero(changed)[1][0]]
    assert np.abs(border.astype(int) - anatomy.COLORS[16]).max() < 40


def test_overlay_of_a_large_picture_keeps_its_size():
    labels = np.zeros((1024, 2041), dtype=np.uint8)
    assert draw_overlay(np.zeros(labels.shape), labels, []).shape == (1024, 2041, 3)
