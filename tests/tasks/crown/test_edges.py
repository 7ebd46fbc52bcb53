"""Scans that end at the margin are refused, with the place."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from typodont.errors import NoPreparationError
from typodont.geometry.mesh import Mesh
from typodont.tasks.crown.edges import check_edges


def circle(radius: float) -> np.ndarray:
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    return np.stack([radius * np.cos(turn), radius * np.sin(turn), 0 * turn], axis=1)


def test_surface_on_both_sides_is_enough(sheet: Callable[..., Mesh]) -> None:
    check_edges(sheet(20.0), circle(4.0), name="case.stl")


def test_the_edge_of_the_scan_is_told(sheet: Callable[..., Mesh]) -> None:
    with pytest.raises(NoPreparationError, match=r"case.stl: the scan is open 0.0\d mm beside the margin line, at \("):
        check_edges(sheet(8.0), circle(4.05) + [0, 0, 0.5 * np.cos(4.0)], name="case.stl")


def test_a_hole_at_the_margin_is_told(sheet: Callable[..., Mesh]) -> None:
    mesh = sheet(20.0)
    away = np.linalg.norm(mesh.vertices[:, :2] - [4.0, 0.0], axis=1)
    holed = Mesh(mesh.vertices, mesh.faces[away[mesh.faces].min(axis=1) > 0.5])
    margin = circle(3.0) + [0, 0, 0.5 * np.cos(3.0)]
    check_edges(mesh, margin, name="case.stl")
    with pytest.raises(NoPreparationError, match="open"):
        check_edges(holed, margin, name="case.stl")
