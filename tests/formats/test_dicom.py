import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom import Dataset, dcmwrite, uid
from pydicom.encaps import encapsulate
from pydicom.pixels import get_decoder

from typodont.errors import FormatError
from typodont.formats import dicom
from typodont.formats.dicom import dicom_shape, read_dicom

SHAPE = (40, 64)
PANORAMIC = "1.2.840.10008.5.1.4.1.1.1.1"  # Digital X-Ray Image Storage - For Presentation, which PX uses too


def ramp(bits, dtype=np.uint16):
    """Values of all grey levels, so that they reach the largest one."""
    return np.linspace(0, 2**bits - 1, SHAPE[0] * SHAPE[1]).astype(dtype).reshape(SHAPE)


def dataset(values, *, bits=None, syntax=uid.ExplicitVRLittleEndian, **elements):
    data = Dataset()
    data.SOPClassUID, data.SOPInstanceUID, data.Modality = PANORAMIC, uid.generate_uid(), "PX"
    data.Rows, data.Columns = values.shape[:2]
    data.SamplesPerPixel = 1 if values.ndim == 2 else 3
    data.PhotometricInterpretation = "MONOCHROME2" if values.ndim == 2 else "RGB"
    if values.ndim == 3:
        data.PlanarConfiguration = 0
    data.BitsAllocated = 8 * values.dtype.itemsize
    data.BitsStored = bits or data.BitsAllocated
    data.HighBit = data.BitsStored - 1
    data.PixelRepresentation = int(values.dtype.kind == "i")
    data.PixelData = values.tobytes()
    data["PixelData"].VR = "OW"
    for keyword, value in elements.items():
        setattr(data, keyword, value)
    data.ensure_file_meta()
    data.file_meta.TransferSyntaxUID = syntax
    return data


@pytest.fixture
def written(tmp_path):
    """A function of `dataset`'s arguments -> the file."""

    def write(values, name="a.dcm", encode=None, **elements):
        data = dataset(values, **elements)
        if encode is not None:
            data.compress(encode)
        dcmwrite(tmp_path / name, data, enforce_file_format=True)
        return tmp_path / name

    return write


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_depths(written, bits):
    values = ramp(bits, np.uint8 if bits == 8 else np.uint16)
    path = written(values, bits=bits)
    found = read_dicom(path)
    assert found.grey.dtype == np.float32
    np.testing.assert_allclose(found.grey, values / (2**bits - 1), atol=1e-6)
    assert (found.modality, found.colourful, found.warnings) == ("PX", 0, ())
    assert (found.pixel_mm, found.patient_right_at) == (None, None)
    assert dicom_shape(path) == SHAPE


def test_monochrome1_is_inverted(written):
    values = ramp(12)
    found = read_dicom(written(values, bits=12, PhotometricInterpretation="MONOCHROME1"))
    np.testing.assert_allclose(found.grey, 1 - values / 4095, atol=1e-6)


def test_signed_values_and_rescale(written):
    values = (ramp(12).astype(np.int32) - 2048).astype(np.int16)
    found = read_dicom(written(values, bits=12, RescaleSlope="2", RescaleIntercept="4096"))
    np.testing.assert_allclose(found.grey, (2 * values.astype(float) + 4096) / 16383, atol=1e-6)
    signed = read_dicom(written(values, bits=12))
    np.testing.assert_allclose(signed.grey, (values + 2048) / 4095, atol=1e-6)
    assert "taken as black to white" in signed.warnings[0]


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("LINEAR", lambda x: np.clip((x - 999.5) / 799 + 0.5, 0, 1)),
        ("LINEAR_EXACT", lambda x: np.clip((x - 1000) / 800 + 0.5, 0, 1)),
        ("SIGMOID", lambda x: 1 / (1 + np.exp(-4 * (x - 1000) / 800))),
    ],
)
@pytest.mark.parametrize("inverted", [False, True])
def test_window(written, function, expected, inverted):
    values = ramp(12)
    path = written(
        values,
        bits=12,
        WindowCenter=["1000", "3000"],
        WindowWidth=["800", "10"],
        VOILUTFunction=function,
        PhotometricInterpretation="MONOCHROME1" if inverted else "MONOCHROME2",
    )
    shown = expected(values.astype(float))
    np.testing.assert_allclose(read_dicom(path).grey, 1 - shown if inverted else shown, atol=1e-6)


