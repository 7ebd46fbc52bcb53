"""Both trainings behind the margin line, in miniature, and what they refuse."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from typodont.datasets.case_stream import CaseStream
from typodont.errors import ConfigError, FormatError
from typodont.records.crown_case import write_crown_case
from typodont.tasks.crown.config import CrownSource
from typodont.tasks.crown.margin_config import LineTrainConfig, MarginTrainConfig
from typodont.tasks.crown.margin_models import load_margin_models
from typodont.tasks.crown.train import train
from typodont.training.fit import LoopConfig
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig

SMALL = {
    "margin": (MarginTrainConfig, {"widths": [16, 16, 16, 16]}),
    "line": (LineTrainConfig, {"width": 8, "dilations": [1]}),
}


@pytest.fixture
def cases(stump_case, tmp_path: Path) -> Path:
    case = stump_case(90, 0.35)
    for name in ("a", "b"):
        write_crown_case(replace(case, name=name), tmp_path / "cases" / name)
    return tmp_path / "cases"


def config_of(stage: str, cases: Path):
    settings, arguments = SMALL[stage]
    return settings(
        name=stage,
        runs=cases.parent / "runs",
        sources=(CrownSource(cases),),
        validation=CrownSource(cases),
        cache=cases.parent / "cache",
        net=NetConfig(settings().net.name, arguments),
        schedule=ScheduleConfig(max_steps=3, warmup_steps=1),
        loop=LoopConfig(batch=1, workers=0, validate_every=2, log_every=1),
    )


@pytest.mark.slow
def test_trained_weights_are_found_by_the_job(cases: Path):
    weights = cases.parent / "weights"
    weights.mkdir()
    for stage in SMALL:
        run = train(config_of(stage, cases))
        report = json.loads((run / "report.json").read_text())
        assert report["over"]
        assert {"val/iou", "val/line_mm"} & set(report["figures"])
        for suffix in ("safetensors", "card.json"):
            (weights / f"{stage}.{suffix}").write_bytes((run / f"checkpoint.{suffix}").read_bytes())
    models = load_margin_models(weights)
    assert set(models.files) == {"margin", "line"}
    card = json.loads((weights / "margin.card.json").read_text())
    assert card["shippable"]
    assert [source["licence"] for source in card["sources"]] == ["synthetic"]


@pytest.mark.parametrize("stage", SMALL)
def test_the_network_has_to_fit_the_stage(stage: str, cases: Path):
    other = {"margin": "line_net", "line": "margin_net"}[stage]
    with pytest.raises(ConfigError, match=f"'{other}' reads (strip|points), but the stage '{stage}' gives"):
        train(replace(config_of(stage, cases), net=NetConfig(other)))


def test_a_folder_without_cases(tmp_path: Path):
    with pytest.raises(FormatError, match="found no crown case"):
        train(replace(config_of("line", tmp_path / "none"), validation=None))


def test_a_stream_follows_from_its_seed_and_sees_what_is_added():
    there = [Path("a"), Path("b")]
    drawn = [CaseStream(lambda: list(there), lambda case, rng: (case.name, rng.random()), relist=5) for _ in range(2)]
    first, again = ([stream[item] for item in range(5)] for stream in drawn)
    assert first == again
    there.append(Path("c"))
    assert "c" not in {drawn[0][item][0] for item in range(5)}
    assert "c" in {drawn[0][item][0] for item in range(5, 40)}
    with pytest.raises(ConfigError, match="no training cases"):
        CaseStream(list, lambda case, rng: None)
