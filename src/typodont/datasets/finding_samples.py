"""Pictures with labelled findings on the canvas: what a training draws from, and what the network gets of it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from typodont.datasets.panoramic_canvas import Placement, layers_to_canvas, normalised
from typodont.datasets.picture_cache import CanvasConfig, CanvasPicture
from typodont.datasets.picture_views import PictureViewAugment, seen_through, shown, view_map
from typodont.errors import LabelError
from typodont.nets.image_batch import ImageBatch
from typodont.nets.mask_rcnn import FindingTargets
from typodont.records.findings import Finding, PictureFindings
from typodont.records.radiograph import true_aspect
from typodont.types import Bool, Float, Int

_LEAST_PIXELS = 12
_LEAST_SHARE = 0.25
"""A finding of which less is in the view is not asked for."""
_IDS = 255


@dataclass(frozen=True)
class FindingSample:
    """A picture and its findings on the canvas, small enough to keep hundreds in memory.

    Args:
        name: Of the picture.
        picture: See there.
        packed: Compressed (L, H, W) uint8 layers; in each of them findings that do not overlap, 0 for none.
        places: (N, 2) int: layer and number in it of every finding.
        label: (N,) int64: place of the category in the network's list, from 1 on.
        judged: (K,) bool: which of the categories are labelled in this picture.
        packed_ignored: Compressed (K / 8, H, W) uint8, one bit a category: where things of it may be without a label.
            Empty where there is no such place.
    """

    name: str
    picture: CanvasPicture
    packed: bytes
    places: Int
    label: Int
    judged: Bool
    packed_ignored: bytes = b""

    def layers(self) -> Int:
        """(L, H, W) uint8, unpacked."""
        return self._unpacked(self.packed)

    def ignored(self) -> Int:
        """(K / 8, H, W) uint8, or (0, H, W); `np.unpackbits` gives the categories."""
        return self._unpacked(self.packed_ignored)

    def _unpacked(self, packed: bytes) -> Int:
        flat = np.frombuffer(zlib.decompress(packed) if packed else b"", dtype=np.uint8)
        return flat.reshape(-1, *self.picture.inside.shape)


@dataclass(frozen=True)
class FindingView:
    """What the network sees of a sample, and what it shall find there.

    Args:
        name: Of the picture.
        layers: (c, h, w) float32, normalised.
        mask: (N, h, w) uint8, none of them empty.
        label, judged: See `FindingSample`.
        ignored: (K, h, w) bool: where things of each category may be without a label.
    """

    name: str
    layers: Float
    mask: Int
    label: Int
    judged: Bool
    ignored: Bool


def sample_of(
    layers: Float, labelled: PictureFindings, categories: Sequence[str], config: CanvasConfig
) -> FindingSample:
    """A (c, H, W) picture and its findings on the canvas.

    Findings of other categories are left out, and so are those that vanish at the size of the canvas.

    Raises:
        LabelError: a finding that has a box and no mask.
    """
    height, width = labelled.shape
    aspect = true_aspect((height, width)) if config.panoramic else width / height
    values, placement = layers_to_canvas(layers, aspect=aspect, shape=config.canvas)
    packing = _Packing(config.canvas)
    for finding in labelled.findings:
        if finding.category not in categories:
            continue
        if finding.segmentation is None:
            raise LabelError(
                f"{labelled.labels}: {labelled.name}: found a box without a mask ({finding.category}), expected masks; "
                "boxes can be evaluated, but this network learns masks"
            )
        mask = placement.forward_labels(labelled.mask(finding).astype(np.uint8)) > 0
        packing.add(mask, categories.index(finding.category) + 1)
    picture = CanvasPicture(np.round(255 * values).astype(np.uint8), placement.inside())
    judged = np.array([name in labelled.labelled for name in categories])
    ignored = _packed_ignored(labelled, categories, placement)
    return FindingSample(labelled.name, picture, *packing.packed(), judged, ignored)


def _packed_ignored(labelled: PictureFindings, categories: Sequence[str], placement: Placement) -> bytes:
    """See `FindingSample`; regions that are only boxes count whole."""
    regions = np.zeros((len(categories), *placement.canvas), dtype=bool)
    for region in labelled.ignored:
        if region.category in categories:
            where = _region(labelled, region).astype(np.uint8)
            regions[categories.index(region.category)] |= placement.forward_labels(where) > 0
    return zlib.compress(np.packbits(regions, axis=0).tobytes(), 1) if regions.any() else b""


def _region(labelled: PictureFindings, region: Finding) -> Bool:
    if region.segmentation is not None:
        return labelled.mask(region)
    left, top, right, bottom = (round(side) for side in region.box)
    inside = np.zeros(labelled.shape, dtype=bool)
    inside[top:bottom, left:right] = True
    return inside


class _Packing:
    """Masks that may overlap, in as few layers as a greedy hand finds."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._shape = shape
        self._layers: list[Int] = []
        self._counts: list[int] = []
        self._places: list[tuple[int, int]] = []
        self._labels: list[int] = []

    def add(self, mask: Bool, label: int) -> None:
        if not mask.any():
            return
        layer = next(
            (i for i, taken in enumerate(self._layers) if self._counts[i] < _IDS and not taken[mask].any()),
            len(self._layers),
        )
        if layer == len(self._layers):
            self._layers.append(np.zeros(self._shape, dtype=np.uint8))
            self._counts.append(0)
        self._counts[layer] += 1
        self._layers[layer][mask] = self._counts[layer]
        self._places.append((layer, self._counts[layer]))
        self._labels.append(label)

    def packed(self) -> tuple[bytes, Int, Int]:
        """Compressed layers, places, labels."""
        places = np.array(self._places, dtype=np.int64).reshape(-1, 2)
        layers = b"".join(layer.tobytes() for layer in self._layers)
        return zlib.compress(layers, 1), places, np.array(self._labels, dtype=np.int64)