def test_window_applies_after_rescale(written):
    values = ramp(12)
    path = written(values, bits=12, RescaleSlope="0.5", RescaleIntercept="-100", WindowCenter="500", WindowWidth="1001")
    expected = np.clip((values * 0.5 - 100 - 499.5) / 1000 + 0.5, 0, 1)
    np.testing.assert_allclose(read_dicom(path).grey, expected, atol=1e-6)


def test_a_window_that_hides_everything_is_left_out(written):
    values = ramp(12)
    found = read_dicom(written(values, bits=12, WindowCenter="50000", WindowWidth="10"))
    np.testing.assert_allclose(found.grey, values / 4095, atol=1e-6)
    assert found.warnings == ("the window of the file shows one grey value only; left out",)


def test_voi_lut_goes_before_the_window(written):
    values = ramp(10)
    lut = Dataset()
    curve = (np.linspace(0, 1, 1024) ** 2 * 4095).round().astype(np.uint16)
    lut.LUTDescriptor, lut.LUTData = [1024, 0, 12], curve.tolist()
    lut["LUTDescriptor"].VR = lut["LUTData"].VR = "US"
    found = read_dicom(written(values, bits=10, VOILUTSequence=[lut], WindowCenter="10", WindowWidth="2"))
    np.testing.assert_allclose(found.grey, curve[values] / 4095, atol=1e-6)


def test_colour(written):
    values = np.stack([ramp(8, np.uint8), ramp(8, np.uint8)[::-1], np.full(SHAPE, 40, np.uint8)], axis=-1)
    found = read_dicom(written(values))
    expected = np.asarray(Image.fromarray(values).convert("L")) / 255
    np.testing.assert_allclose(found.grey, expected, atol=1 / 255)
    assert found.colourful > 0.2
    grey = read_dicom(written(np.stack([ramp(8, np.uint8)] * 3, axis=-1)))
    np.testing.assert_allclose(grey.grey, ramp(8) / 255, atol=1e-6)
    assert grey.colourful == 0


def test_palette(written):
    tables = {"Red": np.arange(256) * 257, "Green": np.zeros(256), "Blue": np.zeros(256)}
    elements = {f"{name}PaletteColorLookupTableDescriptor": [256, 0, 16] for name in tables}
    elements |= {f"{name}PaletteColorLookupTableData": v.astype("<u2").tobytes() for name, v in tables.items()}
    found = read_dicom(written(ramp(8, np.uint8), PhotometricInterpretation="PALETTE COLOR", **elements))
    np.testing.assert_allclose(found.grey, 0.299 * ramp(8) / 255, atol=1e-3)


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"PixelSpacing": [0.1, 0.2], "ImagerPixelSpacing": [0.3, 0.4]}, (0.1, 0.2)),
        ({"ImagerPixelSpacing": [0.3, 0.4]}, (0.3, 0.4)),
        ({"NominalScannedPixelSpacing": [0.3, 0.4]}, (0.3, 0.4)),
        ({"PixelSpacing": [0, 0]}, None),
        ({"PixelSpacing": None}, None),
    ],
)
def test_spacing(written, elements, expected):
    assert read_dicom(written(ramp(8, np.uint8), **elements)).pixel_mm == expected


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [(["L", "F"], "left"), (["R", "F"], "right"), (["LP", "F"], "left"), (["A", "F"], None), (None, None), ("", None)],
)
def test_patient_right(written, orientation, expected):
    found = read_dicom(written(ramp(8, np.uint8), PatientOrientation=orientation))
    assert (found.patient_right_at, found.warnings) == (expected, ())


def test_without_a_modality(written):
    assert read_dicom(written(ramp(8, np.uint8), Modality=None)).modality == "OT"


def test_upside_down(written):
    found = read_dicom(written(ramp(8, np.uint8), PatientOrientation=["R", "H"]))
    assert found.patient_right_at == "right"
    assert found.warnings == ("PatientOrientation says that the picture stands upside down",)


