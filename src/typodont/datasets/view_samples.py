"""What the network that recognises pictures learns from: real pictures in every guise, made ones, and their kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch.utils.data import Dataset

from typodont.datasets.made_pictures import made_picture, made_radiograph
from typodont.datasets.view_augment import ViewAugment, disguised, part_of, radiograph_part, shuffled
from typodont.datasets.view_thumbnail import thumbnail
from typodont.errors import ConfigError
from typodont.nets.image_batch import ImageBatch
from typodont.nets.view_net import KINDS, ViewTargets
from typodont.types import Float, Int

UNKNOWN = -1


@dataclass(frozen=True)
class ViewPicture:
    """A picture of known kind, upright where it is a panoramic.

    Args:
        name: Of the file.
        grey: (H, W) uint8 grey values, pixels square.
        colourful: Mean chroma 0..1.
    """

    name: str
    grey: Int
    colourful: float


@dataclass(frozen=True)
class ViewSample:
    """One picture as the network sees it.

    Args:
        layers: (3, S, S) float32, see `view_thumbnail.thumbnail`.
        kind: Place in `KINDS`.
        turns: Counter-clockwise quarter turns that make it upright; -1 where nobody knows.
    """

    layers: Float
    kind: int
    turns: int


Maker = Callable[[np.random.Generator], ViewSample]


@dataclass(frozen=True)
class ViewShares:
    """How often each kind of picture is drawn, relative to the others."""

    panoramic: float = 0.45
    radiograph: float = 0.2
    photo: float = 0.15
    other: float = 0.2


class ViewStream(Dataset[ViewSample]):
    """Item i is picture i of an endless stream and follows from (seed, i) alone.

    Args:
        panoramics: (pictures, weight) of each source, upright.
        photos: The same for photos.
        shares: How often each kind is drawn.
        augment: How much the pictures are varied.
        seed: Of the whole stream.

    Raises:
        ConfigError: a kind with a share has no pictures.
    """

    def __init__(
        self,
        panoramics: Sequence[tuple[Sequence[ViewPicture], float]],
        photos: Sequence[tuple[Sequence[ViewPicture], float]],
        shares: ViewShares,
        augment: ViewAugment,
        *,
        seed: int = 0,
    ) -> None:
        for kind, share, sources in (("panoramic", shares.panoramic, panoramics), ("photo", shares.photo, photos)):
            if share > 0 and not any(pictures and weight > 0 for pictures, weight in sources):
                raise ConfigError(f"no training pictures of the kind {kind!r}; name a source or set its share to 0")
        makers: dict[str, Maker] = {
            "panoramic": partial(_panoramic, sources=panoramics, augment=augment),
            "radiograph": partial(_radiograph, sources=panoramics, augment=augment),
            "photo": partial(_photo, sources=photos, augment=augment),
            "other": partial(_other, sources=[*panoramics, *photos], augment=augment),
        }
        weights = np.array([getattr(shares, kind) for kind in makers])
        self.makers, self.weights = list(makers.values()), weights / weights.sum()
        self.seed = seed

    def __getitem__(self, item: int) -> ViewSample:
        rng = np.random.default_rng([self.seed, item])
        return self.makers[int(rng.choice(len(self.makers), p=self.weights))](rng)


Sources = Sequence[tuple[Sequence[ViewPicture], float]]


def _drawn(sources: Sources, rng: np.random.Generator) -> tuple[Float, float]:
    """Grey values 0..1 and colourfulness of one picture, sources by weight."""
    weights = np.array([weight if pictures else 0.0 for pictures, weight in sources])
    pictures = sources[int(rng.choice(len(sources), p=weights / weights.sum()))][0]
    picture = pictures[int(rng.integers(len(pictures)))]
    return picture.grey.astype(np.float32) / 255, picture.colourful


def _panoramic(rng: np.random.Generator, *, sources: Sources, augment: ViewAugment) -> ViewSample:
    grey, colourful = _drawn(sources, rng)
    whole = part_of(grey, rng, least=augment.least_part, stretch=augment.stretch, p_square=augment.p_square)
    return _sample("panoramic", disguised(whole, rng, augment), _tinted(colourful, rng), rng)


def _radiograph(rng: np.random.Generator, *, sources: Sources, augment: ViewAugment) -> ViewSample:
    if not sources or rng.random() < augment.p_body:
        return _sample("radiograph", disguised(made_radiograph(rng), rng, augment), _tinted(0.0, rng), rng)
    grey, colourful = _drawn(sources, rng)
    return _sample("radiograph", disguised(radiograph_part(grey, rng), rng, augment), _tinted(colourful, rng), rng)


def _photo(rng: np.random.Generator, *, sources: Sources, augment: ViewAugment) -> ViewSample:
    grey, colourful = _drawn(sources, rng)
    part = part_of(grey, rng, least=0.45, stretch=0.2)
    colourful = 0.0 if rng.random() < augment.p_grey_photo else colourful * rng.uniform(0.4, 1.8)
    return _sample("photo", disguised(part, rng, augment), colourful, rng)


def _other(rng: np.random.Generator, *, sources: Sources, augment: ViewAugment) -> ViewSample:
    real = sources and rng.random() < augment.p_shuffled
    grey = shuffled(_drawn(sources, rng)[0], rng) if real else made_picture(rng)
    colourful = float(rng.choice([0.0, rng.uniform(0, 0.5)]))
    return _sample("other", disguised(grey, rng, augment), colourful, rng)


def _tinted(colourful: float, rng: np.random.Generator) -> float:
    """A radiograph photographed from a screen or stored with a blue or brown tint has some colour."""
    return colourful if rng.random() < 0.8 else float(rng.uniform(0, 0.15))


def _sample(kind: str, grey: Float, colourful: float, rng: np.random.Generator) -> ViewSample:
    """The picture in a random quarter turn, half of the time mirrored."""
    if rng.random() < 0.5:
        grey = grey[:, ::-1]
    return turned_sample(kind, grey, colourful, int(rng.integers(4)))


def turned_sample(kind: str, grey: Float, colourful: float, turns: int) -> ViewSample:
    """A picture that needs so many counter-clockwise quarter turns to be as it is given here."""
    layers = thumbnail(np.ascontiguousarray(np.rot90(grey, -turns)), colourful)
    return ViewSample(layers, KINDS.index(kind), turns if kind == "panoramic" else UNKNOWN)


def collate_views(samples: Iterable[ViewSample]) -> ImageBatch:
    """A batch for `nets.view_net`."""
    samples = list(samples)
    images = torch.from_numpy(np.stack([s.layers for s in samples])).contiguous(memory_format=torch.channels_last)
    kind, turns = (torch.tensor([getattr(s, name) for s in samples]) for name in ("kind", "turns"))
    return ImageBatch(images, ViewTargets(kind, turns))
