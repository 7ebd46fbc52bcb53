from itertools import pairwise

import numpy as np
import pytest
import trimesh

from typodont.geometry.mesh import Mesh
from typodont.geometry.surface_cut import side_of_line


def _box(rng: np.random.Generator) -> Mesh:
    """A cube of 8 mm with edges of about 0.25 mm, rough by some hundredths of a millimetre."""
    box = trimesh.creation.box((8.0, 8.0, 8.0))
    vertices, faces = np.asarray(box.vertices), np.asarray(box.faces)
    for _ in range(5):
        vertices, faces = trimesh.remesh.subdivide(vertices, faces)[:2]
    return Mesh(vertices + rng.normal(0, 0.02, vertices.shape), faces)


def _rim(height: float, *, half: float = 4.0) -> np.ndarray:
    """A square around the cube, counter-clockwise seen from above."""
    corners = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1], [1, 1]]) * half
    steps = np.linspace(0, 1, 60, endpoint=False)[:, None]
    sides = [a + steps * (b - a) for a, b in pairwise(corners)]
    return np.column_stack([np.vstack(sides), np.full(240, height)])


@pytest.mark.parametrize("seed", range(3))
def test_a_line_along_a_sharp_edge_encloses_what_lies_above_it(seed: int) -> None:
    box = _box(np.random.default_rng(seed))
    enclosed = side_of_line(box, _rim(4.0)) > 0
    top = (box.vertices[:, 2] > 3.8) & (np.abs(box.vertices[:, :2]).max(axis=1) < 3.6)
    low = box.vertices[:, 2] < 3.6
    assert enclosed[top].all()
    assert not enclosed[low].any()


def test_a_line_turned_round_encloses_the_other_side() -> None:
    box = _box(np.random.default_rng(0))
    rim = _rim(1.0)
    far = np.abs(box.vertices[:, 2] - 1.0) > 0.4
    inner, outer = (side_of_line(box, line) > 0 for line in (rim, rim[::-1]))
    np.testing.assert_array_equal(inner[far], ~outer[far])
