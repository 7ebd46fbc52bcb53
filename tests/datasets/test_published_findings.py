"""Whole pictures whose tones vary, as the published training shows them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from typodont.datasets.finding_samples import FindingSample, sample_of
from typodont.datasets.picture_cache import CanvasConfig
from typodont.datasets.published_findings import check_all_labelled, distorted_view, undistorted_view
from typodont.errors import ConfigError
from typodont.formats.run_lengths import encode_mask
from typodont.records.findings import Finding, PictureFindings


@pytest.fixture
def sample() -> FindingSample:
    """A red picture of 32 x 48 pixels with a tooth, in which cracks are not labelled."""
    mask = np.zeros((32, 48), dtype=bool)
    mask[8:20, 10:30] = True
    finding = Finding("tooth", (10.0, 8.0, 30.0, 20.0), encode_mask(mask))
    labelled = PictureFindings("one", Path("one.png"), (32, 48), (finding,), frozenset({"tooth"}))
    layers = np.stack([np.full((32, 48), value, dtype=np.float32) for value in (0.8, 0.2, 0.4)])
    return sample_of(layers, labelled, ("tooth", "crack"), CanvasConfig((32, 48), colour=True, panoramic=False))


def test_only_tones_differ(sample: FindingSample) -> None:
    plain = undistorted_view(sample)
    views = [distorted_view(sample, np.random.default_rng(seed)) for seed in range(12)]
    np.testing.assert_allclose(plain.layers[:, 0, 0], (1, 0, 1 / 3), atol=1 / 255, err_msg="contrast is stretched")
    for view in views:
        np.testing.assert_array_equal(view.mask, plain.mask)
        assert view.layers.dtype == np.float32
        assert view.layers.min() >= 0
        assert view.layers.max() <= 1
        assert np.ptp(view.layers, axis=(1, 2)).max() < 1e-6, "a picture of one colour stays one"
    assert len({tuple(view.layers[:, 0, 0]) for view in views}) > 6


def test_a_view_follows_from_its_random_numbers_and_takes_none_of_torch(sample: FindingSample) -> None:
    state = torch.get_rng_state()
    one, same = (distorted_view(sample, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(one.layers, same.layers)
    assert torch.equal(torch.get_rng_state(), state)


def test_pictures_without_all_labels_are_refused(sample: FindingSample) -> None:
    with pytest.raises(ConfigError, match="one: crack is not labelled"):
        check_all_labelled([sample], ("tooth", "crack"))


def test_pictures_with_regions_to_ignore_are_refused(sample: FindingSample) -> None:
    known = replace(sample, judged=np.ones(2, dtype=bool))
    check_all_labelled([known], ("tooth", "crack"))
    with pytest.raises(ConfigError, match="one: found regions to ignore"):
        check_all_labelled([replace(known, packed_ignored=b"some")], ("tooth", "crack"))
