"""From a rough line to the margin: the shortest closed way through what a network sees in the strip beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from scipy.spatial import KDTree
from torch import nn

from typodont.datasets.margin_strips import (
    SMOOTH_MM,
    SPREAD_COLUMNS,
    STEP_MM,
    StripSample,
    band_of,
    margin_strip,
    strip_collate,
    strip_features,
)
from typodont.geometry.closed_curve import even_points, smooth_curve, without_loops
from typodont.geometry.closed_path import Strip, closed_shortest_path, without_folds
from typodont.geometry.mesh import Mesh
from typodont.geometry.surface_places import Surface
from typodont.types import Float, Int

FIRST_SMOOTH_MM = 0.6
"""The rough line is blurred so much before the surface beside it is unrolled; the better one less."""

INLET_MM = 0.5
"""A rough line that runs in and out again through a narrower inlet is unsure of a spot; no margin runs so."""

BEND = 0.15
LINE_SMOOTH_MM = 0.12
SPACING_MM = 0.1

_AROUND_PATH = 2
_LEAST_COLUMNS = 0.5


@dataclass(frozen=True)
class DrawnLine:
    """A closed line on a surface.

    Args:
        curve: (M, 3) mm, evenly spaced.
        sigma: (M,) expected error at the points, mm.
    """

    curve: Float
    sigma: Float


def draw_line(net: nn.Module, mesh: Mesh, rough: Float) -> DrawnLine:
    """The margin beside a rough line, at most 0.9 mm away from it.

    Args:
        net: A `LineNet`.
        mesh: Surface, mm.
        rough: (M, 3) closed curve on it, counter-clockwise around the prepared side.

    Raises:
        MeshError: there is no surface around the line.
    """
    start = without_loops(even_points(rough, spacing=SPACING_MM), gap=INLET_MM)
    first = _beside(net, mesh, start, smooth=FIRST_SMOOTH_MM)
    look = _beside(net, mesh, without_folds(first.points, first.strip.along), smooth=SMOOTH_MM)
    curve = even_points(without_folds(look.points, look.strip.along), spacing=SPACING_MM)
    smoothed = smooth_curve(without_loops(curve, gap=2 * SPACING_MM), LINE_SMOOTH_MM)
    points = look.surface.nearest(even_points(smoothed, spacing=SPACING_MM)).points
    row = KDTree(look.strip.places.points).query(points)[1] // len(look.strip.offset)
    return DrawnLine(points, look.spread[row])


class _Look(NamedTuple):
    """What was seen beside a line: (S, 3) points of a better one, and (S,) how sure they are, mm."""

    surface: Surface
    strip: Strip
    points: Float
    spread: Float


def _beside(net: nn.Module, mesh: Mesh, curve: Float, *, smooth: float) -> _Look:
    surface = band_of(mesh, curve)
    strip = margin_strip(surface, curve, smooth=smooth)
    logits = _seen(net, surface, strip)
    column, spread = _between_columns(logits, closed_shortest_path(-logits, bend=BEND))
    return _Look(surface, strip, _places_at(strip, column), spread)


def _seen(net: nn.Module, surface: Surface, strip: Strip) -> Float:
    """(S, T) log-probability of each column of the strip, row by row."""
    batch = strip_collate([StripSample(strip_features(surface, strip))])
    with torch.inference_mode():
        return torch.log_softmax(net(batch).logits[0], dim=-1).numpy().astype(float)


def _between_columns(logits: Float, path: Int) -> tuple[Float, Float]:
    """(S,) mean column near the path, between columns too; (S,) expected error of it, mm.

    The error is how far the row's probabilities spread beyond the bell that a sure answer is.
    """
    column = np.arange(logits.shape[1])
    near = np.abs(column - path[:, None]) <= _AROUND_PATH
    weight = np.exp(logits)
    local = weight * near + 1e-12 * near
    mean = (local * column).sum(axis=1) / local.sum(axis=1)
    variance = (weight * (column - mean[:, None]) ** 2).sum(axis=1)
    return mean, STEP_MM * np.sqrt(np.maximum(variance - SPREAD_COLUMNS**2, 0) + _LEAST_COLUMNS**2)


def _places_at(strip: Strip, column: Float) -> Float:
    """(S, 3) points of the strip at columns (S,), between columns too."""
    points = strip.points
    row = np.arange(len(points))
    low = np.clip(np.floor(column).astype(int), 0, points.shape[1] - 2)
    share = (column - low)[:, None]
    return (1 - share) * points[row, low] + share * points[row, low + 1]
