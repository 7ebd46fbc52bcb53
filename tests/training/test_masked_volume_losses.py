import pytest
import torch

from typodont.nets.masked_volume import FilledOutput, HiddenTargets
from typodont.nets.volume_batch import VolumeBatch
from typodont.training.masked_volume_losses import masked_volume_losses, masked_volume_scores


def case(seed=0):
    """Answers of 2 voxels a side behind a margin of 1, to volumes in which the first half is hidden."""
    generator = torch.Generator().manual_seed(seed)
    whole = torch.rand((2, 1, 10, 6, 6), generator=generator)
    hidden = torch.zeros_like(whole, dtype=torch.bool)
    hidden[:, :, :6] = True
    return whole, hidden, VolumeBatch(whole, HiddenTargets(whole, hidden))


def truth(whole):
    """(2, 1, 4, 2, 2) means over blocks of two voxels, written out."""
    inner = whole[:, :, 1:9, 1:5, 1:5]
    return sum(inner[:, :, a::2, b::2, c::2] for a in range(2) for b in range(2) for c in range(2)) / 8


def test_perfect_answers():
    whole, _, batch = case()
    output = FilledOutput(truth(whole), margin=1, voxels=2)
    assert float(masked_volume_losses(output, batch)["loss"]) == pytest.approx(0, abs=1e-12)


def test_only_what_was_hidden_counts():
    whole, _, batch = case()
    filled = truth(whole)
    filled[:, :, 2] += 5  # half of its voxels, row 5 but not row 6, were hidden
    filled[:, :, 3] += 5
    assert float(masked_volume_losses(FilledOutput(filled, 1, 2), batch)["loss"]) == pytest.approx(0, abs=1e-12)
    filled[:, :, :2] += 0.5
    assert float(masked_volume_losses(FilledOutput(filled, 1, 2), batch)["loss"]) == pytest.approx(0.25)


def test_the_loss_to_be_beaten_is_that_of_what_hidden_voxels_were_given():
    whole, hidden, batch = case()
    batch.volume = torch.where(hidden, whole[~hidden].mean(), whole)
    given = FilledOutput(torch.full((2, 1, 4, 2, 2), float(whole[~hidden].mean())), margin=1, voxels=2)
    for output in (given, FilledOutput(truth(whole), margin=1, voxels=2)):
        found = masked_volume_scores(output, batch)["loss_of_mean"]
        assert found == pytest.approx(float(masked_volume_losses(given, batch)["loss"]))


def test_nothing_hidden_is_no_loss_and_no_nan():
    whole, hidden, batch = case()
    hidden[:] = False
    output = FilledOutput(truth(whole) + 1, margin=1, voxels=2)
    assert float(masked_volume_losses(output, batch)["loss"]) == 0


def test_the_gradient_points_at_the_truth():
    whole, _, batch = case()
    filled = torch.zeros(2, 1, 4, 2, 2, requires_grad=True)
    masked_volume_losses(FilledOutput(filled, 1, 2), batch)["loss"].backward()
    assert filled.grad is not None
    expected = -2 * truth(whole)[:, :, :2] / (2 * 2 * 2 * 2)
    torch.testing.assert_close(filled.grad[:, :, :2], expected)
    assert not filled.grad[:, :, 2:].any()
