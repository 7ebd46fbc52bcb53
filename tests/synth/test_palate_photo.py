"""Photographs of infants' palates: what shows, where it is, and what is in the way."""

from __future__ import annotations

import numpy as np
import pytest

from typodont.anatomy.landmarks import PALATE_LANDMARKS
from typodont.geometry.mesh import Mesh
from typodont.records.landmarked_photo import LandmarkedPhoto
from typodont.synth.cleft.anatomy import MaxillaAnatomy, draw_anatomy
from typodont.synth.cleft.surface import maxilla_surface
from typodont.synth.cleft.template import REGIONS
from typodont.synth.photo.handheld import Aim, draw_handheld
from typodont.synth.photo.infant import infant_scene
from typodont.synth.photo.look import CLINIC
from typodont.synth.photo.palate_photo import make_palate_photo
from typodont.synth.photo.scene import Scene
from typodont.synth.photo.soft import LipCleft, make_funnel
from typodont.synth.photo.viewpoint import Viewpoint
from typodont.synth.photo_options import LandmarkedOptions

OPTIONS = LandmarkedOptions(longest=96)


@pytest.fixture(scope="module")
def photos() -> list[LandmarkedPhoto]:
    return [make_palate_photo(2, index, OPTIONS).photo for index in range(3)]


def test_landmarks_lie_on_the_surface_and_in_the_picture(photos: list[LandmarkedPhoto]):
    for photo in photos:
        assert photo.camera is not None
        assert photo.points_mm is not None
        np.testing.assert_allclose(photo.camera.project(photo.points_mm), photo.points, atol=1e-6)
        mesh = photo.surface()
        assert mesh is not None
        away = np.linalg.norm(mesh.vertices[:, None] - photo.points_mm, axis=2).min(axis=0)
        assert away.max() == 0
        assert photo.visible.sum() > 15
        assert photo.image.shape[:2] == photo.camera.size[::-1]  # type: ignore[union-attr]


def test_the_patients_right_is_at_the_left_and_the_front_is_up(photos: list[LandmarkedPhoto]):
    right = np.array([name.startswith("right") for name in PALATE_LANDMARKS])
    left = np.array([name.startswith("left") for name in PALATE_LANDMARKS])
    back = np.array(["tuberosity" in name for name in PALATE_LANDMARKS])
    front = np.array(["premaxilla" in name for name in PALATE_LANDMARKS])
    for photo in photos:
        assert photo.points[right, 0].mean() < photo.points[left, 0].mean()
        assert photo.points[front, 1].mean() < photo.points[back, 1].mean()


def test_pictures_of_one_infant_show_one_jaw():
    first, second = (
        make_palate_photo(2, index, LandmarkedOptions(longest=96, views=2, meshes=False)).photo for index in (0, 1)
    )
    assert first.patient == second.patient
    np.testing.assert_array_equal(first.points_mm, second.points_mm)
    assert not np.allclose(first.points, second.points)
    assert first.mesh is None


def scene(kind: str) -> tuple[Scene, Mesh, MaxillaAnatomy, Viewpoint]:
    rng = np.random.default_rng(4)
    anatomy = draw_anatomy(rng, kind)
    jaw = maxilla_surface(anatomy)
    aim = Aim("palate", ("upper",), jaw.vertices, np.array([0.0, 0, 1]), np.array([0.0, 1, 0]))
    viewpoint = draw_handheld(rng, aim, CLINIC, longest=96)
    return infant_scene(rng, anatomy, jaw, viewpoint, CLINIC), jaw, anatomy, viewpoint


def test_the_jaw_stays_as_it_is_and_a_cleft_is_red():
    for kind, least in (("intact", 0), ("bilateral", 60)):
        made, jaw, _, _ = scene(kind)
        palate = next(part for part in made.parts if part.kind == "palate")
        n = len(jaw.vertices)
        np.testing.assert_array_equal(palate.mesh.vertices[:n], jaw.vertices)
        np.testing.assert_array_equal(palate.mesh.faces[: len(jaw.faces)], jaw.faces)
        inner = np.isin(jaw.vertex_attributes["label"], [REGIONS.index("cleft floor"), REGIONS.index("vomer")])
        red = (palate.extra[:n] > 0.7) & inner
        assert red.sum() >= least
        assert red.any() == bool(least)
        assert palate.extra.max() <= 1


def test_a_cleft_lip_opens_the_mouth_there_only():
    _, jaw, _, viewpoint = scene("unilateral left")
    whole, cleft = (
        make_funnel(np.random.default_rng(0), viewpoint, jaw.vertices, clefts)
        for clefts in ((), (LipCleft(1.2, 0.2, 6.0),))
    )
    moved = np.linalg.norm(cleft.mesh.vertices - whole.mesh.vertices, axis=1)
    lips = (whole.along > 0) & (whole.along < 5)
    at = lips & (np.abs(whole.angle - 1.2) < 0.05)
    assert moved[at].max() == pytest.approx(6.0, abs=0.3)
    assert moved[np.abs(whole.angle - 1.2) > 0.5].max() < 1e-3
    assert moved[whole.along < -4].max() == 0
