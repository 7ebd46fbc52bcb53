"""Photographs with landmarks: what a training draws from, and what the network gets of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from typodont.anatomy.landmarks import landmark_names
from typodont.datasets.flip import flip_landmarks
from typodont.datasets.panoramic_canvas import normalised
from typodont.datasets.photo_augment import PhotoAugment, varied_pixels, varied_window
from typodont.datasets.picture_window import pixels_through, through_map, whole_window
from typodont.errors import LabelError
from typodont.nets.landmark_batch import UNKNOWN_VIEW, LandmarkBatch, LandmarkTargets
from typodont.records.landmarked_photo import VIEWS, LandmarkedPhoto
from typodont.types import Bool, Float

CANVAS = (256, 320)
"""Rows and columns of what the networks for landmarks see."""
_LONGEST = 480
"""Pixels along the longer side that are kept: more than a network sees, so that a part can be enlarged."""


@dataclass(frozen=True)
class LandmarkSample:
    """A photograph with its landmarks, small enough to keep thousands in memory.

    Args:
        name: Of the photograph.
        subject: "dentition" or "palate".
        view: One of `records.landmarked_photo.VIEWS`.
        image: (H, W, 3) uint8.
        points: (L, 2) in the order of `anatomy.landmarks`, pixels of `image`; NaN where the anatomy is absent.
        visible: (L,).
    """

    name: str
    subject: str
    view: str
    image: np.ndarray
    points: Float
    visible: Bool


@dataclass(frozen=True)
class LandmarkView:
    """What the network sees of a sample, and what it shall find there.

    Args:
        layers: (3, h, w) float32, normalised.
        points: (L, 2) pixels of `layers`; NaN where the anatomy is absent.
        visible: (L,).
        view: Place in `VIEWS`.
        given: The same where the photographer tells the view, else `UNKNOWN_VIEW`.
    """

    layers: Float
    points: Float
    visible: Bool
    view: int
    given: int = UNKNOWN_VIEW


def landmark_sample(photo: LandmarkedPhoto) -> LandmarkSample:
    """What a training keeps of a photograph.

    Raises:
        LabelError: its landmarks are not those of its subject.
        FormatError: its file is missing or damaged.
    """
    names = landmark_names(photo.subject)
    place = {name: at for at, name in enumerate(photo.names)}
    missing = [name for name in names if name not in place]
    if missing:
        raise LabelError(
            f"{photo.name}: found {len(photo.names)} landmarks without {', '.join(missing[:3])}, expected the "
            f"{len(names)} of a {photo.subject}; absent anatomy has landmarks without a place"
        )
    order = [place[name] for name in names]
    image = photo.pixels()
    height, width = image.shape[:2]
    shrink = max(max(height, width) / _LONGEST, 1.0)
    size = (round(width / shrink), round(height / shrink))
    if shrink > 1:
        image = np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BOX))
    scale = np.array(size) / (width, height)
    points = ((photo.points[order] + 0.5) * scale - 0.5).astype(np.float32)
    return LandmarkSample(photo.name, photo.subject, photo.view, image, points, photo.visible[order])


def varied_landmarks(
    sample: LandmarkSample, rng: np.random.Generator, *, augment: PhotoAugment, shape: tuple[int, int] = CANVAS
) -> LandmarkView:
    """One training view of (h, w) pixels: framed, mirrored, lit, blurred and covered at random."""
    image, points, visible, view = sample.image, sample.points, sample.visible, sample.view
    if rng.random() < augment.p_flip:
        image, points, visible, view = flip_landmarks(image, points, visible, subject=sample.subject, view=view)
    whole = whole_window((image.shape[1], image.shape[0]), shape)
    window = varied_window(whole, shape, rng, augment)
    pixels, inside = pixels_through(image, window, shape)
    values, covered = varied_pixels(pixels.astype(np.float32) / 255, rng, augment)
    points = through_map(np.linalg.inv(window), points)
    place = VIEWS.index(view)
    return LandmarkView(
        layers=network_layers(values, inside),
        points=points.astype(np.float32),
        visible=visible & _uncovered(points, inside & ~covered),
        view=place,
        given=place if rng.random() < augment.p_given else UNKNOWN_VIEW,
    )


def plain_landmarks(sample: LandmarkSample, *, shape: tuple[int, int] = CANVAS) -> LandmarkView:
    """The whole photograph as it is, for validation."""
    layers, window = whole_picture(sample.image, shape)
    points = through_map(np.linalg.inv(window), sample.points).astype(np.float32)
    return LandmarkView(layers, points, sample.visible, VIEWS.index(sample.view))


def whole_picture(image: np.ndarray, shape: tuple[int, int] = CANVAS) -> tuple[Float, Float]:
    """A whole photograph as the networks see it.

    Args:
        image: (H, W, 3) uint8.
        shape: Rows and columns.

    Returns:
        (3, rows, columns) float32, see `network_layers`; and the map of `picture_window`, (3, 3).
    """
    window = whole_window((image.shape[1], image.shape[0]), shape)
    pixels, inside = pixels_through(image, window, shape)
    return network_layers(pixels.astype(np.float32) / 255, inside), window


def network_layers(values: Float, inside: Bool) -> Float:
    """(3, h, w) float32 as the networks see (h, w, 3) values: zero mean and unit spread of all colours together inside
    of the photograph, 0 beside it."""
    layers = np.moveaxis(values, -1, 0)
    return normalised(layers, np.broadcast_to(inside, layers.shape))


def collate_landmarks(views: Iterable[LandmarkView]) -> LandmarkBatch:
    """A batch for the networks that find landmarks."""
    views = list(views)
    image = torch.from_numpy(np.stack([view.layers for view in views]))
    targets = LandmarkTargets(
        point=torch.from_numpy(np.stack([view.points for view in views])),
        visible=torch.from_numpy(np.stack([view.visible for view in views])),
        view=_whole([view.view for view in views]),
    )
    return LandmarkBatch(
        image.contiguous(memory_format=torch.channels_last), targets, _whole([view.given for view in views])
    )


def _whole(values: Sequence[int]) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.int64)


def _uncovered(points: Float, clear: Bool) -> Bool:
    """(L,) whether points lie on pixels that are `clear`; those that are nowhere do not."""
    rows, columns = clear.shape
    known = np.nan_to_num(points, nan=-1e6)
    x, y = np.round(known).astype(np.int64).T
    framed = (x >= 0) & (y >= 0) & (x < columns) & (y < rows)
    return framed & clear[y.clip(0, rows - 1), x.clip(0, columns - 1)]
