"""Whole studies of a made-up job: what they find, keep, refuse and say."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from typodont.errors import ConfigError, StudyError
from typodont.tasks.study import study as module
from typodont.tasks.study.config import Arm, StudyConfig
from typodont.tasks.study.job import StudyJob
from typodont.tasks.study.plan import make_plan
from typodont.tasks.study.study import StudyResult, study, table

ARMS = (Arm("scratch"), Arm("with first", {"init": "pretrained:x"}))


@pytest.fixture
def config(tmp_path: Path, job: StudyJob, monkeypatch: pytest.MonkeyPatch) -> StudyConfig:
    monkeypatch.setattr(module, "load_job", lambda name: job)
    return StudyConfig(
        name="s",
        studies=tmp_path,
        arms=ARMS,
        fractions=(0.1, 0.4, 1.0),
        seeds=(0, 1),
        processes=0,
        draws=200,
        cost_per_label=12,
    )


def trainings(result: StudyResult) -> int:
    return sum(len(file.read_text().split()) for file in result.folder.glob("runs/*/trained"))


def test_it_finds_what_was_put_in(config: StudyConfig) -> None:
    values = study("made_up", config).values
    assert values["labels"] == [2, 8, 20]
    figures = values["figures"]["dice"]
    assert [figure["value"] for figure in figures["with first"]["difference"]] == pytest.approx([0.1] * 3)
    assert figures["with first"]["needed"]["value"] == 2  # already the fewest reach it
    claim = figures["with first"]["claim"]
    assert (claim["labels"], claim["fraction"]) == (8, 0.4)
    assert claim["low"] > 0.04
    assert figures["with first"]["worth"] == [None, None, None]
    saved, compared = values["sentences"]
    assert saved.startswith("With with first, 2 or fewer labelled scans reach what 20 reach without (95 %")
    assert saved.endswith("at 12 minutes a label that saves 216 minutes.")
    assert compared.endswith("better.")
    assert "40 % of the labels (8 scans) against scratch with 100 % (20): Dice +0.0" in compared
    assert values["figures"]["empty"]["scratch"]["figures"][0]["value"] is None


def test_what_it_leaves(config: StudyConfig) -> None:
    result = study("made_up", config)
    assert json.loads((result.folder / "study.json").read_text()) == json.loads(json.dumps(result.values, default=str))
    with Image.open(result.folder / "study.png") as picture:
        assert picture.width > 1000
    names = sorted(path.name for path in (result.folder / "runs").iterdir())
    assert names[0] == "scratch_010_seed0"
    assert len(names) == 12
    run = result.folder / "runs" / "with first_040_seed1"
    scores = json.loads((run / "scores.json").read_text())
    assert (scores["labels"], scores["seed"], scores["steps"], len(scores["cases"])) == (8, 1, 10, 6)
    assert scores["cases"]["V0"]["empty"] is None
    assert not (run / "last.ckpt").exists()
    assert not (run / "tensorboard").exists()
    assert table(result.values).splitlines()[1].split()[:4] == ["2", "(10", "%)", "0.522"]


def test_done_runs_are_kept_and_lost_ones_made_again(config: StudyConfig) -> None:
    first = study("made_up", config)
    assert trainings(first) == 12
    (first.folder / "runs" / "scratch_040_seed0" / "scores.json").unlink()
    again = study("made_up", config)
    assert trainings(again) == 13
    assert again.values["figures"] == first.values["figures"]


def test_arms_share_their_cases(config: StudyConfig, job: StudyJob) -> None:
    plan = make_plan(job, replace(config, base={"sources": [{"jaws": 2}]}))
    cases: dict[tuple[float | None, int], set[str]] = {}
    for run in plan.runs:
        names = run.config.sources[0].names.read_text()
        cases.setdefault((run.fraction, run.seed), set()).add(names)
        assert len({name[:3] for name in names.split()}) * 2 == run.labels == len(names.split())
    assert all(len(texts) == 1 for texts in cases.values())
    assert cases[0.4, 0] != cases[0.4, 1]


def test_with_one_share_it_compares_there(config: StudyConfig) -> None:
    values = study("made_up", replace(config, fractions=(0.4,))).values
    assert values["figures"]["dice"]["with first"]["claim"] is None
    assert values["sentences"] == [
        "with first against scratch, both with 8 labelled scans: Dice +0.100 (+0.100 to +0.100), better."
    ]


def test_a_training_beforehand_is_done_once(config: StudyConfig) -> None:
    arms = (Arm("scratch"), Arm("synthetic", first={"schedule.max_steps": 7}))
    result = study("made_up", replace(config, arms=arms, fractions=(0.4, 1.0)))
    assert trainings(result) == 9
    first = result.folder / "runs" / "synthetic_first"
    text = (result.folder / "runs" / "synthetic_040_seed0" / "config.yaml").read_text()
    assert f"init: pretrained:{first}" in text
    assert "max_steps: 7" in (first / "config.yaml").read_text()


def test_epochs_set_the_steps(config: StudyConfig, job: StudyJob) -> None:
    plan = make_plan(job, replace(config, epochs=3, base={"loop": {"batch": 4}}))
    assert {run.labels: run.config.schedule.max_steps for run in plan.runs} == {2: 2, 8: 6, 20: 15}


def test_failed_runs_are_told_and_the_others_summarised(config: StudyConfig) -> None:
    bad = replace(config, arms=(Arm("scratch"), Arm("bad", {"broken": True})))
    with pytest.raises(StudyError, match=r"6 of 12 runs failed, the first of them bad, 100 % .* seed 0: see .*log.txt"):
        study("made_up", bad)
    values = json.loads((bad.folder / "study.json").read_text())
    assert values["runs"] == {"done": 6, "of": 12}
    assert values["figures"]["dice"]["scratch"]["figures"][0]["value"] > 0.4
    assert values["sentences"][0].startswith("bad: some runs are missing")
    assert "no such weights" in (bad.folder / "runs" / "bad_100_seed0" / "log.txt").read_text()


def test_broken_off_runs_do_not_count(config: StudyConfig) -> None:
    with pytest.raises(StudyError, match="12 of 12 runs failed"):
        study("made_up", replace(config, base={"stop_after": 4}))
    assert "broken off after 4 of 10 steps" in next(config.folder.glob("runs/*/log.txt")).read_text()


def test_a_run_of_other_settings_is_not_taken_for_this_one(config: StudyConfig) -> None:
    study("made_up", config)
    study("made_up", replace(config, threads=2, cost_per_label=None))
    with pytest.raises(ConfigError, match=r"schedule.max_steps 10 instead of 20; give the study another name"):
        study("made_up", replace(config, base={"schedule.max_steps": 20}))
    with pytest.raises(ConfigError, match=r"seed0_100.txt: found other cases than the data now has"):
        study("made_up", replace(config, base={"sources": [{"patients": 19}]}))


def test_an_arm_that_never_reaches_it(config: StudyConfig) -> None:
    values = study("made_up", replace(config, arms=ARMS[::-1])).values
    assert values["figures"]["dice"]["scratch"]["needed"]["value"] is None
    assert values["sentences"][0] == (
        "With scratch, even 20 labelled scans do not reach what 20 reach with with first."
    )
    assert values["sentences"][1].endswith("worse.")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fractions": (0.4, 0.1)}, "expected rising shares"),
        ({"fractions": (-0.1, 0.1)}, "expected rising shares"),
        ({"seeds": ()}, "seeds: found"),
        ({"arms": (Arm("a"), Arm("a"))}, "all different"),
        ({"arms": (Arm("a/b"),)}, "fit for folders"),
        ({"score": "dyce"}, "expected one of dice, empty"),
        ({"base": {"schedul.max_steps": 3}}, "arm scratch: unknown key 'schedul'; did you mean 'schedule'"),
        ({"base": {"schedule.max_minutes": 3.0}}, "end by schedule.max_steps"),
        ({"base": {"validation": 0}}, "base.validation: found no scans"),
        ({"arms": (Arm("a"), Arm("b", {"sources": [{"patients": 3}]}))}, "arm b: found 3 labelled scans"),
    ],
)
def test_what_is_no_study(config: StudyConfig, changes: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        study("made_up", replace(config, **changes))


def test_nobody_is_on_both_sides(config: StudyConfig, job: StudyJob) -> None:
    leaky = replace(job, held_out=lambda training: job.labelled(training, 0)[:2])
    with pytest.raises(ConfigError, match="found P00, P01 among the labelled and the held-out scans"):
        make_plan(leaky, config)
