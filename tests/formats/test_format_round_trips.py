"""What is written is what is read, for every format and any surface."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from typodont.errors import FormatError
from typodont.formats import read_mesh, write_mesh, write_ply, write_stl
from typodont.geometry.mesh import Mesh

KEEPS_ORDER = {
    "obj": write_mesh,
    "ply": write_mesh,
    "vtp": write_mesh,
    "text.ply": lambda mesh, path: write_ply(mesh, path, ascii=True),
}


@st.composite
def meshes(draw, width):
    n = draw(st.integers(3, 12))
    number = st.floats(-1e6, 1e6, width=width)
    vertices = draw(st.lists(st.tuples(number, number, number), min_size=n, max_size=n))
    corner = st.integers(0, n - 1)
    faces = draw(st.lists(st.tuples(corner, corner, corner), min_size=1, max_size=10))
    return Mesh(np.array(vertices), np.array(faces))


def round_trip(mesh, suffix, write):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"scan.{suffix}"
        write(mesh, path)
        return read_mesh(path)


@pytest.mark.parametrize("suffix", KEEPS_ORDER)
@settings(max_examples=40, deadline=None)
@given(mesh=st.one_of(meshes(32), meshes(64)))
def test_coordinates_faces_and_order_are_exact(suffix, mesh):
    again = round_trip(mesh, suffix, KEEPS_ORDER[suffix])
    np.testing.assert_array_equal(again.vertices, mesh.vertices)
    np.testing.assert_array_equal(again.faces, mesh.faces)


@pytest.mark.parametrize("as_text", [False, True])
@settings(max_examples=40, deadline=None)
@given(mesh=meshes(32))
def test_stl_keeps_every_corner(as_text, mesh):
    again = round_trip(mesh, "stl", lambda m, path: write_stl(m, path, ascii=as_text))
    np.testing.assert_array_equal(again.vertices[again.faces], mesh.vertices[mesh.faces])
    assert len(np.unique(again.vertices + 0.0, axis=0)) == len(again.vertices)


@pytest.mark.parametrize("suffix", ["ply", "text.ply", "vtp"])
def test_attributes_survive(surface, suffix):
    again = round_trip(surface, suffix, KEEPS_ORDER[suffix])
    assert set(again.vertex_attributes) == {"label", "color", "confidence"}
    for name, values in surface.vertex_attributes.items():
        np.testing.assert_array_equal(again.vertex_attributes[name], values)
        assert again.vertex_attributes[name].dtype == values.dtype
    np.testing.assert_array_equal(again.face_attributes["label"], surface.face_attributes["label"])


def test_obj_keeps_colors_but_no_labels(surface):
    again = round_trip(surface, "obj", write_mesh)
    assert set(again.vertex_attributes) == {"color"}
    np.testing.assert_array_equal(again.vertex_attributes["color"], surface.vertex_attributes["color"])


@pytest.mark.parametrize("suffix", ["stl", "ply", "obj", "vtp"])
def test_the_name_does_not_matter_for_reading(surface, suffix, tmp_path):
    write_mesh(surface, tmp_path / f"a.{suffix}")
    for other in ("STL", "ply", "obj", "vtp", "dat"):
        renamed = tmp_path / f"b.{other}"
        renamed.write_bytes((tmp_path / f"a.{suffix}").read_bytes())
        assert len(read_mesh(renamed).faces) == len(surface.faces)


def test_unknown_suffix_is_refused_and_nothing_is_written(surface, tmp_path):
    with pytest.raises(FormatError, match=r"cannot write \.step, expected \.stl, \.ply, \.obj, \.vtp"):
        write_mesh(surface, tmp_path / "a.step")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(surface, tmp_path):
    path = tmp_path / "a.ply"
    path.write_text("old")
    with pytest.raises(TypeError):
        write_mesh(surface.with_vertex(name=np.array(["x"] * len(surface.vertices), dtype=object)), path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
