"""Scans of infant jaws: near the jaw, other triangles, any pose; files with truth, the same for the same seed."""

import json

import numpy as np
import pytest

from typodont.anatomy.landmarks import PALATE_LANDMARKS
from typodont.errors import ConfigError
from typodont.formats import read_mesh
from typodont.geometry.registration import apply
from typodont.geometry.surface_places import Surface
from typodont.synth.cleft.scan import make_maxilla_scan
from typodont.synth.cleft.write import write_palates


@pytest.fixture(scope="module")
def scan():
    return make_maxilla_scan(1, 0)


def test_a_scan_lies_on_the_jaw_but_for_noise(scan):
    back = apply(np.linalg.inv(scan.place), scan.mesh.vertices)
    apart = np.linalg.norm(Surface(scan.maxilla.mesh).nearest(back).points - back, axis=1)
    assert 0.02 < apart.mean() < 0.15
    assert np.quantile(apart, 0.95) < 0.4


def test_a_scan_has_triangles_of_its_own_and_faces_outward(scan):
    assert len(scan.mesh.vertices) != len(scan.maxilla.mesh.vertices)
    assert scan.mesh.face_cross.sum(axis=0) @ scan.place[:3, 2] > 0


def test_files_hold_the_scan_and_its_truth(tmp_path):
    files = write_palates(1, 1, tmp_path, suffix="ply")
    mesh, truth = read_mesh(files[0]), json.loads((tmp_path / "palate_1_00000_truth.json").read_text())
    assert set(truth["landmarks"]) == set(PALATE_LANDMARKS)
    at = apply(np.array(truth["pose"]), np.array([truth["landmarks"]["interincisal ridge"]]))[0]
    assert abs(at[0]) < 8
    assert at[1] > 5
    before = files[0].stat().st_mtime_ns
    assert write_palates(1, 1, tmp_path, suffix="ply") == files
    assert files[0].stat().st_mtime_ns == before
    np.testing.assert_allclose(mesh.vertices, make_maxilla_scan(1, 0).mesh.vertices, atol=1e-4)


def test_an_unknown_format_is_told(tmp_path):
    with pytest.raises(ConfigError, match="suffix: found 'dxf'"):
        write_palates(1, 0, tmp_path, suffix="dxf")
