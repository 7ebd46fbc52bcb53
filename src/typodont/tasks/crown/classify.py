"""Tell which kind of restoration preparations are for: ``typodont crown classify``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from typodont.anatomy import is_tooth
from typodont.atomic import write_json
from typodont.errors import ConfigError
from typodont.geometry.mesh import Mesh
from typodont.records import read_scan
from typodont.tasks.batch import BatchResult, run_batch
from typodont.tasks.crown.arch import ArchPlaces
from typodont.tasks.crown.design import merged
from typodont.tasks.crown.kind import LEAST, KindAnswer, KindModel, kind_at, kind_of_tooth, load_kind_model
from typodont.tasks.crown.margin import find_margin
from typodont.tasks.crown.models import CrownModels, load_models
from typodont.tasks.crown.predict import check_unit
from typodont.tasks.crown.search import find_prepared_tooth
from typodont.tasks.crown.site import find_site
from typodont.tasks.output import Output
from typodont.tasks.run_record import RunFacts, Stages


@dataclass(frozen=True)
class ClassifyOptions:
    """What one may ask of `classify_preparations`.

    Args:
        tooth: FDI number of the prepared tooth; None looks for it.
        single: The files hold one prepared tooth each and nothing else, occlusal +z, as the published study has them.
        least: Probability from which on a kind is decided, 0 to 1.
        unit: Of the coordinates in the files, see `records.read_scan`; of single teeth "auto" means mm.

    Raises:
        ConfigError: a value that does not exist.
    """

    tooth: int | None = None
    single: bool = False
    least: float = LEAST
    unit: str = "auto"

    def __post_init__(self) -> None:
        if self.tooth is not None and not is_tooth(self.tooth):
            raise ConfigError(f"tooth is {self.tooth}, expected an FDI number: 11..18, 21..28, 31..38, 41..48, 51..85")
        if not 0 <= self.least <= 1:
            raise ConfigError(f"least is {self.least}, expected a probability, 0 to 1")


def classify_preparations(
    files: Sequence[Path],
    out_dir: Path,
    *,
    weights: Path | None = None,
    options: ClassifyOptions | None = None,
    force: bool = False,
) -> BatchResult:
    """Say of every file which restoration its preparation is for; see the output contract for what is written.

    Args:
        files: Scans of a jaw with a preparation, or of single prepared teeth, and folders of them.
        out_dir: Gets ``NAME.json`` and ``NAME_run.json``.
        weights: A weights file or run folder of the stage "classify" instead of the shipped weights.
        options: See there.
        force: Replace existing results.
    """
    options = options or ClassifyOptions()
    model = load_kind_model(weights)
    models = None if options.single else load_models()
    used = {"kind": model.file} | ({} if models is None else models.scan.files | models.margin.files)
    facts = RunFacts("crown classify", weights=used, settings=asdict(options))

    def process(file: Path, output: Output, stages: Stages) -> Sequence[str]:
        with stages("read"):
            # the size of a whole jaw tells its unit, that of one tooth does not
            scan = read_scan(file, "mm" if options.single and options.unit == "auto" else options.unit)
            check_unit(scan, options.unit)
        tooth, warnings = options.tooth, list(scan.warnings)
        if models is None:
            with stages("kind"):
                said = kind_of_tooth(scan.mesh, model, least=options.least)
        else:
            said, tooth, notes = _at_site(file, merged(scan.mesh), models, model, options, stages)
            warnings += notes
        if said.kind is None:
            warnings.append(
                f"undecided: {said.likeliest} is only {said.probabilities[said.likeliest]:.0%} probable, "
                f"{said.least:.0%} are asked for"
            )
        write_json(result_values(said, tooth, model, warnings), output.path(".json"))
        return warnings

    return run_batch(files, process, out_dir, facts=facts, force=force)


def result_values(said: KindAnswer, tooth: int | None, model: KindModel, warnings: Sequence[str]) -> dict[str, Any]:
    """What ``NAME.json`` says: the answer, and how often such answers of these weights were right."""
    return {
        "tooth": tooth,
        "kind": said.kind,
        "most_probable": said.likeliest,
        "probabilities": {kind: round(chance, 4) for kind, chance in said.probabilities.items()},
        "least_probability": said.least,
        "measured": measured_figures(model.figures),
        "warnings": list(warnings),
    }


def measured_figures(card: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a card that have an interval: value, low, high by name."""
    return {name: figure for name, figure in card.items() if isinstance(figure, list) and len(figure) == 3}


def _at_site(
    file: Path, scan: Mesh, models: CrownModels, model: KindModel, options: ClassifyOptions, stages: Stages
) -> tuple[KindAnswer, int, Sequence[str]]:
    """The answer for the preparation that stands somewhere in a scan, its tooth, and warnings."""

    def search(jaw: Mesh, places: ArchPlaces) -> tuple[int, list[str]]:
        return find_prepared_tooth(jaw, places, models.margin.points, name=str(file))

    with stages("site"):
        site = find_site(scan, models.scan, tooth=options.tooth, search=search, name=str(file))
    with stages("margin"):
        margin = find_margin(site.scan, site.frame, models.margin, name=str(file))
        site = site.at(margin.centre, margin.axis)
    with stages("kind"):
        return kind_at(site.scan, site.frame, model, least=options.least), site.tooth, site.warnings
