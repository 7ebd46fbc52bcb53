"""Synthetic panoramics: truths about masks, numbers, sides and greys."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from typodont.anatomy import is_tooth, jaw, side
from typodont.errors import ConfigError
from typodont.records.findings import find_picture_findings
from typodont.records.labelled_panoramic import find_labelled_panoramics
from typodont.synth.xray import SyntheticPanoramic, make_panoramic
from typodont.synth.xray.canvas import Canvas
from typodont.synth.xray.materials import DENTINE, ENAMEL, METAL, PULP
from typodont.synth.xray.teeth import cast_shadow
from typodont.synth.xray.write import write_panoramic, write_panoramics

SHAPE = (128, 240)


@pytest.fixture(scope="module")
def series() -> list[SyntheticPanoramic]:
    return [make_panoramic(3, index, shape=SHAPE) for index in range(3)]


def test_same_numbers_give_the_same_picture(series: list[SyntheticPanoramic]):
    again = make_panoramic(3, 1, shape=SHAPE)
    np.testing.assert_array_equal(again.image, series[1].image)
    assert again.teeth.keys() == series[1].teeth.keys()
    assert (series[0].image != series[1].image).any()


def test_masks_are_the_patients_teeth(series: list[SyntheticPanoramic]):
    for picture in series:
        assert picture.image.shape == SHAPE
        assert picture.image.dtype == np.uint8
        seen = [tooth.fdi for tooth in picture.patient.teeth if tooth.seen]
        assert len(set(seen)) == len(seen)
        assert set(picture.teeth) <= set(seen)
        assert len(picture.teeth) >= 0.9 * len(seen)  # a wisdom tooth may lie beyond the border
        for fdi, mask in picture.teeth.items():
            assert is_tooth(fdi)
            assert mask.shape == SHAPE
            assert mask.any()


def _centres(picture: SyntheticPanoramic) -> dict[int, tuple[float, float]]:
    return {fdi: tuple(np.argwhere(mask).mean(axis=0)) for fdi, mask in picture.teeth.items()}


def test_patients_right_is_at_the_left_and_upper_teeth_above(series: list[SyntheticPanoramic]):
    for picture in series:
        for fdi, (_, column) in _centres(picture).items():
            if fdi % 10 > 3:
                assert (side(fdi) == "right") == (column < SHAPE[1] / 2)
        rows = {
            name: np.mean([r for fdi, (r, _) in _centres(picture).items() if jaw(fdi) == name])
            for name in ("upper", "lower")
        }
        assert rows["upper"] < rows["lower"]


def test_order_along_the_arch(series: list[SyntheticPanoramic]):
    for picture in series:
        centres = _centres(picture)
        for a, b in combinations([fdi for fdi in centres if fdi < 50], 2):
            if a // 10 == b // 10 and abs(a - b) >= 2:
                outward = 1 if side(a) == "left" else -1
                assert (centres[b][1] - centres[a][1]) * outward * np.sign(b - a) > 0


def test_neighbours_overlap_as_projected(series: list[SyntheticPanoramic]):
    shared = [(a & b).any() for picture in series for a, b in combinations(picture.teeth.values(), 2)]
    assert any(shared)


@pytest.mark.parametrize("fate", ["implant", "pontic"])
def test_implants_and_pontics_are_metal_without_a_mask(series: list[SyntheticPanoramic], fate: str):
    mouth = series[0].patient
    natural = next(tooth for tooth in mouth.teeth if tooth.fdi in (16, 46, 26, 36) and tooth.fate == "present")
    canvas = Canvas(SHAPE, scale=1.9, middle=(0.0, -mouth.level))
    unroll = mouth.troughs[jaw(natural.fdi)].unroll
    artificial = replace(natural, fate=fate, work=frozenset())
    assert natural.seen
    assert not artificial.seen
    shadows = [cast_shadow(np.random.default_rng(0), tooth, unroll, canvas) for tooth in (natural, artificial)]
    assert shadows[0] is not None
    assert shadows[1] is not None
    assert shadows[0].mask.any()
    assert not shadows[1].mask.any()
    assert shadows[1].metal.max() > shadows[0].absorbed[shadows[0].mask].mean()


def test_attenuation_orders_as_in_life(series: list[SyntheticPanoramic]):
    assert METAL > ENAMEL > DENTINE > PULP
    for picture in series:
        teeth = np.any(list(picture.teeth.values()), axis=0)
        outside_face = picture.attenuation[-12:, :12]
        assert picture.attenuation[teeth].mean() > picture.attenuation[~teeth].mean()
        chin = picture.attenuation[int(0.8 * SHAPE[0]) : int(0.86 * SHAPE[0]), SHAPE[1] // 2 - 10 : SHAPE[1] // 2 + 10]
        assert chin.mean() > outside_face.mean()


def test_written_panoramics_are_read_back(tmp_path: Path, series: list[SyntheticPanoramic]):
    write_panoramic(series[0], tmp_path)
    found = find_labelled_panoramics(tmp_path / "truth" / f"{series[0].name}.json")[0].read()
    assert found.image.name == f"{series[0].name}.png"
    assert [tooth.fdi for tooth in found.teeth] == list(series[0].teeth)
    for tooth in found.teeth:
        np.testing.assert_array_equal(tooth.mask, series[0].teeth[tooth.fdi])


def test_series_resumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, series: list[SyntheticPanoramic]):
    made = []

    def make(seed: int, index: int, *, findings: str) -> SyntheticPanoramic:
        assert findings == "usual"
        made.append((seed, index))
        return series[index]

    monkeypatch.setattr("typodont.synth.xray.write.make_panoramic", make)
    write_panoramics(2, 3, tmp_path)
    (tmp_path / "findings" / "panoramic_3_00001.json").unlink()
    files = write_panoramics(3, 3, tmp_path)
    assert made == [(3, 0), (3, 1), (3, 1), (3, 2)]
    assert [file.stem for file in files] == [f"panoramic_3_0000{i}" for i in range(3)]
    assert len(json.loads((tmp_path / "teeth.json").read_text())["images"]) == 3
    assert len(find_labelled_panoramics(tmp_path)) == 3
    assert len(find_picture_findings(tmp_path)) == 3


@pytest.mark.parametrize(("n", "seed", "jobs"), [(0, 0, 1), (1, -1, 1), (1, 0, 0)])
def test_wrong_numbers_are_named(tmp_path: Path, n: int, seed: int, jobs: int):
    with pytest.raises(ConfigError, match="found"):
        write_panoramics(n, seed, tmp_path, jobs=jobs)