@pytest.mark.parametrize(
    "syntax",
    [
        uid.ImplicitVRLittleEndian,
        uid.DeflatedExplicitVRLittleEndian,
    ],
)
def test_uncompressed_syntaxes(written, syntax):
    np.testing.assert_allclose(read_dicom(written(ramp(12), bits=12, syntax=syntax)).grey, ramp(12) / 4095, atol=1e-6)


def test_big_endian(tmp_path):
    values = ramp(12)
    data = dataset(values, bits=12, syntax=uid.ExplicitVRBigEndian)
    data.PixelData = values.astype(">u2").tobytes()
    dcmwrite(tmp_path / "a.dcm", data, enforce_file_format=True)
    np.testing.assert_allclose(read_dicom(tmp_path / "a.dcm").grey, values / 4095, atol=1e-6)


@pytest.mark.parametrize(
    ("syntax", "module"),
    [
        (uid.RLELossless, "pydicom"),
        (uid.JPEGLSLossless, "jpeg_ls"),
        (uid.JPEGLSNearLossless, "jpeg_ls"),
        (uid.JPEG2000Lossless, "openjpeg"),
    ],
)
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_compressed_by_pydicom(written, syntax, module, bits):
    pytest.importorskip(module)
    values = ramp(bits, np.uint8 if bits == 8 else np.uint16)
    found = read_dicom(written(values, bits=bits, encode=syntax))
    np.testing.assert_allclose(found.grey, values / (2**bits - 1), atol=1e-6)


def compressed_by_gdcm(path, syntax):
    """The file again, compressed as only GDCM can."""
    gdcm = pytest.importorskip("gdcm")
    reader, change, writer = gdcm.ImageReader(), gdcm.ImageChangeTransferSyntax(), gdcm.ImageWriter()
    reader.SetFileName(str(path))
    assert reader.Read()
    change.SetTransferSyntax(gdcm.TransferSyntax(getattr(gdcm.TransferSyntax, syntax)))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer.SetFileName(str(path.with_name("compressed.dcm")))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()
    return path.with_name("compressed.dcm")


@pytest.mark.parametrize(
    ("syntax", "bits"),
    [("JPEGLosslessProcess14", 12), ("JPEGLosslessProcess14_1", 16), ("JPEGLosslessProcess14_1", 8)],
)
def test_jpeg_lossless_as_dental_machines_write_it(written, syntax, bits):
    values = ramp(bits, np.uint8 if bits == 8 else np.uint16)
    found = read_dicom(compressed_by_gdcm(written(values, bits=bits), syntax))
    np.testing.assert_allclose(found.grey, values / (2**bits - 1), atol=1e-6)


def test_lossy_jpeg_of_12_bits_has_no_free_decoder(written):
    path = compressed_by_gdcm(written(ramp(12), bits=12), "JPEGExtendedProcess2_4")
    with pytest.raises(FormatError, match=r"compressed as JPEG Extended .*12-bit.*; export the picture uncompressed"):
        read_dicom(path)


def test_jpeg_baseline(tmp_path):
    values = ramp(8, np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, format="JPEG", quality=100)
    data = dataset(values, syntax=uid.JPEGBaseline8Bit)
    data.PixelData = encapsulate([buffer.getvalue()])
    data["PixelData"].VR = "OB"
    dcmwrite(tmp_path / "a.dcm", data, enforce_file_format=True)
    np.testing.assert_allclose(read_dicom(tmp_path / "a.dcm").grey, values / 255, atol=2 / 255)


