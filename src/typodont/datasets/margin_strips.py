"""Samples for the network that draws the margin line: strips of surface around a rough line, unrolled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch

from typodont.atomic import atomic_path
from typodont.datasets.margin_points import coarser, region_of
from typodont.errors import FormatError, MeshError
from typodont.geometry.closed_curve import even_points, nearest_on_curve, tangents
from typodont.geometry.closed_path import Strip, unroll
from typodont.geometry.mesh import Mesh
from typodont.geometry.surface_places import Surface
from typodont.nets.line_net import LineBatch, LineTargets
from typodont.records.crown_case import CrownCase
from typodont.types import Float

HALF_WIDTH_MM = 0.9
STEP_MM = 0.05
SPACING_MM = 0.15
SMOOTH_MM = 0.3
SPREAD_COLUMNS = 1.2
"""Standard deviation of the bell around the true line that the network learns to answer with."""


_AROUND_MM = 1.5
_ON_ROW_MM = 0.12
_ROUGH_MM = 0.2
_MOST_OFF_MM = 0.6
_WAVES = 10


@dataclass
class StripSample:
    """A strip of surface and where the margin line runs in it.

    Args:
        features: (6, S, T) float32, see `strip_features`.
        offset: (S,) float32: of the line in columns; NaN where the strip misses it. None in prediction.
    """

    features: Float
    offset: Float | None = None


def band_of(mesh: Mesh, curve: Float) -> Surface:
    """The surface within reach of a strip around a curve (M, 3), mm.

    Raises:
        MeshError: there is none.
    """
    near = nearest_on_curve(curve, mesh.vertices)[0] < _AROUND_MM
    band = mesh.submesh(np.any(near[mesh.faces], axis=1))
    if not len(band.faces):
        raise MeshError(f"found no surface within {_AROUND_MM:g} mm of the line; look whether both are in one frame")
    return Surface(band)


def margin_strip(surface: Surface, curve: Float, *, smooth: float = SMOOTH_MM) -> Strip:
    """The strip around a rough line in which the margin is looked for; see `closed_path.unroll`."""
    return unroll(surface, curve, half_width=HALF_WIDTH_MM, step=STEP_MM, spacing=SPACING_MM, smooth=smooth)


def strip_features(surface: Surface, strip: Strip) -> Float:
    """(6, S, T) float32: what the network sees of each place, the same however the scan is turned.

    How far the surface there lies off the plane through the line's place, how much nearer the line than the way
    walked, the normal's parts along the line, across it and upright, and how far the neighbouring rows rise.
    """
    points = strip.points
    normals = surface.normals(strip.places).reshape(points.shape)
    middle = len(strip.offset) // 2
    upright = np.cross(strip.along, strip.across)
    axes = np.stack([strip.along, strip.across, upright], axis=2)
    relative = (points - points[:, middle : middle + 1]) @ axes
    turned = normals @ axes
    short = relative[:, :, 1] - strip.offset
    columns = [relative[:, :, 2], short, turned[:, :, 0], turned[:, :, 1], turned[:, :, 2], relative[:, :, 0]]
    return np.stack(columns).astype(np.float32)


def made_strips(case: CrownCase, rng: np.random.Generator, count: int) -> list[StripSample]:
    """Strips around the margin of a synthetic case, each along another line that strays from it by up to 0.6 mm.

    Every other one lies on a simplified mesh, see `margin_points.coarser`.

    Raises:
        MeshError: the case has no margin.
    """
    if case.margin is None:
        raise MeshError(f"{case.name}: found no margin, expected the one of a training case")
    reach = float(np.linalg.norm(case.margin - case.margin.mean(axis=0), axis=1).max()) + 2 * _AROUND_MM
    region = region_of(case.scan, case.margin.mean(axis=0), reach)
    return [_made_strip(coarser(region, rng) if number % 2 else region, case.margin, rng) for number in range(count)]


def _made_strip(mesh: Mesh, margin: Float, rng: np.random.Generator) -> StripSample:
    surface = band_of(mesh, margin)
    strip = margin_strip(surface, strayed(surface, margin, rng))
    return StripSample(strip_features(surface, strip), line_offsets(strip, margin))


def strayed(surface: Surface, margin: Float, rng: np.random.Generator) -> Float:
    """(M, 3) a line over the surface that strays from the margin in slow waves."""
    line = even_points(margin, spacing=SPACING_MM)
    places = surface.nearest(line)
    across = np.cross(surface.normals(places), tangents(line))
    angle = np.arange(len(line)) / len(line) * 2 * np.pi
    wave = np.arange(_WAVES)
    size = rng.normal(0, 1, (2, _WAVES)) / (1 + wave) ** 0.5
    off = size[0] @ np.cos(wave[:, None] * angle) + size[1] @ np.sin(wave[:, None] * angle)
    off *= rng.uniform(0.3, 1.6) * _ROUGH_MM / max(float(off.std()), 1e-9)
    return surface.nearest(line + np.clip(off, -_MOST_OFF_MM, _MOST_OFF_MM)[:, None] * across).points


def line_offsets(strip: Strip, margin: Float) -> Float:
    """(S,) float32: column at which each row of a strip meets the margin, or between columns; NaN where it does not."""
    n_rows, n_columns = len(strip.along), len(strip.offset)
    distance = nearest_on_curve(margin, strip.places.points)[0].reshape(n_rows, n_columns)
    nearest = distance.argmin(axis=1)
    row = np.arange(n_rows)
    best = np.clip(nearest, 1, n_columns - 2)
    before, here, after = (distance[row, best + k] ** 2 for k in (-1, 0, 1))
    bend = before - 2 * here + after  # squared distances to a line are a parabola along the row
    shift = np.where(bend > 1e-9, 0.5 * (before - after) / np.maximum(bend, 1e-9), 0.0)
    column = best + np.clip(shift, -1, 1)
    known = (distance.min(axis=1) < _ON_ROW_MM) & (nearest == best)
    return np.where(known, column, np.nan).astype(np.float32)


def varied_strip(sample: StripSample, rng: np.random.Generator) -> StripSample:
    """A training sample: the strip begun somewhere else, with noise as of other scanners."""
    start = int(rng.integers(sample.features.shape[1]))
    features = np.roll(sample.features, start, axis=1)
    noise = rng.standard_normal(features.shape, dtype=np.float32)
    size = np.array([0.01, 0.005, 0.06, 0.06, 0.06, 0.01], dtype=np.float32)[:, None, None]
    offset = None if sample.offset is None else np.roll(sample.offset, start)
    return StripSample(features + rng.random() * size * noise, offset)


def strip_collate(samples: Sequence[StripSample]) -> LineBatch:
    """One batch; strips of a batch are repeated from their start up to the length of the longest."""
    length = max(sample.features.shape[1] for sample in samples)
    features = np.stack([np.take(s.features, np.arange(length) % s.features.shape[1], axis=1) for s in samples])
    offsets = [
        np.concatenate([s.offset, np.full(length - len(s.offset), np.nan, dtype=np.float32)])
        for s in samples
        if s.offset is not None
    ]
    targets = LineTargets(torch.from_numpy(np.stack(offsets))) if len(offsets) == len(samples) else None
    return LineBatch(torch.from_numpy(features), targets)


def write_strips(strips: Sequence[StripSample], path: Path) -> None:
    """Write the strips of one case."""
    arrays = {f"features_{i}": strip.features.astype(np.float16) for i, strip in enumerate(strips)}
    arrays |= {f"offset_{i}": strip.offset for i, strip in enumerate(strips) if strip.offset is not None}
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def read_strips(path: Path) -> list[StripSample]:
    """Read what `write_strips` wrote.

    Raises:
        FormatError: no such file, or one of another version.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            count = sum(name.startswith("features_") for name in arrays.files)
            return [
                StripSample(arrays[f"features_{i}"].astype(np.float32), arrays[f"offset_{i}"]) for i in range(count)
            ]
    except (OSError, EOFError, BadZipFile, ValueError, KeyError) as error:
        raise FormatError(f"{path}: no strips of this version ({error}); delete it, it will be made again") from None
