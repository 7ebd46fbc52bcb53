"""The speed benchmark's own arithmetic; its runs are not tested."""

import numpy as np
import pytest

from typodont.geometry.mesh import Mesh


@pytest.fixture(scope="module")
def scan_speed(benchmark_module):
    return benchmark_module("scan_speed")


def bowl(n=25):
    """A curved sheet of 2 (n - 1)^2 faces."""
    x, y = np.meshgrid(np.linspace(-1, 1, n), np.linspace(-1, 1, n), indexing="ij")
    index = np.arange(n * n).reshape(n, n)
    a, b, c, d = (index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:])
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    return Mesh(np.stack([x.ravel(), y.ravel(), (x**2 + y**2).ravel()], axis=1), faces)


@pytest.mark.parametrize("n_faces", [200, 1152, 3000])
def test_resized_meets_the_size_and_keeps_the_shape(scan_speed, n_faces):
    mesh = scan_speed.resized(bowl(), n_faces)
    assert len(mesh.faces) == pytest.approx(n_faces, rel=0.02)
    assert np.abs(mesh.vertices[:, 2] - (mesh.vertices[:, :2] ** 2).sum(axis=1)).max() < 0.05
