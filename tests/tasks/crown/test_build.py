"""Restorations on plain bodies: gap, margin, thickness and contacts are what was asked, however the case lies."""

from dataclasses import replace

import numpy as np
import pytest

from typodont.errors import ConfigError, MeshError
from typodont.geometry.clearance import clearance
from typodont.geometry.closed_curve import nearest_on_curve
from typodont.geometry.distance_field import nearest_places
from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import apply
from typodont.geometry.solids import faults, volume
from typodont.synth.known_preparations import make_box_cavity, make_stump
from typodont.tasks.crown.build import build_restoration
from typodont.tasks.crown.restoration import INTAGLIO, BuildOptions, CementGap

QUICK = BuildOptions(min_thickness_mm=0.0, voxel_mm=0.08)


def small_stump(**settings):
    return make_stump(radius=1.2, height=2.0, edge=0.2, wall=1.0, **settings)


def build(case, options=QUICK, **others):
    return build_restoration(case.scan, case.margin, outer=case.crown, axis=case.axis, options=options, **others)


def gaps(case, restoration):
    """Distance from the middles of the intaglio's faces to the body, and of the nearest places from the margin."""
    mesh = restoration.mesh
    middles = mesh.vertices[mesh.faces[restoration.intaglio]].mean(axis=1)
    areas = mesh.face_areas[restoration.intaglio]
    found = nearest_places(case.scan, middles)
    return found.distance, nearest_on_curve(restoration.margin, found.place)[0], areas


@pytest.fixture(scope="module")
def stump():
    return small_stump()


@pytest.fixture(scope="module")
def crown(stump):
    return build(stump)


@pytest.fixture(scope="module")
def box():
    return make_box_cavity(edge=0.4)


@pytest.fixture(scope="module")
def inlay(box):
    return build(box)


@pytest.mark.parametrize("name", ["crown", "inlay"])
def test_a_restoration_is_one_sound_solid_on_the_margin(name, request):
    restoration = request.getfixturevalue(name)
    assert faults(restoration.mesh) == []
    assert volume(restoration.mesh) > 0
    edge = np.abs(nearest_places(restoration.mesh, restoration.margin).distance)
    assert edge.mean() < 0.002
    assert edge.max() < 0.02
    assert restoration.notes == ()


def test_a_rough_scan_with_a_jagged_margin_makes_a_sound_solid(stump):
    rng = np.random.default_rng(3)
    scan = replace(stump.scan, vertices=stump.scan.vertices + rng.normal(scale=0.02, size=stump.scan.vertices.shape))
    margin = stump.margin + rng.normal(scale=0.02, size=stump.margin.shape)
    restoration = build(replace(stump, scan=scan, margin=margin))
    assert faults(restoration.mesh) == []
    assert np.abs(nearest_places(restoration.mesh, restoration.margin).distance).mean() < 0.002


@pytest.mark.slow
def test_a_box_open_to_one_side_of_long_flat_faces_makes_a_sound_solid():
    assert faults(build(make_box_cavity(proximal=True), BuildOptions(min_thickness_mm=0.0)).mesh) == []


@pytest.mark.parametrize(("body", "name"), [("stump", "crown"), ("box", "inlay")])
def test_the_cement_gap_has_the_width_of_its_zone(body, name, request):
    restoration = request.getfixturevalue(name)
    gap, to_margin, areas = gaps(request.getfixturevalue(body), restoration)
    for start, end, width in ((0.2, 0.95, 0.03), (1.55, 9.0, 0.06)):
        zone = (to_margin > start) & (to_margin < end)
        off = np.abs(gap[zone] - width)
        assert np.average(gap[zone], weights=areas[zone]) == pytest.approx(width, abs=0.003)
        assert np.average(off < 0.01, weights=areas[zone]) > 0.93  # all but the rounded edges
        assert off.max() < 0.04


