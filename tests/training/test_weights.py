"""Weights and cards: round trip, refusals, damage."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from typodont.errors import WeightsError
from typodont.nets.pose_net import PoseNet
from typodont.training.weights import (
    Card,
    TrainingSource,
    card_path,
    load_into,
    load_weights,
    may_ship,
    names_hash,
    parameter_count,
    read_card,
    save_weights,
    shipped_weights,
)

SYNTHETIC = TrainingSource("made-up patients", "synthetic")
ARGUMENTS = {"widths": [16, 16, 16, 32]}
CARD = Card(job="scan", net="pose_net", arguments=ARGUMENTS, sources=(SYNTHETIC,), shippable=True)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    save_weights(PoseNet(**ARGUMENTS), CARD, tmp_path / "checkpoint.safetensors")
    return tmp_path / "checkpoint.safetensors"


def test_round_trip_in_half_precision(saved: Path) -> None:
    torch.manual_seed(0)
    before = PoseNet(**ARGUMENTS)
    net, card = load_weights(saved)
    assert not net.training
    assert not any(p.requires_grad for p in net.parameters())
    assert card == replace(CARD, arguments=ARGUMENTS, date=card.date)
    assert card.date
    assert saved.stat().st_size < 2.2 * parameter_count(before) + 20000
    for name, value in before.state_dict().items():
        torch.testing.assert_close(net.state_dict()[name], value, rtol=1e-3, atol=1e-6)
    assert load_weights(saved.parent)[1] == card, "a run folder does, too"


@pytest.mark.parametrize(
    "source",
    [
        TrainingSource("Teeth3DS", "CC-BY-NC-ND-4.0"),
        TrainingSource("a hospital", "unknown"),
        TrainingSource("somebody", "MIT", shippable=False),
    ],
)
def test_forbidden_sources_do_not_ship(source: TrainingSource, tmp_path: Path) -> None:
    sources = (SYNTHETIC, source)
    assert not may_ship(sources)
    with pytest.raises(WeightsError, match=source.name):
        save_weights(PoseNet(**ARGUMENTS), replace(CARD, sources=sources), tmp_path / "a.safetensors")
    assert not list(tmp_path.iterdir())
    save_weights(PoseNet(**ARGUMENTS), replace(CARD, sources=sources, shippable=False), tmp_path / "a.safetensors")
    assert not read_card(tmp_path / "a.safetensors").shippable


def test_weights_without_a_source_do_not_ship() -> None:
    assert not may_ship(())
    assert may_ship((SYNTHETIC,))


def test_missing_and_damaged(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no readable card"):
        load_weights(tmp_path / "nothing.safetensors")
    saved.write_bytes(saved.read_bytes()[:100])
    with pytest.raises(WeightsError, match="damaged"):
        load_weights(saved)
    card_path(saved).write_text("{")
    with pytest.raises(WeightsError, match="card"):
        load_weights(saved)
    with pytest.raises(WeightsError, match="looked for"):
        shipped_weights("scan", "no such name")


def test_another_network(saved: Path) -> None:
    with pytest.raises(WeightsError, match="another network"):
        load_into(PoseNet(widths=(16, 16, 16, 16)), saved)


def test_names_hash_looks_at_names_only() -> None:
    assert names_hash([Path("a/x"), Path("b/y")]) == names_hash([Path("y"), Path("x")]) != names_hash([Path("x")])
