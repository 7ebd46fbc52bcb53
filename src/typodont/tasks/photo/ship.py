"""Make a trained network for landmarks ready for use: calibrated, measured on photographs it did not see, packed."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from typodont.anatomy.landmarks import DENTITION
from typodont.atomic import write_json
from typodont.errors import ConfigError
from typodont.tasks.photo.evaluate import EvaluateConfig, PhotoReport, evaluate
from typodont.tasks.photo.landmarks import DEFAULT_WEIGHTS, load_landmark_model
from typodont.tasks.photo.models import PhotoModels, load_models
from typodont.tasks.photo.options import ViewName
from typodont.tasks.photo.reference_crowns import CrownErrors, measure_person, read_crowns
from typodont.tasks.photo.sigma_calibration import calibration_beside, write_sigma_calibration
from typodont.tasks.shipping import card_figures, check_size, named_values, pack_weights, stage_weights, weights_file
from typodont.training.weights import read_card

MOST_MB = 8.0
CARD_LANDMARKS = ("error_percent", "median_percent", "inside_90", "view_right")
CARD_SHAPES = ("rigid_mean", "ruler_mean", "similarity_mean", "vertices_held")
CARD_CROWNS = ("similarity_assd", "rigid_assd", "similarity_dice")
KNOWN_FAILURES = (
    "The size of a mouth rests on what mouths are usually like, unless a ruler or a tooth's width is told.",
    "Real photographs measured: at most those of one person; none of an infant's palate.",
)


@dataclass(frozen=True)
class ShipConfig:
    """What is packed, and on what it is measured.

    Args:
        landmarks: Run folder (or weights file) of the stage "landmarks".
        calibrate: Photographs that no training saw, to fit the spreads on.
        measure: Others that no training saw.
        real: "VIEW=FILE" of real photographs of one person; only figures are kept.
        crowns: That person's crowns, FDI.ply and so on.
        sources: "PART=NAME": how the card calls the training source in whose path PART occurs.
        out: Folder for the packed weights; by default that of the package.
        results: JSON file for all figures; None keeps only those of the card.
    """

    landmarks: Path
    calibrate: Path
    measure: Path
    real: tuple[str, ...] = ()
    crowns: Path | None = None
    sources: tuple[str, ...] = ()
    out: Path = DEFAULT_WEIGHTS
    results: Path | None = None


@dataclass(frozen=True)
class ShippedReport:
    """What was measured, on made-up photographs and on real ones of one person."""

    synthetic: PhotoReport
    real: Sequence[CrownErrors]


def ship(config: ShipConfig) -> ShippedReport:
    """Calibrate, measure and pack.

    Raises:
        WeightsError: weights are missing, are too large, or a training source does not allow that they are passed on.
        ConfigError: calibration on what is measured; real photographs without crowns, or the other way round; a view
            that does not exist.
        FormatError: no photographs, or damaged ones.
    """
    pictures = parse_views(config.real)
    if bool(pictures) != (config.crowns is not None):
        raise ConfigError(
            "real, crowns: found one of them, expected both: photographs of a person, and that one's teeth"
        )
    subject = read_card(weights_file(config.landmarks)).config.get("subject", DENTITION)
    name = f"{subject}.safetensors"
    with tempfile.TemporaryDirectory() as scratch:
        staged = stage_weights({name: weights_file(config.landmarks)}, Path(scratch) / "weights") / name
        check_size([staged], most_mb=MOST_MB)
        synthetic = evaluate(config.measure, config=EvaluateConfig(weights=staged, calibrate=config.calibrate))
        real = _measured_on(pictures, config.crowns, load_models(subject, staged))
        report = ShippedReport(synthetic, real)
        pack_weights(
            staged,
            config.out,
            figures=_on_card(report),
            known_failures=KNOWN_FAILURES,
            names=named_values(config.sources),
        )
        calibration = load_landmark_model(subject, staged).calibration
        write_sigma_calibration(calibration, calibration_beside(config.out / name))
    if config.results is not None:
        date = read_card(config.out / name).date
        plain = {**synthetic.as_dict(), "real": [one.as_dict() for one in real]}
        write_json({"weights": {subject: date}, **plain}, config.results)
    return report


def _measured_on(pictures: Mapping[ViewName, Path], crowns: Path | None, models: PhotoModels) -> list[CrownErrors]:
    return [] if crowns is None else measure_person(pictures, read_crowns(crowns), models)


def parse_views(texts: Sequence[str]) -> dict[ViewName, Path]:
    """View -> file of texts such as "upper=photo.jpg".

    Raises:
        ConfigError: it is something else, or one view twice.
    """
    views: dict[str, ViewName] = {view: view for view in get_args(ViewName) if view != "auto"}
    found = named_values(texts)
    unknown = set(found) - set(views)
    if unknown:
        raise ConfigError(f"found the view {min(unknown)!r}, expected VIEW=FILE with one of {', '.join(views)}")
    return {views[view]: Path(file) for view, file in found.items()}


def _on_card(report: ShippedReport) -> dict[str, Any]:
    """Figures with the ends of their intervals; of a single person without."""
    synthetic = report.synthetic
    figures: dict[str, Any] = card_figures({"synthetic": synthetic.landmarks.as_dict()}, CARD_LANDMARKS, unit="photos")
    if synthetic.shapes is not None:
        figures |= card_figures({"synthetic, shape": synthetic.shapes.as_dict()}, CARD_SHAPES, unit="photos")
    for one in report.real:
        about = f"real, one person, {one.photographs}, {one.jaw} jaw"
        figures |= {f"{about}: {name}": round(one.figures[name], 4) for name in CARD_CROWNS if name in one.figures}
    return figures
