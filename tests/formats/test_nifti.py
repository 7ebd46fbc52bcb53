import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from typodont.errors import ConfigError, FormatError
from typodont.formats.nifti import read_nifti, write_nifti

nibabel = pytest.importorskip("nibabel")
sitk = pytest.importorskip("SimpleITK")


def ramp(shape=(5, 6, 7)):
    return np.arange(np.prod(shape), dtype=np.int16).reshape(shape) - 100


def written(path, values, affine=None, **header):
    image = nibabel.Nifti1Image(values, np.diag([-0.5, -0.6, 0.7, 1]) if affine is None else affine)
    image.header.set_xyzt_units(**{"xyz": "mm", **header})
    nibabel.save(image, path)
    return path


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_values_and_spacing(tmp_path, name):
    found = read_nifti(written(tmp_path / name, ramp()))
    np.testing.assert_array_equal(found.values, ramp())
    assert found.values.dtype == np.float32
    assert found.spacing == pytest.approx((0.5, 0.6, 0.7))
    assert found.warnings == ()


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_as_simpleitk_writes_it(tmp_path, name):
    image = sitk.GetImageFromArray(ramp().transpose(2, 1, 0))  # its arrays run z, y, x
    image.SetSpacing((0.5, 0.6, 0.7))
    sitk.WriteImage(image, str(tmp_path / name))
    found = read_nifti(tmp_path / name)
    np.testing.assert_array_equal(found.values, ramp())  # ITK, too, counts to the left, back and head
    assert found.spacing == pytest.approx((0.5, 0.6, 0.7))


def test_to_the_right_and_to_the_front_is_turned(tmp_path):
    found = read_nifti(written(tmp_path / "a.nii", ramp(), np.diag([0.5, 0.6, 0.7, 1])))
    np.testing.assert_array_equal(found.values, ramp()[::-1, ::-1])


def test_slope_and_unit(tmp_path):
    image = nibabel.Nifti1Image(ramp(), np.diag([-5e-4, -6e-4, 7e-4, 1]))
    image.header.set_xyzt_units("meter")
    image.header.set_slope_inter(2.0, -1024.0)
    nibabel.save(image, tmp_path / "a.nii")
    found = read_nifti(tmp_path / "a.nii")
    assert found.spacing == pytest.approx((0.5, 0.6, 0.7))
    stored = np.asarray(nibabel.load(tmp_path / "a.nii").dataobj)
    np.testing.assert_allclose(found.values, stored, rtol=1e-5)


def test_values_that_are_not_finite(tmp_path):
    values = ramp().astype(np.float32)
    values[0, 0, :2] = np.nan, np.inf
    found = read_nifti(written(tmp_path / "a.nii", values))
    assert found.values[0, 0, :3].tolist() == [-98, -98, -98]
    assert found.warnings == ("2 values are not finite; taken as -98",)
    with pytest.raises(FormatError, match=r"b\.nii: found no finite value"):
        read_nifti(written(tmp_path / "b.nii", np.full((3, 3, 3), np.nan, dtype=np.float32)))


def test_one_volume_only(tmp_path):
    np.testing.assert_array_equal(read_nifti(written(tmp_path / "a.nii", ramp()[..., None])).values, ramp())
    with pytest.raises(FormatError, match=r"b\.nii: found 5 × 6 × 7 × 2 values, expected a volume with three axes"):
        read_nifti(written(tmp_path / "b.nii", np.stack([ramp(), ramp()], axis=-1)))


@pytest.mark.parametrize("content", [b"", b"hello", bytes(500)])
def test_what_is_no_nifti(tmp_path, content):
    for name in ("a.nii", "a.nii.gz"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FormatError, match=r"a\.nii.*: cannot be read as NIfTI .*; export it again"):
            read_nifti(tmp_path / name)


def test_truncated_and_missing(tmp_path):
    for name in ("a.nii", "a.nii.gz"):
        path = written(tmp_path / name, np.random.default_rng(0).integers(0, 999, (20, 20, 20), dtype=np.int16))
        path.write_bytes(path.read_bytes()[:-1500])
        with pytest.raises(FormatError, match=r"a\.nii.*: cannot be read as NIfTI"):
            read_nifti(path)
    with pytest.raises(FormatError, match=r"none\.nii: cannot be read"):
        read_nifti(tmp_path / "none.nii")


def test_without_nibabel(tmp_path, monkeypatch):
    path = written(tmp_path / "a.nii", ramp())
    monkeypatch.setitem(sys.modules, "nibabel", None)
    with pytest.raises(ConfigError, match=r"pip install 'typodont\[volume\]'"):
        read_nifti(path)


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_damaged_bytes_never_give_a_traceback(tmp_path_factory, data):
    path = written(tmp_path_factory.mktemp("damaged") / "a.nii", ramp())
    content = bytearray(path.read_bytes())
    places = st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255))
    for place, byte in data.draw(st.lists(places, min_size=1)):
        content[place] = byte
    path.write_bytes(content)
    try:
        found = read_nifti(path)
    except FormatError:
        return
    assert np.isfinite(found.values).all()
    assert min(found.spacing) > 0


def test_what_is_written_is_read_again_along_the_same_axes(tmp_path):
    values = np.arange(-60, 60, dtype=np.float32).reshape(4, 5, 6)
    for ending in (".nii", ".nii.gz"):
        path = tmp_path / f"a{ending}"
        write_nifti(values, (0.5, 0.7, 2.0), path)
        found = read_nifti(path)
        assert np.array_equal(found.values, values)
        assert found.spacing == pytest.approx((0.5, 0.7, 2.0))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.nii", "a.nii.gz"]
