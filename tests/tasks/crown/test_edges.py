"""Scans that end at the margin are refused, with the place."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest

from typodont.errors import NoPreparationError
from typodont.geometry.mesh import Mesh
from typodont.tasks.crown.edges import check_edges


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
