import sys

import numpy as np
import pydicom
import pytest
from pydicom import Dataset, dcmwrite, uid

from typodont.anatomy import TEETH
from typodont.errors import ConfigError, FormatError, LabelError
from typodont.formats import dicom_seg
from typodont.formats.dicom_seg import tooth_code, write_dicom_seg

pytest.importorskip("highdicom")

SHAPE = (32, 48)  # a whole number of bytes a frame, as all machines make: SimpleITK misreads the last bits of others
ANATOMICAL_STRUCTURE = "91723000"


def box(top, left, bottom, right):
    mask = np.zeros(SHAPE, dtype=bool)
    mask[top:bottom, left:right] = True
    return mask


MASKS = {21: box(2, 20, 20, 30), 11: box(2, 12, 20, 22), 85: box(20, 1, 29, 9)}


@pytest.fixture
def source(tmp_path):
    """A panoramic as bare as machines write it."""
    data = Dataset()
    data.SOPClassUID, data.SOPInstanceUID, data.Modality = "1.2.840.10008.5.1.4.1.1.1.1", uid.generate_uid(), "PX"
    data.StudyInstanceUID, data.SeriesInstanceUID = uid.generate_uid(), uid.generate_uid()
    data.PatientID, data.PatientName, data.StudyDate = "77", "Doe^Jane", "20260102"
    data.Rows, data.Columns = SHAPE
    data.SamplesPerPixel, data.PhotometricInterpretation, data.PixelRepresentation = 1, "MONOCHROME2", 0
    data.BitsAllocated = data.BitsStored = 8
    data.HighBit = 7
    data.PixelData = np.zeros(SHAPE, dtype=np.uint8).tobytes()
    data["PixelData"].VR = "OW"
    data.ensure_file_meta()
    data.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    dcmwrite(tmp_path / "source.dcm", data, enforce_file_format=True)
    return tmp_path / "source.dcm"


def read_masks(path):
    """FDI -> mask, read with pydicom alone."""
    data = pydicom.dcmread(path)
    frames = data.pixel_array.astype(bool).reshape(-1, *SHAPE)
    labels = {segment.SegmentNumber: int(segment.SegmentLabel) for segment in data.SegmentSequence}
    groups = data.PerFrameFunctionalGroupsSequence
    numbers = [group.SegmentIdentificationSequence[0].ReferencedSegmentNumber for group in groups]
    return data, {labels[number]: frame for number, frame in zip(numbers, frames, strict=True)}


@pytest.mark.parametrize("from_dicom", [True, False])
def test_masks_come_back_also_where_they_overlap(tmp_path, source, from_dicom):
    path = tmp_path / "a_seg.dcm"
    write_dicom_seg(path, source if from_dicom else None, MASKS)
    data, masks = read_masks(path)
    assert sorted(masks) == [11, 21, 85]
    for fdi, mask in MASKS.items():
        np.testing.assert_array_equal(masks[fdi], mask)
    assert (data.Modality, data.SegmentationType) == ("SEG", "BINARY")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a_seg.dcm", "source.dcm"]


def test_what_the_segments_say(tmp_path, source):
    write_dicom_seg(tmp_path / "a.dcm", source, MASKS)
    segments = pydicom.dcmread(tmp_path / "a.dcm").SegmentSequence
    assert [s.SegmentLabel for s in segments] == ["11", "21", "85"]
    assert segments[0].SegmentDescription == "upper right central incisor"
    assert [s.TrackingID for s in segments] == ["FDI 11", "FDI 21", "FDI 85"]
    types = [s.SegmentedPropertyTypeCodeSequence[0] for s in segments]
    assert (types[0].CodeValue, types[0].CodingSchemeDesignator) == ("422653006", "SCT")
    assert types[2].CodeMeaning == "Deciduous mandibular right second molar tooth"
    assert {s.SegmentedPropertyCategoryCodeSequence[0].CodeValue for s in segments} == {ANATOMICAL_STRUCTURE}
    assert {s.SegmentAlgorithmType for s in segments} == {"AUTOMATIC"}


def test_the_source_is_referred_to(tmp_path, source):
    write_dicom_seg(tmp_path / "a.dcm", source, MASKS)
    data, original = pydicom.dcmread(tmp_path / "a.dcm"), pydicom.dcmread(source)
    assert data.StudyInstanceUID == original.StudyInstanceUID
    assert data.SeriesInstanceUID != original.SeriesInstanceUID
    assert (data.PatientID, data.PatientName, data.StudyDate) == ("77", "Doe^Jane", "20260102")
    series = data.ReferencedSeriesSequence[0]
    assert series.SeriesInstanceUID == original.SeriesInstanceUID
    assert series.ReferencedInstanceSequence[0].ReferencedSOPInstanceUID == original.SOPInstanceUID


def test_another_library_reads_the_same(tmp_path, source):
    simple_itk = pytest.importorskip("SimpleITK")
    write_dicom_seg(tmp_path / "a.dcm", source, MASKS)
    frames = simple_itk.GetArrayFromImage(simple_itk.ReadImage(str(tmp_path / "a.dcm"))) > 0
    for frame, fdi in zip(frames, (11, 21, 85), strict=True):
        np.testing.assert_array_equal(frame, MASKS[fdi])


def test_every_tooth_has_a_code_of_its_own():
    found = [tooth_code(fdi) for fdi in TEETH]
    assert len({code.value for code in found}) == len(TEETH)
    assert {code.scheme_designator for code in found} == {"SCT"}


@pytest.mark.parametrize(
    ("fdi", "value", "meaning"),
    [  # the map of ISO tooth numbers to SNOMED CT that HL7 Belgium publishes (BeCMISOToothSnomedCT)
        (11, "422653006", "Permanent maxillary right central incisor tooth"),
        (12, "424877001", "Permanent maxillary right lateral incisor tooth"),
        (13, "860767006", "Permanent maxillary right canine tooth"),
        (14, "57826002", "Permanent maxillary right first premolar tooth"),
        (15, "36492000", "Permanent maxillary right second premolar tooth"),
        (18, "68085002", "Permanent maxillary right third molar tooth"),
        (32, "423331005", "Mandibular left lateral tooth"),
        (48, "38994002", "Mandibular right third molar tooth"),
        (75, "49330006", "Deciduous mandibular left second molar tooth"),
    ],
)
def test_codes(fdi, value, meaning):
    assert (tooth_code(fdi).value, tooth_code(fdi).meaning) == (value, meaning)


def test_what_cannot_be_written(tmp_path, source, monkeypatch):
    path = tmp_path / "a.dcm"
    with pytest.raises(LabelError, match=r"a\.dcm: found no tooth to write"):
        write_dicom_seg(path, source, {})
    with pytest.raises(LabelError, match="found the tooth number 19"):
        write_dicom_seg(path, source, {19: MASKS[11]})
    with pytest.raises(LabelError, match=r"found masks of \(5, 5\) pixels, expected \(32, 48\) as .*source\.dcm has"):
        write_dicom_seg(path, source, {11: np.ones((5, 5), dtype=bool)})
    (tmp_path / "b.dcm").write_bytes(bytes(200))
    with pytest.raises(FormatError, match=r"b\.dcm: found no UIDs"):
        write_dicom_seg(path, tmp_path / "b.dcm", MASKS)
    monkeypatch.setitem(sys.modules, "highdicom", None)
    with pytest.raises(ConfigError, match=r"need highdicom, .* pip install 'typodont\[dicom\]'"):
        dicom_seg.write_dicom_seg(path, source, MASKS)
    assert not path.exists()
