"""A radiograph: grey values, and what its file says about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from typodont.errors import FormatError
from typodont.formats import IMAGE_SUFFIXES, image_shape, read_image
from typodont.types import Float

DICOM_SUFFIXES = (".dcm", ".dicom")
RADIOGRAPH_SUFFIXES = (*IMAGE_SUFFIXES, *DICOM_SUFFIXES)
_PREAMBLE = 128

USUAL_ASPECT = 1.8
"""Width to height of a panoramic, for pictures that were squeezed into a square."""
SQUEEZED_BELOW = 1.4
"""A panoramic is never this narrow; a picture that is has been squeezed."""


@dataclass(frozen=True)
class Radiograph:
    """A radiograph as it is stored: nothing is turned, mirrored or cropped beyond what its file asks for.

    Args:
        image: (H, W) float32, 0..1, bright is dense; linear in the stored grey values.
        name: Stem of the file.
        path: The file.
        pixel_mm: (row, column) spacing, mm, where the file says it; at the detector, so teeth appear enlarged.
        patient_right_at: Side of the picture at which the patient's right is, where the file says so.
        modality: DICOM's word (PX panoramic, DX and CR digital, IO intra-oral …); None for plain pictures.
        colourful: Mean spread of the colour channels, 0..1; radiographs are grey.
        warnings: What is unusual about the file, for people.
    """

    image: Float
    name: str
    path: Path | None = None
    pixel_mm: tuple[float, float] | None = None
    patient_right_at: Literal["left", "right"] | None = None
    modality: str | None = None
    colourful: float = 0.0
    warnings: tuple[str, ...] = ()


def read_radiograph(path: Path | str, *, longest: int | None = None) -> Radiograph:
    """A radiograph from a DICOM file or a picture; DICOM is known by its content, also without suffix.

    Args:
        path: The file.
        longest: Of pictures that are no DICOM, see `read_image`; `radiograph_shape` says how large it was.

    Raises:
        FormatError: not readable; see `read_image` and `read_dicom`.
    """
    path = Path(path)
    if not is_dicom(path):
        picture = read_image(path, longest=longest)
        return Radiograph(picture.grey, path.stem, path, colourful=picture.colourful, warnings=picture.warnings)
    from typodont.formats.dicom import read_dicom

    found = read_dicom(path)
    return Radiograph(
        found.grey,
        path.stem,
        path,
        pixel_mm=found.pixel_mm,
        patient_right_at=found.patient_right_at,
        modality=found.modality,
        colourful=found.colourful,
        warnings=found.warnings,
    )


def true_aspect(shape: tuple[int, ...]) -> float:
    """Width to height of what a panoramic of this (rows, columns) shows: it may have been squeezed into a square."""
    aspect = shape[1] / shape[0]
    return USUAL_ASPECT if aspect < SQUEEZED_BELOW else aspect


def radiograph_shape(path: Path) -> tuple[int, int]:
    """(H, W) of a radiograph as `read_radiograph` gives it, without decoding the pixels.

    Raises:
        FormatError: not readable.
    """
    if not is_dicom(path):
        return image_shape(path)
    from typodont.formats.dicom import dicom_shape

    return dicom_shape(path)


def is_dicom(path: Path) -> bool:
    """Whether a file carries DICOM's mark, or is named as DICOM; some old programs leave out the mark.

    Raises:
        FormatError: no such file.
    """
    try:
        with path.open("rb") as file:
            file.seek(_PREAMBLE)
            return file.read(4) == b"DICM" or path.suffix.lower() in DICOM_SUFFIXES
    except OSError as error:
        raise FormatError(f"{path}: cannot be read ({error.strerror}), expected a radiograph; check the path") from None
