"""Learn a shape model: ``train_shape_model(config)``."""

from __future__ import annotations

from pathlib import Path

from typodont.anatomy.landmarks import DENTITION
from typodont.atomic import write_json
from typodont.environment import environment
from typodont.errors import ConfigError
from typodont.geometry.jointed_model import JointedModel
from typodont.progress import track
from typodont.synth.complete_mouth import make_complete_mouth
from typodont.synth.dentition_model import learn_dentition, sample_mouth
from typodont.tasks.photo.config import ShapeModelConfig
from typodont.training.config import config_to_dict, dump_config
from typodont.training.deformable_file import write_shape_model
from typodont.training.run import REPORT
from typodont.training.weights import Card, TrainingSource, may_ship


def train_shape_model(config: ShapeModelConfig) -> Path:
    """Learn a model from synthetic mouths or palates, or from scans; returns the run folder.

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
    model, figures = _dentition(config)
    sources = (TrainingSource(f"typodont synthesis, seed {config.seed}, {config.count} mouths", "synthetic"),)
    card = Card(
        job="photo",
        net="",
        arguments={},
        sources=sources,
        config=config_to_dict(config),
        seed=config.seed,
        figures=figures,
        shippable=may_ship(sources),
    )
    write_shape_model(model, card, folder / "checkpoint.safetensors")
    write_json({"done": True, **figures}, folder / REPORT)
    return folder


def _dentition(config: ShapeModelConfig) -> tuple[JointedModel, dict[str, float]]:
    mouths = (sample_mouth(make_complete_mouth(config.seed, index)) for index in track(range(config.count), "mouths"))
    samples = [mouth for mouth in mouths if mouth is not None]
    model = learn_dentition(samples, n_parameters=config.parameters)
    return model, {
        "mouths": len(samples),
        "parameters": model.n_parameters,
        "left_out_mm": round(model.left_out_mm, 4),
    }
