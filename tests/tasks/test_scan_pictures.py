import io

import numpy as np
import pytest
from PIL import Image

from typodont.anatomy import COLORS
from typodont.tasks.scan_pictures import UNCERTAIN_HALO, View, label_colors, scan_pictures, to_jpeg

SMALL = (View("occlusal", (240, 200), "Occlusal"), View("right", (240, 120), "Right"), View("left", (240, 120), "Left"))


def near(picture: np.ndarray, fdi: int) -> np.ndarray:
    """(h, w) bool: pixels whose hue is that of a tooth's colour."""
    pixels = picture.astype(float)
    color = label_colors(np.array([fdi]))[0].astype(float)
    cosine = pixels @ color / np.maximum(np.linalg.norm(pixels, axis=2), 1) / np.linalg.norm(color)
    return cosine > 0.997


def test_colours_come_from_the_one_table():
    labels = np.array([0, 36, 36, 11])
    assert (label_colors(labels, soften=0) == np.array([COLORS[0], COLORS[36], COLORS[36], COLORS[11]])).all()
    assert (label_colors(labels) >= label_colors(labels, soften=0)).all()
    assert label_colors(np.array([99])).tolist() == label_colors(np.array([98])).tolist()  # unknown: grey


def test_right_teeth_of_an_upper_scan_are_on_the_left_of_the_picture(bumpy_arch):
    picture = scan_pictures(bumpy_arch, bumpy_arch.vertex_attributes["label"], jaw="upper", views=SMALL)["occlusal"]
    columns = [np.flatnonzero(near(picture, fdi).any(axis=0)).mean() for fdi in (17, 23)]
    assert columns[0] < 100 < 140 < columns[1]


def test_side_views_have_their_side_in_front(bumpy_arch):
    pictures = scan_pictures(bumpy_arch, bumpy_arch.vertex_attributes["label"], jaw="upper", views=SMALL)
    for view, mine, other in (("right", 17, 23), ("left", 23, 17)):
        # seen from slightly below, the teeth of the far side stand lower in the picture
        rows = [np.flatnonzero(near(pictures[view], fdi).any(axis=1)).mean() for fdi in (mine, other)]
        assert rows[0] < rows[1] - 5


def test_doubtful_numbers_have_a_halo_of_their_own(bumpy_arch):
    labels = bumpy_arch.vertex_attributes["label"]
    sure = scan_pictures(bumpy_arch, labels, jaw="upper", views=SMALL[:1])["occlusal"]
    doubtful = scan_pictures(bumpy_arch, labels, jaw="upper", texts={16: "16?"}, views=SMALL[:1])["occlusal"]
    assert (doubtful == UNCERTAIN_HALO).all(axis=2).sum() > 2
    assert not (sure == UNCERTAIN_HALO).all(axis=2).any()


def test_a_scan_without_teeth_is_shown_whole(bumpy_arch):
    picture = scan_pictures(bumpy_arch, np.zeros(len(bumpy_arch.vertices), dtype=int), jaw="lower", views=SMALL[:1])
    assert (picture["occlusal"] != 255).any(axis=2).mean() > 0.6


def test_jpeg_keeps_the_picture(bumpy_arch):
    picture = scan_pictures(bumpy_arch, bumpy_arch.vertex_attributes["label"], jaw="upper", views=SMALL[:1])["occlusal"]
    again = np.asarray(Image.open(io.BytesIO(to_jpeg(picture))))
    assert again.shape == picture.shape
    assert np.abs(again.astype(int) - picture).mean() == pytest.approx(0, abs=3)
