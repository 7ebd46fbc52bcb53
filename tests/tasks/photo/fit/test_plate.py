"""Plates over palates whose every height is known."""

from __future__ import annotations

import numpy as np
import pytest

from typodont.errors import ConfigError, MeshError
from typodont.geometry.mesh import Mesh
from typodont.geometry.rays import RayScene
from typodont.geometry.solids import faults, volume
from typodont.tasks.photo import plate as plate_module
from typodont.tasks.photo.plate import PlateOptions, make_plate


@pytest.fixture(autouse=True)
def _coarse(monkeypatch):
    """Quick, and good enough for what is asked here."""
    monkeypatch.setattr(plate_module, "_STEP_MM", 0.5)


def palate(cleft: float = 0.0) -> tuple[Mesh, np.ndarray, np.ndarray]:
    """A gentle vault 24 mm across, with a cleft of some width 8 mm deep; what is covered, what is bridged."""
    side = np.linspace(-12, 12, 61)
    x, y = np.meshgrid(side, side, indexing="ij")
    height = 0.02 * (x**2 + y**2)
    open_ = np.abs(x) < cleft / 2
    index = np.arange(61 * 61).reshape(61, 61)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    faces = np.concatenate([np.stack(t, -1).reshape(-1, 3) for t in ((a, b, c), (a, c, d))])
    mesh = Mesh(np.stack([x, y, height - 8 * open_], -1).reshape(-1, 3), faces)
    return mesh, (np.hypot(x, y) < 11).ravel(), open_.ravel()


def test_gap_and_thickness_are_what_was_asked_for():
    made = make_plate(*palate(), PlateOptions(gap_mm=0.2, thickness_mm=1.5, trim_mm=1))
    assert faults(made.mesh) == []
    assert made.gap_mm == pytest.approx(np.full(3, 0.2), abs=0.03)
    assert made.thickness_mm == pytest.approx(np.full(3, 1.5), abs=0.05)
    radius = np.hypot(*made.mesh.vertices[:, :2].T).max()
    assert 9.2 < radius < 10.3  # 11 covered, 1 trimmed, less up to a step
    assert volume(made.mesh) == pytest.approx(1.5 * np.pi * 9.8**2, rel=0.12)


def test_a_cleft_is_bridged():
    mesh, covered, open_ = palate(cleft=6)
    made = make_plate(mesh, covered, open_)
    low = made.mesh.vertices[:, 2].min()
    assert low > 0  # nothing reaches into the cleft, whose floor is at -8
    across = RayScene(made.mesh).first_hit(np.array([[0.0, 0, 20]]), np.array([[0.0, 0, -1]]))[0]
    assert 20 - across[0] == pytest.approx(2.1 + 0.02 * 3**2, abs=0.3)  # the membrane hangs at the cleft's edges


def test_a_hole_in_the_surface_is_bridged():
    mesh, covered, _ = palate()
    hole = np.hypot(*mesh.vertices[:, :2].T) < 3
    made = make_plate(mesh.submesh(~hole[mesh.faces].any(axis=1)), covered[~hole], np.zeros((~hole).sum(), dtype=bool))
    assert faults(made.mesh) == []
    at = RayScene(made.mesh).first_hit(np.array([[0.0, 0, 20]]), np.array([[0.0, 0, -1]]))[1]
    assert at[0] >= 0


def test_it_slides_off_downward():
    """Seen along z, every face of the bed looks up: nothing hooks into an undercut."""
    mesh, covered, open_ = palate()
    bent = mesh.vertices.copy()
    bent[:, 0] += 0.8 * (bent[:, 2] - bent[:, 2].mean()) * np.sign(bent[:, 0])  # walls that lean outward
    made = make_plate(Mesh(bent, mesh.faces), covered, open_)
    inner = made.mesh.face_normals[:, 2] < -0.2
    corners = made.mesh.vertices[made.mesh.faces[inner]].mean(axis=1)
    below = RayScene(made.mesh).first_hit(corners - [0, 0, 0.05], np.broadcast_to([0.0, 0, -1], corners.shape))[1]
    assert (below < 0).mean() > 0.98


def test_moved_with_the_palate():
    mesh, covered, open_ = palate()
    shift = np.array([3.0, -7, 11])
    here, there = (make_plate(Mesh(mesh.vertices + by, mesh.faces), covered, open_) for by in (0, shift))
    assert there.mesh.vertices.mean(axis=0) - here.mesh.vertices.mean(axis=0) == pytest.approx(shift, abs=0.05)


def test_what_cannot_be_covered_is_told():
    mesh, covered, open_ = palate()
    with pytest.raises(MeshError, match="the plate would cover 0 mm²"):
        make_plate(mesh, np.zeros_like(covered), open_)
    with pytest.raises(ConfigError, match="a thickness of"):
        PlateOptions(thickness_mm=0.1)
