from dataclasses import replace

import numpy as np
import pytest

from typodont.errors import LabelError
from typodont.formats import ScanLabels, write_labels, write_mesh
from typodont.geometry.mesh import Mesh
from typodont.records import most_frequent_around, read_labelled_scan


def beside(arch, folder, suffix="obj"):
    label = arch.vertex_attributes["label"]
    write_mesh(arch, folder / f"case.{suffix}")
    write_labels(ScanLabels("case", "upper", label, (label > 0).astype(int)), folder / "case.json")
    return folder / f"case.{suffix}"


def test_labels_beside_the_mesh(arch, tmp_path):
    scan = read_labelled_scan(beside(arch, tmp_path))
    assert scan.jaw == "upper"
    np.testing.assert_array_equal(scan.labels, arch.vertex_attributes["label"])
    np.testing.assert_array_equal(scan.instances, arch.vertex_attributes["label"] > 0)


def test_labels_elsewhere_and_unit(arch, tmp_path):
    path = beside(replace(arch, vertices=arch.vertices / 1000), tmp_path)
    other = tmp_path / "labels.json"
    (tmp_path / "case.json").rename(other)
    scan = read_labelled_scan(path, other)
    assert (scan.jaw, scan.unit) == ("upper", "m")
    np.testing.assert_allclose(scan.mesh.vertices, arch.vertices)


def test_labels_of_another_mesh_are_refused(arch, tmp_path):
    path = beside(arch, tmp_path)
    write_mesh(arch.submesh(arch.vertex_attributes["label"][arch.faces].min(axis=1) > 0), path)
    with pytest.raises(LabelError, match=r"case\.json: found 200 labels, expected 120, one for every vertex"):
        read_labelled_scan(path)


@pytest.mark.parametrize("suffix", ["ply", "vtp"])
def test_labels_in_the_mesh_file(arch, tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    write_mesh(arch, path)
    scan = read_labelled_scan(path)
    np.testing.assert_array_equal(scan.labels, arch.vertex_attributes["label"])
    assert scan.jaw == "upper"
    assert sorted(set(scan.instances.tolist())) == list(range(11))
    assert (scan.instances[scan.labels == 0] == 0).all()


def test_jaw_of_the_majority(arch, tmp_path):
    label = arch.vertex_attributes["label"].copy()
    label[label > 0] += 20
    label[-1] = 11
    write_mesh(arch.with_vertex(label=label), tmp_path / "a.ply")
    assert read_labelled_scan(tmp_path / "a.ply").jaw == "lower"


def test_labels_of_faces(arch, tmp_path):
    face_label = arch.vertex_attributes["label"][arch.faces].max(axis=1)
    write_mesh(Mesh(arch.vertices, arch.faces, {}, {"label": face_label}), tmp_path / "a.vtp")
    scan = read_labelled_scan(tmp_path / "a.vtp")
    np.testing.assert_array_equal(scan.labels, most_frequent_around(arch, face_label))


def test_most_frequent_around_a_vertex():
    mesh = Mesh(np.zeros((6, 3)), [[0, 1, 2], [0, 2, 3], [0, 3, 4]])
    around = most_frequent_around(mesh, np.array([12, 11, 12]))
    assert around.tolist() == [12, 12, 11, 11, 12, 0]


@pytest.mark.parametrize(
    ("labels", "match"),
    [
        (None, r"found no labels; expected a\.json \(Teeth3DS\) beside the mesh, or a property 'label'"),
        (0, "found no FDI tooth number among the labels, so the jaw is unknown"),
        (19, r"found the labels \[19\], expected 0 or FDI"),
    ],
)
def test_no_usable_labels(arch, tmp_path, labels, match):
    path = tmp_path / "a.ply"
    label = arch.vertex_attributes["label"].copy()
    if labels == 0:
        label[:] = 0
    else:
        label[3] = 19
    write_mesh(Mesh(arch.vertices, arch.faces) if labels is None else arch.with_vertex(label=label), path)
    with pytest.raises(LabelError, match=match) as caught:
        read_labelled_scan(path)
    assert str(path) in str(caught.value)


@pytest.mark.realdata
def test_real_scans(real_data):
    paths = sorted((real_data / "scans_teeth3ds").glob("*.obj"))
    assert [read_labelled_scan(path).jaw for path in paths] == [path.stem.split("_")[1] for path in paths]
