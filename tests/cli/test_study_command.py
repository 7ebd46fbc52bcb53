"""``typodont study``: what it reads, says and hands on."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from typodont.cli import main

FOUND = {
    "figure": "dice",
    "titles": {"dice": "Dice"},
    "figures": {"dice": {"scratch": {"figures": [{"value": 0.5, "low": 0.4, "high": 0.6}]}}},
    "fractions": [1.0],
    "labels": [3.0],
    "sentences": ["With a, 2 labelled scans reach what 3 reach with b."],
}


@pytest.mark.parametrize("job", ["scan", "panoramic"])
def test_study_reads_the_file_then_the_options(job, tmp_path, monkeypatch, capsys):
    from typodont.tasks.study import study

    seen = []

    def pretend(name, config):
        seen.append((name, config))
        return SimpleNamespace(values=FOUND, folder=tmp_path / "s")

    monkeypatch.setattr(study, "study", pretend)
    file = tmp_path / "study.yaml"
    file.write_text(
        "base: {schedule.max_steps: 9, sources: [{weight: 2}]}\n"
        "arms: [{name: a}, {name: b, set: {init: 'pretrained:x'}}]\nseeds: [4]\n"
    )
    words = [
        "study",
        job,
        str(file),
        "--base.schedule.max-steps",
        "5",
        "--fractions",
        "0.5",
        "1",
        "--cost-per-label",
        "3",
    ]
    assert main([*words, "--cost-unit", "euros"]) == 0
    ((name, config),) = seen
    assert name == job
    assert config.base == {"schedule.max_steps": 5, "sources": [{"weight": 2}]}
    assert [(arm.name, arm.set) for arm in config.arms] == [("a", {}), ("b", {"init": "pretrained:x"})]
    assert (config.fractions, config.seeds) == ((0.5, 1.0), (4,))
    assert (config.cost_per_label, config.cost_unit) == (3.0, "euros")
    out = capsys.readouterr().out
    assert out.startswith("Dice:\nlabels     scratch")
    assert "3 (100 %)  0.500 [0.400, 0.600]" in out
    assert f"{FOUND['sentences'][0]}\nstudy: {tmp_path / 's'}" in out


def test_study_refuses_an_unknown_key(tmp_path, capsys):
    file = tmp_path / "study.yaml"
    file.write_text("arm: []\n")
    assert main(["study", "scan", str(file)]) == 2
    assert "unknown key 'arm'; did you mean 'arms'?" in capsys.readouterr().err


def test_suggest_ranks_instead(tmp_path, monkeypatch, capsys):
    from typodont.tasks import suggest

    seen = []
    ranking = SimpleNamespace(failed={})
    monkeypatch.setattr(suggest, "rank", lambda *words, **named: seen.append((words, named)) or ranking)
    monkeypatch.setattr(suggest, "write_ranking", lambda ranking, folder: seen.append(folder))
    monkeypatch.setattr(suggest, "ranking_table", lambda ranking: "the table\n")
    words = ["study", "scan", "--suggest", "a", "b", "--labelled", "c", "-n", "3", "--out", str(tmp_path / "o")]
    assert main([*words, "--weights", "w"]) == 0
    assert seen == [
        (("scan", (Path("a"), Path("b")), Path("w"), 3), {"labelled": (Path("c"),)}),
        tmp_path / "o",
    ]
    assert capsys.readouterr().out == f"the table\nsuggestions: {tmp_path / 'o'}\n"
    ranking.failed = {Path("a"): "a: no scan"}
    assert main(words) == 1


def test_suggest_needs_something_and_keeps_what_is_there(tmp_path, capsys):
    assert main(["study", "scan", "--suggest"]) == 2
    assert "expected at least one file or folder" in capsys.readouterr().err
    (tmp_path / "suggestions.csv").write_text("")
    assert main(["study", "panoramic", "--suggest", "a", "--out", str(tmp_path)]) == 1
    assert "--force replaces it" in capsys.readouterr().err


def test_help_says_how_to_get_suggestions(capsys):
    assert main(["study", "scan", "--help"]) == 0
    assert "--suggest DIR" in capsys.readouterr().out
