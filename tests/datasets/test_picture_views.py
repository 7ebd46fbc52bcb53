"""What pre-training on pictures shows the network: spots that are the same in both views, patches that are hidden."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from typodont.datasets.picture_cache import CanvasPicture
from typodont.datasets.picture_views import (
    HiddenConfig,
    PairConfig,
    PictureStream,
    PictureViewAugment,
    collate_hidden,
    collate_pairs,
    hidden_sample,
    pair_sample,
    shown,
    through,
    view_map,
)
from typodont.datasets.radiograph_augment import RadiographAugment

SHAPE = (64, 128)
PLAIN_TONE = RadiographAugment(p_tone=0, p_invert=0)
MOVED = PictureViewAugment(tone=PLAIN_TONE, p_grey=0, tint=0)
STILL = replace(MOVED, zoom=(1.0, 1.0), stretch=0, turn_deg=0, shift=0, p_flip=0)


@pytest.fixture
def picture() -> CanvasPicture:
    """Grey values that tell where they are: brighter to the right, in waves from top to bottom."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    grey = 100 + columns / 2 + 60 * np.sin(rows / 8)
    inside = np.ones(SHAPE, dtype=bool)
    inside[:, :10] = False
    return CanvasPicture(grey[None].astype(np.uint8), inside)


