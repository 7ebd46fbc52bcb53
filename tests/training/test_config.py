"""Configs: what a file may say, what it may not, and what the message says then."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from typodont.errors import ConfigError
from typodont.training.config import config_from_dict, config_to_dict, dump_config, load_config


@dataclass(frozen=True)
class Optimizer:
    name: Literal["adam", "sgd"] = "adam"
    rate: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)


@dataclass(frozen=True)
class Run:
    steps: int = 100
    bright: bool = False
    limit: float | None = None
    data: tuple[Path, ...] = ()
    weights: Path | None = None
    widths: list[int] = field(default_factory=lambda: [32, 64])
    shares: dict[str, float] = field(default_factory=dict)
    optimizer: Optimizer = field(default_factory=Optimizer)
    second: Optimizer | None = None


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_no_file_gives_defaults():
    assert load_config(Run) == Run()


def test_empty_file_gives_defaults(tmp_path):
    assert load_config(Run, write(tmp_path, "")) == Run()


def test_file_then_overrides(tmp_path):
    path = write(tmp_path, "steps: 7\noptimizer: {rate: 0.5, name: sgd}\ndata: [a, b]\nlimit: 2\nweights: w.st\n")
    config = load_config(Run, path, {"optimizer.rate": 0.25, "bright": True})
    assert config == Run(
        steps=7,
        bright=True,
        limit=2.0,
        data=(Path("a"), Path("b")),
        weights=Path("w.st"),
        optimizer=Optimizer(name="sgd", rate=0.25),
    )


def test_exponent_without_point_is_a_number(tmp_path):
    """YAML 1.1 reads 1e-3 as text; nobody means that."""
    assert load_config(Run, write(tmp_path, "optimizer: {rate: 1e-3}\nlimit: 5e2")).optimizer.rate == 1e-3


def test_round_trip(tmp_path):
    config = Run(steps=3, data=(Path("x"),), shares={"a": 0.5}, second=Optimizer(name="sgd"))
    dump_config(config, tmp_path / "new" / "config.yaml")
    assert load_config(Run, tmp_path / "new" / "config.yaml") == config


@given(st.builds(Optimizer, name=st.sampled_from(["adam", "sgd"]), rate=st.floats(0, 1)))
def test_dict_round_trip(optimizer):
    assert config_from_dict(Optimizer, config_to_dict(optimizer)) == optimizer


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("step: 3", "unknown key 'step'; did you mean 'steps'"),
        ("optimizer: {ratee: 3}", "unknown key 'optimizer.ratee'; did you mean 'optimizer.rate'"),
        ("second: {nam: sgd}", "did you mean 'second.name'"),
        ("zzzzzz: 3", "unknown key 'zzzzzz'; known: steps, bright"),
        ("steps: many", "steps: expected int, found 'many'"),
        ("steps: 2.7", "steps: expected int, found 2.7"),
        ("steps: '3'", "steps: expected int, found '3'"),
        ("steps: true", "steps: expected int, found True"),
        ("bright: 1", "bright: expected bool, found 1"),
        ("optimizer: {name: adamw}", "optimizer.name: expected one of 'adam', 'sgd', found 'adamw'"),
        ("optimizer: 3", "optimizer: expected keys and values of Optimizer, found 3"),
        ("limit: high", "limit: expected float, found 'high'"),
        ("data: abc", "data: expected a list, found 'abc'"),
        ("widths: [1, a]", "widths: expected int, found 'a'"),
        ("[1, 2]", "expected keys and values, found a list"),
        ("a: [", "not YAML"),
    ],
)
def test_what_is_refused(tmp_path, text, message):
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_config(Run, path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value) or "YAML" in message


def test_all_wrong_values_are_named_at_once():
    with pytest.raises(ConfigError, match=r"steps: .*; bright: .*"):
        config_from_dict(Run, {"steps": "a", "bright": "b"})


def test_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: cannot be read"):
        load_config(Run, tmp_path / "nowhere.yaml")


def test_override_below_a_single_value_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="single value"):
        load_config(Run, write(tmp_path, "optimizer: 3"), {"optimizer.rate": 1.0})
