"""The study that a reader copies from the page is one that the command takes."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from typodont.tasks.study.config import StudyConfig, check_study
from typodont.tasks.study.job import load_job
from typodont.tasks.study.plan import training_config
from typodont.training.config import config_from_dict

PAGE = "docs/how-to/study-how-many-labels-you-need.md"


@pytest.fixture(scope="module")
def page(repo_root: Path) -> str:
    return (repo_root / PAGE).read_text(encoding="utf-8")


@pytest.mark.parametrize("job", ["scan", "panoramic"])
def test_its_examples_are_studies(page: str, job: str) -> None:
    (block,) = [text for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if f"typodont study {job}" in text]
    config = config_from_dict(StudyConfig, yaml.safe_load(block))
    check_study(config)
    for arm in config.arms:
        training_config(load_job(job), config, arm)
        training_config(load_job(job), config, arm, arm.first)


def test_what_it_explains_exists(page: str) -> None:
    table = page.split("| key | meaning |")[1].split("\n\n")[0]
    keys = {key for cell in re.findall(r"^\| (.*?) \|", table, re.MULTILINE) for key in re.findall(r"`(\w+)`", cell)}
    assert keys <= {field.name for field in fields(StudyConfig)}
    figures = re.search(r"\| `score` \| (.*?) for scans; (.*?) for panoramics", page)
    assert figures is not None
    for job, words in zip(("scan", "panoramic"), figures.groups(), strict=True):
        assert re.findall(r"`(\w+)`", words) == list(load_job(job).figures)
