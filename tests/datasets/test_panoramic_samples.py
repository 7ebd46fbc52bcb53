"""Training samples of panoramics: targets by hand, and variations that keep the truth true."""

import numpy as np
import pytest

from typodont.anatomy import from_index33, mirrored, to_index33
from typodont.datasets.flip import flip_panoramic, unflip_log_classes
from typodont.datasets.panoramic_augment import (
    augmented_panoramic,
    plain_panoramic,
    with_marks,
    with_metal,
    without_teeth,
)
from typodont.datasets.panoramic_canvas import CANVAS
from typodont.datasets.panoramic_samples import (
    PanoramicSample,
    collate_panoramics,
    sample_of,
    tooth_targets,
)
from typodont.datasets.radiograph_augment import RadiographAugment, moved, toned
from typodont.datasets.weighted_stream import WeightedStream
from typodont.errors import ConfigError

UPPER_RIGHT, LOWER_LEFT = to_index33(16), to_index33(36)


@pytest.fixture
def sample() -> PanoramicSample:
    """Two teeth as bright boxes, 16 at the upper left of the picture and 36 at the lower right."""
    label = np.zeros(CANVAS, dtype=np.uint8)
    label[140:240, 200:260] = UPPER_RIGHT
    label[260:380, 760:830] = LOWER_LEFT
    grey = np.random.default_rng(0).integers(60, 90, CANVAS).astype(np.uint8)
    grey[label > 0] = 200
    return PanoramicSample("boxes", grey, label, np.ones(CANVAS, dtype=bool))


def test_targets_by_hand() -> None:
    label = np.zeros((4, 6), dtype=np.uint8)
    label[0:2, 0:3] = 5
    inside = np.ones((4, 6), dtype=bool)
    inside[:, 4:] = False
    tooth, number, offset = (t.numpy() for t in tooth_targets(label, inside))
    np.testing.assert_array_equal(tooth, [[1, 0.5, np.nan], [0, 0, np.nan]])
    np.testing.assert_array_equal(number, [[5, 5, -1], [0, 0, -1]])
    np.testing.assert_array_equal(offset[1], [[0.5, -0.5, np.nan], [np.nan] * 3])
    np.testing.assert_array_equal(offset[0, 0, :2], [0, 0])


def test_flip_swaps_sides(sample: PanoramicSample) -> None:
    grey, label = flip_panoramic(sample.grey, sample.label)
    for index in (UPPER_RIGHT, LOWER_LEFT):
        other = to_index33(mirrored(from_index33(index)))
        np.testing.assert_array_equal(label == other, (sample.label == index)[:, ::-1])
    again = flip_panoramic(grey, label)
    np.testing.assert_array_equal(again[0], sample.grey)
    np.testing.assert_array_equal(again[1], sample.label)


def test_unflip_undoes_the_flip_of_classes(sample: PanoramicSample) -> None:
    one_hot = (np.arange(33)[:, None, None] == sample.label[::8, ::8]).astype(float)
    flipped = flip_panoramic(sample.grey[::8, ::8], sample.label[::8, ::8])[1]
    np.testing.assert_array_equal(unflip_log_classes((np.arange(33)[:, None, None] == flipped).astype(float)), one_hot)


@pytest.mark.parametrize("seed", range(6))
def test_teeth_stay_bright_wherever_they_move(sample: PanoramicSample, seed: int) -> None:
    rng = np.random.default_rng(seed)
    grey = sample.grey / np.float32(255)
    grey, label, inside = moved(grey, sample.label, sample.inside, rng, RadiographAugment())
    assert set(np.unique(label)) <= {0, UPPER_RIGHT, LOWER_LEFT}
    assert not label[~inside].any()
    assert grey[label > 0].mean() > 0.75
    assert grey[inside & (label == 0)].mean() < 0.4


def test_erased_teeth_leave_picture_and_labels(sample: PanoramicSample) -> None:
    for seed in range(8):
        grey, label = without_teeth(sample.grey / np.float32(255), sample.label, np.random.default_rng(seed))
        gone = (sample.label > 0) & (label == 0)
        assert gone.any()
        assert grey[gone].mean() < 0.45
        stays = label > 0
        np.testing.assert_array_equal(label[stays], sample.label[stays])


def test_implants_carry_no_number(sample: PanoramicSample) -> None:
    grey, label = without_teeth(sample.grey / np.float32(255), sample.label, np.random.default_rng(1), p_implant=1.0)
    gone = (sample.label > 0) & (label == 0)
    assert grey[gone].max() > 0.78


