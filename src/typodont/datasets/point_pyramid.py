"""From chosen points to the batch a point network takes: neighbour tables and levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from typodont.datasets.scan_points import cell_subset
from typodont.geometry.neighbours import nearest
from typodont.nets.point_batch import (
    PointBatch,
    PointLevel,
    PointTargets,
    PoseTargets,
    edge_geometry,
    invariant_geometry,
)
from typodont.types import Float, Int

N_NEAR = 16
N_UP = 4


@dataclass(frozen=True)
class PyramidConfig:
    """Levels of a point pyramid.

    Args:
        cells_mm: Side of the sampling cells of each level; neighbouring points lie about 0.8 of it apart.
        turned: Describe neighbours by what stays the same when the scan is turned.
    """

    cells_mm: tuple[float, ...]
    turned: bool = False


SEGMENT_PYRAMID = PyramidConfig((0.9, 1.8, 3.6, 7.2))
POSE_PYRAMID = PyramidConfig((2.0, 4.0, 8.0, 16.0), turned=True)


@dataclass
class PointSample:
    """The points of one scan as one network input, centred; see `PointBatch` for the meaning of the fields."""

    features: Float
    position: Float
    normal: Float
    jaw: int
    label: Int | None = None
    offset: Float | None = None
    milk: Float | None = None
    place: Float | None = None


def collate(samples: Sequence[PointSample], *, pyramid: PyramidConfig | None = SEGMENT_PYRAMID) -> PointBatch:
    """One batch of several scans.

    Args:
        samples: Points of each scan.
        pyramid: Which levels to build; None for networks that find neighbours themselves.
    """
    counts = [len(sample.features) for sample in samples]
    levels = [] if pyramid is None else [point_levels(sample.position, sample.normal, pyramid) for sample in samples]
    return PointBatch(
        features=_tensor([sample.features for sample in samples]),
        levels=_join(levels),
        starts=torch.tensor(np.concatenate([[0], np.cumsum(counts)])),
        jaw=torch.tensor([sample.jaw for sample in samples]),
        targets=_targets(samples),
    )


def point_levels(position: Float, normal: Float, pyramid: PyramidConfig) -> list[PointLevel]:
    """The pyramid of one scan, finest level (all points) first."""
    cells = pyramid.cells_mm
    chosen = [np.arange(len(position))]
    for cell in cells[1:]:
        chosen.append(chosen[-1][cell_subset(position[chosen[-1]], cell)])
    points = [torch.from_numpy(position[ids].astype(np.float32)) for ids in chosen]
    normals = [torch.from_numpy(normal[ids].astype(np.float32)) for ids in chosen]
    describe = invariant_geometry if pyramid.turned else edge_geometry

    def table(centre: int, other: int, k: int) -> tuple[Tensor, Tensor]:
        near = nearest(points[other].numpy(), points[centre].numpy(), k, spacing=cells[other])
        index = torch.from_numpy(near)
        return index, describe(points[centre], normals[centre], points[other], normals[other], index, cells[other])

    levels = []
    for depth in range(len(cells)):
        arch = torch.zeros(len(points[depth]), dtype=torch.int64)
        level = PointLevel(*table(depth, depth, N_NEAR), arch=arch, position=points[depth], normal=normals[depth])
        if depth + 1 < len(cells):
            level.down, level.down_edge = table(depth + 1, depth, N_NEAR)
            level.up, level.up_edge = table(depth, depth + 1, N_UP)
        levels.append(level)
    return levels


def _join(pyramids: list[list[PointLevel]]) -> tuple[PointLevel, ...]:
    """Put the scans of a batch behind each other, neighbour indices shifted to match."""
    joined = []
    n_levels = len(pyramids[0]) if pyramids else 0
    starts = [np.cumsum([0, *[len(pyramid[depth].near) for pyramid in pyramids]]) for depth in range(n_levels)]
    for depth in range(n_levels):
        levels = [pyramid[depth] for pyramid in pyramids]
        last = depth + 1 == n_levels
        joined.append(
            PointLevel(
                near=_shifted([level.near for level in levels], starts[depth]),
                near_edge=torch.cat([level.near_edge for level in levels]),
                arch=torch.cat([level.arch + number for number, level in enumerate(levels)]),
                position=torch.cat([level.position for level in levels]),
                normal=torch.cat([level.normal for level in levels]),
                down=None if last else _shifted([level.down for level in levels], starts[depth]),
                down_edge=None if last else torch.cat([level.down_edge for level in levels]),  # type: ignore[misc]
                up=None if last else _shifted([level.up for level in levels], starts[depth + 1]),
                up_edge=None if last else torch.cat([level.up_edge for level in levels]),  # type: ignore[misc]
            )
        )
    return tuple(joined)


def _shifted(tables: Sequence[Tensor | None], starts: Int) -> Tensor:
    return torch.cat([table + int(start) for table, start in zip(tables, starts, strict=False) if table is not None])


def _targets(samples: Sequence[PointSample]) -> PointTargets | PoseTargets | None:
    if all(sample.place is not None for sample in samples):
        jaw = torch.tensor([sample.jaw for sample in samples])
        return PoseTargets(place=_tensor([sample.place for sample in samples]).float(), jaw=jaw)
    if any(sample.label is None for sample in samples):
        return None
    return PointTargets(
        label=_tensor([sample.label for sample in samples]).long(),
        offset=_tensor([sample.offset for sample in samples]).float(),
        milk=_tensor([sample.milk for sample in samples]).float(),
        jaw=torch.tensor([sample.jaw for sample in samples]),
    )


def _tensor(arrays: Sequence[Float | Int | None]) -> Tensor:
    return torch.from_numpy(np.concatenate([array for array in arrays if array is not None]))
