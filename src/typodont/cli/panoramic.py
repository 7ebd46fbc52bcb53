"""``typodont panoramic``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from typodont.cli.batch import tell
from typodont.errors import ConfigError


@dataclass(frozen=True)
class SegmentPanoramic:
    """Number every tooth of panoramic radiographs.

    Writes DIR/NAME_fdi.png (every pixel the FDI number of its tooth, 0 elsewhere, in the size of the input),
    DIR/NAME_overlay.png (for people), DIR/NAME.json (teeth, confidence, missing teeth, other numberings, warnings) and
    DIR/NAME_run.json. Results that exist are kept, so that a broken-off run goes on where it stopped.

    Args:
        files: Pictures (PNG, JPEG, TIFF, BMP, DICOM) or folders of them.
        out: Folder for the results.
        mirrored: Whether the patient's right is at the right hand; found from DICOM or from the letters in the picture.
        upside_down: Whether the picture stands on its head; found by itself.
        aspect: True width to height of pictures that were stored squeezed or stretched, for example 1.8; auto takes
            pixels as square unless the picture is narrower than any panoramic.
        weights: Weights to use instead of the shipped ones: a file (also .onnx) or a run folder.
        force: Replace results that exist.
        dicom_seg: Also write a DICOM segmentation, DIR/NAME_seg.dcm, one segment per tooth.
        any_picture: Also number pictures that do not look like a panoramic.
    """

    files: Positional[tuple[Path, ...]]
    out: Path
    mirrored: Literal["auto", "yes", "no"] = "auto"
    upside_down: Literal["auto", "yes", "no"] = "auto"
    aspect: Literal["auto"] | float = "auto"
    weights: Path | None = None
    force: bool = False
    dicom_seg: bool = False
    any_picture: bool = False

    def run(self) -> int:
        """Segment all pictures and say what became of them."""
        if not self.files:
            raise ConfigError("no input: name at least one picture or folder")
        from typodont.tasks.panoramic.options import PredictOptions
        from typodont.tasks.panoramic.predict import segment_panoramics

        options = PredictOptions(
            mirrored=self.mirrored,
            upside_down=self.upside_down,
            aspect=None if self.aspect == "auto" else self.aspect,
            any_picture=self.any_picture,
        )
        result = segment_panoramics(
            list(self.files),
            self.out,
            weights=self.weights,
            options=options,
            dicom_seg=self.dicom_seg,
            force=self.force,
        )
        return tell(result, self.out)
