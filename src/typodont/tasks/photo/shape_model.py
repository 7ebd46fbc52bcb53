"""Learn a shape model: ``train_shape_model(config)``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from typodont.anatomy.landmarks import DENTITION, PALATE
from typodont.atomic import write_json
from typodont.environment import environment
from typodont.errors import ConfigError, MeshError
from typodont.formats import read_mesh
from typodont.geometry.deformable import LinearDeformable
from typodont.geometry.jointed_model import JointedModel
from typodont.geometry.nonrigid import Registered, register
from typodont.progress import track
from typodont.records.scan_files import find_scans
from typodont.synth.cleft.maxilla import make_maxilla
from typodont.synth.cleft.palate_model import learn_palate, name_modes, parameters_of
from typodont.synth.complete_mouth import make_complete_mouth
from typodont.synth.dentition_model import learn_dentition, sample_mouth
from typodont.tasks.photo.config import ShapeModelConfig
from typodont.tasks.shipping import with_atlas
from typodont.training.config import config_to_dict, dump_config
from typodont.training.deformable_file import shipped_shape_model, write_shape_model
from typodont.training.run import REPORT
from typodont.training.weights import Card, TrainingSource, may_ship

PARAMETERS = {DENTITION: 160, PALATE: 40}
_FEWEST = 3
KNOWN_FAILURES = {
    DENTITION: (
        "Permanent teeth 1 to 7 only; closed gaps, milk teeth and strongly turned teeth are not in it.",
        "The surface is teeth without gum.",
    ),
    PALATE: (
        "Far from the mean the sides of a narrow cleft overlap, and the floor of a wide one can fold outward.",
        "Learnt from drawn palates after textbook figures, not from patients.",
    ),
}


class Learnt(NamedTuple):
    """A model, what it was learnt from, and figures for its card."""

    model: JointedModel | LinearDeformable
    source: str
    figures: dict[str, Any]


def train_shape_model(config: ShapeModelConfig) -> Path:
    """Learn a model from synthetic mouths or palates, or from scans of palates; returns the run folder.

    Raises:
        ConfigError: scans of dentitions (the model needs their teeth vertex by vertex), or no scan in the folder.
        FormatError, MeshError: a scan cannot be used.
    """
    if config.subject == DENTITION and config.data is not None:
        raise ConfigError(
            f"data: found {config.data} for a dentition, expected none; only palates are learnt from scans"
        )
    folder = config.runs / config.name
    folder.mkdir(parents=True, exist_ok=True)
    dump_config(config, folder / "config.yaml")
    write_json(environment(), folder / "environment.json")
    if config.data is not None:
        learnt = _from_scans(config, folder)
    else:
        learnt = _dentition(config) if config.subject == DENTITION else _palate(config)
    write_shape_model(learnt.model, make_card(config, learnt), folder / "checkpoint.safetensors")
    write_json({"done": True, **learnt.figures}, folder / REPORT)
    return folder


def make_card(config: ShapeModelConfig, learnt: Learnt) -> Card:
    """The card of a model."""
    sources: tuple[TrainingSource, ...] = (TrainingSource(learnt.source, config.licence, config.shippable),)
    sources = with_atlas(sources) if config.subject == DENTITION else sources  # palates have no teeth
    figures = {
        "parameters": learnt.model.n_parameters,
        "left_out_mm": round(learnt.model.left_out_mm, 4),
        **learnt.figures,
    }
    return Card(
        job="photo",
        net="",
        arguments={},
        sources=sources,
        config=config_to_dict(config),
        seed=config.seed,
        figures=figures,
        known_failures=KNOWN_FAILURES[config.subject],
        shippable=may_ship(sources),
    )


def _parameters(config: ShapeModelConfig) -> int:
    return PARAMETERS[config.subject] if config.parameters is None else config.parameters


def _dentition(config: ShapeModelConfig) -> Learnt:
    mouths = (sample_mouth(make_complete_mouth(config.seed, index)) for index in track(range(config.count), "mouths"))
    samples = [mouth for mouth in mouths if mouth is not None]
    model = learn_dentition(samples, n_parameters=_parameters(config))
    return Learnt(model, f"typodont synthesis: {config.count} mouths of seed {config.seed}", {"mouths": len(samples)})


def _palate(config: ShapeModelConfig) -> Learnt:
    palates = [make_maxilla(config.seed, index) for index in track(range(config.count), "palates")]
    shapes = np.array([palate.mesh.vertices for palate in palates])
    model = learn_palate(shapes, n_parameters=_parameters(config))
    modes = name_modes(parameters_of(model, shapes), [palate.anatomy for palate in palates])
    share = model.shapes.eigenvalues / model.shapes.eigenvalues.sum()
    told = [{**mode, "share": round(float(part), 4)} for mode, part in zip(modes, share, strict=True)]
    figures = {"palates": len(palates), "modes": told}
    return Learnt(model, f"typodont synthesis: {config.count} palates of seed {config.seed}", figures)


def _from_scans(config: ShapeModelConfig, folder: Path) -> Learnt:
    """Register every scan to the template and learn from the results; registration.json says how well each fits."""
    assert config.data is not None
    files = [scan.mesh for scan in find_scans(config.data)]
    if len(files) < _FEWEST:
        raise ConfigError(f"{config.data}: found {len(files)} scans, expected at least {_FEWEST} to learn a model from")
    model = shipped_shape_model(PALATE)
    assert isinstance(model, LinearDeformable)
    registered = [_register(path, model) for path in track(files, "scans")]
    rms = {path.name: round(one.rms_mm, 4) for path, one in zip(files, registered, strict=True)}
    write_json(rms, folder / "registration.json")
    learnt = learn_palate(np.array([one.vertices for one in registered]), n_parameters=_parameters(config))
    figures = {"scans": len(files), "registration_rms_mm": round(float(np.mean(list(rms.values()))), 4)}
    return Learnt(learnt, f"{len(files)} scans in {config.data.name}", figures)


def _register(path: Path, model: LinearDeformable) -> Registered:
    try:
        return register(read_mesh(path), model)
    except MeshError as error:
        raise MeshError(f"{path}: {error}") from None
