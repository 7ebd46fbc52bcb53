"""What synthetic photographs are put together from: marks on teeth, light, lens, mirror."""

from __future__ import annotations

import numpy as np
import pytest

from typodont.geometry.registration import apply
from typodont.synth.photo.calculus import Deposits, draw_calculus
from typodont.synth.photo.crack import draw_crack
from typodont.synth.photo.decay import draw_caries, draw_cavity
from typodont.synth.photo.filling import draw_filling
from typodont.synth.photo.lens import draw_lens, tone
from typodont.synth.photo.mirror import Mirror
from typodont.synth.photo.mouth import Mouth, make_mouth
from typodont.synth.photo.noise import noise, smoothstep
from typodont.synth.photo.surface import Surface, linear
from typodont.synth.photo.tooth_solid import ToothSolid, make_solids
from typodont.synth.photo.viewpoint import KINDS, draw_viewpoint

_BROWN = linear(120, 80, 40)


@pytest.fixture(scope="module")
def mouth() -> Mouth:
    return make_mouth(np.random.default_rng(3), open_degrees=12)


@pytest.fixture(scope="module")
def solids(mouth: Mouth) -> list[ToothSolid]:
    return [solid for jaw in mouth.jaws for solid in make_solids(jaw)]


def _of_kind(solids: list[ToothSolid], last: int) -> list[ToothSolid]:
    return [solid for solid in solids if solid.tooth.number <= last and solid.jaw.dentition.jaw == "lower"]


def test_an_open_mouth_has_its_lower_teeth_below_and_apart(mouth: Mouth):
    above = np.vstack([apply(mouth.upper.place, tooth.vertices) for tooth in mouth.upper.dentition.teeth])
    below = np.vstack([apply(mouth.lower.place, tooth.vertices) for tooth in mouth.lower.dentition.teeth])
    front = 10.0  # mm behind the foremost tooth
    tips = above[above[:, 1] > above[:, 1].max() - front, 2].max()
    assert below[below[:, 1] > below[:, 1].max() - front, 2].min() > tips + 5


def test_calculus_begins_at_the_margin_and_stays_on_its_side(solids: list[ToothSolid]):
    rng = np.random.default_rng(1)
    deposits = Deposits(1.0, _BROWN, 1.0, 2.0)
    found = [(s, mark) for s in _of_kind(solids, 3) for mark in draw_calculus(rng, s, deposits)]
    assert len(found) >= 6
    for solid, mark in found:
        points = solid.at_vertices()
        on = mark.strength(points) > 0
        if on.any():
            assert points.rise[on].max() < 12
            assert np.mean(mark.side * points.outward[on] > -0.5) > 0.9
            assert points.rise[on].mean() < points.rise[~on & (points.rise > 0)].mean()
            assert (mark.relief(points, mark.strength(points))[~on] < 0.05).all()


def test_a_cavity_carves_the_tooth_and_caries_does_not(solids: list[ToothSolid]):
    rng = np.random.default_rng(2)
    for solid in solids[:6]:
        points = solid.at_vertices()
        cavity, caries = draw_cavity(rng, solid), draw_caries(rng, solid)
        if cavity:
            relief = cavity.relief(points, cavity.strength(points))
            assert relief.min() < -0.2
            assert (relief[cavity.strength(points) < 0] == 0).all()
        if caries:
            assert not caries.relief(points, caries.strength(points)).any()


def test_decay_darkens_or_whitens_only_where_it_is(solids: list[ToothSolid]):
    rng = np.random.default_rng(5)
    shade = linear(220, 200, 170)
    marks = [draw(rng, solid) for solid in solids[:4] for draw in (draw_caries, draw_cavity, draw_crack)]
    marks += [draw_filling(rng, solid, shade) for solid in solids[:4]]
    changed = 0
    for solid, mark in zip(np.repeat(np.arange(4), 3).tolist() + list(range(4)), marks, strict=True):
        if mark is None:
            continue
        points = solids[solid].finer().at_vertices()
        strength = mark.strength(points)
        there = np.flatnonzero(strength > 0)
        surface = Surface.plain(len(there), shade, shine=1.0, rough=0.1)
        mark.paint(surface, points[there], strength[there])
        changed += bool(len(there)) and bool(np.abs(surface.color - shade).max() > 0.05)
        assert ((surface.color >= 0) & (surface.color <= 1.5)).all()
    assert changed > 5


def test_finer_teeth_keep_their_surface(solids: list[ToothSolid]):
    solid = solids[0]
    fine = solid.finer()
    assert len(fine.faces) == 4 * len(solid.faces)
    area, fine_area = solid.in_mouth().face_areas.sum(), fine.in_mouth().face_areas.sum()
    assert fine_area == pytest.approx(area)
    some = np.arange(len(solid.faces)) % 2 == 0
    assert solid.finer(some).in_mouth().face_areas.sum() == pytest.approx(area)


def test_every_view_looks_at_its_teeth(mouth: Mouth):
    for kind in KINDS:
        view = draw_viewpoint(np.random.default_rng(7), mouth, kind)
        low, high = view.target
        middle = (0.5 * (low + high))[None] @ view.camera.rotation + view.camera.centre
        pixel, _ = view.camera.project(middle)
        share = pixel[0] / view.camera.size
        assert ((share > 0.25) & (share < 0.75)).all(), kind
        assert set(view.jaws) <= {"upper", "lower"}
        assert view.view in (*KINDS[:5], "close-up")


def test_upper_teeth_hang_down_and_the_right_is_at_the_left(mouth: Mouth):
    right = apply(mouth.upper.place, np.array([[-20.0, 0, 0]]))
    left = apply(mouth.upper.place, np.array([[20.0, 0, 0]]))
    for kind in ("front", "upper", "lower"):
        camera = draw_viewpoint(np.random.default_rng(1), mouth, kind).camera
        assert camera.project(right)[0][0, 0] < camera.project(left)[0][0, 0], kind


def test_tone_keeps_order_and_range():
    lens = draw_lens(np.random.default_rng(0))
    grey = np.repeat(np.linspace(0, 3, 50)[:, None], 3, axis=1)
    values = tone(grey, lens)[:, 0]
    assert (np.diff(values) >= 0).all()
    assert values.min() == 0
    assert values.max() <= 1


def test_a_mirror_has_an_inside_and_an_outside():
    mirror = Mirror(np.array([[1.0, 0, 0.5]]), 0.5, np.full((5, 5, 3), 0.4))
    inside = mirror.inside((60, 80))
    assert (inside[:, :50] > 0).all()
    assert (inside[:, 60:] < 0).all()
    radiance = np.full((60, 80, 3), 0.8, np.float32)
    framed = mirror.frame(radiance, inside, 1.0)
    np.testing.assert_allclose(framed[:, :30], 0.8, atol=1e-3)
    assert framed[:, 70:].max() < 0.5


def test_noise_is_even_and_the_same_again():
    points = np.random.default_rng(0).uniform(-50, 50, (20_000, 3))
    values = noise(points, 1.0, 2.5)
    assert abs(values.mean()) < 0.05
    assert 0.6 < values.std() < 1.1
    np.testing.assert_array_equal(values, noise(points, 1.0, 2.5))
    np.testing.assert_allclose(smoothstep(0, 1, np.array([-1, 0, 0.5, 1, 2])), [0, 0, 0.5, 1, 1])
    np.testing.assert_allclose(smoothstep(1, 0, np.array([-1, 0.5, 2])), [1, 0.5, 0])
