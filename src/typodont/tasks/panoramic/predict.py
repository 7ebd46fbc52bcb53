"""Number the teeth of panoramic radiographs: the public face of the panoramic job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from typodont.datasets.panoramic_canvas import fit_canvas
from typodont.records.radiograph import RADIOGRAPH_SUFFIXES, Radiograph, read_radiograph
from typodont.tasks.batch import BatchResult, run_batch
from typodont.tasks.output import Output
from typodont.tasks.panoramic.decode import number_teeth
from typodont.tasks.panoramic.evidence import read_pixels
from typodont.tasks.panoramic.find import find_instances
from typodont.tasks.panoramic.found_chart import charts_of
from typodont.tasks.panoramic.models import PanoramicModels, load_models
from typodont.tasks.panoramic.options import PredictOptions
from typodont.tasks.panoramic.orientation import Orientation
from typodont.tasks.panoramic.outline import draw_teeth
from typodont.tasks.panoramic.result import PanoramicResult, write_result
from typodont.tasks.panoramic.view import View, is_mirrored, look_at
from typodont.tasks.panoramic.warnings import check_teeth, check_view, warnings_about
from typodont.tasks.run_record import RunFacts, Stages


def predict_panoramic(
    radiograph: Radiograph,
    models: PanoramicModels,
    options: PredictOptions | None = None,
    *,
    stages: Stages | None = None,
) -> PanoramicResult:
    """FDI numbers for every pixel of a panoramic, in the picture's own pixels however it lies.

    Args:
        radiograph: From `records.read_radiograph`.
        models: From `load_models`.
        options: See there.
        stages: Gets the seconds of each stage: "view", "canvas", "network", "number", "outline".

    Raises:
        NoPanoramicError: the picture shows something else, unless `options.any_picture`.
    """
    options = options or PredictOptions()
    stages = stages or Stages()
    where = str(radiograph.path or radiograph.name)
    with stages("view"):
        view = look_at(radiograph, models.view) if models.view is not None else None
        if not options.any_picture:
            check_view(view, where=where)
        orientation = choose_orientation(radiograph, view, options)
    with stages("canvas"):
        aspect = options.aspect
        if aspect is not None and orientation.quarter_turns % 2:
            aspect = 1 / aspect
        canvas, placement = fit_canvas(orientation.upright(radiograph.image), aspect=aspect)
    with stages("network"):
        evidence = read_pixels(models.net, canvas, flip=options.flip)
    with stages("number"):
        found = number_teeth(evidence, find_instances(evidence), n_best=options.n_best)
        if not options.any_picture:
            check_teeth(found, view, where=where)
    with stages("outline"):
        upright_map, outline = draw_teeth(evidence.tooth, found, placement)
    charts = charts_of(found, upright_map, outline, models.calibration)
    asked = [name for name in ("mirrored", "upside_down") if getattr(options, name) == "yes"]
    return PanoramicResult(
        name=radiograph.name,
        label_map=orientation.back(upright_map),
        charts=charts,
        orientation=orientation,
        view=view,
        warnings=(*radiograph.warnings, *warnings_about(found, charts, orientation, asked=asked)),
    )


def choose_orientation(radiograph: Radiograph, view: View | None, options: PredictOptions) -> Orientation:
    """How the picture must be turned: what was asked for, else what the file states, else what the picture shows."""
    turns = 0 if view is None else view.quarter_turns
    if options.upside_down != "auto":
        turns = 2 if options.upside_down == "yes" else 0
    if options.mirrored != "auto":
        mirrored = options.mirrored == "yes"
    elif radiograph.patient_right_at is not None:
        mirrored = bool(is_mirrored(radiograph.patient_right_at, turns, ())[0])
    else:
        mirrored = view is not None and bool(view.mirrored)
    return Orientation(turns, mirrored)


def segment_panoramics(
    files: Sequence[Path],
    out_dir: Path,
    *,
    weights: Path | None = None,
    options: PredictOptions | None = None,
    dicom_seg: bool = False,
    force: bool = False,
) -> BatchResult:
    """Number the teeth of many files; see the output contract for what is written.

    Args:
        files: Pictures and folders of pictures.
        out_dir: Gets ``NAME_fdi.png``, ``NAME_overlay.png``, ``NAME.json``, ``NAME_run.json`` and, with `dicom_seg`,
            ``NAME_seg.dcm``.
        weights: A weights file or run folder instead of the shipped weights.
        options: See `PredictOptions`.
        dicom_seg: Also write a DICOM segmentation, one segment per tooth.
        force: Replace existing results.
    """
    models = load_models(weights)
    options = options or PredictOptions()
    facts = RunFacts("panoramic segment", weights=models.files, settings={**asdict(options), "dicom_seg": dicom_seg})

    def process(file: Path, output: Output, stages: Stages) -> Sequence[str]:
        with stages("read"):
            radiograph = read_radiograph(file)
        result = predict_panoramic(radiograph, models, options, stages=stages)
        with stages("write"):
            write_result(result, radiograph, output, dicom_seg=dicom_seg)
        return result.warnings

    return run_batch(files, process, out_dir, facts=facts, force=force, suffixes=RADIOGRAPH_SUFFIXES)
