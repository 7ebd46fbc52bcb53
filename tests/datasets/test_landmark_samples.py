"""Samples for networks that find landmarks: pixels, places and names change together."""

from dataclasses import replace

import numpy as np
import pytest

from typodont.anatomy.landmarks import landmark_names, mirrored_landmark
from typodont.datasets.flip import flip_landmarks, unflip_landmarks
from typodont.datasets.landmark_samples import (
    CANVAS,
    LandmarkSample,
    collate_landmarks,
    landmark_sample,
    plain_landmarks,
    varied_landmarks,
)
from typodont.datasets.photo_augment import PhotoAugment
from typodont.errors import LabelError
from typodont.nets.landmark_batch import UNKNOWN_VIEW
from typodont.records.landmarked_photo import VIEWS, LandmarkedPhoto

NAMES = landmark_names("palate")
STEADY = PhotoAugment(p_flip=0, p_cover=0, p_given=0)
COLOR = {0: (255, 40, 40), 1: (40, 255, 40)}
"""Of the two landmarks that are drawn."""


def photo(size: tuple[int, int] = (640, 480), *, seed: int = 0, view: str = "palate") -> LandmarkedPhoto:
    """Grey with two coloured spots at the first two landmarks; the third one is hidden, the last one absent."""
    width, height = size
    rng = np.random.default_rng(seed)
    points = rng.uniform(0.35, 0.65, (len(NAMES), 2)) * size
    points[0] = (0.4 * width, 0.45 * height)
    points[1] = (0.6 * width, 0.55 * height)
    points[-1] = np.nan
    visible = np.isfinite(points).all(axis=1)
    visible[2] = False
    image = np.full((height, width, 3), 90, dtype=np.uint8)
    rows, columns = np.mgrid[:height, :width]
    for at, color in COLOR.items():
        image[np.hypot(columns - points[at, 0], rows - points[at, 1]) < width / 50] = color
    return LandmarkedPhoto(f"photo_{seed}", image, "palate", view, NAMES, points, visible)


def spot_middle(layers: np.ndarray, at: int) -> np.ndarray:
    """(2,) x and y of the middle of the spot that is red (0) or green (1)."""
    much = layers[at] - layers[1 - at]
    rows, columns = np.nonzero(much > 0.5 * much.max())
    return np.array([columns.mean(), rows.mean()])


def test_a_large_photograph_is_kept_smaller_and_its_points_with_it() -> None:
    sample = landmark_sample(photo((1440, 1080)))
    assert max(sample.image.shape) == 480
    view = plain_landmarks(sample)
    for at in (0, 1):
        np.testing.assert_allclose(spot_middle(view.layers, at), view.points[at], atol=0.6)


@pytest.mark.parametrize("seed", range(6))
def test_pixels_and_points_go_the_same_way(seed: int) -> None:
    sample = landmark_sample(photo(seed=seed))
    view = varied_landmarks(sample, np.random.default_rng(seed), augment=replace(STEADY, noise=0, p_grey=0))
    assert view.layers.shape == (3, *CANVAS)
    for at in (0, 1):
        np.testing.assert_allclose(spot_middle(view.layers, at), view.points[at], atol=1.5)


def test_a_mirrored_photograph_has_the_names_of_the_other_side() -> None:
    sample = landmark_sample(photo())
    flipped = varied_landmarks(sample, np.random.default_rng(0), augment=replace(STEADY, p_flip=1.0, p_grey=0, noise=0))
    for at in (0, 1):
        other = NAMES.index(mirrored_landmark(NAMES[at]))
        np.testing.assert_allclose(spot_middle(flipped.layers, at), flipped.points[other], atol=1.5)
        assert flipped.visible[other]


def test_mirrored_twice_is_nothing_and_sides_change() -> None:
    sample = landmark_sample(photo())
    what = (sample.image, sample.points, sample.visible)
    once = flip_landmarks(*what, subject="palate", view="left")
    assert once[3] == "right"
    twice = flip_landmarks(*once[:3], subject="palate", view=once[3])
    assert twice[3] == "left"
    np.testing.assert_array_equal(twice[0], sample.image)
    np.testing.assert_allclose(twice[1], sample.points, atol=1e-4)
    np.testing.assert_array_equal(twice[2], sample.visible)
    back = unflip_landmarks(once[1], once[2], subject="palate", width=sample.image.shape[1])
    np.testing.assert_allclose(back[0], sample.points, atol=1e-4)
    np.testing.assert_array_equal(back[1], sample.visible)


def test_what_is_covered_or_out_of_the_frame_is_not_seen() -> None:
    sample = landmark_sample(photo())
    covering = replace(STEADY, p_cover=1.0)
    seen = [varied_landmarks(sample, np.random.default_rng(i), augment=covering).visible.sum() for i in range(6)]
    assert 0 < np.mean(seen) < 0.9 * sample.visible.sum()
    close = varied_landmarks(sample, np.random.default_rng(0), augment=replace(STEADY, zoom=(6.0, 6.1)))
    outside = ((close.points < -1) | (close.points > np.array(CANVAS[::-1]))).any(axis=1)
    assert outside.any()
    assert not close.visible[outside].any()
    assert np.isfinite(close.points[:-1]).all()  # hidden or outside, a place it has
    assert np.isnan(close.points[-1]).all()
    assert not close.visible[[2, -1]].any()


def test_the_view_is_told_as_often_as_asked_for() -> None:
    sample = landmark_sample(photo())
    rng = np.random.default_rng(0)
    given = [varied_landmarks(sample, rng, augment=PhotoAugment(p_given=0.5)).given for _ in range(20)]
    assert set(given) == {UNKNOWN_VIEW, VIEWS.index("palate")}


def test_a_batch_holds_all_of_it() -> None:
    views = [plain_landmarks(landmark_sample(photo(seed=seed))) for seed in range(2)]
    batch = collate_landmarks(views)
    assert len(batch) == 2
    assert batch.targets.point.shape == (2, len(NAMES), 2)
    assert batch.targets.view.tolist() == [VIEWS.index("palate")] * 2
    assert batch.given is not None
    assert batch.given.tolist() == [UNKNOWN_VIEW] * 2


def test_landmarks_come_in_the_order_of_the_anatomy() -> None:
    ordered = photo()
    order = np.random.default_rng(0).permutation(len(NAMES))
    mixed = replace(
        ordered,
        names=tuple(NAMES[i] for i in order),
        points=ordered.points[order],
        visible=ordered.visible[order],
    )
    one, other = landmark_sample(ordered), landmark_sample(mixed)
    np.testing.assert_array_equal(one.points, other.points)
    np.testing.assert_array_equal(one.visible, other.visible)
    assert isinstance(one, LandmarkSample)


def test_missing_landmarks_are_named() -> None:
    whole = photo()
    part = replace(whole, names=whole.names[1:], points=whole.points[1:], visible=whole.visible[1:])
    with pytest.raises(LabelError, match=f"photo_0: found {len(NAMES) - 1} landmarks without {NAMES[0]}"):
        landmark_sample(part)
