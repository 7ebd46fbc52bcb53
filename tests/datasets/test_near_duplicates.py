"""Near-duplicates are found through everything that happens to a picture on its way into a data set, and only those."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.ndimage import gaussian_filter

from typodont.datasets.near_duplicates import (
    PHOTOGRAPHS,
    RADIOGRAPHS,
    Likeness,
    NearDuplicate,
    aligned_correlation,
    find_near_duplicates,
    group_near_duplicates,
    likeness_of,
    signature,
)


def picture(seed, shape=(128, 256)):
    """Blobs of several sizes on a common gradient, so that different pictures are somewhat alike."""
    rng = np.random.default_rng(seed)
    blobs = sum(gaussian_filter(rng.normal(size=shape), sigma) * sigma for sigma in (3, 6, 12))
    common = np.hypot(*np.meshgrid(np.linspace(-1, 1, shape[0]), np.linspace(-1, 1, shape[1]), indexing="ij"))
    values = blobs / np.abs(blobs).max() + common
    return ((values - values.min()) / np.ptp(values)).astype(np.float32)


def as_jpeg(image, size, quality):
    data = io.BytesIO()
    Image.fromarray((image * 255).astype(np.uint8)).resize(size, Image.Resampling.BILINEAR).save(
        data, "JPEG", quality=quality
    )
    return np.asarray(Image.open(data), dtype=np.float32) / 255


@pytest.fixture(scope="module")
def originals():
    return [picture(seed) for seed in range(8)]


DAMAGES = {
    "smaller": lambda image: as_jpeg(image, (160, 80), 95),
    "squeezed into a square": lambda image: as_jpeg(image, (128, 128), 90),
    "poor JPEG": lambda image: as_jpeg(image, (256, 128), 15),
    "darker, steeper": lambda image: np.clip(0.7 * image**1.5 - 0.02, 0, 1),
    "other scale of grey": lambda image: image * 4095,
    "cropped": lambda image: image[3:-2, 4:-7],
    "black frame": lambda image: np.pad(image, ((10, 10), (30, 5))),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
@pytest.mark.parametrize("mirror", [False, True])
def test_copies_are_found_with_their_side(originals, damage, mirror):
    copy = damage(originals[5][:, ::-1] if mirror else originals[5])
    pairs = find_near_duplicates([signature(image) for image in [*originals, copy]])
    assert [(pair.first, pair.second, pair.mirrored) for pair in pairs] == [(5, 8, mirror)]
    assert pairs[0].same_picture


def test_different_pictures_are_no_pair(originals):
    assert find_near_duplicates([signature(image) for image in originals]) == []


def test_the_most_alike_come_first_and_least_is_the_limit(originals):
    noise = np.random.default_rng(0).normal(size=originals[0].shape).astype(np.float32)
    close, far = originals[0] + 0.002 * noise, originals[0] + 0.8 * gaussian_filter(noise, 3)
    signatures = [signature(image) for image in (originals[0], far, close)]
    pairs = find_near_duplicates(signatures, Likeness(least=(0.1, 0.1, 0.1)))
    assert (pairs[0].first, pairs[0].second) == (0, 2)
    assert [pair.correlation for pair in pairs] == sorted((pair.correlation for pair in pairs), reverse=True)
    assert find_near_duplicates(signatures, Likeness(least=(0.1, 0.1, pairs[0].correlation - 1e-6))) == pairs[:1]


@pytest.mark.parametrize("degrees", [-10, 4, 10])
@pytest.mark.parametrize(("mirrored", "upside_down"), [(False, False), (True, False), (True, True), (False, True)])
def test_photographs_may_be_tilted_and_flipped(degrees, mirrored, upside_down):
    shape = (200, 150)  # portrait, as telephones are held
    pictures = [picture(seed, shape) for seed in range(6)]
    tilted = Image.fromarray(pictures[2]).rotate(degrees, Image.Resampling.BILINEAR)
    copy = np.asarray(tilted)[12:-12, 12:-12]
    copy = copy[::-1, ::-1] if upside_down else copy
    copy = copy[:, ::-1] if mirrored else copy
    pairs = find_near_duplicates([signature(image) for image in [*pictures, copy]], PHOTOGRAPHS)
    assert [(p.first, p.second, p.mirrored, p.upside_down) for p in pairs] == [(2, 6, mirrored, upside_down)]


def test_colours_tell_photographs():
    assert likeness_of([0.0, 0.0, 0.2]) is likeness_of([]) is RADIOGRAPHS
    assert likeness_of([0.0, 0.1, 0.2]) is PHOTOGRAPHS


@given(down=st.floats(0.25, 4), shift=st.floats(-5, 5))
@settings(max_examples=10, deadline=None)
def test_contrast_and_brightness_change_nothing(down, shift):
    image = picture(3)
    other = signature(image * down + shift)
    for ours, theirs in zip(signature(image).layers, other.layers, strict=True):
        assert np.allclose(ours, theirs, atol=2e-3)


def test_mirroring_twice_is_nothing(originals):
    once = signature(originals[0])
    twice = once.mirrored().mirrored()
    assert all(np.array_equal(a, b) for a, b in zip(once.layers, twice.layers, strict=True))


def test_pictures_without_contrast_are_like_nothing(originals):
    flat = signature(np.full((64, 128), 0.5, dtype=np.float32))
    assert aligned_correlation(flat, flat) == 0
    assert find_near_duplicates([flat, flat, signature(originals[0])]) == []


@pytest.mark.parametrize("n", [0, 1])
def test_one_picture_has_no_partner(originals, n):
    assert find_near_duplicates([signature(image) for image in originals[:n]]) == []


def test_groups_follow_chains():
    chain = [NearDuplicate(0, 3, 0.9, False), NearDuplicate(3, 4, 0.8, True)]
    groups = group_near_duplicates(6, chain)
    assert groups[0] == groups[3] == groups[4]
    assert len(set(groups)) == 4
    assert len(set(group_near_duplicates(3, []))) == 3


@pytest.mark.realdata
def test_the_patient_who_was_exposed_twice(real_data):
    folder = real_data / "panoramic_ufba" / "images"
    names = ["cate1-00044", "cate3-00009", "cate2-00032", "cate4-00100", "cate4-00075", "cate8-00123"]
    pictures = [np.asarray(Image.open(folder / f"{name}.jpg").convert("L"), dtype=np.float32) for name in names]
    pairs = find_near_duplicates([signature(image) for image in pictures])
    assert [(pair.first, pair.second, pair.same_picture) for pair in pairs] == [(0, 1, False)]
