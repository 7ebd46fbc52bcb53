"""The two kinds of pictures that findings are looked for in, and how a network sees each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from typodont.anatomy.findings import PHOTO_FINDINGS, XRAY_FINDINGS
from typodont.datasets.panoramic_canvas import CANVAS
from typodont.datasets.picture_cache import CanvasConfig

ModalityName = Literal["photo", "xray"]


@dataclass(frozen=True)
class Modality:
    """A kind of picture.

    Args:
        categories: What is looked for.
        canvas: How pictures come to the size that the network sees.
        view: (rows, columns) of the views that a training shows; smaller than the canvas, because steps count more
            than pixels.
    """

    categories: tuple[str, ...]
    canvas: CanvasConfig
    view: tuple[int, int]

    @property
    def channels(self) -> int:
        """Of the picture."""
        return 3 if self.canvas.colour else 1


MODALITIES: dict[ModalityName, Modality] = {
    "photo": Modality(PHOTO_FINDINGS, CanvasConfig((576, 768), colour=True, panoramic=False), view=(384, 512)),
    "xray": Modality(XRAY_FINDINGS, CanvasConfig(CANVAS, colour=False, panoramic=True), view=(384, 768)),
}
