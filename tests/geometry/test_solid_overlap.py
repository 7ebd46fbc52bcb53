"""The space that two solids share, against boxes and spheres."""

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from typodont.errors import MeshError
from typodont.geometry.mesh import Mesh
from typodont.geometry.solid_overlap import Solid


def box(shift=(0, 0, 0), size=(2, 3, 4)):
    shape = trimesh.creation.box(extents=size)
    return Mesh(np.array(shape.vertices) + shift, np.array(shape.faces))


@settings(max_examples=20, deadline=None)
@given(shift=st.tuples(st.floats(0, 3), st.floats(0, 3), st.floats(0, 4)))
def test_two_boxes_share_a_box(shift):
    common = np.prod(np.clip(np.array((2, 3, 4)) - shift, 0, None))
    found = Solid(box()).overlap(Solid(box(shift)))
    assert (found.first, found.second) == (pytest.approx(24), pytest.approx(24))
    assert found.common == pytest.approx(common, abs=1e-6)
    assert found.dice == pytest.approx(common / 24, abs=1e-6)
    assert found.jaccard == pytest.approx(common / (48 - common), abs=1e-6)


def test_measures_of_a_box_and_of_the_same_box_with_its_faces_shuffled():
    mesh = box()
    solid = Solid(mesh)
    assert (solid.volume, solid.area) == (pytest.approx(24), pytest.approx(52))
    shuffled = Mesh(mesh.vertices, mesh.faces[np.random.default_rng(0).permutation(12)])
    assert solid.overlap(Solid(shuffled)).dice == pytest.approx(1)


def test_a_sphere_within_another():
    spheres = [trimesh.creation.icosphere(subdivisions=3, radius=r) for r in (2.0, 3.0)]
    small, large = (Solid(Mesh(np.array(s.vertices), np.array(s.faces))) for s in spheres)
    assert small.overlap(large).jaccard == pytest.approx((2 / 3) ** 3, abs=1e-6)


def test_what_is_no_solid():
    mesh = box()
    with pytest.raises(MeshError, match="found 3 open edges, expected a closed surface"):
        Solid(Mesh(mesh.vertices, mesh.faces[1:]))
    with pytest.raises(MeshError, match=r"found a volume of -24 mm³, expected more than 0; turn its faces outward"):
        Solid(Mesh(mesh.vertices, mesh.faces[:, ::-1]))
