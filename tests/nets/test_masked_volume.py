import pytest
import torch

from typodont.nets.ct_cnn import CtCNN
from typodont.nets.masked_volume import MaskedVolume, unfolded
from typodont.nets.volume_batch import VolumeBatch


def test_numbers_of_a_cell_become_a_block_in_its_place():
    cells = torch.arange(8 * 2 * 1 * 3).view(1, 8, 2, 1, 3)
    found = unfolded(cells, 2)
    assert found.shape == (1, 1, 4, 2, 6)
    for d in range(2):
        for w in range(3):
            block = found[0, 0, 2 * d : 2 * d + 2, :, 2 * w : 2 * w + 2]
            assert torch.equal(block.flatten(), cells[0, :, d, 0, w])


def test_answers_where_the_features_are():
    net = MaskedVolume(CtCNN(widths=(4, 4, 6, 8)), detail=4)
    output = net(VolumeBatch(torch.rand(2, 1, 62, 46, 50)))
    assert output.filled.shape == (2, 1, 8, 4, 4)
    assert (output.margin, output.voxels) == (15, 4)
    assert output.margin + output.filled.shape[2] * output.voxels <= 62


def test_the_head_is_not_touched():
    net = MaskedVolume(CtCNN(widths=(4, 4, 6, 8)), detail=2)
    net(VolumeBatch(torch.rand(2, 1, 46, 46, 46))).filled.sum().backward()
    assert {name.split(".")[1] for name, p in net.named_parameters() if p.grad is None} == {"head"}


def test_detail_divides_the_stride():
    with pytest.raises(ValueError, match="detail is 3, expected a divisor of the network's stride 16"):
        MaskedVolume(CtCNN(widths=(4, 4, 6, 8)), detail=3)
