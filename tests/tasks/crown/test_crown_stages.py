"""The stages of the crown job: each has a config that says so, and the command line finds it."""

from __future__ import annotations

from dataclasses import fields
from inspect import signature
from pathlib import Path

import pytest

from typodont.cli import main
from typodont.errors import ConfigError
from typodont.tasks.crown.config import STAGES, CrownTrainConfig, stage
from typodont.tasks.crown.train import load_part


@pytest.mark.parametrize("name", STAGES)
def test_every_stage_has_a_config_of_its_name_and_makes_training_data(name: str) -> None:
    settings = load_part(STAGES[name].settings)
    assert issubclass(settings, CrownTrainConfig)
    assert settings().stage == name
    assert {field.name for field in fields(CrownTrainConfig)} <= {field.name for field in fields(settings)}
    assert len(signature(load_part(STAGES[name].data)).parameters) == 2


def test_an_unknown_stage() -> None:
    with pytest.raises(ConfigError, match=r"no stage of the crown job called 'clasify' \(did you mean 'classify'\?\)"):
        stage("clasify")


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[CrownTrainConfig]:
    """The configs of trainings, which only pretend to run."""
    from typodont.tasks.crown import train

    seen: list[CrownTrainConfig] = []
    monkeypatch.setattr(train, "train", lambda config: seen.append(config) or Path("run"))
    return seen


def test_the_command_line_takes_the_stage_as_an_option_or_from_the_file(
    trained: list[CrownTrainConfig], tmp_path: Path
) -> None:
    (tmp_path / "ct.yaml").write_text("stage: ct\nhold_out: 0.25\n")
    assert main(["train", "crown", "--stage", "ct", "--seed", "3"]) == 0
    assert main(["train", "crown", str(tmp_path / "ct.yaml"), "--seed", "4"]) == 0
    assert main(["train", "crown", "--stage=ct", str(tmp_path / "ct.yaml"), "--seed", "5"]) == 0
    found = [(config.stage, config.seed, getattr(config, "hold_out", None)) for config in trained]
    assert found == [("ct", 3, 0.3), ("ct", 4, 0.25), ("ct", 5, 0.25)]


def test_without_a_stage_the_command_names_them(
    trained: list[CrownTrainConfig], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "crown", "--seed", "3"]) == 2
    assert f"expected --stage, or `stage:` in the config, one of {', '.join(STAGES)}" in capsys.readouterr().err
    assert main(["train", "crown", "--help"]) == 0
    told = capsys.readouterr().out
    assert all(f"{name} " in told and one.summary in told for name, one in STAGES.items())
    assert not trained


def test_a_file_of_another_stage_is_refused(
    trained: list[CrownTrainConfig], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ct.yaml").write_text("stage: ct\n")
    assert main(["train", "crown", str(tmp_path / "ct.yaml"), "--stage", "classify"]) == 2
    assert "stage: expected one of 'classify', found 'ct'" in capsys.readouterr().err
    assert not trained
