"""Labels beside the teeth that a network sees, as a picture."""

import pytest
import torch

from typodont.anatomy import N_PANORAMIC_CLASSES, to_index33
from typodont.anatomy.colors import COLORS
from typodont.nets.image_batch import ImageBatch, ToothMaskOutput, ToothTargets
from typodont.nets.published_unet import PixelClassOutput, PixelClassTargets
from typodont.training.tooth_pictures import drawn_teeth


def half(fdi: int) -> list[float]:
    """A tooth's colour over black."""
    return pytest.approx([channel / 2 for channel in COLORS[fdi]], abs=1)


def test_labels_are_on_the_left_and_what_is_seen_on_the_right() -> None:
    label = torch.zeros(2, 8, 12, dtype=torch.int64)
    label[0, 2, 3], label[0, 0, 0] = to_index33(16), -1
    seen = torch.zeros(2, 8, 12, dtype=torch.int64)
    seen[0, 5, 6] = to_index33(36)
    logits = torch.nn.functional.one_hot(seen, N_PANORAMIC_CLASSES).movedim(-1, 1).float()
    image = torch.zeros(2, 3, 8, 12)
    image[..., 7, 11] = 2.0
    drawn = drawn_teeth(PixelClassOutput(logits), ImageBatch(image, PixelClassTargets(label)))
    assert (drawn.shape, drawn.dtype) == ((3, 8, 24), torch.uint8)
    assert drawn[:, 2, 3].tolist() == half(16)
    assert drawn[:, 5, 18].tolist() == half(36)
    assert drawn[:, 0, 0].tolist() == [0, 0, 0], "what is not judged is not coloured"
    assert drawn[:, 7, 11].tolist() == drawn[:, 7, 23].tolist() == [255, 255, 255]


def test_our_network_answers_on_half_the_grid() -> None:
    grid = torch.zeros(1, 4, 6)
    output = ToothMaskOutput(grid + 5, grid + 5, grid + 5, torch.zeros(1, 8, 4, 6), torch.zeros(1, 2, 4, 6))
    targets = ToothTargets(grid, grid.long(), torch.zeros(1, 2, 4, 6))
    drawn = drawn_teeth(output, ImageBatch(torch.zeros(1, 1, 8, 12), targets))
    assert drawn.shape == (3, 4, 12)
    assert drawn[..., :6].sum() == 0
    assert drawn[:, 0, 6].tolist() == half(41), "lower, right, and the first of equal places"
