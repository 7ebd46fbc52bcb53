from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from typodont.anatomy import PERMANENT, mirrored, to_index33
from typodont.datasets.published_panoramic import (
    COPIES,
    PUBLISHED_FDI,
    PublishedData,
    PublishedSample,
    PublishedStream,
    as_seen,
    bilinear,
    block_mean,
    collate_published,
    drawn_finer,
    flipped,
    invented,
    nearest,
    panoramic_indices,
    published_copy,
    published_sample,
    touches_another,
    with_interpolated_ids,
)
from typodont.errors import ConfigError
from typodont.records import find_labelled_panoramics
from typodont.types import Int

SAFE = {"ids_interpolated": False, "borders_lost": False, "flips_unswapped": False}


def two_teeth(size: int = 32) -> Int:
    """16 at the image's left above, 36 at its right below, apart from each other."""
    fdi = np.zeros((size, size), dtype=np.uint8)
    fdi[size // 8 : size // 2, size // 8 : size // 3] = 16
    fdi[size // 2 + 2 : -2, size // 2 : size - 4] = 36
    return fdi


def sample(data: PublishedData, size: int = 32) -> PublishedSample:
    image = np.random.default_rng(0).random((size, size)).astype(np.float32)
    return published_sample("picture", image, two_teeth(size), data)


def copies(one: PublishedSample, kind: str, data: PublishedData) -> Iterator[PublishedSample]:
    return (published_copy(one, kind, np.random.default_rng(seed), data) for seed in range(8))


def labels_in(one: PublishedSample) -> set[int]:
    return set(np.unique(one.label).tolist())


def test_every_published_id_is_a_tooth_of_its_own() -> None:
    assert PUBLISHED_FDI[0] == 0
    assert sorted(PUBLISHED_FDI[1:]) == sorted(PERMANENT)


@pytest.mark.parametrize("shape", [(37, 53), (11, 64)])
def test_bilinear_is_the_usual_bilinear(shape: tuple[int, int]) -> None:
    values = np.random.default_rng(0).random((24, 30)).astype(np.float32)
    usual = functional.interpolate(torch.from_numpy(values)[None, None], size=shape, mode="bilinear")[0, 0]
    np.testing.assert_allclose(bilinear(values, shape), usual.numpy(), atol=1e-5)
    part = (slice(3, 9), slice(2, 11, 4))
    np.testing.assert_array_equal(bilinear(values, shape, part), bilinear(values, shape)[part])


def test_bilinear_of_one_value_is_that_value() -> None:
    assert (bilinear(np.full((17, 9), 18, dtype=np.float32), (64, 50)) == 18).all()


def test_interpolated_ids_name_teeth_that_are_not_there() -> None:
    label = np.zeros((8, 8), dtype=np.uint8)
    label[:, 3:] = to_index33(18)  # published id 18; half of it is 9, the id of 33
    damaged = with_interpolated_ids(label, (4, 4))
    assert set(np.unique(damaged)) == {0, to_index33(33), to_index33(18)}
    np.testing.assert_array_equal(nearest(label, (4, 4))[0], [0, label[0, 3], label[0, 3], label[0, 3]])
    np.testing.assert_array_equal(invented(label, (4, 4)), damaged == to_index33(33))


def test_only_the_interpolated_ids_invent_teeth() -> None:
    teeth = {0, to_index33(16), to_index33(36)}
    source = (100, 203)
    assert labels_in(sample(PublishedData(size=32, source=source, **SAFE))) == teeth
    damaged = labels_in(sample(PublishedData(size=32, source=source)))
    assert damaged > teeth


def test_teeth_drawn_finer_keep_their_place_and_size() -> None:
    label = two_teeth(64)
    finer = drawn_finer(label, (128, 256))
    assert set(np.unique(finer)) == {0, 16, 36}
    for fdi in (16, 36):
        share = float((finer == fdi).mean())
        assert share == pytest.approx(float((label == fdi).mean()), rel=0.02)
    assert (nearest(finer, label.shape) == label).mean() > 0.99


def test_milk_teeth_are_background() -> None:
    label_map = np.full((8, 8), 55, dtype=np.uint8)
    data = PublishedData(size=8, source=(8, 8))
    assert labels_in(published_sample("milk", np.zeros((8, 8)), label_map, data)) == {0}


def test_lost_borders_are_the_pixels_that_mix_two_labels() -> None:
    label = np.zeros((10, 10), dtype=np.uint8)
    label[:, 5:] = 1
    touched = touches_another(label, (20, 20))
    assert np.flatnonzero(touched[0]).tolist() == [9, 10]
    assert (touched == touched[0]).all()
    share = bilinear(label.astype(np.float32), (20, 20))
    np.testing.assert_array_equal(touched, (share > 0) & (share < 1))


def test_borders_are_lost_in_zoomed_copies_only() -> None:
    data = PublishedData(size=64, source=(1, 1))
    one = sample(data, 64)
    assert (published_copy(one, COPIES[0], np.random.default_rng(0), data).label >= 0).all()
    for kind in COPIES[1:]:
        lost = [(copy.label < 0).mean() for copy in copies(one, kind, data)]
        assert 0.01 < min(lost) <= max(lost) < 0.2
        kept = PublishedData(size=64, source=(1, 1), borders_lost=False)
        assert all((copy.label >= 0).all() for copy in copies(one, kind, kept))


def test_the_published_mirror_keeps_numbers_and_ours_swaps_sides() -> None:
    one = sample(PublishedData(size=32, source=(1, 1), ids_interpolated=False))
    grey, label = flipped(one.grey, one.label, "mirrored", unswapped=True)
    np.testing.assert_array_equal(label, one.label[:, ::-1])
    np.testing.assert_array_equal(grey, one.grey[:, ::-1])
    _, swapped = flipped(one.grey, one.label, "mirrored", unswapped=False)
    assert set(np.unique(swapped)) == {0, to_index33(mirrored(16)), to_index33(mirrored(36))}


def test_only_the_published_flaw_turns_jaws_upside_down() -> None:
    one = sample(PublishedData(size=32, source=(1, 1), ids_interpolated=False))
    upper, lower = to_index33(16), to_index33(36)

    def upper_is_above(copy: PublishedSample) -> bool:
        return bool(np.nonzero(copy.label == upper)[0].mean() < np.nonzero(copy.label == lower)[0].mean())

    published = PublishedData(size=32, source=(1, 1))
    assert {upper_is_above(copy) for copy in copies(one, "upside down", published)} == {True, False}
    safe = PublishedData(size=32, source=(1, 1), **SAFE)
    assert {upper_is_above(copy) for copy in copies(one, "upside down", safe)} == {True}


def test_picture_and_labels_move_together() -> None:
    data = PublishedData(size=64, source=(1, 1), **SAFE)
    label_map = two_teeth(64)
    one = published_sample("teeth are bright", (label_map > 0).astype(np.float32), label_map, data)
    for kind in COPIES:
        for copy in copies(one, kind, data):
            assert ((copy.grey > 0.5) == (copy.label > 0)).mean() > 0.98


def test_shrinking_leaves_the_damage_as_it_is() -> None:
    one = sample(PublishedData(size=64, source=(100, 203)), 64)
    shrunk = as_seen(one, PublishedData(size=64, shrink=4))
    np.testing.assert_array_equal(shrunk.label, one.label[2::4, 2::4])
    np.testing.assert_allclose(shrunk.grey[0, 0], one.grey[:4, :4].mean(), rtol=1e-5)
    np.testing.assert_array_equal(block_mean(one.grey, 1), one.grey)


def test_an_epoch_shows_every_picture_and_its_copies_in_the_published_order() -> None:
    data = PublishedData(size=32, source=(1, 1), **SAFE)
    stream = PublishedStream([sample(data) for _ in range(5)], data, seed=3)
    for i in range(5):
        np.testing.assert_array_equal(stream[i].grey, stream[i + 15].grey)
        assert stream[i + 5].grey.shape == (32, 32)
        assert not np.array_equal(stream[i + 5].grey, stream[i].grey)
    np.testing.assert_array_equal(stream[7].grey, stream[7].grey)
    assert not np.array_equal(stream[7].grey, stream[22].grey)


def test_every_picture_comes_once_an_epoch() -> None:
    data = PublishedData(size=8, source=(1, 1))
    named = [PublishedSample(name, np.zeros((8, 8), np.float32), np.zeros((8, 8), np.uint8)) for name in "abcd"]
    stream = PublishedStream(named, data)
    names = [one.name for one in islice((stream[i] for i in range(12)), 12)]
    assert names[:4] == names[4:8] == names[8:]
    assert sorted(names[:4]) == list("abcd")


def test_no_picture_is_an_error() -> None:
    with pytest.raises(ConfigError, match="no training pictures"):
        PublishedStream([], PublishedData())


def test_a_batch_is_three_equal_colours() -> None:
    data = PublishedData(size=32, source=(1, 1))
    batch = collate_published([sample(data), sample(data)])
    assert batch.image.shape == (2, 3, 32, 32)
    assert torch.equal(batch.image[:, 0], batch.image[:, 2])
    assert batch.targets.label.dtype == torch.int64


@pytest.mark.realdata
def test_the_published_damage_on_the_published_pictures(real_data: Path) -> None:
    """A study of 20 of the masks found 4.12 % of the labelled pixels with the number of no pixel near them."""
    share = []
    for files in find_labelled_panoramics(real_data / "panoramic_hitl")[:3]:
        label = panoramic_indices(files.read().label_map())
        share.append(invented(label, (512, 512)).sum() / (with_interpolated_ids(label, (512, 512)) > 0).sum())
    assert np.mean(share) == pytest.approx(0.041, abs=0.01)
