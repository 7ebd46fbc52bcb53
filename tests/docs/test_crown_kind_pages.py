"""The configs and the table on the pages about kinds and designs are those that the commands take."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from typodont.formats import write_mesh
from typodont.geometry.mesh import Mesh
from typodont.tasks.crown.classify_config import (
    PUBLISHED_LOOP,
    PUBLISHED_OPTIMIZER,
    PUBLISHED_SCHEDULE,
    ClassifyTrainConfig,
    CtTrainConfig,
)
from typodont.tasks.crown.designs import Design, find_designs
from typodont.training.config import config_from_dict, load_config


def test_the_published_files_hold_the_published_constants(repo_root: Path) -> None:
    folder = repo_root / "docs/how-to/weights"
    ct = load_config(CtTrainConfig, folder / "crown_ct.yaml")
    assert (ct.schedule, ct.optimizer, ct.loop) == (PUBLISHED_SCHEDULE, PUBLISHED_OPTIMIZER, PUBLISHED_LOOP)
    kind = load_config(ClassifyTrainConfig, folder / "crown_published.yaml")
    assert (kind.schedule, kind.optimizer) == (PUBLISHED_SCHEDULE, PUBLISHED_OPTIMIZER)
    assert (kind.loop.batch, kind.loop.validate_epochs) == (2, 1)
    assert (kind.grid, kind.turns, kind.init) == (ct.grid, ct.augment, f"runs/{ct.name}")
    assert kind.net.name == ct.net.name == "ct_cnn"


def test_the_shipped_weights_are_made_with_the_defaults(repo_root: Path) -> None:
    config = load_config(ClassifyTrainConfig, repo_root / "docs/how-to/weights/crown_kind.yaml")
    assert (config.net, config.grid, config.kinds) == (
        ClassifyTrainConfig().net,
        ClassifyTrainConfig().grid,
        ("onlay", "inlay", "crown"),
    )


def test_the_example_is_a_config(repo_root: Path) -> None:
    page = (repo_root / "docs/how-to/decide-inlay-or-onlay.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    config = config_from_dict(ClassifyTrainConfig, yaml.safe_load(block))
    assert config.net.arguments == {"kinds": len(config.kinds)}


def test_the_example_is_a_table(repo_root: Path, tmp_path: Path) -> None:
    page = (repo_root / "docs/how-to/compare-designs.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"```\n(file,.*?)```", page, re.DOTALL)
    (tmp_path / "designs.csv").write_text(table, encoding="utf-8")
    for name in re.findall(r"\w+\.stl", table):
        write_mesh(Mesh([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]]), tmp_path / name)  # type: ignore[arg-type]
    first, second = find_designs(tmp_path / "designs.csv")
    assert first == Design(
        tmp_path / "p01_a_x.stl",
        "p01",
        {"clinician": "Ana", "software": "X", "tooth": "36"},
        tmp_path / "p01_natural.stl",
    )
    assert second.levels["clinician"] == "Ben"
