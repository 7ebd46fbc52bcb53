"""Radiographs as DICOM: panoramic (PX), digital and computed (DX, CR), intra-oral (IO), secondary captures."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pydicom
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.multival import MultiValue
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi
from pydicom.pixels.utils import pixel_array
from pydicom.uid import UID

from typodont.errors import FormatError
from typodont.formats.image import check_pixels, grey_of_colour, scaled_grey
from typodont.types import Float

_DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    struct.error,
    BytesLengthException,
)
"""What pydicom and its decoders raise for damaged files."""
_PLUGINS = {
    "1.2.840.10008.1.2.4.5": ("gdcm", "python-gdcm"),  # JPEG baseline, extended, lossless
    "1.2.840.10008.1.2.4.7": ("gdcm", "python-gdcm"),  # JPEG lossless, first-order prediction
    "1.2.840.10008.1.2.4.8": ("pyjpegls", "pyjpegls"),
    "1.2.840.10008.1.2.4.9": ("pylibjpeg", "pylibjpeg-openjpeg"),  # JPEG 2000
    "1.2.840.10008.1.2.4.20": ("pylibjpeg", "pylibjpeg-openjpeg"),  # high-throughput JPEG 2000
}
"""Start of the UID of a transfer syntax -> what decodes all of it, as pydicom and as pip name it; the extra `dicom`."""


@dataclass(frozen=True)
class DicomPicture:
    """What a DICOM file shows and says.

    Args:
        grey: (H, W) float32, 0..1, bright is what the file wants to be seen bright; MONOCHROME1 is inverted.
        modality: PX, DX, CR, IO …; OT, DICOM's word for others, where the file does not say.
        pixel_mm: (row, column) spacing, mm: calibrated, else at the detector, else None.
        patient_right_at: Side of the picture at which the patient's right is, where the file says so.
        colourful: Mean spread of the colour channels, 0..1.
        warnings: What is unusual about the file, for people.
    """

    grey: Float
    modality: str
    pixel_mm: tuple[float, float] | None
    patient_right_at: Literal["left", "right"] | None
    colourful: float
    warnings: tuple[str, ...]


def read_dicom(path: Path) -> DicomPicture:
    """The picture of a DICOM file with one frame.

    Stored values go through the modality LUT (rescale slope and intercept) and then the first VOI LUT or window of
    the file; without one they are scaled as `read_image` scales whole numbers. So the grey values are linear in the
    stored ones unless the file itself brings a curve.

    Raises:
        FormatError: not readable as DICOM, no picture in it, several frames, too many pixels, or compressed in a way
            that no installed plug-in decodes; the message then names the plug-in.
    """
    with damage_named(path):
        dataset = read_dataset(path)
        _check(dataset, path)
        stored = decoded(dataset, path)
        if stored.ndim == 3:
            grey, colourful = grey_of_colour(stored[..., :3].astype(np.float32) / np.iinfo(stored.dtype).max)
            notes: tuple[str, ...] = ()
        else:
            (grey, notes), colourful = _grey(stored, dataset, path), 0.0
        direction = _letters(dataset)
        if direction[1:2] == ("H",):
            notes += ("PatientOrientation says that the picture stands upside down",)
        return DicomPicture(
            grey=np.ascontiguousarray(grey, dtype=np.float32),
            modality=str(dataset.get("Modality") or "OT"),
            pixel_mm=_pixel_mm(dataset),
            patient_right_at={"L": "left", "R": "right"}.get(direction[0] if direction else ""),  # type: ignore[arg-type]
            colourful=colourful,
            warnings=notes,
        )


def dicom_shape(path: Path) -> tuple[int, int]:
    """(H, W) of the picture of a DICOM file, without decoding it.

    Raises:
        FormatError: as `read_dicom`, but for what only decoding shows.
    """
    with damage_named(path):
        dataset = read_dataset(path, stop_before_pixels=True)
        _check(dataset, path)
        return int(dataset.Rows), int(dataset.Columns)


@contextmanager
def damage_named(path: Path, expected: str = "a radiograph") -> Iterator[None]:
    """Everything that pydicom can say against a file as a `FormatError`; its warnings of odd values are left out."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except InvalidDicomError:
        raise FormatError(f"{path}: found no DICOM file, expected {expected}; export it again") from None
    except NotImplementedError as error:
        raise FormatError(f"{path}: {error}; export the picture uncompressed") from None
    except _DAMAGE as error:
        raise FormatError(
            f"{path}: the DICOM file is truncated or damaged ({error}); export or copy it again"
        ) from None


def read_dataset(path: Path, **options: Any) -> pydicom.Dataset:
    """The data set; files without DICOM's mark are read as well when they say what they are."""
    dataset = pydicom.dcmread(path, force=True, **options)
    if "SOPClassUID" not in dataset and "Rows" not in dataset:
        raise InvalidDicomError
    return dataset


