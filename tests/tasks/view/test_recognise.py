"""Recognising a picture: probabilities that turn with the picture, whatever the network."""

import numpy as np
import pytest
import torch
from torch import nn

from typodont.nets.view_net import ViewNet
from typodont.tasks.view.recognise import recognise


def scene() -> np.ndarray:
    return np.linspace(0, 1, 64, dtype=np.float32)[:, None] + 0.2 * np.random.default_rng(0).random((64, 128))


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("mirrored", [False, True])
def test_finds_the_way_up(turns: int, mirrored: bool, bright_half: nn.Module) -> None:
    picture = np.ascontiguousarray(np.rot90(scene()[:, ::-1] if mirrored else scene(), -turns))
    seen = recognise(picture, 0.0, bright_half)
    assert seen.quarter_turns == turns
    assert seen.kind == "panoramic"


def test_colour_reaches_the_network(bright_half: nn.Module) -> None:
    assert recognise(scene(), 0.2, bright_half).kind == "photo"


def test_a_turned_or_mirrored_picture_gets_the_same_answer_turned() -> None:
    torch.manual_seed(0)
    net = ViewNet(widths=(4, 8)).eval()
    plain = recognise(scene(), 0.1, net)
    assert sum(plain.probabilities.values()) == pytest.approx(1, abs=1e-5)
    assert plain.turns.sum() == pytest.approx(1, abs=1e-5)
    for turns in range(4):
        turned = recognise(np.ascontiguousarray(np.rot90(scene(), -turns)), 0.1, net)
        assert turned.probabilities == pytest.approx(plain.probabilities, abs=1e-4)
        np.testing.assert_allclose(turned.turns, np.roll(plain.turns, turns), atol=1e-4)
    mirrored = recognise(np.ascontiguousarray(scene()[:, ::-1]), 0.1, net)
    np.testing.assert_allclose(mirrored.turns, plain.turns[[0, 3, 2, 1]], atol=1e-4)
