import numpy as np
import pytest
from PIL import Image
from pydicom import Dataset, dcmwrite, uid

from typodont.errors import FormatError
from typodont.records import RADIOGRAPH_SUFFIXES, radiograph_shape, read_radiograph

GREY = np.linspace(0, 255, 12 * 20).astype(np.uint8).reshape(12, 20)


def write_dicom(path):
    data = Dataset()
    data.SOPClassUID, data.SOPInstanceUID, data.Modality = "1.2.840.10008.5.1.4.1.1.1.1", uid.generate_uid(), "PX"
    data.Rows, data.Columns = GREY.shape
    data.SamplesPerPixel, data.PhotometricInterpretation, data.PixelRepresentation = 1, "MONOCHROME2", 0
    data.BitsAllocated = data.BitsStored = 8
    data.HighBit = 7
    data.PixelData = GREY.tobytes()
    data["PixelData"].VR = "OW"
    data.PatientOrientation, data.PixelSpacing = ["L", "F"], [0.1, 0.12]
    data.ensure_file_meta()
    data.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    dcmwrite(path, data, enforce_file_format=True)
    return path


def test_pictures(tmp_path):
    Image.fromarray(GREY).save(tmp_path / "case 1.png")
    found = read_radiograph(str(tmp_path / "case 1.png"))
    np.testing.assert_allclose(found.image, GREY / 255, atol=1e-6)
    assert (found.name, found.path) == ("case 1", tmp_path / "case 1.png")
    assert (found.modality, found.pixel_mm, found.patient_right_at) == (None, None, None)


@pytest.mark.parametrize("name", ["a.dcm", "a.DICOM", "IM000001", "a.img"])
def test_dicom_is_known_by_its_content(tmp_path, name):
    path = write_dicom(tmp_path / name)
    found = read_radiograph(path)
    np.testing.assert_allclose(found.image, GREY / 255, atol=1e-6)
    assert (found.modality, found.pixel_mm, found.patient_right_at) == ("PX", (0.1, 0.12), "left")
    assert radiograph_shape(path) == GREY.shape


def test_what_is_no_radiograph(tmp_path):
    (tmp_path / "a.png").write_text("hello")
    (tmp_path / "empty").write_bytes(b"")
    for name, match in (
        ("a.png", "no picture"),
        ("empty", "no picture"),
        ("none.dcm", "No such file"),
        (".", "directory"),
    ):
        with pytest.raises(FormatError, match=match):
            read_radiograph(tmp_path / name)


def test_suffixes_are_those_of_the_documentation(repo_root):
    page = (repo_root / "docs" / "how-to" / "use-your-own-radiographs.md").read_text(encoding="utf-8")
    assert all(f"`{suffix}`" in page for suffix in RADIOGRAPH_SUFFIXES)


@pytest.mark.realdata
def test_real_pictures(real_data):
    for path, shape in (
        (real_data / "panoramic_ufba" / "images" / "cate1-00002.jpg", (512, 512)),
        (real_data / "panoramic_hitl" / "images" / "1.jpg", (1024, 2041)),
    ):
        found = read_radiograph(path)
        assert found.image.shape == radiograph_shape(path) == shape
        assert found.colourful < 0.01
