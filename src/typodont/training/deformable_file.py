"""Shape models on disk: ``NAME.safetensors`` with ``NAME.card.json`` beside it, as networks are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from typodont.anatomy.landmarks import SUBJECTS
from typodont.anatomy.teeth import jaw, number
from typodont.atomic import atomic_path, write_json
from typodont.errors import ConfigError, WeightsError
from typodont.geometry.deformable import Deformable, LinearDeformable
from typodont.geometry.jointed_model import JointedModel, Piece, PieceLandmarks
from typodont.geometry.shape_model import ShapeModel
from typodont.training.weights import Card, card_path, check_shippable, read_card, shipped_weights
from typodont.types import Float

JOINTED, LINEAR = "jointed model", "linear model"


def shape_model_name(subject: str) -> str:
    """The name under which a subject's model is shipped, for example ``dentition_shape``."""
    return f"{subject}_shape"


def shipped_shape_model(subject: str) -> Deformable:
    """The model of a subject that came with the package.

    Raises:
        ConfigError: no such subject. WeightsError: none came with the package.
    """
    if subject not in SUBJECTS:
        raise ConfigError(f"subject is {subject!r}, expected {' or '.join(SUBJECTS)}")
    return read_shape_model(shipped_weights("photo", shape_model_name(subject)))[0]


def write_shape_model(model: JointedModel | LinearDeformable, card: Card, path: Path) -> None:
    """Write a model and its card; `card.net` and `card.arguments` are filled in.

    Raises:
        WeightsError: the card says shippable, but its sources do not.
    """
    if card.shippable:
        check_shippable(card.sources)
    arrays, net, arguments = _from_jointed(model) if isinstance(model, JointedModel) else _from_linear(model)
    with atomic_path(path) as temporary:
        temporary.write_bytes(save({name: np.ascontiguousarray(values) for name, values in arrays.items()}))
    date = card.date or datetime.now(UTC).date().isoformat()
    write_json(asdict(replace(card, net=net, arguments=arguments, date=date)), card_path(path), default=str)


def read_shape_model(path: Path) -> tuple[Deformable, Card]:
    """A model and its card.

    Args:
        path: a ``.safetensors`` file, or a run folder with ``checkpoint.safetensors``.

    Raises:
        WeightsError: missing, damaged, or something else than a shape model.
    """
    path = path / "checkpoint.safetensors" if path.is_dir() else path
    card = read_card(path)
    makers = {JOINTED: _to_jointed, LINEAR: _to_linear}
    if card.net not in makers:
        raise WeightsError(f"{path}: found {card.net!r}, expected a shape model ({' or '.join(makers)})")
    try:
        return makers[card.net](load_file(path), card.arguments), card
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise WeightsError(f"{path}: shape model missing or damaged ({error})") from None


def _from_linear(model: LinearDeformable) -> tuple[dict[str, np.ndarray], str, dict[str, Any]]:
    arrays = {
        "mean": model.shapes.mean.astype(np.float32),
        "modes": (model.shapes.modes * model.shapes.deviations[:, None, None]).astype(np.float16),
        "faces": model.faces.astype(np.int32),
        "label": model.label.astype(np.uint8),
        "at": model.at.astype(np.int32),
    }
    return arrays, LINEAR, {"names": model.names, "regions": model.regions, "left_out_mm": model.left_out_mm}


def _to_linear(arrays: Mapping[str, np.ndarray], arguments: Mapping[str, Any]) -> LinearDeformable:
    scaled = arrays["modes"].astype(float)
    lengths = np.linalg.norm(scaled, axis=(1, 2))
    modes = scaled / np.maximum(lengths, 1e-12)[:, None, None]
    return LinearDeformable(
        tuple(arguments["names"]),
        ShapeModel(arrays["mean"].astype(float), modes, lengths**2),
        arrays["faces"].astype(np.int64),
        arrays["label"].astype(np.int64),
        arrays["at"].astype(np.int64),
        tuple(arguments["regions"]),
        float(arguments["left_out_mm"]),
    )


def _from_jointed(model: JointedModel) -> tuple[dict[str, np.ndarray], str, dict[str, Any]]:
    arrays: dict[str, np.ndarray] = {
        "bite": model.bite,
        "raw_mean": model.raw_mean,
        "basis": model.basis.astype(np.float32),
        **{f"marks.{key}": getattr(model.marks, key).astype(np.int32) for key in ("piece", "base", "tip", "slide")},
    }
    for piece in model.pieces:
        kind = _kind(piece.label)
        arrays |= {
            f"{kind}.mean": piece.mean.astype(np.float32),
            f"{kind}.modes": piece.modes.astype(np.float16),
            f"{kind}.faces": piece.faces.astype(np.uint16),
            f"{kind}.cap": piece.cap.astype(np.uint8),
            f"{kind}.axes": piece.axes,
            f"{kind}.origin": piece.origin,
        }
    labels = [piece.label for piece in model.pieces]
    arguments = {
        "names": model.names,
        "teeth": labels,
        "mirrored": [piece.mirrored for piece in model.pieces],
        "n_slides": model.n_slides,
        "left_out_mm": model.left_out_mm,
    }
    return arrays, JOINTED, arguments


def _to_jointed(arrays: Mapping[str, np.ndarray], arguments: Mapping[str, Any]) -> JointedModel:
    pieces = tuple(
        Piece(
            label=label,
            mean=_real(arrays[f"{_kind(label)}.mean"]),
            modes=_real(arrays[f"{_kind(label)}.modes"]),
            faces=arrays[f"{_kind(label)}.faces"].astype(np.int64),
            cap=arrays[f"{_kind(label)}.cap"].astype(bool),
            axes=_real(arrays[f"{_kind(label)}.axes"]),
            origin=_real(arrays[f"{_kind(label)}.origin"]),
            mirrored=mirrored,
            lower=jaw(label) == "lower",
        )
        for label, mirrored in zip(arguments["teeth"], arguments["mirrored"], strict=True)
    )
    marks = (arrays[f"marks.{key}"].astype(np.int64) for key in ("piece", "base", "tip", "slide"))
    return JointedModel(
        pieces,
        PieceLandmarks(tuple(arguments["names"]), *marks),
        int(arguments["n_slides"]),
        _real(arrays["bite"]),
        _real(arrays["raw_mean"]),
        _real(arrays["basis"]),
        float(arguments["left_out_mm"]),
    )


def _kind(label: int) -> str:
    """What both sides' teeth share in the file, for example ``upper6``."""
    return f"{jaw(label)}{number(label)}"


def _real(values: np.ndarray) -> Float:
    return values.astype(float)
