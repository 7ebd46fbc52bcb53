from itertools import pairwise

import numpy as np
import pytest

from typodont.errors import MeshError
from typodont.geometry.connectivity import boundary_loops
from typodont.geometry.loop_strip import strip_between
from typodont.geometry.mesh import Mesh
from typodont.geometry.surface_cut import attach_line, inside_line, side_of_line, split_at_level, trim_to_line


def circle(radius, n=120, height=0.0):
    angle = np.arange(n) * 2 * np.pi / n
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), np.full(n, height)], axis=1)


@pytest.fixture(scope="module")
def sheet(plate):
    return plate(40, 8.0)


def test_the_side_of_a_line_is_the_distance_across_it_near_and_signed_far(sheet):
    side = side_of_line(sheet, circle(2.0))
    assert side == pytest.approx(2 - np.hypot(*sheet.vertices[:, :2].T), abs=0.01)


def test_the_side_does_not_jump_across_a_gap(sheet):
    above = Mesh(sheet.vertices + [0, 0, 0.2], sheet.faces[:, ::-1])
    both = Mesh(
        np.concatenate([sheet.vertices, above.vertices]),
        np.concatenate([sheet.faces, above.faces + len(sheet.vertices)]),
    )
    side = side_of_line(both, circle(2.0))
    assert (side[len(sheet.vertices) :] < 0).all()


def test_a_line_a_little_off_the_surface_cuts_below_itself(sheet):
    side = side_of_line(sheet, circle(2.0, height=0.1))
    near = np.abs(np.hypot(*sheet.vertices[:, :2].T) - 2) < 0.15
    assert side[near] == pytest.approx(2 - np.hypot(*sheet.vertices[near, :2].T), abs=0.01)


def test_a_split_keeps_the_surface_and_its_border(sheet):
    split, upper = split_at_level(sheet, sheet.vertices[:, 0] + 0.3 * sheet.vertices[:, 1], 0.123)
    value = split.vertices[:, 0] + 0.3 * split.vertices[:, 1]
    assert split.vertex_attributes["value"] == pytest.approx(value, abs=1e-9)
    assert split.face_areas.sum() == pytest.approx(64)
    assert (value[split.faces[upper]] > 0.123 - 1e-4).all()
    assert (value[split.faces[~upper]] < 0.123 + 1e-4).all()
    assert (split.face_normals[:, 2] > 0.999).all()
    assert len(boundary_loops(split)) == 1


def test_a_level_through_vertices_makes_no_slivers(sheet):
    split, upper = split_at_level(sheet, sheet.vertices[:, 0], 0.0)
    assert len(split.vertices) == len(sheet.vertices)
    assert split.face_areas[upper].sum() == pytest.approx(32)


def test_the_part_inside_has_the_line_as_its_only_border(sheet):
    line = circle(2.0)
    part = trim_to_line(sheet, line)
    (border,) = boundary_loops(part)
    assert sorted(border) == list(range(len(line)))
    assert part.vertices[: len(line)] == pytest.approx(line)
    assert part.face_areas.sum() == pytest.approx(np.pi * 4, rel=1e-3)
    assert (part.face_normals[:, 2] > 0.99).all()


def test_holes_inside_are_closed_and_wide_ones_refused(sheet):
    middles = sheet.vertices[sheet.faces].mean(axis=1)[:, :2]
    small = sheet.submesh(np.hypot(*(middles - [0.5, 0.2]).T) > 0.5)
    assert trim_to_line(small, circle(2.0)).face_areas.sum() == pytest.approx(np.pi * 4, rel=0.01)
    wide = sheet.submesh(np.hypot(*middles.T) > 1.6)
    with pytest.raises(MeshError, match="has a hole"):
        trim_to_line(wide, circle(2.0))


def test_a_surface_that_ends_before_the_line_is_refused(sheet):
    half = sheet.submesh(sheet.vertices[sheet.faces].mean(axis=1)[:, 0] < 0.5)
    with pytest.raises(MeshError, match="ends before the margin line"):
        trim_to_line(half, circle(2.0))


def test_nothing_inside_is_said(sheet):
    with pytest.raises(MeshError, match="no part of the surface lies inside"):
        inside_line(sheet, np.full(len(sheet.vertices), -1.0), level=0.0)


@pytest.mark.parametrize("shift", [0, 7])
def test_a_strip_joins_two_rows_whatever_their_numbers_and_starts(shift):
    inner, outer = circle(1.9, 37), np.roll(circle(2.0, 50), shift, axis=0)
    vertices = np.concatenate([inner, outer])
    strip = Mesh(vertices, strip_between(vertices, np.arange(37), 37 + np.arange(50)))
    assert len(strip.faces) == 87
    assert (strip.face_normals[:, 2] > 0.99).all()
    assert strip.face_areas.sum() == pytest.approx(np.pi * (4 - 1.9**2), rel=0.02)
    assert sorted(len(loop) for loop in boundary_loops(strip)) == [37, 50]


def test_the_gum_beyond_a_narrow_furrow_is_outside():
    """A stump in a pit: down the wall, across 0.2 mm of floor, and up again higher than the line."""
    profile = np.array([[0, 2.0], [2, 2], [2.1, 0], [2.3, 0], [2.45, 1.5], [4, 2]])
    fine = np.concatenate([np.linspace(a, b, 12, endpoint=False) for a, b in pairwise(profile)])
    angle = np.arange(120) * 2 * np.pi / 120
    around = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    rings = np.concatenate([np.column_stack([r * around, np.full(120, z)]) for r, z in fine])
    i, row = np.arange(120), 120 * np.arange(len(fine) - 1)[:, None]
    a, b = (row + i).ravel(), (row + (i + 1) % 120).ravel()
    faces = np.concatenate([np.stack([a, a + 120, b], axis=1), np.stack([b, a + 120, b + 120], axis=1)])
    side = side_of_line(Mesh(rings, faces), circle(2.075, height=0.5)).reshape(len(fine), 120)
    assert (side[fine[:, 1] > 0.6][:20] > 0).all()
    assert (side[fine[:, 0] > 2.09] < 0).all()


def test_a_spot_where_the_scan_runs_into_a_neighbour_does_not_decide(sheet):
    """A bridge over the line joins the inside to the outside, as where a scan cannot see between two teeth."""
    inside = np.flatnonzero(np.hypot(*sheet.vertices[:, :2].T) < 0.3)
    outside = np.flatnonzero(np.hypot(*(sheet.vertices[:, :2] - [3.5, 0]).T) < 0.3)
    top = len(sheet.vertices)
    arch = np.array([[inside[0], top, inside[1]], [outside[0], outside[1], top]])
    vertices = np.concatenate([sheet.vertices, [[1.8, 0, 3]]])
    side = side_of_line(Mesh(vertices, np.concatenate([sheet.faces, arch])), circle(2.0))[:top]
    assert side == pytest.approx(2 - np.hypot(*sheet.vertices[:, :2].T), abs=0.01)


def test_pieces_apart_are_outside(sheet):
    both = Mesh(
        np.concatenate([sheet.vertices, sheet.vertices + [0, 0, 3]]),
        np.concatenate([sheet.faces, sheet.faces + len(sheet.vertices)]),
    )
    assert (side_of_line(both, circle(2.0))[len(sheet.vertices) :] < 0).all()


def test_a_cut_that_runs_astray_is_refused(sheet):
    ring = sheet.submesh(np.hypot(*sheet.vertices[sheet.faces].mean(axis=1)[:, :2].T) < 3.5)
    with pytest.raises(MeshError, match=r"runs elsewhere|ends before the margin line"):
        attach_line(ring, circle(1.0, 60))
