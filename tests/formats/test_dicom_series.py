import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset, dcmwrite, uid

from typodont.errors import FormatError
from typodont.formats.dicom_series import group_series, read_series

CT = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"
SHAPE = (4, 5, 6)
"""Slices, rows, columns."""
SERIES = "1.2.826.0.1.3680043.8.498.1"


def stored():
    return np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE)


def picture(values, **elements):
    data = Dataset()
    data.SOPClassUID, data.SOPInstanceUID, data.SeriesInstanceUID = CT, f"{SERIES}.{values.flat[0]}", SERIES
    data.Modality, data.Rows, data.Columns = "CT", *values.shape[-2:]
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, data.PixelRepresentation = 15, 1
    data.PixelData = values.tobytes()
    data["PixelData"].VR = "OW"
    for keyword, value in elements.items():
        setattr(data, keyword, value)
    data.ensure_file_meta()
    data.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    return data


def slice_of(number, values=None, **elements):
    place = {
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "ImagePositionPatient": [-3.0, 2.0, 10 + 0.7 * number],
        "PixelSpacing": [0.6, 0.5],  # between rows, between columns
        "RescaleSlope": 2,
        "RescaleIntercept": -1000,
        "NumberOfFrames": 1,
    }
    return picture(stored()[number] if values is None else values, **(place | elements))


@pytest.fixture
def series(tmp_path):
    """A function: changes of single slices by number -> files of a series, names in no useful order."""

    def write(**changes):
        files = []
        for number, name in enumerate(["d", "a.dcm", "c.dcm", "b"]):
            path = tmp_path / name
            dcmwrite(path, slice_of(number, **changes.get(f"s{number}", {})), enforce_file_format=True)
            files.append(path)
        return sorted(files)

    return write


def truth():
    return 2.0 * stored().transpose(2, 1, 0) - 1000


def test_left_back_head_in_hounsfield_units(series):
    found = read_series(series())
    np.testing.assert_array_equal(found.values, truth())
    assert found.spacing == pytest.approx((0.5, 0.6, 0.7))
    assert found.values.dtype == np.float32
    assert found.warnings == ()


def test_as_simpleitk_reads_it(series):
    sitk = pytest.importorskip("SimpleITK")
    files = series()
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(files[0].parent)))
    image = reader.Execute()
    found = read_series(files)
    np.testing.assert_array_equal(found.values, sitk.GetArrayFromImage(image).transpose(2, 1, 0))
    assert found.spacing == pytest.approx(image.GetSpacing())


def test_slices_that_stand_upright(series):
    # coronal: columns to the left, rows to the feet, slices to the back
    place = {
        f"s{i}": {"ImageOrientationPatient": [1, 0, 0, 0, 0, -1], "ImagePositionPatient": [0.0, 0.7 * i, 0.0]}
        for i in range(4)
    }
    found = read_series(series(**place))
    assert found.spacing == pytest.approx((0.5, 0.7, 0.6))
    np.testing.assert_array_equal(found.values, (2.0 * stored() - 1000).transpose(2, 0, 1)[:, :, ::-1])


