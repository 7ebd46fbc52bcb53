"""Scans that end at the margin are refused, with the place."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from scipy.spatial import KDTree

from typodont.errors import NoPreparationError
from typodont.geometry.connectivity import boundary_edges
from typodont.geometry.mesh import Mesh
from typodont.tasks.crown.edges import STRIP_MM, check_edges, extended, prepared_piece


def circle(radius: float) -> np.ndarray:
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    return np.stack([radius * np.cos(turn), radius * np.sin(turn), 0 * turn], axis=1)


def wave(margin: np.ndarray) -> np.ndarray:
    """The curve put on the bumpy sheet."""
    return margin + np.stack([0 * margin[:, 0], 0 * margin[:, 0], 0.5 * np.cos(margin[:, 0]) * np.cos(margin[:, 1])], 1)


def test_surface_on_both_sides_is_enough(sheet: Callable[..., Mesh]) -> None:
    assert check_edges(sheet(20.0), wave(circle(4.0)), name="case.stl") == []


def test_a_short_way_along_the_edge_of_the_scan_is_told(sheet: Callable[..., Mesh]) -> None:
    """A circle of 4 mm that touches an edge at 4 mm lies within 0.1 mm of it for 0.9 mm to either side: 7 %."""
    mesh = sheet(20.0)
    cut = Mesh(mesh.vertices, mesh.faces[(mesh.vertices[mesh.faces][:, :, 0] < 4.01).all(axis=1)])
    (said,) = check_edges(cut, wave(circle(4.0)), name="case.stl")
    assert re.search(r"the scan is open along [67]% of the margin line, nearest at \(4.0, 0.0, -0.3\)", said)


def test_a_scan_that_ends_along_the_margin_is_refused(sheet: Callable[..., Mesh]) -> None:
    """A square sheet whose sides the circle touches four times."""
    with pytest.raises(NoPreparationError, match=r"case.stl: the scan is open along 2\d% of the margin line"):
        check_edges(sheet(8.0), wave(circle(4.0)), name="case.stl")


def test_a_hole_at_the_margin_is_told(sheet: Callable[..., Mesh]) -> None:
    mesh = sheet(20.0)
    away = np.linalg.norm(mesh.vertices[:, :2] - [4.0, 0.0], axis=1)
    holed = Mesh(mesh.vertices, mesh.faces[away[mesh.faces].min(axis=1) > 0.5])
    assert check_edges(mesh, wave(circle(3.0)), name="case.stl") == []
    (said,) = check_edges(holed, wave(circle(3.0)), name="case.stl")
    assert "the scan is open along" in said


def test_the_surface_goes_on_below_an_edge_beside_the_margin(sheet: Callable[..., Mesh]) -> None:
    mesh = sheet(20.0)
    cut = Mesh(mesh.vertices, mesh.faces[(mesh.vertices[mesh.faces][:, :, 0] < 4.5).all(axis=1)])
    margin, outside, up = wave(circle(4.0)), np.zeros(len(cut.vertices)), np.array([0.0, 0, 1])
    longer = extended(cut, margin, outside, up)
    added = longer.submesh(np.arange(len(longer.faces)) >= len(cut.faces))
    np.testing.assert_array_equal(longer.vertices[: len(cut.vertices)], cut.vertices)
    np.testing.assert_allclose(added.face_normals, np.tile([1.0, 0, 0], (len(added.faces), 1)), atol=1e-9)
    height = np.ptp(added.vertices[:, 2])
    assert STRIP_MM <= height <= STRIP_MM + 1.0  # the waves of the edge
    assert KDTree(longer.vertices[boundary_edges(longer)].mean(axis=1)).query(margin)[0].min() > 0.8
    assert extended(mesh, margin, outside, up) is mesh
    assert extended(cut, margin, outside + 1.0, up) is cut


def test_the_piece_with_the_preparation(sheet: Callable[..., Mesh]) -> None:
    one, other = sheet(8.0), sheet(20.0, height=0.1, at=12.0)
    both = Mesh(
        np.concatenate([other.vertices, one.vertices]), np.concatenate([other.faces, one.faces + len(other.vertices)])
    )
    inside = (np.linalg.norm(both.vertices[:, :2], axis=1) < 3.0).astype(float)
    piece = prepared_piece(both, inside)
    np.testing.assert_array_equal(piece.vertices, one.vertices)
    np.testing.assert_array_equal(
        piece.vertex_attributes["source_vertex"], np.arange(len(one.vertices)) + len(other.vertices)
    )
