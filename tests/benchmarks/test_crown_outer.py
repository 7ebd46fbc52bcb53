"""The benchmark of outer surfaces on the atlas tooth, with a network whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from typodont.errors import MeshError
from typodont.nets.crown_unet import CrownUNet


@pytest.fixture
def crown_outer(benchmark_module):
    return benchmark_module("crown_outer")


def fresh() -> CrownUNet:
    """Answers with the fitted atlas tooth, and expects an error of exp(-1.5) mm."""
    torch.manual_seed(0)
    return CrownUNet(widths=(4, 6), voxel_mm=0.4).eval()


def test_a_network_that_knows_nothing_is_as_good_as_the_prior(crown_outer, molar_case):
    row = crown_outer.measure(molar_case("inlay"), fresh())
    assert row["cut"]
    assert row["rms"] == pytest.approx(row["prior_rms"])
    assert 0.01 < row["mean"] < row["rms"] < row["maximum"] < 0.8
    assert row["expected"] == pytest.approx(0.223, abs=1e-3)
    assert row["within_expected"] > 0.8


def test_groups_are_kinds_and_places_and_count_what_could_not_be_cut(crown_outer, molar_case, monkeypatch):
    row = crown_outer.measure(molar_case("inlay"), fresh())
    rows = [row, {**row, "kind": "crown"}, {**row, "kind": "crown", "tooth": 11, "rms": row["rms"] + 0.1}]

    def refuse(outer, line):
        raise MeshError("not along the margin")

    monkeypatch.setattr(crown_outer, "outer_on_line", refuse)
    rows.append(crown_outer.measure(molar_case("inlay"), fresh()))
    assert rows[-1]["why"] == "not along the margin"
    found = crown_outer.groups(rows)
    assert list(found) == ["all", "crown", "inlay", "crown, front teeth", "crown, molars"]
    assert (found["all"]["cases"], found["all"]["cut"], found["inlay"]["cut"]) == (4, 3, 1)
    assert found["crown"]["rms"]["value"] == pytest.approx(row["rms"] + 0.05, abs=1e-6)
    assert found["crown, front teeth"]["median_rms"] == pytest.approx(row["rms"] + 0.1)


def test_a_prior_that_cannot_be_cut_counts_in_no_mean(crown_outer, molar_case, monkeypatch):
    cut = crown_outer.outer_on_line
    calls = []

    def refuse_second(outer, line):
        calls.append(outer)
        if len(calls) == 2:
            raise MeshError("not along the margin")
        return cut(outer, line)

    monkeypatch.setattr(crown_outer, "outer_on_line", refuse_second)
    row = crown_outer.measure(molar_case("inlay"), fresh())
    assert row["cut"]
    assert np.isnan(row["prior_rms"])
    other = {**row, "prior_rms": 0.3, "prior_mean": 0.2}
    found = crown_outer.summary([row, other])
    assert (found["prior_rms"]["value"], found["prior_rms"]["n"]) == (0.3, 1)
    assert found["rms"]["n"] == 2


def test_a_case_without_truth_is_refused(crown_outer, molar_case):
    with pytest.raises(SystemExit, match="expected all of a synthetic case"):
        crown_outer.measure(replace(molar_case("inlay"), crown=None), fresh())
