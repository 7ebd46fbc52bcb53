"""The network that corrects a first guess of the outer surface."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from typodont.nets.crown_unet import CrownBatch, CrownUNet, folded
from typodont.nets.masked_volume import unfolded


def small() -> CrownUNet:
    torch.manual_seed(0)
    return CrownUNet(widths=(4, 6))


def batch(count: int = 2, size: int = 16) -> CrownBatch:
    volume = torch.rand(count, 5, size, size, size, generator=torch.Generator().manual_seed(1)) * 2 - 1
    return CrownBatch(volume, torch.arange(count), torch.arange(count) % 3)


def stirred(net: CrownUNet) -> CrownUNet:
    """With a head that says something."""
    with torch.no_grad():
        net.head.weight.normal_(std=0.3, generator=torch.Generator().manual_seed(2))
    return net


def test_begins_as_the_first_guess_in_millimetres() -> None:
    given = batch()
    output = small()(given)
    torch.testing.assert_close(output.distance, 1.6 * given.volume[:, 2])
    torch.testing.assert_close(output.prior, output.distance)
    assert 0.1 < output.log_variance.exp().sqrt().mean() < 0.4


def test_a_step_of_learning_reaches_every_number() -> None:
    net = stirred(small())
    output = net(batch())
    (output.distance.square().mean() + output.log_variance.mean()).backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().sum() > 0, name


def test_type_kind_and_every_field_matter() -> None:
    net = stirred(small()).eval()
    given = batch(1)
    before = net(given).distance
    others = [
        CrownBatch(given.volume, given.tooth_type + 3, given.kind),
        CrownBatch(given.volume, given.tooth_type, given.kind + 1),
    ]
    for channel in range(5):
        changed = given.volume.clone()
        changed[:, channel] *= -1
        others.append(CrownBatch(changed, given.tooth_type, given.kind))
    assert all(not torch.allclose(net(other).distance, before, atol=1e-4) for other in others)


def test_preparations_of_a_batch_do_not_see_each_other() -> None:
    net, given = stirred(small()).eval(), batch(3)
    alone = CrownBatch(given.volume[1:2], given.tooth_type[1:2], given.kind[1:2])
    with torch.inference_mode():
        torch.testing.assert_close(net(given).distance[1:2], net(alone).distance, rtol=1e-4, atol=1e-4)


def test_save_and_load(tmp_path: Path) -> None:
    net, given = stirred(small()).eval(), batch(1)
    before = net(given).distance
    save_file(net.state_dict(), tmp_path / "net.safetensors")
    other = CrownUNet(widths=(4, 6)).eval()
    assert not torch.allclose(other(given).distance, before)
    other.load_state_dict(load_file(tmp_path / "net.safetensors"))
    assert torch.equal(other(given).distance, before)


def test_cells_are_blocks_of_voxels() -> None:
    volume = torch.arange(2 * 8 * 4 * 4.0).view(1, 2, 8, 4, 4)
    cells = folded(volume, 4)
    assert cells.shape == (1, 128, 2, 1, 1)
    torch.testing.assert_close(unfolded(cells[:, 64:], 4), volume[:, 1:])


def test_sides_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"found \(12, 12, 12\) voxels, expected multiples of 8 a side"):
        small()(batch(1, 12))
