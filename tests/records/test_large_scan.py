"""Three million faces must fit into a small computer."""

import tracemalloc

import numpy as np
import pytest

from typodont.formats import write_mesh
from typodont.geometry.mesh import Mesh
from typodont.records import read_scan

N = 1226
BYTES_PER_FACE = 250


@pytest.fixture(scope="module")
def large():
    """A sheet of 3 million faces, 60 mm wide."""
    step = np.linspace(0, 60, N)
    x, y = (axis.ravel() for axis in np.meshgrid(step, step))
    corner = (np.arange(N - 1)[:, None] * N + np.arange(N - 1)).ravel()
    faces = np.concatenate(
        [np.stack([corner, corner + 1, corner + N], 1), np.stack([corner + 1, corner + N + 1, corner + N], 1)]
    )
    return Mesh(np.stack([x, y, np.sin(x)], axis=1), faces)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["stl", "ply", "obj", "vtp"])
def test_three_million_faces_in_bounded_memory(large, tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    write_mesh(large, path)
    tracemalloc.start()
    try:
        scan = read_scan(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(scan.mesh.faces) == len(large.faces) > 3_000_000
    assert len(scan.mesh.vertices) == len(large.vertices)
    assert peak < BYTES_PER_FACE * len(large.faces)
