"""The config and the suffixes on the page about volumes are those that the command takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from typodont.nets.ct_cnn import CtCNN
from typodont.records.volume import VOLUME_SUFFIXES
from typodont.tasks.pretrain.volume_config import VolumePretrainConfig
from typodont.tasks.pretrain.volumes import masked
from typodont.training.config import config_from_dict, dump_config, load_config


@pytest.fixture(scope="module")
def page(repo_root: Path) -> str:
    return (repo_root / "docs/how-to/pretrain-on-ct.md").read_text(encoding="utf-8")


def test_its_example_is_a_config(page: str, tmp_path: Path) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    config = config_from_dict(VolumePretrainConfig, yaml.safe_load(block))
    masked(CtCNN(widths=(4, 4, 6, 8)), config)
    dump_config(config, tmp_path / "config.yaml")
    assert load_config(VolumePretrainConfig, tmp_path / "config.yaml") == config


def test_it_names_what_can_be_read(page: str) -> None:
    table = page.split("## What can be read")[1].split("## ")[0]
    named = set(re.findall(r"`(\.[a-z.]+)`", table))
    assert named == set(VOLUME_SUFFIXES) - {".dcm", ".dicom"}
