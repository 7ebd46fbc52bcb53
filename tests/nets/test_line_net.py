"""What a network for strips of surface must do; that it closes on itself is tested with the strips."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from typodont.nets.line_net import LineBatch, LineNet, LineOutput, LineTargets
from typodont.registry import NETS, load
from typodont.training.line_losses import line_losses, line_scores


def strips(n: int = 2, rows: int = 20, columns: int = 9) -> LineBatch:
    torch.manual_seed(0)
    offset = torch.full((n, rows), 4.0)
    offset[0, :5] = torch.nan
    return LineBatch(torch.randn(n, 6, rows, columns), LineTargets(offset))


def test_it_is_the_only_registered_network_for_strips() -> None:
    assert [name for name in NETS if load("nets", name).reads == "strip"] == ["line_net"]


def test_forward_backward_and_every_parameter_learns() -> None:
    net, batch = LineNet(width=8, dilations=(1, 2)), strips()
    output = net(batch)
    assert output.logits.shape == (2, 20, 9)
    assert output.logits.dtype == torch.float32
    line_losses(output, batch)["loss"].backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())


def test_saved_and_loaded_it_says_the_same(tmp_path: Path) -> None:
    net, other, batch = LineNet(width=8), LineNet(width=8), strips()
    save_file(net.state_dict(), tmp_path / "a.safetensors")
    other.load_state_dict(load_file(tmp_path / "a.safetensors"))
    torch.testing.assert_close(net.eval()(batch).logits, other.eval()(batch).logits)


def test_unknown_rows_do_not_count_and_a_sure_answer_costs_little() -> None:
    batch = strips()
    assert batch.targets is not None
    column = torch.arange(9.0)
    right = LineOutput((-0.5 * ((column - 4.0) / 1.2) ** 2).expand(2, 20, 9).clone())
    wrong = LineOutput(right.logits.roll(3, dims=2))
    assert line_losses(right, batch)["loss"] < 0.6 * line_losses(wrong, batch)["loss"]
    assert line_scores(right, batch)["line_mm"] == pytest.approx(0.0)
    assert line_scores(wrong, batch)["line_mm"] == pytest.approx(0.15)
    changed = LineOutput(right.logits.clone())
    changed.logits[0, :5] = torch.randn(5, 9)
    assert line_losses(changed, batch)["loss"] == line_losses(right, batch)["loss"]


def test_it_needs_the_truth() -> None:
    batch = LineBatch(strips().features)
    with pytest.raises(ValueError, match="where the line runs"):
        line_losses(LineNet(width=8)(batch), batch)
