from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from typodont.errors import ConfigError, FormatError, LabelError, MeshError
from typodont.formats import write_mesh
from typodont.geometry.decimation import subdivide
from typodont.geometry.mesh import Mesh
from typodont.records import MM_PER_UNIT, Scan, detect_unit, read_scan, shell_sizes
from typodont.records.units import extent


def written(mesh, path):
    write_mesh(mesh, path)
    return path


@pytest.mark.parametrize("suffix", ["stl", "ply", "obj", "vtp"])
def test_a_good_scan_has_no_warnings(arch, tmp_path, suffix):
    path = written(arch, tmp_path / f"case_upper.{suffix}")
    scan = read_scan(path)
    assert (scan.name, scan.path, scan.unit, scan.scale_to_mm, scan.warnings) == ("case_upper", path, "mm", 1.0, ())
    assert len(scan.mesh.faces) == len(arch.faces)
    assert scan.labels is None
    assert scan.jaw is None, "never taken from the file name"


@pytest.mark.parametrize("unit", MM_PER_UNIT)
@pytest.mark.parametrize("suffix", ["stl", "obj"])
def test_units_are_detected_and_corrected_with_a_warning(arch, tmp_path, unit, suffix):
    scaled = replace(arch, vertices=arch.vertices / MM_PER_UNIT[unit])
    path = written(scaled, tmp_path / f"a.{suffix}")
    scan = read_scan(path)
    assert (scan.unit, scan.scale_to_mm) == (unit, MM_PER_UNIT[unit])
    np.testing.assert_allclose(scan.mesh.vertices[scan.mesh.faces], arch.vertices[arch.faces], atol=1e-3)
    if unit == "mm":
        assert scan.warnings == ()
    else:
        (warning,) = scan.warnings
        assert "across in the units of its file; taken as" in warning
        assert "give the unit to override" in warning


def test_a_given_unit_overrides(arch, tmp_path):
    path = written(arch, tmp_path / "a.obj")
    scan = read_scan(str(path), "inch")
    np.testing.assert_allclose(scan.mesh.vertices, arch.vertices * 25.4)
    assert (scan.unit, scan.scale_to_mm, scan.warnings) == ("inch", 25.4, ())
    with pytest.raises(ConfigError, match="unit is 'feet', expected auto, mm, cm, m, inch, um"):
        read_scan(path, "feet")


@pytest.mark.parametrize("factor", [1e-6, 0.004, 10.0])
def test_a_size_that_fits_no_unit(arch, tmp_path, factor):
    path = written(replace(arch, vertices=arch.vertices * factor), tmp_path / "a.obj")
    scan = read_scan(path)
    assert scan.unit == "mm"
    assert "no dental arch in any unit; taken as millimetres" in scan.warnings[0]


@given(seed=st.integers(0, 1000), unit=st.sampled_from(sorted(MM_PER_UNIT)), width=st.floats(40, 85))
def test_unit_does_not_depend_on_pose_or_spikes(seed, unit, width):
    rng = np.random.default_rng(seed)
    cloud = rng.random((2000, 3)) * [width, width * 0.8, 15]
    cloud = cloud @ Rotation.random(rng=rng).as_matrix().T + rng.normal(0, 200, 3)
    cloud[:3] += 500
    assert detect_unit(cloud / MM_PER_UNIT[unit]) == unit
    assert 0.85 * width < extent(cloud) < 1.4 * width


@pytest.mark.parametrize("width", [15, 25, 35])
@pytest.mark.parametrize("unit", ["mm", "m", "um", "inch"])
def test_unit_of_partial_scans(width, unit):
    cloud = np.random.default_rng(0).random((500, 3)) * [width, 8, 8]
    assert detect_unit(cloud / MM_PER_UNIT[unit]) == unit


def test_unused_vertices_are_kept_in_order_and_named(arch, tmp_path):
    vertices = np.vstack([arch.vertices[:7], [[500.0, 0, 0]], arch.vertices[7:]])
    faces = arch.faces + (arch.faces >= 7)
    scan = read_scan(written(Mesh(vertices, faces), tmp_path / "a.obj"))
    np.testing.assert_array_equal(scan.mesh.vertices, vertices)
    assert scan.warnings == ("1 of 201 vertices belong to no face; they keep their place in the labels",)
    scan = read_scan(written(Mesh(vertices, faces[: len(faces) // 6]), tmp_path / "b.obj"))
    assert scan.warnings[0].endswith("the file may be truncated")


def test_several_shells_are_accepted_and_named(arch, tmp_path):
    n = len(arch.vertices)
    both = Mesh(np.vstack([arch.vertices, arch.vertices[:6] + [0, 0, 9]]), np.vstack([arch.faces, [[n, n + 5, n + 1]]]))
    scan = read_scan(written(both, tmp_path / "a.stl"))
    assert "2 separate shells; 1 of 313 faces lie outside the largest" in scan.warnings
    assert shell_sizes(both).tolist() == [312, 1]


def test_crumbs_are_no_reason_for_a_warning(arch, tmp_path):
    fine = subdivide(arch, times=2)
    n = len(fine.vertices)
    crumb = Mesh(
        np.vstack([fine.vertices, fine.vertices[:3] + [0, 0, 9]]), np.vstack([fine.faces, [[n, n + 1, n + 2]]])
    )
    assert len(shell_sizes(crumb)) == 2
    assert read_scan(written(crumb, tmp_path / "a.stl")).warnings == ()


def test_faces_that_share_no_vertices_but_positions_are_one_shell(arch):
    soup = Mesh(arch.vertices[arch.faces].reshape(-1, 3), np.arange(3 * len(arch.faces)).reshape(-1, 3))
    assert shell_sizes(soup).tolist() == [len(arch.faces)]


def test_bad_files_say_why(arch, tmp_path):
    path = tmp_path / "a.stl"
    path.write_bytes(b"")
    with pytest.raises(FormatError, match="the file is empty"):
        read_scan(path)
    path.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\n")
    with pytest.raises(MeshError, match="3 points but no faces"):
        read_scan(path)


def test_labels_must_fit(arch):
    n = len(arch.vertices)
    with pytest.raises(LabelError, match=f"found {n - 1} labels, expected {n}, one for every vertex"):
        Scan(arch, "a", labels=np.zeros(n - 1, dtype=int))
    with pytest.raises(LabelError, match="found 1 instances"):
        Scan(arch, "a", instances=np.zeros(1, dtype=int))
    with pytest.raises(LabelError, match="expected 'upper' or 'lower'"):
        Scan(arch, "a", jaw="top")


@pytest.mark.realdata
def test_real_scans_are_millimetres(real_data):
    for path in sorted((real_data / "scans_teeth3ds").glob("*.obj")):
        scan = read_scan(path)
        assert scan.unit == "mm"
        for unit, factor in MM_PER_UNIT.items():
            assert detect_unit(scan.mesh.vertices / factor) == unit