def _check(dataset: pydicom.Dataset, path: Path) -> None:
    if not dataset.get("Rows") or not dataset.get("Columns"):
        kind = UID(dataset.get("SOPClassUID", "")).name or "no picture"
        raise FormatError(f"{path}: found DICOM without a picture ({kind}), expected a radiograph")
    n_frames = int(dataset.get("NumberOfFrames") or 1)
    if n_frames > 1:
        raise FormatError(f"{path}: found {n_frames} frames, expected one picture; export the wanted frame on its own")
    check_pixels((int(dataset.Columns), int(dataset.Rows)), path)


def decoded(dataset: pydicom.Dataset, path: Path) -> np.ndarray:
    """(H, W) or (H, W, 3) integers as stored; colours as RGB."""
    if "PixelData" not in dataset:
        raise FormatError(f"{path}: found DICOM whose pixels are missing, expected PixelData; export the picture again")
    syntax = UID(dataset.file_meta.get("TransferSyntaxUID", "1.2.840.10008.1.2"))
    if "TransferSyntaxUID" not in dataset.file_meta:
        dataset.file_meta.TransferSyntaxUID = syntax
    try:
        pixels = pixel_array(dataset)
    except RuntimeError as error:  # no plug-in, or those that there are failed: Pillow alone reads only a part of JPEG
        plugin = _missing_plugin(syntax)
        if plugin is None:
            reasons = "; ".join(line.strip() for line in str(error).splitlines()[1:])
            raise FormatError(
                f"{path}: found pixels compressed as {syntax.name}, damaged or of a kind that no decoder reads "
                f"({reasons}); export the picture uncompressed"
            ) from None
        raise FormatError(
            f"{path}: found pixels compressed as {syntax.name}, which needs {plugin}; "
            "pip install 'typodont[dicom]', or export the picture uncompressed"
        ) from None
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        return apply_color_lut(pixels, dataset)
    return pixels


def _missing_plugin(syntax: UID) -> str | None:
    plugin, package = next((names for start, names in _PLUGINS.items() if syntax.startswith(start)), (None, None))
    return None if plugin is None or plugin in get_decoder(syntax).available_plugins else package


def _grey(stored: np.ndarray, dataset: pydicom.Dataset, path: Path) -> tuple[Float, tuple[str, ...]]:
    values = apply_modality_lut(stored, dataset)
    shown, notes = _through_voi(values, dataset)
    if shown is None:
        shown, more = scaled_grey(_whole(values), path)
        notes += more
    return (1 - shown if dataset.PhotometricInterpretation == "MONOCHROME1" else shown), notes


def _through_voi(values: np.ndarray, dataset: pydicom.Dataset) -> tuple[Float | None, tuple[str, ...]]:
    """0..1 through the first VOI LUT or window, None where there is none or it hides everything."""
    if dataset.get("VOILUTSequence"):
        entry_bits = int(dataset.VOILUTSequence[0].LUTDescriptor[2])
        shown = apply_voi(np.rint(values).astype(np.int64), dataset) / (2.0**entry_bits - 1)
    elif "WindowCenter" in dataset and "WindowWidth" in dataset:
        shown = _windowed(values, _first(dataset.WindowCenter), _first(dataset.WindowWidth), dataset)
    else:
        return None, ()
    if np.ptp(shown) == 0 and np.ptp(values) > 0:
        return None, ("the window of the file shows one grey value only; left out",)
    return shown.astype(np.float32), ()


def _windowed(values: np.ndarray, centre: float, width: float, dataset: pydicom.Dataset) -> Float:
    """0..1 through a window; the three functions of DICOM PS3.3 C.11.2.1."""
    function = str(dataset.get("VOILUTFunction") or "LINEAR")
    if function == "SIGMOID" and width > 0:
        return 1 / (1 + np.exp(-4 * (values - centre) / width))
    if function == "LINEAR":
        centre, width = centre - 0.5, width - 1
    if width <= 0:  # a threshold
        return (values > centre).astype(np.float64)
    return ((values - centre) / width + 0.5).clip(0, 1)


def _first(value: Any) -> float:
    return float(value[0] if isinstance(value, MultiValue) else value)


def _whole(values: np.ndarray) -> np.ndarray:
    """Rescaled values that are whole numbers, as integers again."""
    whole = np.rint(values)
    return whole.astype(np.int64) if (whole == values).all() else values


def _pixel_mm(dataset: pydicom.Dataset) -> tuple[float, float] | None:
    for keyword in ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing"):
        spacing = [float(side) for side in dataset.get(keyword) or ()]
        if len(spacing) == 2 and min(spacing) > 0:
            return spacing[0], spacing[1]
    return None


def _letters(dataset: pydicom.Dataset) -> tuple[str, ...]:
    """First letters of where the rows run to (rightwards) and where the columns run to (downwards)."""
    return tuple(str(word)[:1] for word in dataset.get("PatientOrientation") or ())
