"""Design restorations from files: the public face of the crown job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from typodont.errors import FrameError
from typodont.formats import read_curve, write_mesh
from typodont.geometry.mesh import Mesh
from typodont.records import Scan, read_scan
from typodont.tasks.batch import BatchResult, run_batch
from typodont.tasks.crown.design import design_restoration, merged
from typodont.tasks.crown.models import load_models
from typodont.tasks.crown.options import DesignFiles, DesignOptions
from typodont.tasks.crown.restoration import UnsoundRestorationError
from typodont.tasks.crown.result import write_design
from typodont.tasks.output import Output
from typodont.tasks.run_record import RunFacts, Stages


def design_crown(
    files: DesignFiles,
    out_dir: Path,
    *,
    options: DesignOptions | None = None,
    weights: Path | None = None,
    force: bool = False,
) -> BatchResult:
    """Design a restoration from files; see the output contract for what is written.

    Where a restoration was made that is no sound solid, it is kept as ``NAME_partial.stl``, and nothing else.

    Args:
        files: Scan, antagonist and margin line.
        out_dir: Gets ``NAME_crown.stl``, ``NAME_margin.mrk.json``, ``NAME_fit.json``, ``NAME_fit.html``,
            ``NAME.json`` and ``NAME_run.json``.
        options: See `DesignOptions`.
        weights: A folder of weights instead of the shipped ones.
        force: Replace existing results.
    """
    models = load_models(weights)
    options = options or DesignOptions()
    given = {"antagonist": files.antagonist, "margin": files.margin}
    settings = {**asdict(options), **{name: str(path) for name, path in given.items() if path is not None}}
    facts = RunFacts("crown design", weights=models.files, settings=settings)

    def process(file: Path, output: Output, stages: Stages) -> Sequence[str]:
        with stages("read"):
            scan = read_scan(file, options.unit)
            check_unit(scan, options.unit)
            antagonist = _antagonist(files.antagonist, scan, options)
            drawn = None if files.margin is None else read_curve(files.margin) * scan.scale_to_mm
        try:
            design = design_restoration(
                scan.mesh, models, options, antagonist=antagonist, drawn=drawn, name=str(file), stages=stages
            )
        except UnsoundRestorationError as error:
            raise _kept(error, out_dir / f"{file.stem}_partial.stl", scan.scale_to_mm) from None
        with stages("write"):
            write_design(design, output, scale_to_mm=scan.scale_to_mm)
        return (*scan.warnings, *design.warnings)

    return run_batch([files.scan], process, out_dir, facts=facts, force=force)


def check_unit(scan: Scan, asked: str) -> None:
    """Refuse coordinates that are no millimetres unless their unit was named: a crown of the wrong size fits nothing.

    Raises:
        FrameError: the size of the scan says another unit.
    """
    if asked == "auto" and scan.unit != "mm":
        raise FrameError(
            f"{scan.path}: the size of the scan says that its coordinates are in {scan.unit}, expected mm; "
            f"name the unit (--unit {scan.unit}) if that is right; crown and margin then are in it, too"
        )


def _antagonist(file: Path | None, scan: Scan, options: DesignOptions) -> Mesh | None:
    """The opposing jaw in mm, its coordinates in the unit of the scan."""
    if file is None:
        return None
    antagonist = read_scan(file, options.unit)
    if antagonist.unit != scan.unit:
        raise FrameError(
            f"{file}: the size of the antagonist says {antagonist.unit}, that of the scan {scan.unit}, expected the "
            "same unit in both; export both in mm, or name the unit (--unit)"
        )
    return merged(antagonist.mesh)


def _kept(error: UnsoundRestorationError, file: Path, scale_to_mm: float) -> UnsoundRestorationError:
    """The error with the name of the file in which what was made is kept."""
    mesh = Mesh(error.mesh.vertices / scale_to_mm, error.mesh.faces)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_mesh(mesh, file)
    return UnsoundRestorationError(f"{error}; what was made is kept in {file}", error.mesh)