def test_a_scout_and_a_second_picture_of_one_place_are_left_out(series):
    found = read_series(
        series(
            s0={"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]},
            s3={"ImagePositionPatient": [-3.0, 2.0, 10 + 0.7 * 2]},
        )
    )
    assert found.values.shape == (6, 5, 2)
    assert found.warnings == (
        "1 pictures lie otherwise than the rest; left out",
        "1 slices lie where another one lies; left out",
    )


def test_a_missing_slice_is_told(series):
    found = read_series(series(s3={"ImagePositionPatient": [-3.0, 2.0, 10 + 0.7 * 4]}))
    assert found.spacing[2] == pytest.approx(0.7)
    assert found.warnings[0].startswith("distances between slices run from 0.70 to 1.40 mm; slices may be missing")


def test_many_frames_in_one_file(tmp_path):
    def item(**elements):
        data = Dataset()
        for keyword, value in elements.items():
            setattr(data, keyword, value)
        return data

    shared = item(
        PlaneOrientationSequence=[item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
        PixelMeasuresSequence=[item(PixelSpacing=[0.6, 0.5])],
        PixelValueTransformationSequence=[item(RescaleSlope=2, RescaleIntercept=-1000, RescaleType="HU")],
    )
    frames = [item(PlanePositionSequence=[item(ImagePositionPatient=[0.0, 0.0, 0.7 * i])]) for i in range(4)]
    data = picture(stored(), SOPClassUID=ENHANCED_CT, NumberOfFrames=4)
    data.SharedFunctionalGroupsSequence, data.PerFrameFunctionalGroupsSequence = [shared], frames
    dcmwrite(tmp_path / "a.dcm", data, enforce_file_format=True)
    found = read_series([tmp_path / "a.dcm"])
    np.testing.assert_array_equal(found.values, truth())
    assert found.spacing == pytest.approx((0.5, 0.6, 0.7))


def test_files_are_put_together_by_series(series, tmp_path):
    files = series(s1={"SeriesInstanceUID": "1.2.3"})
    (tmp_path / "z.dcm").write_bytes(b"no DICOM")
    groups = group_series([*files, tmp_path / "z.dcm"])
    assert [[path.name for path in group] for group in groups] == [["a.dcm"], ["b", "c.dcm", "d"], ["z.dcm"]]


def test_a_single_slice(series):
    with pytest.raises(FormatError, match="found a single slice, expected the slices of a CT; export the whole series"):
        read_series(series()[:1])


def test_a_radiograph_has_no_place_in_space(tmp_path):
    dcmwrite(tmp_path / "a.dcm", picture(stored()[0]), enforce_file_format=True)
    with pytest.raises(FormatError, match=r"a\.dcm: found a picture that says no place in space.*export the volume"):
        read_series([tmp_path / "a.dcm"])


def test_dicom_without_a_picture(tmp_path):
    data = picture(stored()[0])
    del data.Rows, data.Columns, data.PixelData
    dcmwrite(tmp_path / "DICOMDIR", data, enforce_file_format=True)
    with pytest.raises(FormatError, match="DICOMDIR: found DICOM without a picture, expected the slices of a CT"):
        read_series([tmp_path / "DICOMDIR"])


@pytest.mark.parametrize(
    "place", [{"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, {"PixelSpacing": [0, 0]}, {"PixelSpacing": None}]
)
def test_a_slice_without_a_plane(series, place):
    with pytest.raises(FormatError, match=r"d: the DICOM file is truncated or damaged"):
        read_series(series(s0=place))


def test_what_is_no_dicom_or_damaged(series, tmp_path):
    (tmp_path / "no.dcm").write_bytes(b"hello")
    with pytest.raises(FormatError, match=r"no\.dcm: found no DICOM file, expected the slices of a CT"):
        read_series([tmp_path / "no.dcm"])
    files = series()
    files[0].write_bytes(files[0].read_bytes()[:-20])
    with pytest.raises(FormatError, match=r"a\.dcm: the DICOM file is truncated or damaged"):
        read_series(files)


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_damaged_bytes_never_give_a_traceback(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("damaged")
    files = [folder / f"{number}.dcm" for number in range(3)]
    for number, path in enumerate(files):
        dcmwrite(path, slice_of(number), enforce_file_format=True)
    content = bytearray(files[1].read_bytes())
    places = st.tuples(st.integers(300, len(content) - 1), st.integers(0, 255))
    for place, byte in data.draw(st.lists(places, min_size=1)):
        content[place] = byte
    files[1].write_bytes(content)
    try:
        found = [read_series(group) for group in group_series(files)]
    except FormatError:
        return
    assert all(np.isfinite(volume.values).all() and min(volume.spacing) > 0 for volume in found)
