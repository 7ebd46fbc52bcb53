from dataclasses import replace

import numpy as np
import pytest
from PIL import ExifTags, Image

from typodont.errors import FormatError
from typodont.geometry.mesh import Mesh
from typodont.geometry.pinhole import Pinhole
from typodont.records.exif_focal import read_focal_px
from typodont.records.landmarked_photo import (
    LandmarkedPhoto,
    find_landmarked_photos,
    read_landmarked_photo,
    write_landmarked_photo,
)


@pytest.fixture
def photo():
    pixels = np.full((30, 40, 3), (200, 120, 60), np.uint8)
    camera = Pinhole(50.0, np.array([19.5, 14.5]), (40, 30), np.eye(3), np.array([0.0, 0, 100]), -0.1, 0.01)
    points_mm = np.array([[1.0, 2.0, 0.0], [np.nan] * 3, [90.0, 0, 0]])
    mesh = Mesh(np.eye(3), np.array([[0, 1, 2]]), {"label": np.array([11, 11, 0])})
    return LandmarkedPhoto(
        "one",
        pixels,
        "dentition",
        "upper",
        ("11 mesial", "12 mesial", "13 mesial"),
        camera.project(points_mm),
        np.array([True, False, False]),
        camera,
        points_mm,
        mesh,
        "somebody",
        {"look": "phone"},
    )


def test_comes_back_as_it_was(photo, tmp_path):
    path = write_landmarked_photo(photo, tmp_path, quality=95, focal_px=50.0)
    assert find_landmarked_photos(tmp_path) == [path]
    back = read_landmarked_photo(path)
    assert back.points == pytest.approx(photo.points, abs=1e-3, nan_ok=True)
    assert back.points_mm == pytest.approx(photo.points_mm, abs=1e-4, nan_ok=True)
    assert (back.visible == photo.visible).all()
    assert back.camera.project(back.points_mm) == pytest.approx(back.points, abs=2e-3, nan_ok=True)
    for name in ("name", "subject", "view", "names", "patient", "remarks"):
        assert getattr(back, name) == getattr(photo, name)
    assert np.abs(back.pixels().astype(int) - photo.pixels()).max() <= 3
    assert back.surface().vertex_attributes["label"].tolist() == [11, 11, 0]


def test_what_is_not_known_stays_unknown(photo, tmp_path):
    marked = replace(photo, camera=None, points_mm=None, mesh=None)
    back = read_landmarked_photo(write_landmarked_photo(marked, tmp_path))
    assert back.camera is None
    assert back.points_mm is None
    assert back.surface() is None
    assert read_focal_px(back.image) is None


def test_focal_length_in_the_exif_data(photo, tmp_path):
    # whole mm for film with a diagonal of 43.27 mm: 1200 px in a diagonal of 50 px would be 1038 mm, 32.36 px 28 mm
    back = read_landmarked_photo(write_landmarked_photo(photo, tmp_path, focal_px=32.5))
    assert read_focal_px(back.image) == pytest.approx(28 / np.hypot(36, 24) * 50)


@pytest.mark.parametrize("value", [0, 65535])
def test_senseless_focal_lengths_are_not_believed(value, tmp_path):
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.FocalLengthIn35mmFilm] = value
    Image.new("RGB", (8, 8)).save(tmp_path / "odd.jpg", exif=exif)
    assert read_focal_px(tmp_path / "odd.jpg") is None


def test_a_truth_that_broke_off_is_no_photograph(photo, tmp_path):
    path = write_landmarked_photo(photo, tmp_path)
    path.write_text('{"subject": "dentition"}')
    with pytest.raises(FormatError, match=r"one\.json: found no truth of a photograph"):
        read_landmarked_photo(path)
    (tmp_path / "images" / "one.jpg").unlink()
    with pytest.raises(FormatError, match="found no picture"):
        read_landmarked_photo(path)


def test_an_empty_folder(tmp_path):
    with pytest.raises(FormatError, match="found no landmarked photograph"):
        find_landmarked_photos(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"subject": "dog"}, "found the subject 'dog', expected one of dentition, palate"),
        ({"view": "above"}, "found the view 'above'"),
        ({"points": np.zeros((2, 2))}, r"found points of shape \(2, 2\), expected \(3, 2\)"),
        ({"points_mm": np.zeros((3, 2))}, "found points_mm of shape"),
        ({"visible": np.array([True, True, False])}, "found a visible landmark without a place"),
    ],
)
def test_what_makes_no_photograph(photo, changes, message):
    with pytest.raises(FormatError, match=message):
        replace(photo, **changes)
