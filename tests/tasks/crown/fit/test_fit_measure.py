"""What is measured of a crown on a round stump, against what follows from its radii."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import apply, rotation_about
from typodont.tasks.crown.fit_measure import edge_of, measure_fit, roughness, side_of


@pytest.fixture(scope="module")
def measures(crown, shapes):
    return measure_fit(crown, shapes["around"](crown))


def test_the_crown_is_closed_and_holds_its_volume(crown, measures):
    facets = np.sin(2 * np.pi / 96) / (2 * np.pi / 96)  # a circle of 96 corners is that much smaller
    rings = 25 * 6.5 - 4.06**2 * 5.03 - 0.03 * (4.85**2 + (25 + 4.85**2 + 5 * 4.85) / 3 - 4.85**2)
    assert measures.closed
    assert measures.pieces == 1
    assert measures.volume == pytest.approx(facets * np.pi * rings, rel=1e-3)


def test_the_edge_is_the_margin(crown, measures):
    assert measures.edge.maximum == pytest.approx(0, abs=1e-6)
    assert edge_of(crown)[:, 2] == pytest.approx(0, abs=1e-9)


def test_a_margin_line_0_1_mm_lower_is_0_1_mm_away(crown, shapes):
    lower = shapes["around"](crown, margin=crown.margin - [0, 0, 0.1])
    edge = measure_fit(crown, lower).edge
    assert (edge.mean, edge.to_truth, edge.from_truth, edge.maximum) == pytest.approx((0.1,) * 4, abs=1e-6)


def test_cement_gap_by_zone(measures):
    margin, rest = measures.cement
    assert (margin.zone, rest.zone) == ("margin", "rest")
    assert margin.median == pytest.approx(0.03, abs=1e-3)
    assert rest.median == pytest.approx(0.06, abs=1e-3)
    assert rest.most == pytest.approx(0.06 * np.sqrt(2), abs=1e-3)  # across the edge of the stump
    assert margin.least > 0.02


def test_a_crown_that_is_too_narrow_runs_into_the_stump(shapes):
    tight = shapes["crown"](gap=-0.02)
    rest = measure_fit(tight, shapes["around"](tight)).cement[1]
    assert rest.median == pytest.approx(-0.02, abs=1e-3)
    assert rest.least == pytest.approx(-0.02, abs=2e-3)


def test_walls(measures):
    assert measures.thinnest["occlusal"][0] == pytest.approx(1.44, abs=1e-3)
    assert measures.thinnest["axial"][0] == pytest.approx(0.94, abs=0.01)
    assert measures.thinnest["margin"][0] == pytest.approx(0.94, abs=0.01)


def test_the_bur_leaves_the_inner_edge(measures):
    """At the edge of the roof a ball of 0.5 mm leaves 0.207 mm, for which the gap across that edge has 0.085 mm."""
    assert measures.leftover == pytest.approx(0.5 * (np.sqrt(2) - 1) - 0.06 * np.sqrt(2), abs=0.012)
    assert 1.0 < measures.unreached_area < 30.0


def test_a_fine_bur_reaches_all(crown, shapes):
    assert measure_fit(crown, shapes["around"](crown), bur_radius=0.15).leftover == pytest.approx(0, abs=0.005)


def test_a_flat_neighbour_30_um_away(shapes):
    """Of a cylinder of 5 mm, what is nearer than 50 µm to a plane 30 µm away is a strip of 2 acos(1 - 0.02 / 5)."""
    crown = shapes["crown"](around=240, step=1.0)
    around = shapes["around"](crown, neighbours={"mesial": shapes["wall"](5.03)})
    (touch,) = measure_fit(crown, around).neighbours
    assert touch.distance == pytest.approx(0.03, abs=1e-3)
    assert touch.area == pytest.approx(2 * 5 * np.arccos(1 - 0.02 / 5) * 6.5, rel=0.03)
    assert touch.places[0].centre == pytest.approx([5.0, 0.0, 3.25], abs=0.15)
    assert touch.inside == 0
    assert touch.on_the_way == 0


def test_a_neighbour_that_is_run_into(crown, shapes):
    around = shapes["around"](crown, neighbours={"distal": shapes["wall"](-4.9, facing=1.0)})
    (touch,) = measure_fit(crown, around).neighbours
    assert touch.distance == pytest.approx(-0.1, abs=1e-3)
    assert touch.inside > 0.02
    assert touch.on_the_way == pytest.approx(0.1, abs=0.01)


def test_a_leaning_neighbour_is_met_on_the_way_in_only(crown, shapes):
    """It stands 0.3 mm away beside the crown and leans over it: higher up there is not room enough."""
    lean = shapes["wall"](5.3, low=-1.0, height=21.0)
    points = lean.vertices - np.outer(np.maximum(lean.vertices[:, 2] - 7, 0) * 0.2, [1.0, 0.0, 0.0])
    around = shapes["around"](crown, neighbours={"mesial": Mesh(points, lean.faces)})
    (touch,) = measure_fit(crown, around).neighbours
    assert touch.distance == pytest.approx(0.3, abs=0.01)
    assert touch.on_the_way == pytest.approx((5.5 * 0.2 - 0.3) * np.cos(np.arctan(0.2)), abs=0.03)


def test_an_antagonist_like_a_ball(crown, shapes):
    """30 µm inside the flat top; within 50 µm of the ball lies a disc of the top."""
    antagonist = shapes["ball"](5.0, (0.0, 0.0, 6.5 + 5.0 - 0.03))
    touch = measure_fit(crown, shapes["around"](crown, antagonist=antagonist)).antagonist
    assert touch.distance == pytest.approx(-0.03, abs=2e-3)
    assert touch.area == pytest.approx(np.pi * (5.05**2 - 4.97**2), rel=0.1)
    assert len(touch.places) == 1
    assert touch.on_the_way is None


def test_two_cusps_are_two_contacts(crown, shapes):
    one, two = (shapes["ball"](2.0, (x, 1.0, 6.5 + 2.0 + 0.01)) for x in (-2.5, 2.5))
    both = Mesh(
        np.concatenate([one.vertices, two.vertices]), np.concatenate([one.faces, two.faces + len(one.vertices)])
    )
    measured = measure_fit(crown, shapes["around"](crown, antagonist=both))
    assert len(measured.antagonist.places) == 2
    around = shapes["around"](crown)
    sides = {side_of(around, crown.axis, place.centre) for place in measured.antagonist.places}
    assert sides == {"mesial", "distal"}


def test_sides_are_named_by_quadrant(crown, shapes):
    """Looking down on a lower left tooth with mesial along x, the cheek is at -y: its quadrant is mirrored or not."""
    around = shapes["around"](crown)
    assert side_of(around, crown.axis, np.array([4.0, 0.0, 5.0])) == "mesial"
    assert side_of(around, crown.axis, np.array([0.1, 0.1, 5.0])) == "central"
    left = side_of(around, crown.axis, np.array([0.0, 4.0, 5.0]))
    right = side_of(replace(around, tooth=46), crown.axis, np.array([0.0, 4.0, 5.0]))
    assert {left, right} == {"buccal", "lingual"}
    upper = {side_of(replace(around, tooth=26), crown.axis, np.array([-4.0, y, 5.0])) for y in (-4.0, 4.0)}
    assert upper == {"distobuccal", "distopalatal"}


def test_roughness_is_that_of_the_noise_and_not_of_the_shape(shapes):
    smooth = shapes["ball"](3.0, (0, 0, 0))
    middle = np.abs(smooth.vertices[:, 2]) < 2
    assert roughness(smooth, middle) < 1e-3
    rng = np.random.default_rng(0)
    bumpy = Mesh(smooth.vertices + 0.02 * rng.normal(size=(len(middle), 1)) * smooth.vertex_normals, smooth.faces)
    assert 0.01 < roughness(bumpy, middle) < 0.025


def test_moving_everything_changes_nothing(crown, shapes):
    turn = rotation_about(np.array([1.0, -2.0, 0.5]), 115.0)
    turn[:3, 3] = [40.0, -70.0, 12.0]
    moved = replace(
        crown,
        mesh=crown.mesh.transformed(turn),
        preparation=crown.preparation.transformed(turn),
        margin=apply(turn, crown.margin),
        axis=turn[:3, :3] @ crown.axis,
    )
    antagonist = shapes["ball"](5.0, (0.5, 0.2, 11.48))
    here = measure_fit(crown, shapes["around"](crown, antagonist=antagonist))
    there = measure_fit(
        moved,
        shapes["around"](moved, mesial=turn[:3, :3] @ [1.0, 0.0, 0.0], antagonist=antagonist.transformed(turn)),
    )
    assert there.antagonist.distance == pytest.approx(here.antagonist.distance, abs=1e-6)
    assert there.antagonist.area == pytest.approx(here.antagonist.area, rel=1e-6)
    assert there.cement[1].median == pytest.approx(here.cement[1].median, abs=1e-6)
    assert there.thinnest["axial"][0] == pytest.approx(here.thinnest["axial"][0], abs=1e-3)
    assert there.leftover == pytest.approx(here.leftover, abs=0.01)
    assert there.volume == pytest.approx(here.volume)
