"""Tooth masks as a DICOM segmentation: one segment per tooth; needs the extra ``dicom``."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code
from pydicom.uid import generate_uid

from typodont import __version__
from typodont.anatomy import LEFT, TEETH, UPPER, is_milk, jaw, side, tooth_name, tooth_type
from typodont.atomic import atomic_path
from typodont.errors import ConfigError, FormatError, LabelError
from typodont.types import Bool

_MAKER = "typodont"
_NEEDED_BY_SEG = (
    *("PatientID", "PatientName", "PatientBirthDate", "PatientSex"),
    *("AccessionNumber", "StudyID", "StudyDate", "StudyTime"),
)
"""Attributes that every DICOM picture should have, empty where unknown, and many lack."""


def write_dicom_seg(path: Path, source: Path | None, masks: Mapping[int, Bool]) -> None:
    """Write masks as a DICOM segmentation, whole or not at all.

    A segment has the FDI number as its label, the name of the tooth as its description, the category "anatomical
    structure" and the tooth's SNOMED CT code as its type. Masks may overlap.

    Args:
        path: The file.
        source: The DICOM picture that the masks belong to; patient and study are taken over and the segments refer to
            it. None: the picture was no DICOM; the segments then refer to a secondary capture that has no file.
        masks: FDI number -> (H, W) mask, in the size of the picture.

    Raises:
        ConfigError: highdicom is not installed.
        LabelError: no mask, an unknown number, or masks of another size than the source.
        FormatError: the source is not readable as DICOM.
    """
    if not masks:
        raise LabelError(
            f"{path}: found no tooth to write, expected at least one; a DICOM segmentation cannot be empty"
        )
    highdicom = _highdicom()
    teeth = sorted(masks)
    descriptions = [_segment(highdicom, number, fdi) for number, fdi in enumerate(teeth, start=1)]
    shape = masks[teeth[0]].shape
    image = _secondary_capture(highdicom, shape) if source is None else _source(source)
    if any(mask.shape != (image.Rows, image.Columns) for mask in masks.values()):
        raise LabelError(
            f"{path}: found masks of {shape} pixels, expected {(image.Rows, image.Columns)} as {source} has"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of odd values that the source brings along
        segmentation = highdicom.seg.Segmentation(
            source_images=[image],
            pixel_array=np.stack([masks[fdi] for fdi in teeth], axis=-1)[None],
            segmentation_type=highdicom.seg.SegmentationTypeValues.BINARY,
            segment_descriptions=descriptions,
            series_instance_uid=generate_uid(),
            series_number=100,  # high, so that it follows the pictures of the study
            sop_instance_uid=generate_uid(),
            instance_number=1,
            manufacturer=_MAKER,
            manufacturer_model_name=_MAKER,
            software_versions=__version__,
            device_serial_number="none",
            content_label="TEETH",
            content_description="Teeth by FDI number",
        )
        for segment, fdi in zip(segmentation.SegmentSequence, teeth, strict=True):
            segment.SegmentDescription = tooth_name(fdi)
        with atomic_path(Path(path)) as temporary:
            segmentation.save_as(temporary)


def tooth_code(fdi: int) -> Code:
    """The SNOMED CT code of a tooth, from DICOM's CID 4018 (permanent teeth) and CID 4019 (milk teeth).

    Raises:
        LabelError: neither.
    """
    words = ["Maxillary" if jaw(fdi) == UPPER else "Mandibular", side(fdi).title()]
    kind = tooth_type(fdi).replace("milk ", "").title().replace(" ", "")
    group = codes.cid4019 if is_milk(fdi) else codes.cid4018
    if is_milk(fdi):
        words.insert(0, "Deciduous")
    elif jaw(fdi) == UPPER:
        words.insert(0, "Permanent")
    elif side(fdi) == LEFT and kind == "LateralIncisor":
        kind = "Lateral"  # as the table of DICOM names 32
    return getattr(group, "".join([*words, kind, "Tooth"]))


def _segment(highdicom: Any, number: int, fdi: int) -> Any:
    if fdi not in TEETH:
        raise LabelError(f"found the tooth number {fdi}, expected an FDI number 11..48, 51..85")
    return highdicom.seg.SegmentDescription(
        segment_number=number,
        segment_label=str(fdi),
        segmented_property_category=codes.SCT.AnatomicalStructure,
        segmented_property_type=tooth_code(fdi),
        algorithm_type=highdicom.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=highdicom.AlgorithmIdentificationSequence(
            name=_MAKER, family=codes.DCM.ArtificialIntelligence, version=__version__
        ),
        tracking_uid=generate_uid(),
        tracking_id=f"FDI {fdi}",
    )


def _highdicom() -> Any:
    try:
        import highdicom
        import highdicom.seg
    except ImportError:
        raise ConfigError(
            "DICOM segmentations need highdicom, which is not installed; pip install 'typodont[dicom]'"
        ) from None
    return highdicom


def _source(path: Path) -> pydicom.Dataset:
    try:
        dataset = pydicom.dcmread(path, force=True)
    except (OSError, EOFError, ValueError) as error:
        raise FormatError(f"{path}: cannot be read as DICOM ({error}); export or copy it again") from None
    if "SOPInstanceUID" not in dataset or "StudyInstanceUID" not in dataset:
        raise FormatError(f"{path}: found no UIDs of the picture and its study, expected those of a DICOM picture")
    for keyword in _NEEDED_BY_SEG:
        if keyword not in dataset:
            setattr(dataset, keyword, None)
    return dataset


def _secondary_capture(highdicom: Any, shape: tuple[int, ...]) -> Any:
    """A black picture of an unknown patient."""
    return highdicom.sc.SCImage(
        pixel_array=np.zeros(shape, dtype=np.uint8),
        photometric_interpretation="MONOCHROME2",
        bits_allocated=8,
        coordinate_system="PATIENT",
        study_instance_uid=generate_uid(),
        series_instance_uid=generate_uid(),
        series_number=1,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer=_MAKER,
        patient_orientation=("L", "F"),
    )
