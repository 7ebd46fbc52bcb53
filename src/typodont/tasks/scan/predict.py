"""Number the teeth of intra-oral scans: the public face of the scan job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from typodont.geometry.mesh import Mesh
from typodont.records import Scan, read_scan
from typodont.tasks.batch import BatchResult, run_batch
from typodont.tasks.output import Output
from typodont.tasks.run_record import RunFacts, Stages
from typodont.tasks.scan.facing import FacedMesh, faced
from typodont.tasks.scan.find import FoundArch, find_teeth
from typodont.tasks.scan.found_chart import chart_of
from typodont.tasks.scan.look import guess_pose
from typodont.tasks.scan.models import ScanModels, load_models
from typodont.tasks.scan.options import PredictOptions
from typodont.tasks.scan.pose import poses_of_axes
from typodont.tasks.scan.refine import clean_labels, refine, vertex_areas
from typodont.tasks.scan.result import ScanResult, write_result
from typodont.tasks.scan.surface import to_vertices, tooth_probabilities
from typodont.tasks.scan.warnings import check_arch, warnings_about
from typodont.types import Float, Int

LEAST_SURFACE_MM2 = 3.0


def predict_scan(
    scan: Scan, models: ScanModels, options: PredictOptions | None = None, *, stages: Stages | None = None
) -> ScanResult:
    """FDI numbers for every vertex of a scan in any orientation, of either jaw, whole or in part.

    The scan's own `jaw` and `labels` are not looked at; `options.jaw` overrides what the network sees.

    Args:
        scan: From `records.read_scan`.
        models: From `load_models`.
        options: See there.
        stages: Gets the seconds of each stage: "face", "pose", "sample", "network", "number", "surface", "refine".

    Raises:
        NoArchError: the surface holds no dental arch.
    """
    options = options or PredictOptions()
    stages = stages or Stages()
    outward, found = find_arch(scan, models, options, stages=stages)
    with stages("surface"):
        upright = outward.mesh.transformed(found.pose)
        points = tooth_probabilities(found.evidence, found.arch)
        evidence = found.evidence
        values = to_vertices(evidence.position, evidence.normal, points, upright.vertices, upright.vertex_normals)
    with stages("refine"):
        if options.refine:
            values = refine(upright, values)
        column = clean_labels(upright, values.argmax(axis=1), values)
        found, values, column = _with_surface(found, values, column, vertex_areas(upright))
    return _result(scan, outward, found, values, column, models, options)


def find_arch(
    scan: Scan, models: ScanModels, options: PredictOptions, *, stages: Stages | None = None
) -> tuple[FacedMesh, FoundArch]:
    """The outward surface of a scan in any orientation, and its teeth as the network sees them.

    Raises:
        NoArchError: the surface holds no dental arch.
    """
    stages = stages or Stages()
    with stages("face"):
        outward = faced(scan.mesh, options.mirrored)
    guesses, misfit = _guess_poses(outward.mesh, models, options, stages)
    found = find_teeth(outward.mesh, models.points, guesses, options, stages=stages)
    check_arch(found, misfit_mm=misfit, where=str(scan.path or scan.name))
    return outward, found


def segment_scans(
    files: Sequence[Path],
    out_dir: Path,
    *,
    weights: Path | None = None,
    options: PredictOptions | None = None,
    unit: str = "auto",
    split_teeth: bool = False,
    force: bool = False,
) -> BatchResult:
    """Number the teeth of many files; see the output contract for what is written.

    Args:
        files: Scans and folders of scans.
        out_dir: Gets ``NAME.json``, ``NAME.ply``, ``NAME_run.json`` and, with `split_teeth`, ``NAME/tooth_16.stl`` …
        weights: A weights file or run folder instead of the shipped weights.
        options: See `PredictOptions`.
        unit: Of the coordinates, see `records.read_scan`.
        split_teeth: Write each tooth as a mesh of its own.
        force: Replace existing results.
    """
    models = load_models(weights)
    options = options or PredictOptions()
    settings = {**asdict(options), "unit": unit, "split_teeth": split_teeth}
    facts = RunFacts("scan segment", weights=models.files, settings=settings)

    def process(file: Path, output: Output, stages: Stages) -> Sequence[str]:
        with stages("read"):
            scan = read_scan(file, unit)
        result = predict_scan(scan, models, options, stages=stages)
        with stages("write"):
            write_result(result, scan, output, split_teeth=split_teeth)
        return result.warnings

    return run_batch(files, process, out_dir, facts=facts, force=force)


def _guess_poses(
    mesh: Mesh, models: ScanModels, options: PredictOptions, stages: Stages
) -> tuple[list[Float], float | None]:
    """Poses to start from, and the misfit of the best in mm (None without a pose network)."""
    with stages("pose"):
        if models.pose is None:
            return poses_of_axes(mesh), None
        rng = np.random.default_rng(options.seed)
        seen = [guess_pose(models.pose, mesh, rng)[0] for _ in range(options.pose_guesses)]
        best = min(seen, key=lambda pose: pose.misfit_mm)
        return [best.matrix], best.misfit_mm


def _with_surface(found: FoundArch, values: Float, column: Int, areas: Float) -> tuple[FoundArch, Float, Int]:
    """Only the teeth that kept a surface worth the name after the borders were drawn."""
    surface = np.bincount(column, weights=areas, minlength=len(found.arch) + 1)
    keep = surface >= LEAST_SURFACE_MM2
    keep[0] = True
    if keep.all():
        return found, values, column
    number = np.where(keep, np.cumsum(keep) - 1, 0)
    kept = replace(found, arch=found.arch.subset(keep[1:]), residual=found.residual[keep[1:]])
    return kept, values[:, keep], number[column]


def _result(
    scan: Scan,
    outward: FacedMesh,
    found: FoundArch,
    values: Float,
    column: Int,
    models: ScanModels,
    options: PredictOptions,
) -> ScanResult:
    arch, pose, milk_numbers = found.arch, found.pose @ outward.motion, options.milk == "fdi"
    chart = chart_of(found, values, column, pose=pose, calibration=models.calibration, milk_numbers=milk_numbers)
    fdi = np.array([tooth.fdi for tooth in chart.teeth])
    labels = np.concatenate([[0], fdi]).astype(np.int64)[column]
    warnings = [*outward.warnings, *scan.warnings, *warnings_about(found, chart, asked_jaw=options.jaw)]
    if arch.milk.any() and not milk_numbers:
        teeth = " ".join(str(int(f)) for f in arch.fdi[arch.milk])
        warnings.append(
            f"milk teeth stand at {teeth}; they carry the numbers of their successors (--milk fdi changes that)"
        )
    return ScanResult(
        name=scan.name,
        jaw=found.jaw,
        labels=labels,
        instances=column.astype(np.int64),
        chart=chart,
        pose=pose,
        lower=found.lower,
        mirrored=outward.mirrored,
        plausibility=found.plausibility,
        scale_to_mm=scan.scale_to_mm,
        warnings=tuple(warnings),
    )
