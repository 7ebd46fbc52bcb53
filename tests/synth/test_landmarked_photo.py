"""Photographs with landmarks: truths about places, sides, frames and files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from typodont.anatomy.landmarks import DENTITION_LANDMARKS, landmark_jaw, landmark_tooth
from typodont.cli.synth import SynthPhoto
from typodont.errors import ConfigError
from typodont.geometry.camera import look_rotation
from typodont.geometry.mesh import Mesh
from typodont.geometry.pinhole import Pinhole, middle_px
from typodont.geometry.rays import RayScene
from typodont.geometry.registration import apply, fit_rigid, rotation_about
from typodont.records.landmarked_photo import LandmarkedPhoto, find_landmarked_photos, read_landmarked_photo
from typodont.synth.photo.bent_camera import BentCamera
from typodont.synth.photo.dentition_photo import VIEWS, make_dentition_photo
from typodont.synth.photo.landmarked import moved_camera, visible
from typodont.synth.photo.mirror import Mirror
from typodont.synth.photo.write_landmarked import write_landmarked_photos
from typodont.synth.photo_options import LandmarkedOptions

SEED = 5
FIVE = LandmarkedOptions(longest=96, views=5)
JAW = np.array([landmark_jaw(name) for name in DENTITION_LANDMARKS])


@pytest.fixture(scope="module")
def record() -> dict[str, LandmarkedPhoto]:
    """The five views of one patient."""
    return {view: make_dentition_photo(SEED, index, FIVE).photo for index, view in enumerate(VIEWS)}


def known(photo: LandmarkedPhoto) -> np.ndarray:
    return np.isfinite(photo.points).all(axis=1)


@pytest.mark.slow
def test_the_camera_takes_the_points_to_their_pixels(record: dict[str, LandmarkedPhoto]):
    for view, photo in record.items():
        assert photo.view == view
        assert photo.camera is not None
        assert photo.points_mm is not None
        np.testing.assert_allclose(photo.camera.project(photo.points_mm), photo.points, atol=1e-6)
        width, height = photo.camera.size
        assert photo.image.shape == (height, width, 3)  # type: ignore[union-attr]
        seen = photo.points[photo.visible]
        assert len(seen) > 25
        assert (seen >= -0.5).all()
        assert (seen <= (width - 0.5, height - 0.5)).all()


@pytest.mark.slow
def test_only_the_jaws_that_show_have_landmarks(record: dict[str, LandmarkedPhoto]):
    for view, photo in record.items():
        for jaw in ("upper", "lower"):
            there = known(photo)[jaw == JAW].any()
            assert there == (view not in ("upper", "lower") or view == jaw)
        numbers = set(np.unique(photo.surface().vertex_attributes["label"]).tolist())  # type: ignore[union-attr]
        marked = {landmark_tooth(name) for name, there in zip(photo.names, known(photo), strict=True) if there}
        assert numbers == marked


@pytest.mark.slow
def test_all_views_show_one_patient(record: dict[str, LandmarkedPhoto]):
    """Upper teeth stand where they stood; lower ones of the picture of the lower jaw are moved as one piece."""
    front, upper, lower = (record[view].points_mm for view in ("front", "upper", "lower"))
    assert len({photo.patient for photo in record.values()}) == 1
    there = known(record["upper"])
    np.testing.assert_allclose(front[there], upper[there], atol=1e-9)
    there = known(record["lower"])
    motion = fit_rigid(lower[there], front[there])
    assert np.abs(apply(motion, lower[there]) - front[there]).max() < 1e-6
    assert lower[there][:, 1].mean() == pytest.approx(0, abs=25)
    tips = [i for i, name in enumerate(DENTITION_LANDMARKS) if "cusp" in name and there[i]]
    necks = [i for i, name in enumerate(DENTITION_LANDMARKS) if name.endswith("gum") and there[i]]
    assert lower[tips, 2].mean() > lower[necks, 2].mean() + 2  # occlusal is up in a lower jaw's own frame


@pytest.mark.slow
def test_the_patients_right_is_at_the_left_and_upper_teeth_above(record: dict[str, LandmarkedPhoto]):
    photo = record["front"]
    x, y = photo.points.T
    side = np.array([landmark_tooth(name) // 10 in (1, 4) for name in photo.names])  # type: ignore[operator]
    assert np.nanmean(x[side]) < np.nanmean(x[~side])
    assert np.nanmean(y[JAW == "upper"]) < np.nanmean(y[JAW == "lower"])
    assert np.nanmean(record["upper"].points[side, 0]) < np.nanmean(record["upper"].points[~side, 0])
    assert np.nanmean(record["lower"].points[side, 0]) < np.nanmean(record["lower"].points[~side, 0])


@pytest.mark.slow
def test_what_shows_of_a_tooth_is_lighter_than_the_rest(record: dict[str, LandmarkedPhoto]):
    tips = np.array([name.endswith(("cusp", "edge", "facial")) for name in DENTITION_LANDMARKS])
    for photo in record.values():
        column, row = np.rint(photo.points[photo.visible & tips]).astype(int).T
        assert photo.pixels()[row, column].mean() > photo.pixels().mean()


@pytest.mark.slow
def test_same_numbers_give_the_same_picture(record: dict[str, LandmarkedPhoto]):
    again = make_dentition_photo(SEED, 2, FIVE).photo
    np.testing.assert_array_equal(again.image, record["front"].image)
    np.testing.assert_array_equal(again.points, record["front"].points)


@pytest.mark.slow
def test_fewer_views_of_a_patient_are_different_ones():
    options = LandmarkedOptions(longest=64, views=2, meshes=False)
    pairs = [[make_dentition_photo(SEED, index + turn, options).photo for turn in range(2)] for index in (0, 2)]
    for first, second in pairs:
        assert first.patient == second.patient
        assert first.view != second.view
    assert pairs[0][0].patient != pairs[1][0].patient


@pytest.mark.slow
def test_files_read_back_and_resume(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    options = LandmarkedOptions("clinic", 96, meshes=False)
    SynthPhoto(tmp_path, n=2, seed=SEED, subject="dentition", options=options).run()
    assert "photographs in" in capsys.readouterr().out
    truths = find_landmarked_photos(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in truths}
    assert write_landmarked_photos("dentition", 2, SEED, tmp_path, options=options) == truths
    assert {path: path.stat().st_mtime_ns for path in truths} == before
    for index, path in enumerate(truths):
        photo, truth = read_landmarked_photo(path), make_dentition_photo(SEED, index, options).photo
        assert photo.remarks["look"] == "clinic"
        assert photo.mesh is None
        np.testing.assert_array_equal(photo.visible, truth.visible)
        with Image.open(photo.image) as image:  # type: ignore[arg-type]
            assert image.size == photo.camera.size  # type: ignore[union-attr]


def test_nonsense_is_refused(tmp_path: Path):
    for options, word in (({"longest": 8}, "longest: found 8"), ({"views": 9}, "views: found 9")):
        with pytest.raises(ConfigError, match=word):
            LandmarkedOptions(**options)
    with pytest.raises(ConfigError, match="subject: found 'dog'"):
        write_landmarked_photos("dog", 1, 0, tmp_path)
    with pytest.raises(ConfigError, match="n: found 0"):
        write_landmarked_photos("dentition", 0, 0, tmp_path)
    with pytest.raises(ConfigError, match="--subject dentition or palate only"):
        SynthPhoto(tmp_path, options=LandmarkedOptions(views=5)).run()


@pytest.fixture
def camera() -> Pinhole:
    """100 mm above the origin, looking down."""
    return Pinhole(100.0, middle_px((81, 61)), (81, 61), np.eye(3), np.array([0.0, 0, 100]))


def square(half: float, height: float, x: float = 0.0) -> Mesh:
    corners = np.array([[x - half, -half, height], [x + half, -half, height], [x, half, height]])
    return Mesh(corners, np.array([[0, 1, 2]]))


def test_what_lies_behind_something_or_outside_is_hidden(camera: Pinhole):
    rays = RayScene(square(5, 20))
    points = np.array([[0, 0, 0], [30, 0, 0], [0, 0, 19.6], [0, 0, 19.0], [50, 0, 0], [0, 0, 150], [np.nan] * 3])
    assert visible(rays, camera, points).tolist() == [False, True, True, False, False, False, False]


def test_what_lies_beside_the_mirror_is_hidden(camera: Pinhole):
    rays = RayScene(square(1, -50))
    right_half = Mirror(np.array([[-1.0, 0.0, 0.0]]), 0.0, np.zeros((5, 5, 3)))
    points = np.array([[20.0, 0, 0], [-20.0, 0, 0]])
    assert visible(rays, camera, points, right_half).tolist() == [True, False]


def test_a_camera_moved_with_its_frame_sees_the_same(camera: Pinhole):
    points = np.random.default_rng(0).normal(size=(20, 3)) * 10
    place = rotation_about(np.array([1.0, 2, 3]), 70)
    place[:3, 3] = 5, -3, 20
    own = apply(np.linalg.inv(place), points)
    np.testing.assert_allclose(moved_camera(camera, place).project(own), camera.project(points), atol=1e-9)


def test_bent_rays_go_where_the_pixels_are():
    rotation = look_rotation(np.array([0.2, 0.5, 1.0]), np.array([0.0, 1, 0]))
    pinhole = Pinhole(90.0, np.array([33.0, 20.0]), (64, 48), rotation, 80 * rotation[2], -0.2, 0.05)
    camera = BentCamera.of(pinhole, 80.0)
    origins, directions = camera.rays()
    assert camera.eye == pytest.approx(pinhole.position)
    pixels, height = camera.project(origins + 70 * directions)
    assert pixels == pytest.approx(np.stack([np.arange(64 * 48) % 64, np.arange(64 * 48) // 64], axis=1), abs=1e-3)
    assert (height > 9).all()
    assert camera.rays(supersample=2)[0].shape == (4 * 64 * 48, 3)
