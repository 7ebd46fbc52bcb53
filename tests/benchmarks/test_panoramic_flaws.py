"""The arms of the flaw study differ in the flaws alone; its trainings are not tested."""

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from typodont.datasets.published_panoramic import PublishedData

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


def test_an_empty_map_is_only_as_good_as_there_is_background(study: ModuleType, tmp_path: Path) -> None:
    labels = np.zeros((40, 60), dtype=np.uint8)
    labels[9:19, 10:34] = 16
    for folder, picture in (("images", labels), ("masks_fdi", labels)):
        (tmp_path / folder).mkdir()
        Image.fromarray(picture).save(tmp_path / folder / "a.png")
    found = study.measured(study.NoTooth(), tmp_path, PublishedData(size=32, source=(1, 1)))
    assert found["figures"]["pixel_accuracy"]["value"] == pytest.approx(0.9)
    assert found["published_accuracy"] == pytest.approx(0.9, abs=0.03)
    assert found["figures"]["tooth_dice"]["value"] == 0
    assert study.invented_share(tmp_path, PublishedData(size=16, source=(1, 1))) > 0


def test_arms_of_another_length_are_not_compared(study: ModuleType, tmp_path: Path) -> None:
    config = study.arm_config("as published", Path("ufba"), tmp_path, 3, 4, 285)
    (tmp_path / config.name).mkdir()
    (tmp_path / config.name / "report.json").write_text('{"steps": 671}')
    with pytest.raises(SystemExit, match="671 steps, expected 641"):
        study.trained(config)
