"""The frame of the command line: help, start-up, exit statuses, errors in one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, is_dataclass
from importlib import import_module

import pytest

from typodont import __version__
from typodont.cli import main
from typodont.cli.table import COMMANDS, Entry
from typodont.errors import ConfigError, MeshError


def fresh(code: str) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_help_starts_in_under_300_ms():
    """Processor time, because a busy machine must not fail it; the command waits for nothing else."""

    def seconds() -> float:
        before = os.times()
        assert fresh("from typodont.cli import main; main(['--help'])").returncode == 0
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    assert min(seconds() for _ in range(5)) < 0.3


def test_help_names_every_command(capsys):
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for path, entry in COMMANDS.items():
        assert f"  {' '.join(path)}  " in text
        assert entry.summary in text
    assert "not a medical device" in text


def test_group_help_names_only_its_commands(capsys):
    assert main(["scan", "--help"]) == 0
    text = capsys.readouterr().out
    assert "scan segment" in text
    assert "train scan" not in text


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"typodont {__version__}\n"


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_is_a_documented_dataclass_with_help(path, capsys):
    module, _, name = COMMANDS[path].target.partition(":")
    command = getattr(import_module(module), name)
    assert is_dataclass(command)
    assert command.__doc__
    assert callable(command.run)
    assert main([*path, "--help"]) == 0
    assert f"typodont {' '.join(path)}" in capsys.readouterr().out


def test_looking_at_commands_does_not_import_torch():
    code = f"""
import sys
from typodont.cli import main
for path in {[path for path in COMMANDS if path[0] not in ("pretrain", "study", "train")]!r}:
    assert main([*path, "--help"]) == 0
assert main(["info", "--json"]) == 0
heavy = [name for name in ("torch", "lightning", "scipy", "trimesh", "matplotlib") if name in sys.modules]
assert not heavy, heavy
"""
    done = fresh(code)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["evalute", "scan"], "no command 'evalute'; did you mean 'evaluate'?"),
        (["scan", "segmnt"], "no command 'scan segmnt'; did you mean 'scan segment'?"),
        (["xyz"], "no command 'xyz'; known: demo, scan,"),
        (["scan"], "commands:\n  scan segment"),
        ([], "usage: typodont COMMAND"),
        (["info", "--jsn"], "--json"),
        (["scan", "segment", "--jaw", "middle", "x.stl", "--out", "o"], "middle"),
        (["scan", "segment", "--out", "o"], "no input: name at least one scan or folder"),
    ],
)
def test_wrong_usage_is_status_2(words, message, capsys):
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert message in err
    assert out == ""


@dataclass(frozen=True)
class Failing:
    """Fails the way the option says."""

    how: str = "none"

    def run(self) -> None:
        errors = {
            "mesh": MeshError("a.stl: no faces"),
            "config": ConfigError("unknown key"),
            "disk": OSError(28, "No space left on device", "out/a.json"),
            "keys": KeyboardInterrupt(),
            "bug": RuntimeError("a bug"),
        }
        if self.how in errors:
            raise errors[self.how]


@pytest.fixture
def failing(monkeypatch):
    monkeypatch.setitem(COMMANDS, ("fail",), Entry("test_main_commands:Failing", "fails"))
    module = type(sys)("test_main_commands")
    module.Failing = Failing  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "test_main_commands", module)


@pytest.mark.parametrize(
    ("how", "status", "message"),
    [
        ("none", 0, ""),
        ("mesh", 1, "typodont: a.stl: no faces\n"),
        ("disk", 1, "typodont: [Errno 28] No space left on device: 'out/a.json'\n"),
        ("config", 2, "typodont: unknown key\n"),
        ("keys", 130, "typodont: interrupted; run the same command again to go on\n"),
    ],
)
@pytest.mark.usefixtures("failing")
def test_errors_are_one_line_and_a_status(how, status, message, capsys):
    assert main(["fail", "--how", how]) == status
    assert capsys.readouterr().err == message


@pytest.mark.usefixtures("failing")
def test_bugs_keep_their_traceback():
    with pytest.raises(RuntimeError, match="a bug"):
        main(["fail", "--how", "bug"])


@pytest.mark.usefixtures("failing")
def test_debug_shows_the_traceback_of_any_error(monkeypatch):
    monkeypatch.setenv("TYPODONT_DEBUG", "1")
    with pytest.raises(MeshError):
        main(["fail", "--how", "mesh"])


def test_info_says_what_is_there(capsys):
    assert main(["info", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["typodont"] == __version__
    assert facts["jobs"]["scan"] in ("ready", "needs training")
    served = {card["job"] for card in facts["weights"]}  # and "view", which serves several jobs
    assert {job for job, status in facts["jobs"].items() if status == "ready"} == served & set(facts["jobs"])
    assert facts["libraries"]["numpy"]


def test_info_for_people(capsys):
    assert main(["info"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"typodont {__version__}, Python")
    assert "jobs\n  scan: " in out


def test_python_dash_m_is_the_same_command():
    done = subprocess.run([sys.executable, "-m", "typodont", "--version"], capture_output=True, text=True, check=False)
    assert done.stdout == f"typodont {__version__}\n"
