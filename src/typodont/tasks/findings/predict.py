"""Find teeth, decay, work and disease in photographs and radiographs: the public face of the findings job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from typodont.errors import ConfigError
from typodont.formats.run_lengths import decode_mask, encode_mask, measure_runs
from typodont.records.findings import Finding, PictureFindings
from typodont.records.radiograph import RADIOGRAPH_SUFFIXES
from typodont.tasks.batch import BatchResult, run_batch
from typodont.tasks.findings.calibrate import (
    FindingCalibration,
    OperatingPoint,
    calibration_path,
    read_finding_calibration,
)
from typodont.tasks.findings.detect import detect
from typodont.tasks.findings.modality import ModalityName
from typodont.tasks.findings.models import Detector, load_detectors
from typodont.tasks.findings.numbers import numbers_from_map
from typodont.tasks.findings.options import DetectOptions
from typodont.tasks.findings.result import FindingsResult, write_result
from typodont.tasks.findings.teeth import find_teeth
from typodont.tasks.findings.view import DentalPicture, read_dental_picture
from typodont.tasks.output import Output
from typodont.tasks.panoramic.models import PanoramicModels
from typodont.tasks.panoramic.models import load_models as load_panoramic_models
from typodont.tasks.panoramic.orientation import Orientation
from typodont.tasks.run_record import RunFacts, Stages


@dataclass(frozen=True)
class FindingModels:
    """What `predict_findings` needs.

    Args:
        detectors: The networks that find, by kind of picture.
        calibrations: What their scores mean.
        panoramic: The panoramic job, which recognises pictures and numbers the teeth of radiographs.
    """

    detectors: Mapping[ModalityName, Detector]
    calibrations: Mapping[ModalityName, FindingCalibration]
    panoramic: PanoramicModels

    @property
    def files(self) -> dict[str, Path]:
        """Name -> file of the weights, for the run record."""
        named = {f"findings {name}": detector.file for name, detector in self.detectors.items()}
        return {**named, **{f"panoramic {name}": file for name, file in self.panoramic.files.items()}}


def load_models(weights: Path | None = None) -> FindingModels:
    """The shipped networks, or the one of a weights file or run folder, with what was measured of it.

    Raises:
        WeightsError: missing or damaged.
    """
    detectors = load_detectors(weights)
    calibrations: dict[ModalityName, FindingCalibration] = {
        name: read_finding_calibration(calibration_path(own.file)) for name, own in detectors.items()
    }
    return FindingModels(detectors, calibrations, load_panoramic_models())


def predict_findings(
    picture: DentalPicture,
    models: FindingModels,
    options: DetectOptions | None = None,
    *,
    stages: Stages | None = None,
) -> FindingsResult:
    """What is to be seen in a picture, in the pixels that were read, however it lies, with the tooth it is seen on.

    Args:
        picture: From `view.read_dental_picture`.
        models: From `load_models`.
        options: See there.
        stages: Gets the seconds of each stage: "network", "number".

    Raises:
        ConfigError: the weights are for the other kind of pictures.
    """
    options = options or DetectOptions()
    stages = stages or Stages()
    if picture.modality not in models.detectors:
        raise ConfigError(
            f"{picture.file}: this is a picture of the kind {picture.modality!r}, and the weights are for "
            f"{', '.join(models.detectors)}; name others with --weights, or say what it is with --modality"
        )
    detector, calibration = models.detectors[picture.modality], models.calibrations[picture.modality]
    with stages("network"):
        upright = np.stack([picture.orientation.upright(layer) for layer in picture.layers])
        found = [_as_it_lies(finding, picture.orientation) for finding in detect(upright, detector)]
    likely = [replace(f, score=calibration.probability(f.category, _score(f))) for f in found]
    everything = PictureFindings(
        picture.file.stem, picture.file, picture.layers.shape[1:], tuple(likely), frozenset(detector.categories)
    )
    with stages("number"):
        teeth = find_teeth(picture, everything, models.panoramic, options)
        points = {name: _point(calibration, name, options) for name in detector.categories}
        shown = [i for i, f in enumerate(found) if _score(f) >= points[f.category].raw_score]
        kept = replace(everything, findings=tuple(likely[i] for i in shown), view=teeth.view)
        numbers = numbers_from_map(kept, teeth.map) if teeth.map is not None else (None,) * len(shown)
    findings = tuple(replace(f, fdi=fdi) for f, fdi in zip(kept.findings, numbers, strict=True))
    return FindingsResult(
        picture=replace(kept, findings=findings),
        raw_scores=tuple(_score(found[i]) for i in shown),
        modality=picture.modality,
        operating_point=options.operating_point if options.score is None else f"score {options.score:g}",
        points=points,
        probabilities=picture.probabilities,
        view_probability=teeth.view_probability,
        warnings=tuple(teeth.warnings),
    )


def _score(finding: Finding) -> float:
    return finding.score or 0.0


def _point(calibration: FindingCalibration, category: str, options: DetectOptions) -> OperatingPoint:
    """Where to cut; a score that was asked for is translated to what the network says."""
    if options.score is None:
        return calibration.point(category, options.operating_point)
    curve = calibration.of(category).curve
    first = int(np.searchsorted(curve.probability, options.score))  # the lowest raw score of that probability
    raw = np.interp(
        options.score, curve.probability[max(0, first - 1) : first + 1], curve.score[max(0, first - 1) : first + 1]
    )
    return OperatingPoint(float(raw), options.score)


def _as_it_lies(finding: Finding, orientation: Orientation) -> Finding:
    """A finding of the upright picture, laid over the picture as it came."""
    if orientation.usual:
        return finding
    shape = tuple(finding.segmentation["size"])
    mask = orientation.back(decode_mask(finding.segmentation, (shape[0], shape[1])))
    runs = encode_mask(mask)
    left, top, width, height = measure_runs(runs)[1]
    return replace(finding, segmentation=runs, box=(left, top, left + width, top + height))


def detect_findings(
    files: Sequence[Path],
    out_dir: Path,
    *,
    weights: Path | None = None,
    options: DetectOptions | None = None,
    force: bool = False,
) -> BatchResult:
    """Find what is to be seen in many pictures; see the output contract for what is written.

    Args:
        files: Pictures and folders of pictures.
        out_dir: Gets ``NAME.json``, ``NAME_overlay.png`` and ``NAME_run.json``.
        weights: A weights file or run folder instead of the shipped weights.
        options: See `DetectOptions`.
        force: Replace existing results.
    """
    models = load_models(weights)
    options = options or DetectOptions()
    facts = RunFacts("findings detect", weights=models.files, settings=asdict(options))

    def process(file: Path, output: Output, stages: Stages) -> Sequence[str]:
        with stages("read"):
            picture = read_dental_picture(file, models.panoramic.view, options)
        result = predict_findings(picture, models, options, stages=stages)
        with stages("write"):
            write_result(result, picture.layers, output, file_shape=picture.file_shape)
        return result.warnings

    return run_batch(files, process, out_dir, facts=facts, force=force, suffixes=RADIOGRAPH_SUFFIXES)
