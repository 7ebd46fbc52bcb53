"""``typodont findings``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tyro.conf import Positional

from typodont.cli.batch import tell
from typodont.errors import ConfigError


@dataclass(frozen=True)
class DetectFindings:
    """Find teeth, decay, work and disease in photographs of mouths and in panoramic radiographs.

    Writes DIR/NAME.json (COCO: masks, boxes, calibrated scores and the FDI number of each finding's tooth; what the
    picture shows; how much the operating point finds and how often it is wrong), DIR/NAME_overlay.png (for people) and
    DIR/NAME_run.json. Results that exist are kept, so that a broken-off run goes on where it stopped.

    Args:
        files: Pictures (PNG, JPEG, TIFF, BMP, DICOM) or folders of them.
        out: Folder for the results.
        modality: Whether the pictures are photographs or radiographs; auto looks.
        operating_point: How readily a finding is reported: screening misses least, specific has the fewest false
            alarms.
        score: Least calibrated score of a finding, 0 to 1, in place of an operating point.
        numbering: Give every finding the FDI number of its tooth.
        view: From where photographs were taken; auto looks at the places of the teeth.
        mirrored: Whether the patient's right is at the right hand, as in uncorrected pictures of a mirror; auto finds
            it out for radiographs only.
        weights: Weights to use instead of the shipped ones: a file or a run folder.
        force: Replace results that exist.
    """

    files: Positional[tuple[Path, ...]]
    out: Path
    modality: Literal["auto", "photo", "xray"] = "auto"
    operating_point: Literal["screening", "balanced", "specific"] = "balanced"
    score: float | None = None
    numbering: bool = True
    view: Literal["auto", "front", "left", "right", "upper", "lower"] = "auto"
    mirrored: Literal["auto", "yes", "no"] = "auto"
    weights: Path | None = None
    force: bool = False

    def run(self) -> int:
        """Look at all pictures and say what became of them."""
        if not self.files:
            raise ConfigError("no input: name at least one picture or folder")
        from typodont.tasks.findings.options import DetectOptions
        from typodont.tasks.findings.predict import detect_findings

        options = DetectOptions(
            modality=self.modality,
            operating_point=self.operating_point,
            score=self.score,
            numbering=self.numbering,
            view=self.view,
            mirrored=self.mirrored,
        )
        result = detect_findings(list(self.files), self.out, weights=self.weights, options=options, force=self.force)
        return tell(result, self.out)


@dataclass(frozen=True)
class ViewFindings:
    """Write an HTML page to look at findings: masks, boxes and labels to switch on and off, truth beside prediction.

    Findings can be filtered by kind and score. The page holds its pictures, so that it can be passed on as one file.

    Args:
        results: Folder of `typodont findings detect`, or any labelled pictures.
        out: The page.
        truth: Labelled pictures of the same names, shown beside.
        rename: CATEGORY=OURS: what a category of the truth is here; CATEGORY= leaves it out.
        title: Of the page.
    """

    results: Positional[Path]
    out: Path
    truth: Path | None = None
    rename: tuple[str, ...] = ()
    title: str = "Findings"

    def run(self) -> int:
        """Write the page and say where it is."""
        from typodont.tasks.findings.evaluate import renamed
        from typodont.tasks.findings.gallery import write_gallery

        page = write_gallery(self.results, self.out, truth=self.truth, rename=renamed(self.rename), title=self.title)
        print(f"page: {page.resolve()}")
        return 0
