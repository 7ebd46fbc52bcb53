"""Who is tested by whose labels, and what the figures of several draws are; the trainings are not tested."""

import argparse
import json
from pathlib import Path

import pytest

from typodont.errors import ConfigError
from typodont.tasks.scan.arch_score import FIGURES, ArchScore
from typodont.tasks.scan.evaluate import LabelledScan
from typodont.training.weights import may_ship

NAMES = [f"P{number:02d}_upper" for number in range(14)] + ["P00_lower"]


@pytest.fixture(scope="module")
def few(benchmark_module):
    return benchmark_module("scan_few_labels")


@pytest.fixture
def scans():
    return [LabelledScan(Path(f"{name}.obj"), Path(f"{name}.json")) for name in NAMES]


@pytest.mark.parametrize("seed", range(5))
def test_every_arch_is_tested_once_and_never_by_labels_of_its_patient(few, scans, seed):
    folds = list(few.folds(scans, seed=seed))
    assert len(folds) == few.FOLDS
    assert sorted(scan.name for fold in folds for scan in fold.test) == sorted(NAMES)
    for fold in folds:
        assert not {scan.patient for scan in fold.test} & {scan.patient for scan in fold.others}
        assert len(fold.test) + len(fold.others) == len(NAMES)


def test_draws_differ_and_come_again(few, scans):
    def draw(seed):
        return [[scan.name for scan in fold.others[:1]] for fold in few.folds(scans, seed=seed)]

    assert draw(0) == draw(0)
    assert draw(0) != draw(1)


def test_too_few_patients_are_told(few, scans):
    with pytest.raises(ConfigError, match="other patients to learn from, expected 10 or more"):
        list(few.folds(scans[:8], seed=0))


def test_weights_that_saw_real_scans_begin_with_the_shipped_ones_and_never_ship(few, tmp_path):
    from typodont.tasks.scan.train import origin
    from typodont.training.weights import TrainingSource

    sources = (few.pools(tmp_path, tmp_path / "names.txt"), few.pools(tmp_path))
    for way in few.WAYS.values():
        config = few.fine_tuning(sources, tmp_path, way, seed=3)
        assert config.init == few.SHIPPED
        assert (config.schedule.max_steps, config.schedule.peak) == (way.steps, way.peak)
        assert not may_ship(tuple(TrainingSource(origin(s), s.licence, s.shippable) for s in config.sources))


def test_a_training_that_ended_early_predicts_nothing(few, scans, tmp_path, monkeypatch):
    def train(config):
        assert config.sources[0].names.read_text().split() == [scan.name for scan in fold.others[:3]]
        (tmp_path / "report.json").write_text(json.dumps({"steps": 7}))
        return tmp_path

    fold = next(few.folds(scans, seed=0))
    monkeypatch.setattr(few, "train", train)
    monkeypatch.setattr(few, "segment_scans", lambda *_, **__: pytest.fail("predicted"))
    options = argparse.Namespace(work=tmp_path)
    with pytest.raises(SystemExit, match="after 7 of 50 steps"):
        few.predict_fold(fold, 3, tmp_path / "out", few.WAYS["firmly"], options, seed=0)


def test_gains_are_taken_arch_by_arch_and_draws_of_a_patient_stay_together(few):
    def arch(name, value):
        figures = dict.fromkeys(FIGURES, value)
        return ArchScore(
            name, name[:3], "upper", "upper", False, figures, {"true": 1, "predicted": 1, "found": 1, "right": 1}
        )

    before = [arch("P00_upper", 0.5), arch("P01_upper", 0.7)]
    after = [arch("P00_upper", 0.6), arch("P01_upper", 0.7), arch("P00_upper", 0.8), arch("P01_upper", 0.7)]
    found = few.row("firmly", 3, after, before)
    assert (found["labels"], found["draws"]) == (3, 2)
    assert found["figures"]["macro_iou"]["value"] == pytest.approx(0.7)
    gain = found["gains"]["macro_iou"]
    assert (gain["value"], gain["low"], gain["high"]) == pytest.approx((0.1, 0.0, 0.2))
    assert few.row("not at all", 0, before, before)["gains"]["macro_iou"]["high"] == 0
