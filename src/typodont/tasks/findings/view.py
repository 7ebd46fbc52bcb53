"""What a picture shows and how it lies, before anything is looked for in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import nn

from typodont.errors import NoDentalPictureError
from typodont.records.picture_files import read_layers
from typodont.records.radiograph import Radiograph, radiograph_shape, read_radiograph
from typodont.tasks.findings.modality import ModalityName
from typodont.tasks.findings.options import DetectOptions
from typodont.tasks.findings.own_pixels import LONGEST
from typodont.tasks.panoramic.options import PredictOptions
from typodont.tasks.panoramic.orientation import Orientation
from typodont.tasks.panoramic.predict import choose_orientation
from typodont.tasks.panoramic.view import View, look_at
from typodont.types import Float

SURE_OTHER = 0.8
"""A picture that is more probably none of teeth is refused; the network was shown few kinds of photographs."""


@dataclass(frozen=True)
class DentalPicture:
    """A picture that was looked at.

    Args:
        file: Where it comes from.
        modality: What kind of picture it is.
        layers: (3, H, W) colours of a photograph or (1, H, W) grey values of a radiograph, float32 0..1, as it came;
            a huge picture is reduced.
        radiograph: The same as grey values, with what the file says.
        orientation: How a radiograph must be turned to stand upright.
        panoramic: Whether it is a panoramic, whose teeth can be numbered.
        probabilities: Of what it may show; empty where nobody looked.
        warnings: In words.
        file_shape: (H, W) of the file, larger than the layers where they are reduced.
    """

    file: Path
    modality: ModalityName
    layers: Float
    radiograph: Radiograph
    orientation: Orientation
    panoramic: bool
    probabilities: Mapping[str, float]
    warnings: tuple[str, ...]
    file_shape: tuple[int, int]


def read_dental_picture(file: Path, view_net: nn.Module | None, options: DetectOptions) -> DentalPicture:
    """Read a picture and say what it shows.

    Args:
        file: Picture or DICOM file.
        view_net: Network that recognises pictures; None: then the options must say what it is.
        options: See there.

    Raises:
        FormatError: not readable.
        NoDentalPictureError: it shows no teeth, unless the options say what it is.
    """
    radiograph, shape = read_radiograph(file, longest=LONGEST), radiograph_shape(file)
    view = look_at(radiograph, view_net) if view_net is not None else None
    modality = options.modality if options.modality != "auto" else _modality(view, file)
    probabilities = {} if view is None else view.probabilities
    if modality == "photo":
        layers = read_layers(file, colour=True, longest=LONGEST)
        return DentalPicture(
            file, modality, layers, radiograph, Orientation(), False, probabilities, radiograph.warnings, shape
        )
    panoramic = view is None or view.kind == "panoramic"
    orientation = choose_orientation(radiograph, view, PredictOptions(mirrored=options.mirrored))
    warnings = [*radiograph.warnings, *([] if panoramic else [_NO_PANORAMIC]), *_turned(orientation)]
    layers = np.asarray(radiograph.image, dtype=np.float32)[None]
    return DentalPicture(
        file, modality, layers, radiograph, orientation, panoramic, probabilities, tuple(warnings), shape
    )


_NO_PANORAMIC = (
    "this does not look like a panoramic radiograph, the only kind that the network was trained on: expect more "
    "mistakes, and no tooth numbers"
)


def _modality(view: View | None, file: Path) -> ModalityName:
    if view is None:
        raise NoDentalPictureError(f"{file}: nobody looked what it shows; say --modality photo or --modality xray")
    chances = view.probabilities
    if chances["other"] >= SURE_OTHER:
        raise NoDentalPictureError(
            f"{file}: this looks like no picture of teeth ({chances['other']:.0%}), expected a photograph of a mouth "
            "or a dental radiograph; --modality photo or --modality xray looks for findings all the same"
        )
    return "photo" if chances["photo"] > chances["panoramic"] + chances["radiograph"] else "xray"


def _turned(orientation: Orientation) -> list[str]:
    turns = orientation.quarter_turns % 4
    if turns == 0:
        return []
    return ["the picture is upside down; it was turned to look" if turns == 2 else "the picture lies on its side"]
