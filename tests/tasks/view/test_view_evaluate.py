"""Measuring the network for views on pictures whose answer is known."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torch import nn

from typodont.errors import ConfigError
from typodont.metrics import wilson_interval
from typodont.tasks.view.evaluate import evaluate, view_card_figures, view_sets


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Five panoramics, one of them stored upside down, and three photos, one of them grey."""
    rows = np.linspace(0, 255, 64).astype(np.uint8)[:, None].repeat(128, axis=1)
    for name in ("xray", "photo"):
        (tmp_path / name).mkdir()
    for at in range(5):
        Image.fromarray(rows if at < 4 else rows[::-1].copy()).save(tmp_path / "xray" / f"{at}.png")
    for at in range(3):
        tint = (rows, rows // 2, rows // 4) if at else (rows,) * 3
        Image.fromarray(np.stack(tint, axis=2)).save(tmp_path / "photo" / f"{at}.png")
    return tmp_path


def test_counts_right_kinds_and_ways_up(data: Path, bright_half: nn.Module) -> None:
    xrays, photos = evaluate(view_sets([f"panoramic={data / 'xray'}", f"photo={data / 'photo'}"]), bright_half)
    assert xrays.figures() == {"kind_right": wilson_interval(5, 5), "way_up_right": wilson_interval(4, 5)}
    assert [picture.name for picture in xrays.pictures if not picture.way_up] == ["4.png"]
    assert photos.figures() == {"kind_right": wilson_interval(2, 3)}
    assert photos.as_dict()["taken_for"] == {"photo": 2, "panoramic": 1}


def test_the_card_says_on_how_many_pictures_of_which_set(data: Path, bright_half: nn.Module) -> None:
    report = evaluate(view_sets([f"photo={data / 'photo'}"]), bright_half)[0].as_dict()
    (name, (value, low, high)), *rest = view_card_figures([report]).items()
    assert name == f"photo, {data.name}/photo (3 pictures): kind_right"
    assert value == pytest.approx(2 / 3, abs=1e-6)
    assert low < value < high
    assert not rest


@pytest.mark.parametrize("item", ["xray", "skull=folder", "photo="])
def test_a_set_needs_a_kind_and_a_path(item: str) -> None:
    with pytest.raises(ConfigError, match=r"expected KIND=PATH with one of the kinds panoramic, radiograph, photo"):
        view_sets([item])


def test_a_folder_without_pictures_is_refused(tmp_path: Path, bright_half: nn.Module) -> None:
    with pytest.raises(ConfigError, match="no pictures there"):
        evaluate(view_sets([f"photo={tmp_path}"]), bright_half)
