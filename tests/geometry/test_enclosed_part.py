from itertools import pairwise

import numpy as np
import pytest
import trimesh

from typodont.errors import MeshError
from typodont.geometry.enclosed_part import enclosed_vertices
from typodont.geometry.mesh import Mesh


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
    enclosed = enclosed_vertices(box, _rim(4.0))
    top = (box.vertices[:, 2] > 3.8) & (np.abs(box.vertices[:, :2]).max(axis=1) < 3.6)
    low = box.vertices[:, 2] < 3.6
    assert enclosed[top].all()
    assert not enclosed[low].any()


def test_a_line_turned_round_encloses_the_other_side() -> None:
    box = _box(np.random.default_rng(0))
    rim = _rim(1.0)
    far = np.abs(box.vertices[:, 2] - 1.0) > 0.4
    np.testing.assert_array_equal(enclosed_vertices(box, rim)[far], ~enclosed_vertices(box, rim[::-1])[far])


def test_a_line_around_a_hole_parts_nothing() -> None:
    box = _box(np.random.default_rng(0))
    open_above = box.submesh(box.vertices[box.faces][:, :, 2].max(axis=1) < 3.0)
    with pytest.raises(MeshError, match="does not part"):
        enclosed_vertices(open_above, _rim(3.0))
