"""What is taken over, what stands still and for how long, and how fast each part learns."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from typodont.errors import ConfigError, WeightsError
from typodont.nets.point_unet import PointUNet
from typodont.nets.tooth_unet import ToothUNet
from typodont.training.module import OptimizerConfig, TrainingModule
from typodont.training.schedule import ScheduleConfig
from typodont.training.transfer import Freezing, begin_with, layer_rates, weights_path
from typodont.training.weights import Card, TrainingSource, save_weights, shipped_weights


class Small(nn.Module):
    """Three layers with normalisation, and a head of any width."""

    def __init__(self, classes: int = 2) -> None:
        super().__init__()
        self.encoder = nn.ModuleList(
            nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout(0.5)) for _ in range(3)
        )
        self.head = nn.Linear(4, classes)

    def forward(self, x: Tensor) -> Tensor:
        for block in self.encoder:
            x = block(x)
        return self.head(x)


def saved(net: nn.Module, path: Path) -> Path:
    save_weights(net, Card("scan", "point_unet", {}, (TrainingSource("made up", "synthetic"),)), path)
    return path


def test_all_of_it_is_taken_over(tmp_path: Path) -> None:
    first, second = Small(), Small()
    report = begin_with(second, str(saved(first, tmp_path / "w.safetensors")))
    assert report.share == 1
    assert not report.fresh
    assert torch.allclose(second.head.weight, first.head.weight, atol=1e-3)


def test_a_run_folder_stands_for_its_checkpoint(tmp_path: Path) -> None:
    assert weights_path(f"pretrained:{tmp_path}") == tmp_path / "checkpoint.safetensors"
    assert weights_path("shipped:scan/segment") == shipped_weights("scan", "segment")


def test_part_of_it_is_taken_over_and_told(tmp_path: Path) -> None:
    first, second = Small(classes=7), Small(classes=2)
    head = second.head.weight.detach().clone()
    report = begin_with(second, "pretrained:" + str(saved(first, tmp_path / "w.safetensors")))
    assert set(report.reshaped) == {"head.weight", "head.bias"}
    assert all(name.startswith("encoder.") for name in report.matched)
    assert torch.equal(second.head.weight, head)
    assert torch.allclose(second.encoder[1][0].weight, first.encoder[1][0].weight, atol=1e-3)
    numbers = sum(t.numel() for t in second.state_dict().values() if t.is_floating_point())
    assert report.share == pytest.approx(1 - 10 / numbers)
    assert "reshaped: head" in str(report)


def test_weights_that_have_nothing_in_common_are_refused(tmp_path: Path) -> None:
    path = saved(nn.Sequential(nn.Linear(9, 9)), tmp_path / "w.safetensors")
    with pytest.raises(WeightsError, match="nothing in it fits"):
        begin_with(Small(), f"pretrained:{path}")


def test_weights_that_fit_only_partly_are_refused_unless_that_is_said(tmp_path: Path) -> None:
    path = saved(Small(classes=7), tmp_path / "w.safetensors")
    with pytest.raises(WeightsError, match="another network"):
        begin_with(Small(), str(path))


def trained(net: Small, freeze: tuple[str, ...], steps: int, kind: str = "sgd") -> None:
    """Train on noise as the loop does, one step after the other."""
    optimizer = OptimizerConfig(kind=kind, weight_decay=0.1)  # type: ignore[arg-type]
    module = TrainingModule(net, _loss, lambda *_: {}, ScheduleConfig(), optimizer, freezing=Freezing(net, freeze))
    update = module.configure_optimizers()
    for _ in range(steps):
        module.train()
        update.zero_grad()
        _loss(net(torch.randn(8, 4)), None)["loss"].backward()
        update.step()
        module.steps += 1


def _loss(output: Tensor, _: object) -> dict[str, Tensor]:
    return {"loss": (output**2).sum() + output.sum()}


@pytest.mark.parametrize("kind", ["adamw", "adam", "sgd"])
def test_what_is_frozen_does_not_move_nor_do_its_statistics(kind: str) -> None:
    net = Small()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    trained(net, ("encoder.0-1",), 3, kind)
    for name, tensor in net.state_dict().items():
        frozen = name.startswith(("encoder.0", "encoder.1"))
        assert torch.equal(tensor, before[name]) == frozen, name


def test_what_thaws_moves_from_its_step_on() -> None:
    for steps, moves in ((4, False), (6, True)):
        net = Small()
        before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
        trained(net, ("encoder.0@5", "encoder.1"), steps)
        assert torch.equal(net.encoder[0][0].weight, before["encoder.0.0.weight"]) != moves
        assert torch.equal(net.encoder[0][1].running_mean, before["encoder.0.1.running_mean"]) != moves
        assert torch.equal(net.encoder[1][0].weight, before["encoder.1.0.weight"])


def test_frozen_dropout_is_that_of_prediction() -> None:
    net = Small()
    net.train()
    Freezing(net, ("encoder.2",)).set(0)
    assert [block[2].training for block in net.encoder] == [True, True, False]


@pytest.mark.parametrize(("name", "said"), [("encodr.0", "no module encodr.0"), ("encoder.2-3", "no module encoder.3")])
def test_a_wrong_name_is_told_with_the_right_ones(name: str, said: str) -> None:
    with pytest.raises(ConfigError, match=f"{said}; it has encoder.0, encoder.1, encoder.2, head"):
        Freezing(Small(), (name,))


def test_freezing_everything_is_refused() -> None:
    with pytest.raises(ConfigError, match="nothing is left to learn"):
        Freezing(Small(), ("encoder.0-2", "head"))


def test_stages_nearer_the_input_learn_slower() -> None:
    rates = layer_rates(Small(), 0.5)
    assert rates["head.weight"] == 1
    assert [rates[f"encoder.{i}.0.weight"] for i in range(3)] == [0.125, 0.25, 0.5]
    assert set(layer_rates(Small(), 1.0).values()) == {1.0}


def test_rates_reach_the_optimiser() -> None:
    net = Small()
    module = TrainingModule(net, _loss, lambda *_: {}, ScheduleConfig(), OptimizerConfig(), rates=layer_rates(net, 0.5))
    factors = {id(p): group["factor"] for group in module.configure_optimizers().param_groups for p in group["params"]}
    assert factors[id(net.head.weight)] == 1
    assert factors[id(net.encoder[0][0].bias)] == 0.125
    assert len(factors) == len(list(net.parameters()))


@pytest.mark.parametrize("net", [PointUNet(), ToothUNet()], ids=lambda net: type(net).__name__)
def test_the_depth_order_of_a_network_names_every_module_once(net: nn.Module) -> None:
    named = [name for stage in net.depth_order for name in stage]  # type: ignore[union-attr]
    assert len(named) == len(set(named))
    covered = {name for name, _ in net.named_parameters() if any(name == n or name.startswith(n + ".") for n in named)}
    assert covered == {name for name, _ in net.named_parameters()}
