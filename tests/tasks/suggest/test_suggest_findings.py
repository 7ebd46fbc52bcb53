"""Pictures ranked by what a detector doubts."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from typodont.errors import ConfigError
from typodont.nets.mask_rcnn import MaskRCNN
from typodont.tasks.suggest import rank
from typodont.tasks.suggest.findings import finding_doubt, findings_looker
from typodont.training.weights import Card, save_weights

ARGUMENTS = {
    "categories": ["tooth", "caries"],
    "channels": 3,
    "backbone": {"widths": [4] * 6, "depths": [0] * 6, "out_channels": 8},
    "box_channels": 4,
    "box_features": 8,
    "mask_channels": 4,
}


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    config = {"modality": "photo", "categories": ["tooth", "caries"], "canvas": [64, 64]}
    card = Card("findings", "mask_rcnn", ARGUMENTS, (), config=config)
    save_weights(MaskRCNN(**ARGUMENTS), card, tmp_path / "net.safetensors")
    return tmp_path / "net.safetensors"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name in "abc":
        Image.fromarray(rng.integers(0, 255, (40, 60, 3)).astype(np.uint8)).save(folder / f"{name}.png")
    return folder


def test_doubt_is_largest_where_a_finding_may_as_well_be_none() -> None:
    assert finding_doubt(np.array([0.5, 0.5])) == pytest.approx(1)
    assert finding_doubt(np.array([1.0])) == pytest.approx(0, abs=1e-6)
    assert finding_doubt(np.array([1.0, 0.5])) == pytest.approx(1 / 3)
    assert finding_doubt(np.zeros(0)) == 1, "a picture in which nothing is found is one to look at"


def test_photographs_are_ranked_and_drawn(weights: Path, photos: Path) -> None:
    ranking = rank("findings", [photos], weights, n=2)
    assert {one.file.stem for one in ranking.suggestions} == set("abc")
    assert not ranking.failed
    assert all(0 <= one.uncertainty <= 1 for one in ranking.suggestions)
    picture = ranking.draw(photos / "a.png")
    assert picture.shape == (293, 440, 3)
    assert picture.dtype == np.uint8


def test_it_has_to_be_told_which_pictures(photos: Path) -> None:
    with pytest.raises(ConfigError, match="shipped:findings/photo"):
        findings_looker()
