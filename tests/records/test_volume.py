import numpy as np
import pytest
import trimesh

from typodont.errors import ConfigError, FormatError, MeshError
from typodont.formats import write_mesh
from typodont.geometry.mesh import Mesh
from typodont.records.volume import SLICES, find_volumes, read_volume, voxelised

nibabel = pytest.importorskip("nibabel")


def box(x, y, z):
    shape = trimesh.creation.box(extents=(x, y, z))
    return Mesh(np.array(shape.vertices) + 100.0, np.array(shape.faces))


def nifti(path, values):
    nibabel.save(nibabel.Nifti1Image(values, np.diag([-0.5, -0.5, 1.0, 1])), path)


def dicom(folder, *, series, n=3):
    from pydicom import Dataset, dcmwrite, uid

    folder.mkdir(parents=True, exist_ok=True)
    for number in range(n):
        data = Dataset()
        data.SOPClassUID, data.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", uid.generate_uid()
        data.SeriesInstanceUID, data.Rows, data.Columns = series, 4, 5
        data.SamplesPerPixel, data.PhotometricInterpretation, data.BitsAllocated = 1, "MONOCHROME2", 16
        data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 15, 1
        data.ImageOrientationPatient, data.PixelSpacing = [1, 0, 0, 0, 1, 0], [0.3, 0.3]
        data.ImagePositionPatient = [0.0, 0.0, 0.4 * number]
        data.PixelData = np.full((4, 5), number, dtype=np.int16).tobytes()
        data["PixelData"].VR = "OW"
        data.ensure_file_meta()
        data.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
        dcmwrite(folder / f"{series}_{number}", data, enforce_file_format=True)


@pytest.fixture
def folder(tmp_path):
    nifti(tmp_path / "head.nii.gz", np.zeros((4, 4, 4), dtype=np.int16))
    (tmp_path / "crowns").mkdir()
    write_mesh(box(2, 2, 2), tmp_path / "crowns" / "36.stl")
    dicom(tmp_path / "patient", series="1.2.3")
    dicom(tmp_path / "patient", series="1.2.4", n=2)
    (tmp_path / "notes.txt").write_text("not a volume")
    (tmp_path / ".hidden.nii").write_text("")
    return tmp_path


def test_everything_is_found_once_by_its_content(folder):
    found = find_volumes([folder, folder / "crowns" / "36.stl"])
    assert [(v.kind, v.name, len(v.files)) for v in found] == [
        ("shape", "36", 1),
        ("ct", "head", 1),
        ("ct", "patient", 3),
        ("ct", "patient", 2),
    ]


def test_each_kind_is_read(folder):
    shape, head, patient, _ = (read_volume(v) for v in find_volumes([folder]))
    assert (shape.kind, shape.values.shape) == ("shape", (64, 64, 64))
    assert head.spacing == pytest.approx((0.5, 0.5, 1.0))
    assert patient.spacing == pytest.approx((0.3, 0.3, 0.4))
    np.testing.assert_array_equal(patient.values[0, 0], [0, 1, 2])


def test_nothing_there(tmp_path):
    with pytest.raises(ConfigError, match=r"no volumes there; expected DICOM series or .nii"):
        find_volumes([tmp_path])
    with pytest.raises(ConfigError, match=r"none: found no such file or folder"):
        find_volumes([tmp_path / "none"])


def test_a_file_that_is_named_is_not_passed_over_in_silence(folder):
    (found,) = find_volumes([folder / "notes.txt"])
    with pytest.raises(FormatError, match=r"notes\.txt: found no DICOM file, expected the slices of a CT"):
        read_volume(found)


@pytest.mark.realdata
def test_real_crowns(real_data):
    files = [real_data / "tooth_shapes" / "crowns" / "36.ply", real_data / "crown_case" / "designed_crown.ply"]
    for volume in find_volumes(files):
        found = read_volume(volume, voxel_mm=0.3)
        sides = np.array(found.values.shape) * 0.3
        assert (sides > 5).all()
        assert (sides < 20).all()  # a molar in mm
        assert 0.3 < found.values.mean() < 0.7


def test_a_box_in_voxels():
    values, spacing = voxelised(box(6.2, 4.2, 2.2), 0.2)
    assert spacing == 0.2
    assert values.dtype == np.float32
    # samples lie at the ends of the box, so that one more than its length has fits, less its two faces themselves
    volume = values.sum() * 0.2**3
    assert volume == pytest.approx(6.2 * 4.2 * 2.2, rel=0.15)
    assert set(np.unique(values)) == {0.0, 1.0}


def test_the_published_study_has_as_many_slices_whatever_the_size():
    for size in (1.0, 7.3):
        values, spacing = voxelised(box(size, size, size))
        assert abs(values.shape[2] - SLICES) <= 1
        assert spacing == pytest.approx(size / (SLICES - 1))


def test_surfaces_that_cannot_be_cut(tmp_path):
    flat = Mesh(np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]), np.array([[0, 1, 2]]))
    write_mesh(flat, tmp_path / "flat.stl")
    with pytest.raises(MeshError, match=r"flat\.stl: found a surface without any height"):
        read_volume(find_volumes([tmp_path])[0])
    with pytest.raises(MeshError, match=r"too large for voxels of 0\.1 mm; is it in mm"):
        voxelised(box(500, 500, 500), 0.1)
