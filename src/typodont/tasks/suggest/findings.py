"""How the findings job looks at unlabelled photographs or radiographs."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import torch

from typodont.datasets.panoramic_canvas import resized
from typodont.errors import ConfigError
from typodont.formats.run_lengths import decode_mask
from typodont.records.findings import Finding
from typodont.records.picture_files import read_layers
from typodont.records.radiograph import RADIOGRAPH_SUFFIXES
from typodont.tasks.findings.detect import as_seen, to_findings
from typodont.tasks.findings.models import Detector, load_detector
from typodont.tasks.suggest.look import Look, Looker, doubt, pooled, tinted
from typodont.training.transfer import weights_path
from typodont.types import Float

PICTURE_WIDTH = 440


def findings_looker(weights: Path | None = None) -> Looker:
    """Looks at pictures of the kind that the weights are for.

    Args:
        weights: A weights file, a run folder or ``shipped:findings/photo``, ``shipped:findings/xray``.

    Raises:
        ConfigError: no weights, or a network without features to compare pictures by.
        WeightsError: missing or damaged.
    """
    if weights is None:
        raise ConfigError(
            "weights: found none, expected --weights shipped:findings/photo, shipped:findings/xray or weights of your "
            "own: pictures can only be compared as one network sees them"
        )
    detector = load_detector(weights_path(str(weights)))
    if not hasattr(detector.net, "features"):
        name = type(detector.net).__name__
        raise ConfigError(f"{weights}: the network {name} has no `features`, by which pictures are compared")
    return Looker(RADIOGRAPH_SUFFIXES, partial(_look, detector), partial(_draw, detector))


def finding_doubt(scores: Float) -> float:
    """0..1: mean doubt over what was found, every finding counting by its score; 1 where nothing was found.

    Args:
        scores: (N,) 0..1.
    """
    total = float(scores.sum())
    return float((scores * _doubts(scores)).sum() / total) if total > 1e-6 else 1.0


def _doubts(scores: Float) -> Float:
    """(N,) 0..1: 1 where a finding may as well be none."""
    return doubt(np.stack([scores, 1 - scores], axis=1))


def _look(detector: Detector, file: Path) -> Look:
    layers = read_layers(file, colour=detector.canvas.colour)
    batch, placement = as_seen(layers, detector)
    with torch.inference_mode():
        found = to_findings(detector.net(batch)[0], detector.categories, placement)
        features = detector.net.features(batch.image)[0].float().numpy()  # type: ignore[operator]
    sure = (255 * _map(found, _scores(found), layers.shape[1:])).astype(np.uint8)
    there = resized(placement.forward_labels(sure).astype(np.float32), features.shape[1:])
    return Look(finding_doubt(_scores(found)), pooled(features.reshape(len(features), -1).T, there.ravel()))


def _draw(detector: Detector, file: Path) -> np.ndarray:
    layers = read_layers(file, colour=detector.canvas.colour)
    batch, placement = as_seen(layers, detector)
    with torch.inference_mode():
        found = to_findings(detector.net(batch)[0], detector.categories, placement)
    scores = _scores(found)
    amount = _map(found, scores * _doubts(scores), layers.shape[1:])
    shape = (round(PICTURE_WIDTH * layers.shape[1] / layers.shape[2]), PICTURE_WIDTH)
    *colors, amount = (resized(layer, shape) for layer in (*layers, amount))
    picture = 255 * np.stack(colors, axis=-1)
    if picture.shape[-1] == 1:
        picture = np.repeat(picture, 3, axis=-1)
    return tinted(picture, amount).round().astype(np.uint8)


def _scores(found: list[Finding]) -> Float:
    return np.array([finding.score for finding in found], dtype=np.float64)


def _map(found: list[Finding], values: Float, shape: tuple[int, ...]) -> Float:
    """(H, W) float32: the largest value of the findings at every pixel, 0 where there is none."""
    drawn = np.zeros(shape, dtype=np.float32)
    for finding, value in zip(found, values, strict=True):
        mask = decode_mask(finding.segmentation, (shape[0], shape[1]))
        drawn[mask] = np.maximum(drawn[mask], value)
    return drawn
