"""The page "From my unlabelled scans to a model": its commands are understood, and run in miniature as they stand."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from typodont.cli import main
from typodont.cli.main import _command, _parse

PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/from-unlabelled-scans-to-a-model.md"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SHORT = {"max_steps": 1, "max_minutes": None, "warmup_steps": 1}
QUICK = {"workers": 0, "validate_every": 0}
ONE_SYNTHETIC = [{"kind": "labelled", "folder": "labelled"}, {"kind": "synthetic", "count": 1}]
MINIATURE: dict[str, dict[str, Any]] = {
    "few.yaml": {"sources": ONE_SYNTHETIC, "schedule": SHORT, "loop": QUICK, "validation": None},
    "mine.yaml": {"schedule": SHORT, "loop": QUICK, "validation": None},
    "study.yaml": {
        "base": {"schedule": SHORT, "loop": QUICK},
        "fractions": [0.5, 1.0],
        "seeds": [0],
        "processes": 0,
        "draws": 50,
    },
}
"""What makes the files of the page small."""
FLAGS = {
    ("pretrain", "scan"): "--schedule.max-steps 1 --loop.workers 0 --processes 1",
}


def commands() -> list[list[str]]:
    """The words after ``typodont`` of every command of the page, in order."""
    shell = "".join(text for kind, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")) if not kind)
    return [shlex.split(line)[1:] for line in shell.splitlines() if line.startswith("typodont ")]


def write_files(folder: Path, changes: dict[str, dict[str, Any]]) -> None:
    """The YAML files of the page, with some values changed."""
    for kind, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if kind == "yaml":
            name = text.splitlines()[0].removeprefix("# ")
            values = merged(yaml.safe_load(text), changes.get(name, {}))
            (folder / name).write_text(yaml.safe_dump(values), encoding="utf-8")


def merged(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Values with changes, level by level."""
    inner = {key: merged(values[key], c) for key, c in changes.items() if isinstance(c, dict) and key in values}
    return values | changes | inner


def test_every_command_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path, {})
    found = commands()
    assert len(found) == 9
    for words in found:
        path = _command(words)
        assert path, words
        _parse(path, words[len(path) :])


@pytest.fixture
def afternoon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the three folders of the page, two small scans in each and one broken file."""
    monkeypatch.chdir(tmp_path)
    for seed, folder in enumerate(("unlabelled", "labelled", "held_out"), start=21):
        words = f"synth scan -n 2 --seed {seed} --faces 5000 --suffix ply --out {folder}"
        assert main(words.split()) == 0
    for labels in Path("unlabelled").glob("*.json"):
        labels.unlink()
    Path("unlabelled", "broken.stl").write_bytes(b"solid nothing")
    write_files(tmp_path, MINIATURE)
    return tmp_path


@pytest.mark.slow
def test_the_afternoon_in_miniature(afternoon: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in commands():
        path = _command(words)
        told_of_broken_file = "unlabelled" in words and path != ("pretrain", "scan")
        assert main([*words, *FLAGS.get(path, "").split()]) == int(told_of_broken_file), (words, capsys.readouterr())
    assert len(list((afternoon / "predicted").glob("*.ply"))) == 2
    assert (afternoon / "suggestions/suggestions.csv").exists()
    for name in ("shipped", "few", "mine"):
        assert (afternoon / "reports" / name / "report.json").exists()
    assert (afternoon / "runs/mine/transfer.json").exists()
    assert (afternoon / "studies/labels/study.png").exists()
    assert "labelled scans" in capsys.readouterr().out
