"""The arms of the flaw study differ in the flaws alone; its trainings are not tested."""

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

FILE = Path(__file__).parents[2] / "benchmarks" / "panoramic_flaws.py"


@pytest.fixture(scope="module")
def study() -> ModuleType:
    spec = importlib.util.spec_from_file_location("panoramic_flaws", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_arms_differ_in_the_flaws_alone(study: ModuleType) -> None:
    arms = {name: study.arm_config(name, Path("ufba"), Path("runs"), 10, 1, 285) for name in study.ARMS}
    first = next(iter(arms.values()))
    assert len({arm.name for arm in arms.values()}) == 4
    assert len({arm.published for arm in arms.values()}) == 4
    for arm in arms.values():
        assert replace(arm, name=first.name, published=first.published) == first
    flaws = arms["as published"].published
    assert flaws.ids_interpolated
    assert flaws.borders_lost
    assert flaws.flips_unswapped
    none = arms["neither flaw"].published
    assert not any([none.ids_interpolated, none.borders_lost, none.flips_unswapped])


def test_an_epoch_is_every_picture_and_two_copies(study: ModuleType) -> None:
    assert study.arm_config("as published", Path("ufba"), Path("runs"), 10, 1, 285).schedule.max_steps == 2138
    assert study.arm_config("as published", Path("ufba"), Path("runs"), 1, 4, 4).schedule.max_steps == 3