def test_gap_widths_can_be_asked_for(stump):
    options = replace(QUICK, gap=CementGap(margin_mm=0.05, band_mm=0.5, rest_mm=0.1))
    gap, to_margin, areas = gaps(stump, build(stump, options))
    inner = to_margin > 1.1
    assert np.average(gap[inner], weights=areas[inner]) == pytest.approx(0.1, abs=0.004)
    outer = (to_margin > 0.2) & (to_margin < 0.45)
    assert np.average(gap[outer], weights=areas[outer]) == pytest.approx(0.05, abs=0.004)


def test_the_volume_is_that_of_the_body_less_the_cement(stump):
    restoration = build(stump, replace(QUICK, gap=CementGap(margin_mm=0.005, rest_mm=0.005)))
    foot = 1.2 + 2 * np.tan(np.radians(6))
    cone = np.pi * 2 / 3 * (1.44 + 1.2 * foot + foot**2)
    exact = np.pi * (foot + 1) ** 2 * 3 - cone
    area = restoration.mesh.face_areas[restoration.intaglio].sum()
    assert volume(restoration.mesh) == pytest.approx(exact, abs=0.01 * area)


def test_zones_of_faces(crown):
    middles = crown.mesh.vertices[crown.mesh.faces].mean(axis=1)
    reach = np.hypot(middles[:, 0], middles[:, 1])
    assert (crown.mesh.face_attributes["zone"][middles[:, 2] > 2.5] != INTAGLIO).all()
    assert crown.intaglio[(reach < 1.4) & (middles[:, 2] < 2.2)].all()


def test_an_undercut_is_blocked_out_along_the_axis():
    case = small_stump(groove=0.2)
    restoration = build(case)
    assert faults(restoration.mesh) == []
    middles = restoration.mesh.vertices[restoration.mesh.faces[restoration.intaglio]].mean(axis=1)
    below = (middles[:, 2] > 0.85) & (middles[:, 2] < 1.2)
    overhang = 1.2 + np.tan(np.radians(6))  # radius of the edge above the groove
    assert np.hypot(*middles[below, :2].T).min() > overhang + 0.05
    assert restoration.undercut.depth_mm == pytest.approx(0.2, abs=0.06)
    assert restoration.undercut.area_mm2 > 1.0
    assert restoration.undercut.margin_share == 0.0


