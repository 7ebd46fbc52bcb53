"""What every network for volumes must do: forward, backward, save and load, and not look at its neighbours."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from typodont.nets.ct_cnn import CtCNN
from typodont.nets.kind_cnn import KindCNN
from typodont.nets.volume_batch import VolumeBatch
from typodont.registry import NETS, load

CASES: dict[str, tuple[Callable[[], nn.Module], tuple[int, int, int]]] = {
    "ct_cnn": (lambda: CtCNN(widths=(4, 4, 6, 8), hidden=8), (62, 46, 50)),
    "kind_cnn": (lambda: KindCNN(widths=(4, 4, 8)), (17, 24, 20)),
}
"""Small network, and a volume for it."""


@pytest.fixture(params=sorted(CASES))
def case(request: pytest.FixtureRequest) -> tuple[nn.Module, tuple[int, int, int]]:
    make, shape = CASES[request.param]
    torch.manual_seed(0)
    return make(), shape


def tensors(output: Any) -> dict[str, torch.Tensor]:
    return {field.name: getattr(output, field.name) for field in fields(output)}


def test_every_registered_network_is_tested() -> None:
    assert set(CASES) == {name for name in NETS if load("nets", name).reads == "volume"}


def test_forward_and_backward(case: tuple[nn.Module, tuple[int, int, int]]) -> None:
    net, shape = case
    output = tensors(net(VolumeBatch(torch.rand(3, 1, *shape))))
    for name, value in output.items():
        assert value.dtype == torch.float32, name
        assert len(value) == 3, name
        assert torch.isfinite(value).all(), name
    sum(value.square().mean() for value in output.values()).backward()  # type: ignore[union-attr]
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name


def test_save_and_load(case: tuple[nn.Module, tuple[int, int, int]], tmp_path: Path) -> None:
    net, shape = case
    batch = VolumeBatch(torch.rand(1, 1, *shape))
    before = tensors(net.eval()(batch))
    save_file(net.state_dict(), tmp_path / "net.safetensors")
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(1.0)
    assert not torch.equal(tensors(net(batch))[min(before)], before[min(before)])
    net.load_state_dict(load_file(tmp_path / "net.safetensors"))
    for name, value in tensors(net(batch)).items():
        assert torch.equal(value, before[name]), name


def test_volumes_of_a_batch_do_not_see_each_other(case: tuple[nn.Module, tuple[int, int, int]]) -> None:
    net, shape = case
    volumes = torch.rand(3, 1, *shape)
    with torch.inference_mode():
        together = tensors(net.eval()(VolumeBatch(volumes)))
        alone = tensors(net(VolumeBatch(volumes[1:2])))
    for name, value in alone.items():
        torch.testing.assert_close(together[name][1:2], value, rtol=1e-4, atol=1e-4, msg=name)
