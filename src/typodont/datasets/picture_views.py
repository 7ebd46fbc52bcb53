"""What pre-training on pictures without labels shows the network: pictures with hidden patches, or pairs of views."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional
from torch.utils.data import Dataset

from typodont.datasets.panoramic_canvas import normalised
from typodont.datasets.picture_cache import CanvasPicture, read_cached
from typodont.datasets.radiograph_augment import RadiographAugment, toned
from typodont.nets.image_batch import ImageBatch
from typodont.nets.picture_pretraining import HiddenPatches, PairedViews
from typodont.types import Bool, Float

_CANDIDATES = 8
"""Spots drawn for every one that is wanted; those that one of the views does not show are left out."""


@dataclass(frozen=True)
class PictureViewAugment:
    """How a view of a picture differs from the picture; plain numbers are spreads.

    Args:
        zoom: Least and most enlargement.
        stretch: Relative, of width against height.
        turn_deg: Rotation.
        shift: Part of the height and width, beyond what the enlargement leaves out.
        p_flip: Mirrored; both views of a pair or none, so that left and right stay apart.
        p_grey: Colour pictures without their colours.
        tint: Relative, of each colour channel.
        tone: Changes of grey values.
    """

    zoom: tuple[float, float] = (0.9, 1.6)
    stretch: float = 0.08
    turn_deg: float = 6.0
    shift: float = 0.05
    p_flip: float = 0.5
    p_grey: float = 0.2
    tint: float = 0.08
    tone: RadiographAugment = field(default_factory=RadiographAugment)


@dataclass(frozen=True)
class HiddenConfig:
    """Hide patches, predict them.

    Args:
        patch: Rows and columns of a patch, pixels of the canvas.
        share: Of the patches, that are hidden.

    Source: Xie et al., SimMIM, CVPR 2022, whose patch of 32 pixels and share of 0.6 these are.
    """

    patch: int = 32
    share: float = 0.6


@dataclass(frozen=True)
class PairConfig:
    """Two views, the same spot in both.

    Args:
        spots: Of a picture.
        temperature: Divides the cosines of the spots' features.
        apart: Spots that lie nearer each other than this, pixels of the canvas, are no negatives of each other.
        hidden, out: Channels of the projector.

    Source: Xie et al., PointContrast, ECCV 2020, and Wang et al., DenseCL, CVPR 2021, with pairs by known geometry.
    """

    spots: int = 512
    temperature: float = 0.1
    apart: float = 12.0
    hidden: int = 256
    out: int = 32


class PictureStream(Dataset[Any]):
    """Item i is picture i of an endless stream: which one, and how it is shown, follows from (seed, i) alone.

    Args:
        files: Of `cached_pictures`.
        show: A picture and random numbers -> what the loader collates.
        seed: Of the whole stream.
    """

    def __init__(
        self, files: Sequence[Path], show: Callable[[CanvasPicture, np.random.Generator], Any], *, seed: int = 0
    ) -> None:
        self.files = list(files)
        self.show = show
        self.seed = seed

    def __getitem__(self, item: int) -> Any:
        rng = np.random.default_rng([self.seed, item])
        return self.show(read_cached(self.files[int(rng.integers(len(self.files)))]), rng)


@dataclass(frozen=True)
class HiddenSample:
    """One picture as the network has to guess it.

    Args:
        layers: (c, H, W) float32, normalised, nothing hidden.
        guess: (H, W): True where it is hidden and there is a picture.
        hidden: (H, W): True where it is hidden.
    """

    layers: Float
    guess: Bool
    hidden: Bool


@dataclass(frozen=True)
class PairSample:
    """Two views of one picture.

    Args:
        views: Two times (c, H, W) float32, normalised.
        spots: (2, P, 2) float32: where the spots lie in each view, (x, y) in -1..1; NaN where there are fewer.
        place: (P, 2) float32: where they lie on the canvas, pixels.
    """

    views: tuple[Float, Float]
    spots: Float
    place: Float


def hidden_sample(
    picture: CanvasPicture, rng: np.random.Generator, *, augment: PictureViewAugment, config: HiddenConfig
) -> HiddenSample:
    """A view of a picture, and which of its patches are hidden."""
    layers, inside = shown(picture, view_map(picture.inside.shape, rng, augment), rng, augment)
    rows, columns = (-(-side // config.patch) for side in inside.shape)
    chosen = rng.permutation(rows * columns) < round(config.share * rows * columns)
    patches = chosen.reshape(rows, columns).repeat(config.patch, axis=0).repeat(config.patch, axis=1)
    hidden = patches[: inside.shape[0], : inside.shape[1]]
    return HiddenSample(layers, hidden & inside, hidden)


def pair_sample(
    picture: CanvasPicture, rng: np.random.Generator, *, augment: PictureViewAugment, config: PairConfig
) -> PairSample:
    """Two views of a picture, and spots that both of them show."""
    shape = picture.inside.shape
    mirrored = rng.random() < augment.p_flip
    maps = [view_map(shape, rng, augment, mirrored=mirrored) for _ in range(2)]
    views = [shown(picture, view, rng, augment) for view in maps]
    canvas = rng.uniform(-1, 1, (_CANDIDATES * config.spots, 2))
    spots = [through(np.linalg.inv(view), canvas) for view in maps]
    seen = _at(picture.inside, canvas) & (np.abs(np.stack(spots)) < 1).all(axis=(0, 2))
    kept = np.flatnonzero(seen)[: config.spots]
    padded = np.full((3, config.spots, 2), np.nan, dtype=np.float32)
    padded[:2, : len(kept)] = np.stack(spots)[:, kept]
    padded[2, : len(kept)] = (canvas[kept] + 1) / 2 * (shape[1], shape[0])
    return PairSample((views[0][0], views[1][0]), padded[:2], padded[2])


def view_map(
    shape: tuple[int, ...], rng: np.random.Generator, augment: PictureViewAugment, *, mirrored: bool | None = None
) -> Float:
    """(3, 3): from (x, y, 1) in a view to (x, y, 1) on the canvas, both -1..1; `mirrored` None leaves it to chance."""
    aspect = shape[1] / shape[0]
    zoom = rng.uniform(*augment.zoom)
    stretch = np.exp(rng.normal(0, augment.stretch))
    angle = np.deg2rad(rng.normal(0, augment.turn_deg))
    if mirrored is None:
        mirrored = rng.random() < augment.p_flip
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    square = np.diag([aspect, 1.0])  # a rotation keeps its shape only where x and y are of one unit
    view = np.eye(3)
    view[:2, :2] = np.linalg.inv(square) @ turn @ square @ np.diag([stretch, 1 / stretch]) / zoom
    view[:2, 2] = rng.uniform(-1, 1, 2) * max(1 - 1 / zoom, 0) + rng.normal(0, augment.shift, 2)
    return view @ np.diag([-1.0 if mirrored else 1.0, 1.0, 1.0])


def through(view: Float, points: Float) -> Float:
    """(P, 2) points mapped by a (3, 3) of `view_map`."""
    return points @ view[:2, :2].T + view[:2, 2]


def shown(
    picture: CanvasPicture,
    view: Float,
    rng: np.random.Generator,
    augment: PictureViewAugment,
    *,
    shape: tuple[int, int] | None = None,
) -> tuple[Float, Bool]:
    """(c, h, w) float32 of a view, toned and normalised, and (h, w) where it shows the picture.

    Args:
        picture: (c, H, W).
        view: From `view_map`.
        rng, augment: Of the tones.
        shape: (h, w) of what is shown, of about the same aspect; None: as the picture.
    """
    layers = np.concatenate([picture.layers.astype(np.float32) / 255, picture.inside[None].astype(np.float32)])
    seen = seen_through(view, layers, shape or picture.inside.shape)
    inside = seen[-1] > 0.99
    values = _toned(seen[:-1] * inside, rng, augment)
    return normalised(values, np.broadcast_to(inside, values.shape)), inside


def seen_through(view: Float, layers: Float, shape: tuple[int, ...], *, mode: str = "bilinear") -> Float:
    """(c, h, w) float32: what a view of `view_map` shows of (c, H, W) layers; 0 beside them."""
    grid = functional.affine_grid(
        torch.from_numpy(view[None, :2].astype(np.float32)), [1, 1, *shape[:2]], align_corners=False
    )
    values = torch.from_numpy(layers.astype(np.float32, copy=False))[None]
    return functional.grid_sample(values, grid, mode=mode, align_corners=False)[0].numpy()


def collate_hidden(samples: Iterable[HiddenSample]) -> ImageBatch:
    """A batch for `HiddenPatchNet`; what is hidden is 0, the mean of the picture."""
    samples = list(samples)
    whole = torch.from_numpy(np.stack([sample.layers for sample in samples]))
    hidden = torch.from_numpy(np.stack([sample.hidden for sample in samples]))[:, None]
    guess = torch.from_numpy(np.stack([sample.guess for sample in samples]))[:, None]
    image = whole.masked_fill(hidden, 0).contiguous(memory_format=torch.channels_last)
    return ImageBatch(image, HiddenPatches(whole, guess))


def collate_pairs(samples: Iterable[PairSample]) -> ImageBatch:
    """A batch for `PairedViewNet`."""
    samples = list(samples)
    first, second = (torch.from_numpy(np.stack([sample.views[i] for sample in samples])) for i in range(2))
    spots = torch.from_numpy(np.stack([sample.spots for sample in samples], axis=1))
    place = torch.from_numpy(np.stack([sample.place for sample in samples]))
    return ImageBatch(first, PairedViews(second, spots[0], spots[1], place))


def _at(inside: Bool, points: Float) -> Bool:
    """(P,) values of an (H, W) mask at (P, 2) points, (x, y) in -1..1."""
    columns, rows = ((points + 1) / 2 * inside.shape[::-1]).astype(np.intp).T
    return inside[rows, columns]


def _toned(layers: Float, rng: np.random.Generator, augment: PictureViewAugment) -> Float:
    """The same changes to all colour channels, and a little of its own to each."""
    seed = int(rng.integers(2**32))
    layers = np.stack([toned(layer, np.random.default_rng(seed), augment.tone) for layer in layers])
    if len(layers) == 1:
        return layers
    if rng.random() < augment.p_grey:
        layers = np.broadcast_to(layers.mean(axis=0), layers.shape)
    return layers * np.exp(rng.normal(0, augment.tint, (len(layers), 1, 1))).astype(np.float32)
