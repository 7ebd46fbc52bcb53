"""Undersides and skirts of bodies made by hand: how deep they lie, and that they end on the line."""

from __future__ import annotations

import numpy as np
import pytest

from typodont.geometry.closed_curve import even_points, nearest_on_curve
from typodont.geometry.connectivity import boundary_edges, face_components
from typodont.geometry.mesh import Mesh
from typodont.geometry.surface_cut import trim_to_line
from typodont.geometry.surface_places import Surface
from typodont.synth.known_preparations import make_box_cavity, make_stump
from typodont.tasks.crown.underside import SKIRT_MM, UNDER_MM, underside, with_skirt
from typodont.types import Float

STUMP = make_stump(radius=1.5, height=2.0, shoulder=1.2, edge=0.12)
BOX = make_box_cavity(edge=0.25)


@pytest.fixture(scope="module", params=[STUMP, BOX], ids=["stump", "box"])
def cut(request: pytest.FixtureRequest) -> tuple[Mesh, Float]:
    """A preparation and the line that is its border."""
    line = even_points(request.param.margin, spacing=0.05)
    return trim_to_line(request.param.scan, line), line


def test_the_line_is_the_only_border_of_the_underside(cut: tuple[Mesh, Float]) -> None:
    preparation, line = cut
    below = underside(preparation, line, UNDER_MM)
    assert (below.vertices[: len(line)] == line).all()
    assert set(boundary_edges(below).ravel()) == set(range(len(line)))
    assert face_components(below).max() == 0


def test_the_underside_lies_below_the_preparation_and_deeper_away_from_the_line(cut: tuple[Mesh, Float]) -> None:
    preparation, line = cut
    sunk = underside(preparation, line, UNDER_MM).vertices[2 * len(line) :]
    distance = Surface(preparation).signed_distance(sunk)
    to_line = nearest_on_curve(line, preparation.vertices[len(line) :])[0]
    assert distance.max() < -0.5 * UNDER_MM
    assert distance[to_line > 0.4].max() < -0.15
    assert distance.min() == pytest.approx(-0.25, abs=0.01)


def test_depths_on_the_flat_parts_of_a_stump() -> None:
    line = even_points(STUMP.margin, spacing=0.05)
    preparation = trim_to_line(STUMP.scan, line)
    sunk = underside(preparation, line, 0.05).vertices[len(line) :]
    depth = preparation.vertices[:, 2] - sunk[:, 2]
    radius = np.hypot(*preparation.vertices[:, :2].T)
    rim = float(radius.max())
    top = (preparation.vertices[:, 2] > 1.99) & (radius < 0.4)
    assert depth[top] == pytest.approx(0.25, abs=2e-3)
    outside = (preparation.vertices[:, 2] < 0.01) & (radius > rim - 0.35)
    outside[: len(line)] = False
    assert outside.sum() > 100
    assert depth[outside] == pytest.approx(0.05 + 0.5 * (rim - radius[outside]), abs=4e-3)
    assert depth[: len(line)] == pytest.approx(0.05, abs=2e-3)  # straight down from the line


def test_a_skirt_falls_away_from_the_border(cut: tuple[Mesh, Float]) -> None:
    preparation, line = cut
    more = with_skirt(preparation, line)
    hem = more.vertices[len(preparation.vertices) :]
    assert np.linalg.norm(hem - line, axis=1) == pytest.approx(SKIRT_MM, rel=0.02)
    down = np.einsum("ij,ij->i", line - hem, preparation.vertex_normals[: len(line)])
    assert (down > 0.4 * SKIRT_MM).all()
    assert (more.faces[: len(preparation.faces)] == preparation.faces).all()
    assert set(boundary_edges(more).ravel()) == set(range(len(preparation.vertices), len(more.vertices)))
