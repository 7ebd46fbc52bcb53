"""How the scan job looks at unlabelled scans."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.spatial import KDTree
from torch import nn

from typodont.datasets.point_pyramid import SEGMENT_PYRAMID, collate
from typodont.datasets.scan_augment import plain
from typodont.datasets.scan_faces import plain_faces
from typodont.datasets.scan_points import JAW_INDEX, PointPool
from typodont.errors import ConfigError
from typodont.formats import SUFFIXES
from typodont.geometry.mesh import Mesh
from typodont.geometry.render import STONE, render_mesh
from typodont.nets.point_batch import PointBatch, reads_faces
from typodont.records import read_scan
from typodont.tasks.scan.find import upright
from typodont.tasks.scan.look import rough_pool
from typodont.tasks.scan.models import ScanModels, load_models
from typodont.tasks.scan.options import PredictOptions
from typodont.tasks.scan.predict import find_arch
from typodont.tasks.suggest.look import Look, Looker, doubt, mean_doubt, pooled, tinted
from typodont.types import Float, Int

SEEN_ONCE = PredictOptions(passes=1, looks=1, pose_guesses=1)
PICTURE = (440, 340)


def scan_looker(weights: Path | None = None) -> Looker:
    """Looks at scans in any orientation with the shipped weights, or with a weights file or run folder.

    Raises:
        WeightsError: missing or damaged.
        ConfigError: the network has no features to compare scans by.
    """
    models = load_models(weights)
    if not hasattr(models.points, "point_features"):
        name = type(models.points).__name__
        raise ConfigError(f"{weights}: the network {name} has no `point_features`, by which scans are compared")
    return Looker(SUFFIXES, partial(_look, models), partial(_draw, models))


def look_at_pool(net: Any, pool: PointPool) -> Look:
    """What a point network makes of a scan that stands roughly in the arch frame.

    Args:
        net: Point network with `point_features`, in evaluation mode.
        pool: Its labels are not looked at.
    """
    batch, _ = _batch(net, pool)
    probability = _probability(net, batch)
    with torch.inference_mode():
        features = net.point_features(batch).float().numpy()
    return Look(mean_doubt(probability), pooled(features, 1 - probability[:, 0]))


def _look(models: ScanModels, file: Path) -> Look:
    return look_at_pool(models.points, _upright_pool(models, file)[1])


def _upright_pool(models: ScanModels, file: Path) -> tuple[Mesh, PointPool, str]:
    """A scan put upright by the teeth that were found in it, a sample of its surface, and its jaw.

    Raises:
        NoArchError: it shows no dental arch.
    """
    outward, found = find_arch(read_scan(file), models, SEEN_ONCE)
    pose = upright(found)
    pool = rough_pool(models.points, outward.mesh, pose, np.random.default_rng(SEEN_ONCE.seed))
    return outward.mesh.transformed(pose), replace(pool, jaw=JAW_INDEX[found.jaw]), found.jaw


def _draw(models: ScanModels, file: Path) -> np.ndarray:
    mesh, pool, jaw = _upright_pool(models, file)
    batch, ids = _batch(models.points, pool)
    probability = _probability(models.points, batch)
    amount = (1 - probability[:, 0]) * doubt(probability)
    nearest = KDTree(pool.position[ids]).query(mesh.vertices)[1]
    return render_mesh(mesh, tinted(np.array(STONE, dtype=np.float32), amount[nearest]), size=PICTURE, jaw=jaw)


def _batch(net: nn.Module, pool: PointPool) -> tuple[PointBatch, Int]:
    """A scan as the network takes it, and the (M,) indices of its points in the pool."""
    faces = reads_faces(net)
    sample, ids = plain_faces(pool) if faces else plain(pool)
    return collate([sample], pyramid=None if faces else SEGMENT_PYRAMID), ids


def _probability(net: nn.Module, batch: PointBatch) -> Float:
    """(M, K) of the network's classes; class 0 is the gum."""
    with torch.inference_mode():
        return net(batch).logits.float().softmax(dim=1).numpy()
