"""Landmarks of made-up arches: on the teeth, where their names say, at the gum's height, mirrored with the teeth."""

import numpy as np
import pytest

from typodont.anatomy.landmarks import DENTITION_LANDMARKS, DENTITION_TEETH, landmark_tooth, tooth_points
from typodont.synth.arch_landmarks import GUM_POINTS, arch_landmarks, crown_points, landmark_rows, tooth_landmarks
from typodont.synth.atlas import load_atlas
from typodont.synth.dentition import make_dentition
from typodont.synth.height_map import HeightMap
from typodont.synth.tooth_plan import ArchStyle


@pytest.fixture(scope="module")
def arch():
    rng = np.random.default_rng(4)
    return make_dentition(rng, "upper", ArchStyle(mixed=0, erupting=0, wisdom=1, no_second_molars=0, crowding_sd=0))


def flat_gum(height: float) -> HeightMap:
    grid = np.full((140, 140), height)
    return HeightMap(np.array([-70.0, -70.0]), 1.0, grid, grid, grid)


@pytest.mark.parametrize("number", range(1, 8))
@pytest.mark.parametrize("jaw", ["upper", "lower"])
def test_points_are_different_visible_vertices_at_their_sides(jaw, number):
    points, template = crown_points(jaw, number), load_atlas()[jaw, number]
    assert tuple(points) == tooth_points(10 * (1 if jaw == "upper" else 4) + number)
    bases = [point.base for point in points.values()]
    assert len(set(bases)) == len(bases)
    assert not template.cap[bases].any()
    at = {name: template.vertices[point.base] for name, point in points.items()}
    assert at["mesial"][0] > 0 > at["distal"][0]
    assert at["facial gum"][1] > 0 > at["lingual gum"][1]
    assert at["facial gum mesial"][0] > at["facial gum"][0] > at["facial gum distal"][0]
    for name in GUM_POINTS:
        step = template.vertices[points[name].tip] - at[name]
        assert step[2] > 0.5
        assert 1.4 < np.linalg.norm(step) < 2.6


def test_rows_follow_the_names():
    for fdi in DENTITION_TEETH:
        assert {landmark_tooth(name) for name in DENTITION_LANDMARKS[landmark_rows(fdi)]} == {fdi}


def test_only_the_archs_own_teeth_have_landmarks(arch):
    found = arch_landmarks(arch, flat_gum(-50.0))
    present = {arch.fdi(tooth) for tooth in arch.teeth}
    for fdi in DENTITION_TEETH:
        assert np.isfinite(found[landmark_rows(fdi)]).all() == (fdi in present)
        assert np.isnan(found[landmark_rows(fdi)]).all() == (fdi not in present)


def test_gum_points_lie_at_the_gums_height(arch):
    tooth = next(tooth for tooth in arch.teeth if tooth.number == 6)
    neck = tooth.vertices[crown_points("upper", 6)["facial gum"].base, 2]
    places = tooth_landmarks("upper", tooth, flat_gum(neck + 0.8))
    assert places["facial gum"][2] == pytest.approx(neck + 0.8, abs=1e-6)
    assert places["mesial"][2] == tooth_landmarks("upper", tooth, flat_gum(-50.0))["mesial"][2]


def test_landmarks_move_with_the_jaw(arch):
    place = np.array([[-1.0, 0, 0, 3], [0, 1, 0, -2], [0, 0, -1, 9], [0, 0, 0, 1]])
    gum = flat_gum(-50.0)
    still, moved = arch_landmarks(arch, gum), arch_landmarks(arch, gum, place=place)
    np.testing.assert_allclose(moved, still * [-1, 1, -1] + [3, -2, 9])
