"""The comparison of objectives on pictures: nested labels, gains on the same pictures; its trainings are not tested."""

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="module")
def study(benchmark_module: Callable[[str], ModuleType]) -> ModuleType:
    return benchmark_module("picture_pretraining")


def test_fewer_labels_are_among_more(study: ModuleType, tmp_path: Path) -> None:
    images = [{"id": n, "file_name": f"{n}.png", "height": 4, "width": 8} for n in range(12)]
    for image in images:
        Image.fromarray(np.zeros((4, 8), dtype=np.uint8)).save(tmp_path / image["file_name"])
    study.write_json({"images": images, "annotations": [], "categories": []}, tmp_path / "train.json")
    options = Namespace(ufba=tmp_path, runs=tmp_path / "runs")
    names = {
        (n, seed): set(study.chosen(n, seed, options).read_text(encoding="utf-8").split())
        for n in (3, 7)
        for seed in (0, 1)
    }
    assert [len(names[key]) for key in sorted(names)] == [3, 3, 7, 7]
    assert names[3, 0] < names[7, 0]
    assert names[3, 1] < names[7, 1]
    assert names[7, 0] != names[7, 1]


def test_gains_are_taken_picture_by_picture(study: ModuleType) -> None:
    def run(values: list[float]) -> dict[str, dict[str, float]]:
        return {f"p{n}": dict.fromkeys(study.FIGURES, value) for n, value in enumerate(values)}

    scratch = [run([0.1, 0.5, 0.9]), run([0.2, 0.4, 0.8])]
    better = [run([0.2, 0.6, 1.0]), run([0.3, 0.5, 0.9])]
    found = study.summed_up(better, scratch)
    for figure in study.FIGURES:
        gain = found[f"{figure}_gain"]
        assert [gain[end] for end in ("low", "value", "high")] == pytest.approx([0.1, 0.1, 0.1])
        assert found[figure]["value"] == pytest.approx(3.5 / 6)
        assert found[f"{figure}_seeds"] == pytest.approx([0.6, 1.7 / 3], abs=1e-5)
    text = study.table({"pairs": {"14": found}})
    assert "pairs" in text
    assert "gain +0.100 to +0.100" in text
