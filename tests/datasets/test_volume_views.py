import numpy as np
import pytest
import torch

from typodont.datasets.volume_cache import CachedVolume
from typodont.datasets.volume_views import (
    HiddenSample,
    MaskConfig,
    VolumeAugment,
    VolumeStream,
    collate_hidden,
    hidden_blocks,
    part,
    plain_sample,
    varied,
)
from typodont.errors import ConfigError

NOTHING = VolumeAugment(p_turn=0, mirror=False, contrast=0, brightness=0, shift=0)


@pytest.fixture
def volume(tmp_path):
    values = np.random.default_rng(0).integers(0, 256, (12, 10, 8), dtype=np.uint8)
    np.save(tmp_path / "a.npy", values)
    return CachedVolume("a", tmp_path / "a.npy", tmp_path / "a.stl")


def test_a_part_is_what_lies_there_and_nothing_beyond(volume):
    stored = np.asarray(volume.read())
    np.testing.assert_array_equal(part(stored, (2, 3, 1), (4, 5, 6)), stored[2:6, 3:8, 1:7] / np.float32(255))
    beyond = part(stored, (-3, 7, 0), (6, 6, 8))
    assert beyond.shape == (6, 6, 8)
    np.testing.assert_array_equal(beyond[3:, :3], stored[:3, 7:] / np.float32(255))
    assert not beyond[:3].any()
    assert not beyond[:, 3:].any()
    assert not part(stored, (20, 0, -30), (4, 4, 4)).any()


def test_the_stream_follows_from_seed_and_number(volume):
    make = lambda seed: VolumeStream([volume], (6, 6, 6), VolumeAugment(shift=2), MaskConfig(block=2), seed=seed)  # noqa: E731
    for name in ("whole", "hidden"):
        first, again, other = (getattr(make(seed)[5], name) for seed in (0, 0, 1))
        np.testing.assert_array_equal(first, again)
        assert (first != other).any()
    assert make(0)[5].whole.dtype == np.float32


def test_without_variation_a_sample_is_a_part(volume):
    stream = VolumeStream([volume], (12, 10, 6), NOTHING, MaskConfig(), seed=3)
    stored = np.asarray(volume.read()) / np.float32(255)
    starts = {
        start
        for item in range(20)
        for start in range(3)
        if np.allclose(stream[item].whole, stored[:, :, start : start + 6], atol=1e-6)
    }
    assert starts == {0, 1, 2}


def test_a_shift_shows_the_border_of_the_volume_inside_the_part(volume):
    stream = VolumeStream([volume], (12, 10, 8), VolumeAugment(0 * (1.0,), 0, False, 0, 0, shift=3), MaskConfig())
    empty = [(stream[item].whole[0].any(), stream[item].whole[-1].any()) for item in range(30)]
    assert {(False, True), (True, False), (True, True)} == set(empty)


def test_a_small_volume_lies_in_the_middle(volume):
    sample = plain_sample(volume, (20, 20, 20), MaskConfig(block=4))
    np.testing.assert_array_equal(sample.whole[4:16, 5:15, 6:14], np.asarray(volume.read()) / np.float32(255))
    assert sample.whole.sum() == pytest.approx(volume.read().sum() / 255, rel=1e-5)
    np.testing.assert_array_equal(plain_sample(volume, (20, 20, 20), MaskConfig(block=4)).hidden, sample.hidden)


def test_mirrors_are_the_only_change_when_nothing_else_is_asked_for():
    whole = np.random.default_rng(1).random((4, 4, 4)).astype(np.float32)
    mirrored = [varied(whole, np.random.default_rng(i), VolumeAugment((), 0, True, 0, 0)) for i in range(60)]
    seen = {m.tobytes() for m in mirrored}
    flips = [np.flip(whole, [a for a in range(3) if k >> a & 1]) for k in range(8)]
    assert seen == {np.ascontiguousarray(f).tobytes() for f in flips}


def test_varied_values_stay_grey_values():
    whole = np.random.default_rng(1).random((8, 8, 4)).astype(np.float32)
    for seed in range(20):
        found = varied(whole, np.random.default_rng(seed), VolumeAugment(p_turn=1, contrast=1, brightness=1))
        assert found.shape == whole.shape
        assert found.min() >= 0
        assert found.max() <= 1


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_blocks_are_hidden_whole_and_as_many_as_asked_for(share):
    hidden = hidden_blocks((64, 64, 48), np.random.default_rng(0), MaskConfig(block=8, share=share))
    assert hidden.mean() == pytest.approx(share, abs=0.05)
    borders = np.flatnonzero(np.diff(hidden.astype(int), axis=0).any(axis=(1, 2)))
    assert set(np.diff(borders)) == {8}


def test_what_is_hidden_tells_nothing_about_what_was_there():
    rng = np.random.default_rng(0)
    whole, hidden = rng.random((2, 6, 6, 6)).astype(np.float32), rng.random((2, 6, 6, 6)) < 0.5
    batch = collate_hidden([HiddenSample(w, h) for w, h in zip(whole, hidden, strict=True)])
    changed = np.where(hidden, rng.random(whole.shape), whole).astype(np.float32)
    other = collate_hidden([HiddenSample(w, h) for w, h in zip(changed, hidden, strict=True)])
    assert torch.equal(batch.volume, other.volume)
    assert batch.volume.dtype == torch.float32
    assert torch.equal(batch.targets.whole[:, 0], torch.from_numpy(whole))
    seen = batch.volume[:, 0][~torch.from_numpy(hidden)]
    assert torch.equal(seen, torch.from_numpy(whole[~hidden]))
    for at in range(2):
        assert batch.volume[at, 0].mean() == pytest.approx(whole[at][~hidden[at]].mean(), abs=1e-5)


def test_nothing_to_learn_from():
    with pytest.raises(ConfigError, match="no volumes to learn from"):
        VolumeStream([], (4, 4, 4), VolumeAugment(), MaskConfig())