def varied_view(
    sample: FindingSample, rng: np.random.Generator, *, augment: PictureViewAugment, shape: tuple[int, int]
) -> FindingView:
    """One training view of (h, w) pixels: enlarged, turned, shifted, mirrored and toned at random."""
    view = view_map(sample.picture.inside.shape, rng, augment)
    layers, inside = shown(sample.picture, view, rng, augment, shape=shape)
    numbers, ignored = (
        seen_through(view, values.astype(np.float32), shape, mode="nearest").astype(np.uint8) * inside
        for values in (sample.layers(), sample.ignored())
    )
    # how many pixels a finding has if the whole of it is in the view
    growth = np.prod(shape) / sample.picture.inside.size / abs(np.linalg.det(view[:2, :2]))
    return _view(sample, layers, numbers, ignored, growth)


def plain_view(sample: FindingSample) -> FindingView:
    """The whole picture as it is, for validation."""
    layers = normalised_layers(sample.picture.layers.astype(np.float32) / 255, sample.picture.inside)
    return _view(sample, layers, sample.layers(), sample.ignored(), growth=0.0)


def normalised_layers(layers: Float, inside: Bool) -> Float:
    """(c, H, W) float32 as networks see it: zero mean and unit spread of all channels together, 0 outside."""
    return normalised(layers, np.broadcast_to(inside, layers.shape))


def _view(sample: FindingSample, layers: Float, numbers: Int, ignored: Int, growth: float) -> FindingView:
    before = sample.layers()
    sizes = [np.bincount(layer.ravel(), minlength=_IDS + 1) for layer in before]
    visible = [np.bincount(layer.ravel(), minlength=_IDS + 1) for layer in numbers]
    kept = [
        i
        for i, (layer, number) in enumerate(sample.places)
        if visible[layer][number] >= max(_LEAST_PIXELS, _LEAST_SHARE * growth * sizes[layer][number])
    ]
    masks = [numbers[layer] == number for layer, number in sample.places[kept]]
    mask = np.stack(masks).astype(np.uint8) if masks else np.zeros((0, *layers.shape[1:]), dtype=np.uint8)
    return FindingView(sample.name, layers, mask, sample.label[kept], sample.judged, _unpacked(sample, ignored))


def _unpacked(sample: FindingSample, ignored: Int) -> Bool:
    """(K, h, w) of (K / 8, h, w) or (0, h, w) bits."""
    count = len(sample.judged)
    if not len(ignored):
        return np.zeros((count, *ignored.shape[1:]), dtype=bool)
    return np.unpackbits(ignored.astype(np.uint8), axis=0, count=count).astype(bool)


def collate_findings(views: Iterable[FindingView]) -> ImageBatch:
    """A batch for `nets.mask_rcnn`."""
    views = list(views)
    mask = torch.from_numpy(np.concatenate([view.mask for view in views]))
    picture = np.repeat(np.arange(len(views)), [len(view.mask) for view in views])
    ignored = np.stack([view.ignored for view in views])
    targets = FindingTargets(
        picture=torch.from_numpy(picture),
        box=_boxes(mask),
        label=torch.from_numpy(np.concatenate([view.label for view in views])),
        mask=mask,
        judged=torch.from_numpy(np.stack([view.judged for view in views])),
        ignored=torch.from_numpy(ignored if ignored.any() else ignored[:0]),
    )
    image = torch.from_numpy(np.stack([view.layers for view in views]))
    return ImageBatch(image.contiguous(memory_format=torch.channels_last), targets)


def _boxes(mask: torch.Tensor) -> torch.Tensor:
    """(N, 4) float32: left, top, right, bottom of (N, h, w) masks, the far sides one past the last pixel."""
    sides = []
    for axis in (1, 2):  # over rows: which columns, over columns: which rows
        hit = mask.amax(dim=axis).to(torch.int8)
        sides.append((hit.argmax(dim=1), hit.shape[1] - hit.flip(1).argmax(dim=1)))
    (left, right), (top, bottom) = sides
    return torch.stack([left, top, right, bottom], dim=1).float()
