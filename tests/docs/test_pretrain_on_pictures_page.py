"""The page "Pre-train on radiographs and photographs": its commands are understood, its figures those of the code."""

import re
import shlex
from pathlib import Path

import pytest

from typodont.cli.main import _command, _parse
from typodont.nets.picture_backbone import PictureBackbone
from typodont.nets.tooth_unet import ToothUNet
from typodont.tasks.pretrain.picture_config import (
    FindingsPretrainConfig,
    PhotoPretrainConfig,
    PicturePretrainConfig,
)
from typodont.training.weights import parameter_count

PAGE = (Path(__file__).resolve().parents[2] / "docs/how-to/pretrain-on-pictures.md").read_text(encoding="utf-8")
CONFIGS = {config.job: config for config in (PicturePretrainConfig(), PhotoPretrainConfig(), FindingsPretrainConfig())}


def commands() -> list[list[str]]:
    """The words after ``typodont`` of every command of the page."""
    lines = "".join(re.findall(r"^```\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)).splitlines()
    return [shlex.split(line)[1:] for line in lines]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_is_understood(words: list[str]) -> None:
    path = _command(words)
    assert len(path) == 2
    config = _parse(path, words[2:]).config  # type: ignore[attr-defined]
    if path[0] == "pretrain":
        assert type(config) is type(CONFIGS[path[1]])
        assert [str(data) for data in config.data] == [word for word in words if word.startswith("my_")]


def test_the_table_says_what_the_jobs_see() -> None:
    for job, config in CONFIGS.items():
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{job}`"))
        assert config.net.name in row
        assert f"{config.canvas[0]} x {config.canvas[1]} " in row
    assert ToothUNet().stride == PictureBackbone().stride
    assert f"multiples of {ToothUNet().stride}." in PAGE
    assert f"{parameter_count(PictureBackbone()) / 1e6:.1f} million" in PAGE
    hidden = PicturePretrainConfig().hidden
    assert f"hides {100 * hidden.share:g} % of the picture in patches of {hidden.patch} pixels" in PAGE