def at(layer: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Values of an (H, W) layer at (P, 2) points (x, y) in -1..1."""
    grid = torch.from_numpy(points.astype(np.float32))[None, None]
    values = torch.from_numpy(layer)[None, None]
    return functional.grid_sample(values, grid, padding_mode="border", align_corners=False)[0, 0, 0].numpy()


def test_both_views_show_the_same_at_a_spot(picture: CanvasPicture) -> None:
    whole = replace(picture, inside=np.ones(SHAPE, dtype=bool))
    for seed in range(8):
        pair = pair_sample(whole, np.random.default_rng(seed), augment=MOVED, config=PairConfig(spots=60))
        there = np.isfinite(pair.spots).all(axis=(0, 2))
        assert there.sum() > 30
        first, second = (at(view[0], spots[there]) for view, spots in zip(pair.views, pair.spots, strict=True))
        # each view is normalised by itself, which scales its grey values and nothing else
        assert np.corrcoef(first, second)[0, 1] > 0.995
        columns, rows = pair.place[there].T
        truth = 100 + columns / 2 + 60 * np.sin((rows - 0.5) / 8)
        assert np.corrcoef(first, truth)[0, 1] > 0.995


def test_a_view_as_it_is_has_its_spots_where_they_are(picture: CanvasPicture) -> None:
    pair = pair_sample(picture, np.random.default_rng(0), augment=STILL, config=PairConfig(spots=40))
    np.testing.assert_allclose(pair.spots[0], pair.spots[1], atol=1e-6)
    np.testing.assert_allclose((pair.spots[0] + 1) / 2 * SHAPE[::-1], pair.place, atol=1e-4)
    assert (pair.place[:, 0] >= 10).all(), "a spot outside of the picture"


def test_both_views_are_mirrored_or_none(picture: CanvasPicture) -> None:
    flipped = []
    for seed in range(12):
        pair = pair_sample(picture, np.random.default_rng(seed), augment=MOVED, config=PairConfig(spots=200))
        ways = [np.nanmean(spots[:, 0] * (pair.place[:, 0] - np.nanmean(pair.place[:, 0]))) for spots in pair.spots]
        assert np.sign(ways[0]) == np.sign(ways[1])
        flipped.append(ways[0] < 0)
    assert 0 < sum(flipped) < 12


def test_views_without_a_common_spot_say_so(picture: CanvasPicture) -> None:
    nothing = replace(picture, inside=np.zeros(SHAPE, dtype=bool))
    pair = pair_sample(nothing, np.random.default_rng(0), augment=MOVED, config=PairConfig(spots=5))
    assert np.isnan(pair.spots).all()
    assert np.isnan(pair.place).all()


def test_a_turn_keeps_shapes() -> None:
    """A square of pixels stays a square although the picture is twice as wide as high."""
    turned = replace(STILL, turn_deg=40.0)
    view = view_map(SHAPE, np.random.default_rng(1), turned)
    corners = np.array([[0, 0], [10, 0], [0, 10]]) / np.array([SHAPE[1] / 2, SHAPE[0] / 2])
    origin, right, down = through(view, corners) * (SHAPE[1] / 2, SHAPE[0] / 2)
    assert np.linalg.norm(right - origin) == pytest.approx(10)
    assert np.linalg.norm(down - origin) == pytest.approx(10)
    assert np.dot(right - origin, down - origin) == pytest.approx(0, abs=1e-9)


def test_what_is_outside_is_zero_and_the_rest_is_normalised(picture: CanvasPicture) -> None:
    colours = replace(picture, layers=np.concatenate([picture.layers, picture.layers // 2, picture.layers // 4]))
    for augment in (STILL, PictureViewAugment()):
        rng = np.random.default_rng(0)
        layers, inside = shown(colours, view_map(SHAPE, rng, augment), rng, augment)
        assert layers.shape == (3, *SHAPE)
        assert layers.dtype == np.float32
        assert not layers[:, ~inside].any()
        assert layers[:, inside].mean() == pytest.approx(0, abs=0.05)
        assert layers[:, inside].std() == pytest.approx(1, abs=0.05)


def test_the_share_of_hidden_patches(picture: CanvasPicture) -> None:
    config = HiddenConfig(patch=16, share=0.75)
    sample = hidden_sample(picture, np.random.default_rng(0), augment=STILL, config=config)
    blocks = sample.hidden.reshape(4, 16, 8, 16).mean(axis=(1, 3))
    assert set(np.unique(blocks)) == {0.0, 1.0}
    assert blocks.mean() == 0.75
    np.testing.assert_array_equal(sample.guess, sample.hidden & picture.inside)


def test_the_network_does_not_see_what_is_hidden(picture: CanvasPicture) -> None:
    samples = [
        hidden_sample(picture, np.random.default_rng(n), augment=MOVED, config=HiddenConfig(patch=10)) for n in (0, 1)
    ]
    batch = collate_hidden(samples)
    assert batch.image.shape == (2, 1, *SHAPE)
    for image, whole, sample in zip(batch.image, batch.targets.whole, samples, strict=True):
        assert not image[0][torch.from_numpy(sample.hidden)].any()
        shown_pixels = torch.from_numpy(~sample.hidden)
        assert torch.equal(image[0][shown_pixels], whole[0][shown_pixels])
    assert torch.equal(batch.targets.guess[:, 0], torch.from_numpy(np.stack([sample.guess for sample in samples])))


def test_a_batch_of_pairs(picture: CanvasPicture) -> None:
    samples = [
        pair_sample(picture, np.random.default_rng(n), augment=MOVED, config=PairConfig(spots=9)) for n in (0, 1)
    ]
    batch = collate_pairs(samples)
    assert len(batch) == 2
    assert batch.image.shape == batch.targets.second.shape == (2, 1, *SHAPE)
    assert batch.targets.first_spots.shape == batch.targets.second_spots.shape == batch.targets.place.shape == (2, 9, 2)
    np.testing.assert_array_equal(batch.targets.second_spots[1].numpy(), samples[1].spots[1])


def test_the_stream_follows_from_seed_and_item(picture: CanvasPicture, tmp_path: Path) -> None:
    for name in ("a", "b"):
        np.savez(tmp_path / f"{name}.picture.npz", layers=picture.layers, box=(0, 10, *SHAPE))
    files = sorted(tmp_path.iterdir())

    def show(picture: CanvasPicture, rng: np.random.Generator) -> float:
        assert picture.inside.sum() == SHAPE[0] * (SHAPE[1] - 10)
        return float(rng.random())

    once, again, other = (PictureStream(files, show, seed=seed) for seed in (3, 3, 4))
    assert [once[i] for i in (0, 1, 5)] == [again[i] for i in (0, 1, 5)]
    assert once[0] != other[0]
    assert once[0] != once[1]