@pytest.mark.parametrize(
    ("syntax", "plugin"),
    [
        (uid.JPEGLosslessSV1, "python-gdcm"),
        (uid.JPEGExtended12Bit, "python-gdcm"),
        (uid.JPEGLSLossless, "pyjpegls"),
        (uid.JPEG2000, "pylibjpeg-openjpeg"),
        (uid.HTJ2KLossless, "pylibjpeg-openjpeg"),
    ],
)
def test_a_missing_plug_in_is_named(written, tmp_path, monkeypatch, syntax, plugin):
    data = dataset(ramp(8, np.uint8), syntax=syntax)
    data.PixelData = encapsulate([b"\x00" * 64])
    data["PixelData"].VR = "OB"
    dcmwrite(tmp_path / "a.dcm", data, enforce_file_format=True)
    decoder = get_decoder(syntax)
    only = {"pillow": decoder._available["pillow"]} if "pillow" in decoder._available else {}
    monkeypatch.setattr(decoder, "_available", only)
    with pytest.raises(FormatError, match=rf"a\.dcm: found pixels .*, which needs {plugin}; .*typodont\[dicom\]"):
        read_dicom(tmp_path / "a.dcm")


def test_a_film_is_no_radiograph(tmp_path):
    data = dataset(ramp(8, np.uint8), syntax=uid.MPEG4HP41)
    data.PixelData = encapsulate([b"\x00" * 64])
    data["PixelData"].VR = "OB"
    dcmwrite(tmp_path / "a.dcm", data, enforce_file_format=True)
    with pytest.raises(FormatError, match=r"a\.dcm: .*; export the picture uncompressed"):
        read_dicom(tmp_path / "a.dcm")


def test_several_frames_are_refused(written):
    path = written(ramp(8, np.uint8), NumberOfFrames=3)
    for read in (read_dicom, dicom_shape):
        with pytest.raises(FormatError, match=r"a\.dcm: found 3 frames, expected one picture; export the wanted frame"):
            read(path)


def test_dicom_without_a_picture(tmp_path):
    data = dataset(ramp(8, np.uint8))
    data.SOPClassUID = "1.2.840.10008.5.1.4.1.1.88.11"
    del data.Rows, data.PixelData
    dcmwrite(tmp_path / "a.dcm", data, enforce_file_format=True)
    with pytest.raises(FormatError, match=r"a\.dcm: found DICOM without a picture \(Basic Text SR Storage\)"):
        read_dicom(tmp_path / "a.dcm")
    data = dataset(ramp(8, np.uint8))
    del data.PixelData
    dcmwrite(tmp_path / "b.dcm", data, enforce_file_format=True)
    with pytest.raises(FormatError, match=r"b\.dcm: found DICOM whose pixels are missing"):
        read_dicom(tmp_path / "b.dcm")


def test_what_is_no_dicom(tmp_path):
    path = tmp_path / "a.dcm"
    for content in (b"", b"hello", bytes(500)):
        path.write_bytes(content)
        with pytest.raises(FormatError, match=r"a\.dcm: .*export"):
            read_dicom(path)


def test_truncated_and_too_large(written, monkeypatch):
    path = written(ramp(12), bits=12)
    monkeypatch.setattr("typodont.formats.image.MAX_PIXELS", 10)
    with pytest.raises(FormatError, match=r"a\.dcm: found 64 × 40 pixels, expected at most 10"):
        dicom_shape(path)
    monkeypatch.undo()
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(FormatError, match=r"a\.dcm: the DICOM file is truncated or damaged"):
        read_dicom(path)


def test_old_files_without_the_mark_of_dicom(tmp_path):
    data = dataset(ramp(12), bits=12)
    del data.file_meta
    dcmwrite(tmp_path / "a.dcm", data, implicit_vr=True, little_endian=True)
    assert (tmp_path / "a.dcm").read_bytes()[128:132] != b"DICM"
    np.testing.assert_allclose(read_dicom(tmp_path / "a.dcm").grey, ramp(12) / 4095, atol=1e-6)


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_damaged_bytes_never_give_a_traceback(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("damaged") / "a.dcm"
    dcmwrite(path, dataset(ramp(8, np.uint8), WindowCenter="10", WindowWidth="20"), enforce_file_format=True)
    content = bytearray(path.read_bytes())
    for place, byte in data.draw(st.lists(st.tuples(st.integers(128, 700), st.integers(0, 255)), min_size=1)):
        content[place] = byte
    path.write_bytes(content)
    try:
        found = dicom.read_dicom(path).grey
    except FormatError:
        return
    assert np.isfinite(found).all()
