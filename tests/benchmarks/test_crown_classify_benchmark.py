"""Which cases every arm learns from, and what the figures of several seeds are; the trainings are tested elsewhere."""

import argparse
import json
from pathlib import Path

import pytest

from typodont.errors import ConfigError
from typodont.tasks.crown.classify_config import PUBLISHED_SCHEDULE
from typodont.tasks.crown.config import CrownSource
from typodont.tasks.crown.kind import KindAnswer
from typodont.tasks.crown.kind_report import KindCase, KindReport

INLAY, ONLAY = KindAnswer({"onlay": 0.1, "inlay": 0.9}), KindAnswer({"onlay": 0.7, "inlay": 0.3})


@pytest.fixture(scope="module")
def benchmark(benchmark_module):
    return benchmark_module("crown_classify")


@pytest.fixture
def options(tmp_path):
    return argparse.Namespace(
        work=tmp_path,
        ct=tmp_path / "ct",
        widths=[4, 4, 8, 8],
        momentum=0.1,
        epochs=7,
        ct_epochs=5,
        steps=11,
        seeds=2,
        n=4,
    )


def test_all_arms_learn_from_the_same_cases_and_only_what_is_compared_differs(benchmark, options, tmp_path):
    source = CrownSource(tmp_path / "cases", names=tmp_path / "names.txt")
    configs = {
        name: benchmark.filled_in(arm, name, source, tmp_path / "begun", options, seed=1)
        for name, arm in benchmark.arms(options).items()
    }
    assert {(c.sources, c.hold_out, c.kinds, c.seed) for c in configs.values()} == {
        ((source,), 1 / 3, ("onlay", "inlay"), 1)
    }
    assert len({config.name for config in configs.values()}) == len(configs)
    scratch, transfer = configs["published, from scratch"], configs["published, after CT"]
    assert (scratch.init, scratch.freeze) == (None, ())
    assert (transfer.init, transfer.freeze) == (str(tmp_path / "begun"), ("stages", "head.2"))
    assert scratch.schedule == transfer.schedule
    assert (scratch.schedule.max_epochs, PUBLISHED_SCHEDULE.max_epochs) == (7, 100)
    assert (
        scratch.net.arguments == benchmark.ct_config(options).net.arguments == {"widths": [4, 4, 8, 8], "momentum": 0.1}
    )
    small, kept = configs["stretched, small network"], configs["millimetres"]
    assert small.net == kept.net
    assert small.schedule == kept.schedule
    assert (small.grid, kept.grid.scale) == (scratch.grid, "mm")


def test_the_first_cases_of_each_kind_are_taken(benchmark, tmp_path):
    for at, kind in enumerate(["inlay", "crown", "onlay", "inlay", "onlay", "inlay"]):
        (tmp_path / f"c{at}").mkdir()
        (tmp_path / f"c{at}" / "case.json").write_text(json.dumps({"tooth": 36, "kind": kind}))
    names = benchmark._names(tmp_path, 4, tmp_path / "work" / "names.txt")
    assert names.read_text().split() == ["c2", "c4", "c0", "c3"]
    with pytest.raises(ConfigError, match="found 2 onlays, 3 inlays, expected 3 or more of each"):
        benchmark._names(tmp_path, 6, Path(names))


def test_the_mean_of_several_seeds_has_the_interval_of_its_cases_not_of_all_answers(benchmark, options):
    first = KindReport([KindCase("a", "inlay", INLAY), KindCase("b", "onlay", ONLAY)])
    second = KindReport([KindCase("a", "inlay", INLAY), KindCase("b", "onlay", INLAY)])
    config = benchmark.arms(options)["millimetres"].config
    row = benchmark.row("millimetres", "unseen", [first, second], config)
    assert (row["cases"], row["net"]) == (2, "kind_cnn")
    assert row["mean"]["accuracy"]["value"] == 0.75
    assert row["mean"]["accuracy"]["n"] == 2
    assert [seed["accuracy"]["value"] for seed in row["seeds"]] == [1.0, 0.5]
    assert row["mean"]["sensitivity"]["value"] == 1.0
    assert row["mean"]["specificity"]["value"] == 0.5
