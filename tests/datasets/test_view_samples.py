"""Thumbnails, made pictures, and the stream that the network for views learns from."""

import numpy as np
import pytest

from typodont.datasets.made_pictures import made_picture, made_radiograph
from typodont.datasets.view_augment import ViewAugment, disguised, part_of, radiograph_part, shuffled
from typodont.datasets.view_samples import (
    UNKNOWN,
    ViewPicture,
    ViewShares,
    ViewStream,
    collate_views,
    turned_sample,
)
from typodont.datasets.view_thumbnail import SIDE, thumbnail
from typodont.errors import ConfigError
from typodont.nets.view_net import KINDS


def scene(rows: int = 100, columns: int = 200) -> np.ndarray:
    """Dark at the top, bright at the bottom, with some grain."""
    grain = np.random.default_rng(0).random((rows, columns))
    return (0.8 * np.linspace(0, 1, rows)[:, None] + 0.2 * grain).astype(np.float32)


PICTURE = ViewPicture("a", np.round(255 * scene()).astype(np.uint8), 0.0)
PHOTO = ViewPicture("b", np.round(255 * scene(120, 130)).astype(np.uint8), 0.2)


def stream(**changes: object) -> ViewStream:
    arguments = {"panoramics": [([PICTURE], 1.0)], "photos": [([PHOTO], 1.0)], "shares": ViewShares(), **changes}
    return ViewStream(**arguments, augment=ViewAugment())  # type: ignore[arg-type]


def test_a_thumbnail_shows_the_whole_picture_in_the_middle() -> None:
    layers = thumbnail(scene(), 0.25)
    assert layers.shape == (3, SIDE, SIDE)
    rows, columns = np.nonzero(layers[1])
    assert (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1) == (SIDE // 4, 3 * SIDE // 4, 0, SIDE)
    assert set(np.unique(layers[1])) == {0, 1}
    np.testing.assert_array_equal(layers[2], 0.25 * layers[1])
    assert layers[0].min() == -1
    assert layers[0].max() == 1
    assert not layers[:, layers[1] == 0].any()


def test_brightness_and_contrast_do_not_matter() -> None:
    np.testing.assert_allclose(thumbnail(0.3 + 0.1 * scene(), 0), thumbnail(scene(), 0), atol=1e-4)


def test_borders_are_cut_off() -> None:
    framed = np.pad(scene(), ((30, 10), (0, 60)), constant_values=1.0)
    np.testing.assert_allclose(thumbnail(framed, 0), thumbnail(scene(), 0), atol=1e-6)


def test_a_turned_picture_gives_the_turned_thumbnail() -> None:
    for turns in range(4):
        turned = np.ascontiguousarray(np.rot90(scene(128, 256), turns))
        expected = np.rot90(thumbnail(scene(128, 256), 0), turns, axes=(1, 2))
        np.testing.assert_allclose(thumbnail(turned, 0), expected, atol=1e-5)


@pytest.mark.parametrize("image", [np.zeros((50, 80)), np.ones((3, 2)), np.full((600, 20), 0.5)])
def test_pictures_of_nothing_have_thumbnails_too(image: np.ndarray) -> None:
    layers = thumbnail(image.astype(np.float32), 0.0)
    assert np.isfinite(layers).all()
    assert layers[1].any()


def test_turns_say_how_to_make_it_upright() -> None:
    upright = thumbnail(scene(128, 256), 0)
    for turns in range(4):
        sample = turned_sample("panoramic", scene(128, 256), 0.0, turns)
        assert sample.turns == turns
        np.testing.assert_allclose(np.rot90(sample.layers, turns, axes=(1, 2)), upright, atol=1e-5)
    assert turned_sample("photo", scene(), 0.2, 3).turns == UNKNOWN


@pytest.mark.parametrize("seed", range(30))
def test_made_pictures_are_grey_values(seed: int) -> None:
    for make in (made_picture, made_radiograph):
        picture = make(np.random.default_rng(seed))
        assert picture.ndim == 2
        assert picture.min() >= 0
        assert picture.max() <= 1
        assert not any(side % 4 for side in picture.shape)


def test_a_radiograph_is_a_small_part_of_a_panoramic() -> None:
    # the columns and rows of a panoramic are written into its grey values, so that a part tells where it comes from
    across = np.broadcast_to(np.linspace(0, 1, 400, dtype=np.float32), (200, 400))
    down = np.broadcast_to(np.linspace(0, 1, 200, dtype=np.float32)[:, None], (200, 400))
    for seed in range(20):
        assert np.ptp(radiograph_part(across, np.random.default_rng(seed))) <= 0.35
        assert np.ptp(radiograph_part(down, np.random.default_rng(seed))) <= 0.51
        whole = part_of(across, np.random.default_rng(seed), least=0.7, stretch=0.1)
        assert np.ptp(whole) >= 0.68


def test_shuffling_keeps_the_tones_and_loses_the_picture() -> None:
    picture = scene(176, 176)
    mixed = shuffled(picture, np.random.default_rng(0))
    assert mixed.mean() == pytest.approx(picture.mean(), abs=0.01)
    assert np.ptp(mixed.mean(axis=1)) < 0.5 * np.ptp(picture.mean(axis=1))


def test_disguises_stay_grey_values() -> None:
    augment = ViewAugment(p_window=1, p_frame=1, p_text=1)
    for seed in range(10):
        grey = disguised(scene(96, 176), np.random.default_rng(seed), augment)
        assert grey.min() >= 0
        assert grey.max() <= 1
        assert np.isfinite(grey).all()


def test_an_item_follows_from_its_number_alone() -> None:
    first, second, other = stream()[3], stream()[3], stream()[4]
    np.testing.assert_array_equal(first.layers, second.layers)
    assert not np.array_equal(first.layers, other.layers)


def test_all_kinds_and_turns_are_drawn() -> None:
    batch = collate_views([stream()[item] for item in range(60)])
    assert batch.image.shape == (60, 3, SIDE, SIDE)
    kind, turns = batch.targets.kind, batch.targets.turns
    assert set(kind.tolist()) == set(range(len(KINDS)))
    assert set(turns[kind == KINDS.index("panoramic")].tolist()) == {0, 1, 2, 3}
    assert set(turns[kind != KINDS.index("panoramic")].tolist()) == {UNKNOWN}


def test_a_share_needs_pictures() -> None:
    with pytest.raises(ConfigError, match=r"'photo'.*share"):
        stream(photos=[([], 1.0)])
    kinds = {stream(photos=[], shares=ViewShares(photo=0))[item].kind for item in range(40)}
    assert KINDS.index("photo") not in kinds
