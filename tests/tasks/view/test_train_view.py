"""A whole training of the network for views in miniature."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from typodont.nets.image_batch import ImageBatch
from typodont.nets.view_net import ViewOutput, ViewTargets
from typodont.tasks.view.config import ViewSource, ViewTrainConfig
from typodont.tasks.view.train import read_pictures, train
from typodont.training.config import load_config
from typodont.training.fit import LoopConfig
from typodont.training.module import OptimizerConfig
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig
from typodont.training.view_losses import view_losses, view_scores
from typodont.training.weights import load_weights


@pytest.fixture
def config(tmp_path: Path) -> ViewTrainConfig:
    rng = np.random.default_rng(0)
    for folder, shape in (("xray", (60, 110)), ("photo", (60, 70, 3))):
        (tmp_path / folder).mkdir()
        for name in ("a", "b"):
            Image.fromarray(rng.integers(0, 255, shape).astype(np.uint8)).save(tmp_path / folder / f"{name}.png")
    sources = (
        ViewSource("panoramic", tmp_path / "xray", licence="CC0-1.0"),
        ViewSource("photo", tmp_path / "photo", licence="CC-BY-4.0"),
    )
    return ViewTrainConfig(
        runs=tmp_path,
        sources=sources,
        validation=sources,
        net=NetConfig("view_net", {"widths": [4, 4]}),
        schedule=ScheduleConfig(max_steps=2, warmup_steps=1),
        optimizer=OptimizerConfig(bf16=False),
        loop=LoopConfig(batch=4, workers=0, validate_every=2, log_every=1),
    )


def test_it_leaves_a_run_folder(config: ViewTrainConfig) -> None:
    folder = train(config)
    last = json.loads((folder / "metrics.jsonl").read_text().splitlines()[-1])
    assert {"val/kind_right", "val/turns_right", "val/loss"} <= last.keys()
    assert load_config(ViewTrainConfig, folder / "config.yaml") == config
    net, card = load_weights(folder)
    assert (card.job, card.net, card.shippable) == ("view", "view_net", True)
    assert [source.licence for source in card.sources] == ["CC0-1.0", "CC-BY-4.0", "synthetic"]
    assert net(ImageBatch(torch.zeros(1, 3, 32, 32))).kind.shape == (1, 4)


def test_weights_that_saw_forbidden_pictures_do_not_ship(config: ViewTrainConfig) -> None:
    kept = replace(config.sources[0], licence="CC-BY-NC-4.0")
    _, card = load_weights(train(replace(config, sources=(kept, config.sources[1]), validation=())))
    assert not card.shippable


def test_squeezed_panoramics_get_their_width_back(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((50, 50), dtype=np.uint8)).save(tmp_path / "a.png")
    assert read_pictures(ViewSource("panoramic", tmp_path))[0].grey.shape == (28, 50)
    assert read_pictures(ViewSource("photo", tmp_path))[0].grey.shape == (50, 50)


def test_turns_that_nobody_knows_teach_nothing() -> None:
    output = ViewOutput(torch.zeros(2, 4), torch.tensor([[5.0, 0, 0, 0], [0, 0, 0, 0]], requires_grad=True))
    batch = ImageBatch(torch.zeros(2, 3, 8, 8), ViewTargets(torch.tensor([0, 2]), torch.tensor([-1, 1])))
    losses = view_losses(output, batch)
    assert losses["kind"].item() == pytest.approx(np.log(4))
    assert losses["turns"].item() == pytest.approx(np.log(4))
    losses["loss"].backward()
    assert not output.turns.grad[0].any()  # type: ignore[index]
    assert view_scores(output, batch) == {"kind_right": 0.5, "turns_right": 0.0}
    unknown = replace(batch, targets=ViewTargets(torch.tensor([0, 2]), torch.tensor([-1, -1])))
    assert view_losses(output, unknown)["turns"].item() == 0
    assert "turns_right" not in view_scores(output, unknown)
