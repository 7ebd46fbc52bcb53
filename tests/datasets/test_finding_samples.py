"""Labelled findings on the canvas and in views: masks go where the picture goes, and nothing is made up."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from typodont.datasets.finding_samples import (
    FindingSample,
    collate_findings,
    plain_view,
    sample_of,
    varied_view,
)
from typodont.datasets.picture_cache import CanvasConfig
from typodont.datasets.picture_views import PictureViewAugment
from typodont.datasets.radiograph_augment import RadiographAugment
from typodont.datasets.weighted_stream import WeightedStream
from typodont.errors import LabelError
from typodont.formats.run_lengths import encode_mask
from typodont.records.findings import Finding, PictureFindings

CATEGORIES = ("tooth", "caries", "filling")
CANVAS = CanvasConfig((64, 128), colour=False, panoramic=False)
SHAPE = (128, 256)
STILL = PictureViewAugment(
    zoom=(1.0, 1.0), stretch=0.0, turn_deg=0.0, shift=0.0, p_flip=0.0, tone=RadiographAugment(p_tone=0.0, p_invert=0.0)
)


def rectangle(top: int, left: int, bottom: int, right: int) -> np.ndarray:
    mask = np.zeros(SHAPE, dtype=bool)
    mask[top:bottom, left:right] = True
    return mask


TOOTH, DECAY = rectangle(20, 40, 100, 90), rectangle(30, 60, 50, 80)


def finding(category: str, mask: np.ndarray) -> Finding:
    rows, columns = np.nonzero(mask)
    box = (float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1))
    return Finding(category, box, encode_mask(mask))


def labelled(*findings: Finding, looked_for: tuple[str, ...] = ("tooth", "caries")) -> PictureFindings:
    return PictureFindings("case", Path("case.png"), SHAPE, findings, frozenset(looked_for))


def picture() -> np.ndarray:
    """Bright where the tooth is, so that masks can be compared with what is seen; borders are not flat."""
    noise = np.random.default_rng(0).uniform(0, 0.2, SHAPE)
    return (noise + 0.7 * TOOTH)[None].astype(np.float32)


@pytest.fixture
def sample() -> FindingSample:
    return sample_of(picture(), labelled(finding("tooth", TOOTH), finding("caries", DECAY)), CATEGORIES, CANVAS)


def test_overlapping_masks_keep_their_shapes(sample):
    view = plain_view(sample)
    np.testing.assert_array_equal(view.mask[0], TOOTH[::2, ::2])
    np.testing.assert_array_equal(view.mask[1], DECAY[::2, ::2])
    assert view.label.tolist() == [1, 2]
    assert view.judged.tolist() == [True, True, False]


def test_what_does_not_overlap_shares_a_layer():
    boxes = [rectangle(10, left, 60, left + 20) for left in range(0, 200, 40)]
    sample = sample_of(picture(), labelled(*(finding("tooth", mask) for mask in boxes)), CATEGORIES, CANVAS)
    assert sample.layers().shape == (1, 64, 128)
    assert len(plain_view(sample).mask) == len(boxes)


def test_other_categories_are_left_out():
    sample = sample_of(picture(), labelled(finding("tooth", TOOTH), finding("crown", DECAY)), CATEGORIES, CANVAS)
    assert sample.label.tolist() == [1]


def test_a_box_without_mask_is_refused_by_name():
    with pytest.raises(LabelError, match=r"case: found a box without a mask \(caries\)"):
        sample_of(picture(), labelled(Finding("caries", (3.0, 3.0, 9.0, 9.0))), CATEGORIES, CANVAS)


def test_masks_move_with_the_picture(sample):
    augment = PictureViewAugment(zoom=(1.0, 1.3), tone=RadiographAugment(p_tone=0.0, p_invert=0.0))
    for seed in range(10):
        view = varied_view(sample, np.random.default_rng(seed), augment=augment, shape=(64, 128))
        teeth = view.mask[view.label == 1]
        if len(teeth):
            inside = view.layers[0][teeth[0] > 0]
            assert (inside > 0.5).mean() > 0.9
    assert any(
        len(varied_view(sample, np.random.default_rng(seed), augment=augment, shape=(64, 128)).mask)
        for seed in range(10)
    )


def test_a_view_may_be_smaller_than_the_canvas(sample):
    view = varied_view(sample, np.random.default_rng(0), augment=STILL, shape=(32, 64))
    assert view.layers.shape == (1, 32, 64)
    share = view.mask[0].mean() / plain_view(sample).mask[0].mean()
    assert share == pytest.approx(1, abs=0.1)


def test_what_the_view_hardly_shows_is_not_asked_for(sample):
    for seed in range(30):
        augment = PictureViewAugment(zoom=(2.0, 2.5))
        view = varied_view(sample, np.random.default_rng(seed), augment=augment, shape=(64, 128))
        assert all(mask.sum() >= 12 for mask in view.mask)


def test_pictures_without_findings_are_samples_too():
    view = plain_view(sample_of(picture(), labelled(), CATEGORIES, CANVAS))
    assert view.mask.shape == (0, 64, 128)
    batch = collate_findings([view, view])
    assert batch.targets.box.shape == (0, 4)
    assert [len(one["boxes"]) for one in batch.targets.of_pictures()] == [0, 0]


def test_a_batch_knows_whose_finding_is_whose(sample):
    empty = sample_of(picture(), labelled(looked_for=("filling",)), CATEGORIES, CANVAS)
    batch = collate_findings([plain_view(sample), plain_view(empty), plain_view(sample)])
    assert batch.targets.picture.tolist() == [0, 0, 2, 2]
    assert batch.image.shape == (3, 1, 64, 128)
    torch.testing.assert_close(batch.targets.box[0], torch.tensor([20.0, 10.0, 45.0, 50.0]))
    assert batch.targets.judged.tolist() == [[True, True, False], [False, False, True], [True, True, False]]


def with_ignored(*regions: Finding) -> FindingSample:
    marked = labelled(finding("tooth", TOOTH), looked_for=CATEGORIES)
    return sample_of(picture(), replace(marked, ignored=regions), CATEGORIES, CANVAS)


def test_ignored_regions_are_kept_by_category():
    region = rectangle(0, 128, 128, 256)
    view = plain_view(with_ignored(finding("filling", region), finding("filling", DECAY), finding("crown", TOOTH)))
    assert view.label.tolist() == [1]  # a region is no finding
    np.testing.assert_array_equal(view.ignored[2], (region | DECAY)[::2, ::2])
    assert not view.ignored[:2].any()


def test_an_ignored_box_counts_whole():
    view = plain_view(with_ignored(Finding("caries", (20.0, 10.0, 60.0, 50.0))))
    np.testing.assert_array_equal(view.ignored[1], rectangle(10, 20, 50, 60)[::2, ::2])


def test_ignored_regions_move_with_the_picture():
    sample = with_ignored(finding("filling", TOOTH))
    augment = PictureViewAugment(zoom=(1.0, 1.3), tone=RadiographAugment(p_tone=0.0, p_invert=0.0))
    for seed in range(10):
        view = varied_view(sample, np.random.default_rng(seed), augment=augment, shape=(64, 128))
        for mask in view.mask:
            np.testing.assert_array_equal(view.ignored[2], mask > 0)


def test_a_batch_has_regions_only_where_a_picture_has(sample):
    plain, ignored = plain_view(sample), plain_view(with_ignored(finding("filling", DECAY)))
    assert collate_findings([plain, ignored]).targets.ignored.flatten(1).any(dim=1).tolist() == [False, True]
    batch = collate_findings([plain, plain]).to("cpu")
    assert len(batch.targets.ignored) == 0
    assert all(not one["ignored"].any() for one in batch.targets.of_pictures())


def test_the_stream_follows_from_seed_and_number(sample):
    prepare = partial(varied_view, augment=PictureViewAugment(), shape=(64, 128))
    one, two = (WeightedStream([([sample], 1.0)], prepare, seed=3) for _ in range(2))
    np.testing.assert_array_equal(one[5].layers, two[5].layers)
    assert not np.array_equal(one[5].layers, one[6].layers)
