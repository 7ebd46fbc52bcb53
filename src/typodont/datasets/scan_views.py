"""Two views of one unlabelled scan, and which of their points are the same spot, for contrastive pre-training.

Source: He et al., Unsupervised pre-training improves tooth segmentation in 3-dimensional intraoral mesh scans (MIDL
2022) and their code, after Xie et al., PointContrast (2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.spatial import KDTree
from scipy.spatial.transform import Rotation

from typodont.datasets.flip import flip_pool
from typodont.datasets.point_pyramid import PointSample, PyramidConfig, collate
from typodont.datasets.scan_augment import ScanAugment, augmented_points
from typodont.datasets.scan_faces import chosen_faces
from typodont.datasets.scan_points import PointPool, cell_subset
from typodont.errors import ConfigError
from typodont.nets.contrastive_net import ViewPair
from typodont.types import Float, Int

_CANDIDATES = 8
"""Spots of the other view among which one is drawn."""
_FEWEST_PAIRS = 64


@dataclass(frozen=True)
class ViewConfig:
    """How two views of a scan are made, and which points are pairs; all defaults but `max_pairs` are published.

    Args:
        overlap: Least and most share of the scan that both views show, before thinning.
        grid_mm: At most one face in a cell of this size.
        n_faces: Faces of a view.
        near_mm: Points of the two views that lie so near each other on the scan are the same spot.
        max_pairs: Of a scan; published 4096, which takes most of a step, because each is compared with every other.
        curved: 0 draws pairs evenly; 1 draws them in proportion to how curved the surface is there.
    """

    overlap: tuple[float, float] = (0.4, 0.7)
    grid_mm: float = 0.3
    n_faces: int = 10000
    near_mm: float = 0.45
    max_pairs: int = 768
    curved: float = 0.0


@dataclass
class ScanViews:
    """Two views of a scan.

    Args:
        first, second: What the network sees of each.
        pairs: (P, 2) int64: points of the first and of the second view that are the same spot.
        place: (P, 3) float32: where on the scan that is, mm.
    """

    first: PointSample
    second: PointSample
    pairs: Int
    place: Float


def face_views(pool: PointPool, rng: np.random.Generator, config: ViewConfig) -> ScanViews:
    """Views as published, for networks that read faces.

    The faces in the order of the file up to somewhere, and from somewhere before that to the end; each view turned
    about a random axis by any angle, centred, thinned to a grid and then to a fixed number of faces.

    Raises:
        ConfigError: the pool holds points, not faces.
    """
    n = len(pool.position)
    both = int(rng.uniform(*config.overlap) * n)
    start = int(rng.integers(n - both + 1))
    views, chosen = [], []
    for faces in (np.arange(start + both), np.arange(start, n)):
        turned = _turned(pool, rng)
        ids = faces[cell_subset(turned.position[faces], config.grid_mm)]
        ids = np.sort(rng.choice(ids, config.n_faces, replace=len(ids) < config.n_faces))
        views.append(replace(chosen_faces(turned, ids)[0], label=None))
        chosen.append(ids)
    return _paired(pool, views, chosen, rng, config)


def point_views(pool: PointPool, rng: np.random.Generator, config: ViewConfig, augment: ScanAugment) -> ScanViews:
    """Views for networks that read a scan near the arch frame: varied as in training, mirrored both or not at all."""
    if rng.random() < augment.flip:
        pool = flip_pool(pool)
    for crops in (1.0, 1.0, 1.0, 0.0):  # two random crops may have next to nothing in common
        vary = replace(augment, flip=0.0, partial=crops * augment.partial, holes=crops * augment.holes)
        found = [augmented_points(pool, rng, vary) for _ in range(2)]
        views = [replace(sample, label=None) for sample, _ in found]
        pair = _paired(pool, views, [ids for _, ids in found], rng, config)
        if len(pair.pairs) >= _FEWEST_PAIRS:
            break
    return pair


def collate_views(samples: Sequence[ScanViews], *, pyramid: PyramidConfig | None) -> ViewPair:
    """One batch of the views of several scans; pairs count through the batch."""
    first = collate([sample.first for sample in samples], pyramid=pyramid)
    second = collate([sample.second for sample in samples], pyramid=pyramid)
    starts = torch.stack([first.starts[:-1], second.starts[:-1]], dim=1)
    shifted = [torch.from_numpy(sample.pairs) + start for sample, start in zip(samples, starts, strict=True)]
    counts = [len(sample.pairs) for sample in samples]
    return ViewPair(
        first=first,
        second=second,
        pairs=torch.cat(shifted),
        place=torch.from_numpy(np.concatenate([sample.place for sample in samples])),
        starts=torch.tensor(np.concatenate([[0], np.cumsum(counts)])),
    )


def _turned(pool: PointPool, rng: np.random.Generator) -> PointPool:
    """A face pool turned about a random axis by any angle."""
    if pool.corners is None:
        raise ConfigError(
            "this network reads faces, but these cached scans hold points; give them a folder of their own"
        )
    axis = rng.normal(size=3)
    turn = Rotation.from_rotvec(axis / np.linalg.norm(axis) * rng.uniform(-np.pi, np.pi)).as_matrix().astype(np.float32)
    return replace(
        pool,
        position=pool.position @ turn.T,
        normal=pool.normal @ turn.T,
        tooth_centre=pool.tooth_centre @ turn.T,
        corners=(pool.corners.reshape(-1, 3, 3) @ turn.T).reshape(-1, 9),
    )


def _paired(
    pool: PointPool, views: list[PointSample], chosen: list[Int], rng: np.random.Generator, config: ViewConfig
) -> ScanViews:
    """Views with their pairs: for every point of the first a random one of the second that is near it on the scan."""
    here, there = (pool.position[ids] for ids in chosen)
    away, other = map(np.asarray, KDTree(there).query(here, k=_CANDIDATES, distance_upper_bound=config.near_mm))
    count = np.isfinite(away).sum(axis=1)
    paired = np.flatnonzero(count)
    mate = other[paired, (rng.random(len(paired)) * count[paired]).astype(np.int64)]
    if len(paired) > config.max_pairs:
        curvature = np.abs(pool.curvature[chosen[0][paired], 0]) + 1e-3
        likely = (curvature / curvature.mean()) ** config.curved
        kept = rng.choice(len(paired), config.max_pairs, replace=False, p=likely / likely.sum())
        paired, mate = paired[kept], mate[kept]
    return ScanViews(views[0], views[1], np.stack([paired, mate], axis=1), here[paired])
