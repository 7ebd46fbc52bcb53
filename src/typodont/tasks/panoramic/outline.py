"""From the network's coarse grid to every pixel of the picture: smooth, whole outlines of the numbered teeth."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from skimage.measure import label as label_regions

from typodont.datasets.panoramic_canvas import Placement
from typodont.tasks.panoramic.decode import FoundTeeth
from typodont.types import Bool, Float, Int

SOFT = 0.7
"""Blur of the border between touching teeth, grid pixels; the outer border is the network's own."""

_MARGIN = 4


def draw_teeth(tooth: Float, found: FoundTeeth, placement: Placement) -> tuple[Int, Float]:
    """The number of every pixel, and how sure each tooth's outline is.

    Each tooth's share of the probability is carried over by a smooth spline; a pixel is tooth where all shares
    together are more than one half, and belongs to the largest share. Islands go, holes are filled.

    Args:
        tooth: (h, w) probability of tooth on the network's grid.
        found: Instances on that grid, with numbers.
        placement: Where the picture lies on the canvas; the grid covers the canvas.

    Returns:
        (H, W) uint8 FDI numbers, 0 off the teeth; and (T,) float, the mean probability within the outline of every
        instance, 0 where it has none.
    """
    fdi = found.fdi
    shares = _shares(found.instances.member, len(fdi))
    rows, columns = _spline(placement, tooth.shape, axis=0), _spline(placement, tooth.shape, axis=1)
    total = np.zeros(placement.shape, dtype=np.float32)
    best = np.zeros(placement.shape, dtype=np.float32)
    owner = np.full(placement.shape, -1, dtype=np.int64)
    for index in np.flatnonzero(fdi):
        box, share = shares[index]
        across, down = _within(rows, box[0]), _within(columns, box[1])
        place = across[0], down[0]
        value = across[1] @ (tooth[box] * share).astype(np.float32) @ down[1].T
        total[place] += value
        wins = value > best[place]
        best[place][wins] = value[wins]
        owner[place][wins] = index
    owner[total <= 0.5] = -1
    return _whole_teeth(owner, best, fdi)


def _shares(member: Int, n: int) -> list[tuple[tuple[slice, slice], Float]]:
    """Box and (box) float for every instance: how much each grid pixel of the box belongs to it, 0..1."""
    boxes = ndimage.find_objects(member + 1, max_label=n)
    shares = []
    for index, box in enumerate(boxes):
        if box is None:
            shares.append(((slice(0), slice(0)), np.zeros((0, 0))))
            continue
        place = tuple(slice(max(0, s.start - _MARGIN), s.stop + _MARGIN) for s in box)
        mine = ndimage.gaussian_filter((member[place] == index).astype(np.float32), SOFT, mode="nearest")
        anyone = ndimage.gaussian_filter((member[place] >= 0).astype(np.float32), SOFT, mode="nearest")
        shares.append((place, mine / np.maximum(anyone, 1e-6)))
    return shares


def _spline(placement: Placement, grid: tuple[int, int], *, axis: int) -> Float:
    """(n, g) float32: weights of the g grid places for each of the n pixels along one axis of the picture.

    A cubic B-spline: it smooths a little and never rings. Pixels outside the placed part have no weight.
    """
    low, high = placement.crop[axis], placement.crop[axis + 2]
    start, stop = placement.box[axis], placement.box[axis + 2]
    pixel = np.arange(placement.shape[axis])
    canvas = start + (pixel + 0.5 - low) * (stop - start) / (high - low)
    place = canvas * grid[axis] / placement.canvas[axis] - 0.5
    distance = np.abs(place[:, None] - np.arange(grid[axis]))
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = np.maximum(2 - distance, 0) ** 3 / 6
    weights = np.where(distance < 1, near, far)
    weights[(pixel < low) | (pixel >= high)] = 0
    return weights.astype(np.float32)


def _within(weights: Float, part: slice) -> tuple[slice, Float]:
    """The pixels that a part of the grid reaches, and their weights for it."""
    cut = weights[:, part]
    reached = np.flatnonzero(cut.any(axis=1))
    pixels = slice(int(reached[0]), int(reached[-1]) + 1) if len(reached) else slice(0)
    return pixels, cut[pixels]


def _whole_teeth(owner: Int, best: Float, fdi: Int) -> tuple[Int, Float]:
    """Each tooth as one piece without holes: (H, W) uint8 numbers, and the mean of `best` in each tooth."""
    labels = np.zeros(owner.shape, dtype=np.uint8)
    sure = np.zeros(len(fdi))
    boxes = ndimage.find_objects(owner + 1, max_label=len(fdi))
    pieces: list[tuple[int, tuple[slice, slice], Bool]] = []
    for index, box in enumerate(boxes):
        if box is not None:
            pieces.append((index, box, _largest(owner[box] == index)))
            labels[box][pieces[-1][2]] = fdi[index]
    for index, box, piece in pieces:
        sure[index] = best[box][piece].mean()
        holes = ndimage.binary_fill_holes(piece) & (labels[box] == 0)
        labels[box][holes] = fdi[index]
    return labels, sure


def _largest(mask: Bool) -> Bool:
    """The largest connected piece of a mask that is not empty."""
    pieces = np.asarray(label_regions(mask, connectivity=1))
    return pieces == np.bincount(pieces.ravel())[1:].argmax() + 1