@pytest.mark.slow
def test_the_way_round_of_the_margin_and_the_pose_do_not_matter(stump, crown):
    angle = np.radians(50)
    turn = np.eye(4)
    turn[:3, :3] = [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    turn[:3, 3] = [40, -70, 25]
    moved = build_restoration(
        stump.scan.transformed(turn),
        apply(turn, stump.margin)[::-1],
        outer=stump.crown.transformed(turn),
        axis=turn[:3, :3] @ stump.axis * 3,
        options=QUICK,
    )
    assert volume(moved.mesh) == pytest.approx(volume(crown.mesh), rel=1e-3)
    back = apply(np.linalg.inv(turn), moved.mesh.vertices)
    assert np.abs(nearest_places(crown.mesh, back).distance).max() < 0.03


def test_the_order_of_faces_and_vertices_does_not_matter(stump, crown):
    rng = np.random.default_rng(3)
    order = rng.permutation(len(stump.scan.vertices))
    new = np.argsort(order)
    scan = Mesh(stump.scan.vertices[order], rng.permutation(new[stump.scan.faces]))
    other = build_restoration(scan, stump.margin, outer=stump.crown, axis=stump.axis, options=QUICK)
    assert volume(other.mesh) == pytest.approx(volume(crown.mesh), rel=1e-4)


def plane(height):
    """A wide sheet that looks down."""
    x = np.linspace(-6, 6, 13)
    corners = np.stack([*(axis.ravel() for axis in np.meshgrid(x, x)), np.full(169, height)], axis=1)
    a = (np.arange(12)[:, None] * 13 + np.arange(12)).ravel()
    faces = np.concatenate([np.stack([a, a + 13, a + 1], 1), np.stack([a + 1, a + 13, a + 14], 1)])
    return Mesh(corners, faces)


@pytest.mark.parametrize("contact", [0.0, 0.05])
def test_the_outer_surface_reaches_into_the_antagonist_as_deep_as_asked(stump, contact):
    antagonist = plane(2.8)
    restoration = build(stump, replace(QUICK, contact_mm=contact), antagonist=antagonist)
    assert faults(restoration.mesh) == []
    deepest = -np.nanmin(clearance(restoration.mesh.vertices, antagonist))
    assert deepest == pytest.approx(contact, abs=0.005)


@pytest.mark.slow
def test_too_little_room_is_said_and_makes_no_hole(stump):
    antagonist = plane(2.1)
    restoration = build(stump, replace(QUICK, min_thickness_mm=0.5), antagonist=antagonist)
    assert faults(restoration.mesh) == []
    assert any("room for" in note for note in restoration.notes)
    assert any("into the antagonist" in note for note in restoration.notes)
    top = restoration.mesh.vertices[:, 2].max()
    assert top == pytest.approx(2.0 + 0.06 + 0.1, abs=0.02)


@pytest.mark.slow
def test_a_thin_outer_surface_is_pushed_out(stump):
    squat = Mesh(stump.crown.vertices * [1, 1, 0.75], stump.crown.faces)
    thin = build_restoration(stump.scan, stump.margin, outer=squat, axis=stump.axis, options=QUICK)
    thick = build_restoration(
        stump.scan, stump.margin, outer=squat, axis=stump.axis, options=replace(QUICK, min_thickness_mm=0.6)
    )
    assert thin.mesh.vertices[:, 2].max() == pytest.approx(2.25, abs=0.01)
    middle = thick.mesh.vertices[np.hypot(*thick.mesh.vertices[:, :2].T) < 0.8]
    assert middle[:, 2].max() >= 2.0 + 0.06 + 0.6 - 0.01
    assert faults(thick.mesh) == []


@pytest.mark.slow
def test_an_outer_surface_beside_the_margin_is_drawn_to_it(stump):
    wide = Mesh(stump.crown.vertices * [1.08, 1.08, 1], stump.crown.faces)
    restoration = build_restoration(stump.scan, stump.margin, outer=wide, axis=stump.axis, options=QUICK)
    assert faults(restoration.mesh) == []
    assert np.abs(nearest_places(restoration.mesh, restoration.margin).distance).max() < 0.02
    far = restoration.mesh.vertices[restoration.mesh.vertices[:, 2] > 2.8]
    assert np.hypot(*far[:, :2].T).max() == pytest.approx(1.08 * np.hypot(*stump.margin[0, :2]), abs=0.03)


def test_a_margin_off_the_scan_is_refused(stump):
    with pytest.raises(MeshError, match=r"away from the scan, expected at most 0\.5 mm"):
        build_restoration(stump.scan, stump.margin + [0, 0, 1.5], outer=stump.crown, axis=stump.axis)
    with pytest.raises(MeshError, match="same coordinates"):
        build_restoration(stump.scan, stump.margin + [0, 0, 90], outer=stump.crown, axis=stump.axis)


def test_an_axis_across_the_margin_is_refused(stump):
    with pytest.raises(MeshError, match="lies across the margin line"):
        build_restoration(stump.scan, stump.margin, outer=stump.crown, axis=np.array([1.0, 0, 0]))


def test_a_scan_that_ends_at_the_margin_is_refused(stump):
    middles = stump.scan.vertices[stump.scan.faces].mean(axis=1)
    cut = stump.scan.submesh((middles[:, 0] < 1.6) | (middles[:, 2] > 0.5))
    with pytest.raises(MeshError, match=r"away from the scan|ends before the margin line"):
        build_restoration(cut, stump.margin, outer=stump.crown, axis=stump.axis)


def test_the_gap_opens_from_the_margin_and_changes_smoothly():
    gap = CementGap()
    assert gap.at(np.array([0.0, 0.15, 1.0, 1.25, 1.5, 4.0])) == pytest.approx([0, 0.03, 0.03, 0.045, 0.06, 0.06])
    assert gap.at(np.array([-0.1]))[0] < 0


@pytest.mark.parametrize("asked", [{"margin_mm": 0.0}, {"rest_mm": -0.1}, {"seal_mm": 0.0}])
def test_a_gap_that_cannot_be_made_is_refused(asked):
    with pytest.raises(ConfigError, match="cement gap"):
        CementGap(**asked)
