"""What a reader copies from the page about training of findings is what the commands take."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from typodont.cli.table import COMMANDS
from typodont.tasks.findings.config import FindingsTrainConfig
from typodont.tasks.findings.train import filled_in
from typodont.training.config import config_from_dict, load_config


@pytest.fixture(scope="module")
def page(repo_root: Path) -> str:
    return (repo_root / "docs/how-to/train-findings.md").read_text(encoding="utf-8")


def test_its_example_is_a_config(page: str) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    config = filled_in(config_from_dict(FindingsTrainConfig, yaml.safe_load(block)))
    assert config.net.arguments["categories"] == ["tooth", "caries", "calculus", "plaque"]


def test_its_commands_exist(page: str) -> None:
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    lines = "".join(text for language, text in blocks if not language).splitlines()
    commands = [shlex.split(line)[1:] for line in lines if line.startswith("typodont")]
    assert len(commands) >= 7
    for words in commands:
        assert tuple(words[:2]) in COMMANDS, words


def test_what_it_explains_exists(page: str) -> None:
    named = re.findall(r"`((?:schedule|loop|optimizer)\.\w+)", page)
    assert {"schedule.shape", "schedule.stop_after", "loop.accumulate", "optimizer.fp16"} <= set(named)
    for name in named:
        part, _, key = name.partition(".")
        assert hasattr(getattr(FindingsTrainConfig(), part), key), name


def test_the_published_config_is_where_it_says(page: str, repo_root: Path) -> None:
    (path,) = re.findall(r"^`(docs/\S+\.yaml)` trains", page, re.MULTILINE)
    assert load_config(FindingsTrainConfig, repo_root / path).stage == "published"
