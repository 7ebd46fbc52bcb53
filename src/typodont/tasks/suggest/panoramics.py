"""How the panoramic job looks at unlabelled panoramics."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from typodont.datasets.panoramic_canvas import Placement, fit_canvas, resized
from typodont.errors import ConfigError
from typodont.records.radiograph import RADIOGRAPH_SUFFIXES, Radiograph, read_radiograph
from typodont.tasks.panoramic.evidence import PixelEvidence, read_pixels
from typodont.tasks.panoramic.models import PanoramicModels, load_models
from typodont.tasks.panoramic.options import PredictOptions
from typodont.tasks.panoramic.predict import choose_orientation
from typodont.tasks.panoramic.view import look_at
from typodont.tasks.panoramic.warnings import check_view
from typodont.tasks.suggest.look import Look, Looker, doubt, mean_doubt, pooled, tinted
from typodont.types import Float

PICTURE_WIDTH = 440


def panoramic_looker(weights: Path | None = None) -> Looker:
    """Looks at panoramics that lie anyhow with the shipped weights, or with a weights file or run folder.

    Raises:
        WeightsError: missing or damaged.
        ConfigError: the network has no features to compare pictures by.
    """
    models = load_models(weights)
    if not hasattr(models.net, "features"):
        name = type(models.net).__name__
        raise ConfigError(f"{weights}: the network {name} has no `features`, by which pictures are compared")
    return Looker(RADIOGRAPH_SUFFIXES, partial(_look, models), partial(_draw, models))


def look_at_canvas(net: Any, canvas: Float) -> Look:
    """What a network makes of a panoramic on the canvas.

    Args:
        net: Picture network with `features`, in evaluation mode.
        canvas: (H, W) from `datasets.panoramic_canvas.fit_canvas`.
    """
    evidence = read_pixels(net, canvas, flip=False)
    picture = torch.from_numpy(np.ascontiguousarray(canvas, dtype=np.float32))[None, None]
    with torch.inference_mode():
        features = net.features(picture)[0].float().numpy()
    tooth = resized(evidence.tooth, features.shape[1:])
    return Look(mean_doubt(_pixels(evidence)), pooled(features.reshape(len(features), -1).T, tooth.ravel()))


def _look(models: PanoramicModels, file: Path) -> Look:
    return look_at_canvas(models.net, _upright_canvas(models, read_radiograph(file))[0])


def _upright_canvas(models: PanoramicModels, radiograph: Radiograph) -> tuple[Float, Placement]:
    """The picture on the canvas as it must be turned, and where it lies there.

    Raises:
        NoPanoramicError: it shows something else.
    """
    view = look_at(radiograph, models.view) if models.view is not None else None
    check_view(view, where=str(radiograph.path or radiograph.name))
    orientation = choose_orientation(radiograph, view, PredictOptions())
    return fit_canvas(orientation.upright(radiograph.image))


def _draw(models: PanoramicModels, file: Path) -> np.ndarray:
    canvas, placement = _upright_canvas(models, read_radiograph(file))
    evidence = read_pixels(models.net, canvas, flip=False)
    amount = resized(evidence.tooth * doubt(_pixels(evidence)).reshape(evidence.tooth.shape), canvas.shape)
    top, left, bottom, right = placement.box
    shape = (round(PICTURE_WIDTH * (bottom - top) / (right - left)), PICTURE_WIDTH)
    grey, amount = (resized(layer[top:bottom, left:right], shape) for layer in (canvas, amount))
    low, high = np.percentile(grey, [0.5, 99.5])
    grey = 255 * ((grey - low) / max(high - low, 1e-6)).clip(0, 1)
    return tinted(np.repeat(grey[..., None], 3, axis=2), amount).round().astype(np.uint8)


def _pixels(evidence: PixelEvidence) -> Float:
    """(h w, 33) probability of every pixel's classes."""
    return np.exp(evidence.log_classes.reshape(len(evidence.log_classes), -1).T)
