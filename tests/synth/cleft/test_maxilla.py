"""Infant jaws: one topology for all kinds, clefts as wide as drawn and where they belong, mirrored kinds."""

from dataclasses import replace

import numpy as np
import pytest

from typodont.anatomy.landmarks import PALATE_LANDMARKS, mirrored_order
from typodont.geometry.connectivity import boundary_loops
from typodont.synth.cleft.anatomy import CLOSED_MM, KINDS, draw_anatomy
from typodont.synth.cleft.maxilla import Maxilla, make_maxilla
from typodont.synth.cleft.surface import maxilla_surface
from typodont.synth.cleft.template import REGIONS, load_template


def gap(maxilla, side):
    at = dict(zip(PALATE_LANDMARKS, maxilla.landmarks, strict=True))
    return np.linalg.norm((at[f"{side} ridge at cleft"] - at[f"{side} premaxilla ridge at cleft"])[:2])


def test_template_is_one_disc_whose_patches_share_their_edges():
    template = load_template()
    mesh = make_maxilla(0, 0).mesh
    edges = len(mesh.edges)
    assert template.n_vertices - edges + len(template.faces) == 1
    assert len(boundary_loops(mesh)) == 1
    assert len(np.unique(template.landmarks)) == len(PALATE_LANDMARKS)
    assert set(np.unique(template.label)) == set(range(len(REGIONS)))


@pytest.mark.parametrize("kind", KINDS)
def test_surface_faces_the_tongue_and_has_an_infants_size(kind):
    for index in range(4):
        mesh = make_maxilla(3, index, kind=kind).mesh
        assert (mesh.face_normals[:, 2] < 0).mean() < 0.02
        width, depth, height = np.ptp(mesh.vertices, axis=0)
        assert 32 < width < 60
        assert 24 < depth < 52
        assert 5 < height < 24


@pytest.mark.parametrize("kind", ["unilateral right", "unilateral left"])
def test_a_unilateral_cleft_is_open_on_its_side_only(kind):
    side, other = ("right", "left") if kind.endswith("right") else ("left", "right")
    for index in range(6):
        maxilla = make_maxilla(1, index, kind=kind)
        wanted = max(maxilla.anatomy.alveolar_gap)
        assert gap(maxilla, other) == pytest.approx(CLOSED_MM, abs=0.01)
        assert gap(maxilla, side) >= wanted - 0.05


def test_the_gap_is_as_wide_as_drawn_where_the_segments_allow_it():
    base = replace(draw_anatomy(np.random.default_rng(0), "unilateral left"), turn=(2.0, -1.0), forward=0.0)
    for wanted in (3.0, 6.0, 9.0):
        anatomy = replace(base, alveolar_gap=(CLOSED_MM, wanted))
        assert gap(Maxilla("", anatomy, maxilla_surface(anatomy)), "left") == pytest.approx(wanted, abs=0.01)


def test_intact_jaws_have_no_floor_between_their_segments():
    for index in range(4):
        maxilla = make_maxilla(2, index, kind="intact")
        assert gap(maxilla, "right") < 0.5
        assert gap(maxilla, "left") < 0.5
        floor = maxilla.mesh.vertices[load_template().label == REGIONS.index("cleft floor")]
        assert floor[:, 2].min() > -maxilla.anatomy.vault - maxilla.anatomy.ridge_height - 1


def test_the_shelves_lie_as_far_apart_as_drawn():
    for index in range(4):
        maxilla = make_maxilla(5, index, kind="bilateral")
        at = dict(zip(PALATE_LANDMARKS, maxilla.landmarks, strict=True))
        apart = at["left shelf edge back"][0] - at["right shelf edge back"][0]
        back, middle, _ = maxilla.anatomy.palatal_gap
        wanted = np.interp(0.08, [0, 0.45], [back, middle]) + maxilla.anatomy.vomer_width
        assert apart == pytest.approx(wanted, abs=1.0)


def test_the_mirror_image_of_a_right_cleft_is_a_left_one():
    right = draw_anatomy(np.random.default_rng(7), "unilateral right")
    left = replace(
        right,
        kind="unilateral left",
        alveolar_gap=right.alveolar_gap[::-1],
        turn=right.turn[::-1],
        drop=right.drop[::-1],
        sideways=-right.sideways,
        premaxilla_turn=-right.premaxilla_turn,
    )
    landmarks = load_template().landmarks
    one, other = (maxilla_surface(anatomy).vertices[landmarks] for anatomy in (right, left))
    np.testing.assert_allclose(one[list(mirrored_order("palate"))] * [-1, 1, 1], other, atol=1e-6)


def test_the_same_seed_gives_the_same_jaw():
    np.testing.assert_array_equal(make_maxilla(4, 9).mesh.vertices, make_maxilla(4, 9).mesh.vertices)
    assert make_maxilla(4, 9).anatomy != make_maxilla(4, 10).anatomy
