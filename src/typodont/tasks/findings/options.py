"""What one may ask of the findings job when predicting."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from typodont.errors import ConfigError
from typodont.tasks.findings.modality import ModalityName

OperatingPointName = Literal["screening", "balanced", "specific"]
PhotoView = Literal["front", "left", "right", "upper", "lower"]
"""The five pictures of an orthodontic series: closed in bite from the front and from the patient's left and right, and
the biting surfaces of one jaw. A lower view has the front teeth below, as the one who stands before the patient sees
them."""


@dataclass(frozen=True)
class DetectOptions:
    """Settings of `predict_findings`; the defaults need no knowledge about the picture.

    Args:
        modality: Whether the picture is a photograph or a radiograph; "auto" looks.
        operating_point: How readily a finding is reported: "screening" misses least, "specific" raises the fewest
            false alarms.
        score: Least calibrated score of what is reported, in place of an operating point.
        numbering: Whether findings get the FDI number of their tooth.
        view: From where a photograph was taken; "auto" looks at the places of the teeth. Radiographs have none.
        mirrored: Whether the picture shows the patient's right at the right hand; "auto" believes what is known of a
            radiograph, and takes photographs as not mirrored.

    Raises:
        ConfigError: a value that does not exist.
    """

    modality: Literal["auto"] | ModalityName = "auto"
    operating_point: OperatingPointName = "balanced"
    score: float | None = None
    numbering: bool = True
    view: Literal["auto"] | PhotoView = "auto"
    mirrored: Literal["auto", "yes", "no"] = "auto"

    def __post_init__(self) -> None:
        known = {
            "modality": ("auto", *get_args(ModalityName)),
            "operating_point": get_args(OperatingPointName),
            "view": ("auto", *get_args(PhotoView)),
            "mirrored": ("auto", "yes", "no"),
        }
        for name, values in known.items():
            if getattr(self, name) not in values:
                raise ConfigError(f"{name} is {getattr(self, name)!r}, expected one of {', '.join(values)}")
        if self.score is not None and not (math.isfinite(self.score) and 0 <= self.score <= 1):
            raise ConfigError(f"score is {self.score}, expected the least score of a finding, 0 to 1")