def test_metal_brightens_teeth_only(sample: PanoramicSample) -> None:
    grey = sample.grey / np.float32(255)
    metal = with_metal(grey, sample.label, np.random.default_rng(0))
    changed = np.abs(metal - grey) > 0.3
    assert not changed[sample.label == 0].any()
    assert with_metal(grey, np.zeros_like(sample.label), np.random.default_rng(0)) is grey


@pytest.mark.parametrize("seed", range(20))
def test_any_tone_gives_grey_values(sample: PanoramicSample, seed: int) -> None:
    rng = np.random.default_rng(seed)
    strong = RadiographAugment(p_tone=1.0, p_invert=0.5)
    grey = with_marks(toned(sample.grey[::2, ::2] / np.float32(255) - 0.1, rng, strong), rng)
    assert np.isfinite(grey).all()
    assert grey.min() >= 0
    assert grey.max() <= 1


def test_same_item_same_sample(sample: PanoramicSample) -> None:
    def vary(kept: PanoramicSample, rng: np.random.Generator) -> PanoramicSample:
        return augmented_panoramic(kept, rng, RadiographAugment())

    one, two = (WeightedStream([([sample], 1.0), ([], 1.0)], vary, seed=3) for _ in range(2))
    np.testing.assert_array_equal(one[5].grey, two[5].grey)
    np.testing.assert_array_equal(one[5].label, two[5].label)
    assert (one[5].grey != one[6].grey).any()
    with pytest.raises(ConfigError, match="no training pictures"):
        WeightedStream([([], 1.0)], vary)


def test_batch_is_normalised_inside_only(sample: PanoramicSample) -> None:
    inside = sample.inside.copy()
    inside[:, :100] = False
    batch = collate_panoramics([plain_panoramic(PanoramicSample("cut", sample.grey, sample.label, inside))])
    assert batch.image.shape == (1, 1, *CANVAS)
    assert not batch.image[..., :100].any()
    assert float(batch.image[..., 100:].mean()) == pytest.approx(0, abs=0.1)  # the brightest are cut
    assert (batch.targets.label[..., :50] == -1).all()
    assert len(batch) == 1


def test_sample_of_files_numbers() -> None:
    labels = np.zeros((256, 512), dtype=np.uint8)
    labels[100:150, 200:240] = 48
    kept = sample_of("one", np.random.default_rng(0).random((256, 512)), labels, aspect=None)
    assert kept.grey.shape == kept.label.shape == CANVAS
    assert set(np.unique(kept.label)) == {0, to_index33(48)}


def test_a_smaller_canvas_shows_the_same(sample: PanoramicSample) -> None:
    whole, half = (
        sample_of("one", sample.grey / 255, np.where(sample.label > 0, 48, 0), aspect=None, shape=shape)
        for shape in (CANVAS, (256, 512))
    )
    assert half.grey.shape == half.label.shape == (256, 512)
    assert np.mean((half.label > 0) != (whole.label[::2, ::2] > 0)) < 0.001


@pytest.mark.parametrize("shape", [(64, 128), (128, 256)])
def test_variation_keeps_to_the_scale_of_the_canvas(shape: tuple[int, int]) -> None:
    label = np.zeros(shape, dtype=np.uint8)
    label[shape[0] // 4 : shape[0] // 2, shape[1] // 4 : shape[1] // 3] = UPPER_RIGHT
    grey = np.full(shape, 80, dtype=np.uint8)
    small = PanoramicSample("small", grey, label, np.ones(shape, dtype=bool))
    often = RadiographAugment(p_erase=1, p_metal=1, p_frame=1)
    for seed in range(20):
        varied = augmented_panoramic(small, np.random.default_rng(seed), often)
        assert varied.grey.shape == varied.label.shape == shape
        assert np.isfinite(varied.grey).all()
    marked = [with_marks(np.full(shape, 0.4), np.random.default_rng(seed)) for seed in range(20)]
    assert np.mean([(picture != 0.4).mean() for picture in marked]) < 0.15
    grid = np.arange(shape[1], dtype=np.float32) / shape[1] * np.ones(shape, dtype=np.float32)
    still = RadiographAugment(turn_deg=0, p_strong_turn=0, scale=0, stretch=0, shift=0, bend=0, p_zoom=0)
    drifts = []
    for seed in range(20):
        away, _, seen = moved(grid, label, np.ones(shape, dtype=bool), np.random.default_rng(seed), still)
        drifts.append(np.abs(away - grid)[seen].max())
    assert max(drifts) < 0.05  # a twentieth of the width, whatever the number of pixels
