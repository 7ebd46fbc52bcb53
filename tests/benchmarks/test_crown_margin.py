"""The benchmark of margin lines on a stump, with lines whose distances are known."""

from types import SimpleNamespace

import numpy as np
import pytest

from typodont.errors import NoPreparationError


@pytest.fixture
def crown_margin(benchmark_module):
    return benchmark_module("crown_margin")


@pytest.fixture
def found(crown_margin, monkeypatch):
    """Makes the job find a ring 0.15 mm above the margin, or nothing."""

    def pretend(nothing=False):
        def find(scan, frame, models, *, name):
            if nothing:
                raise NoPreparationError(f"{name}: none")
            angle = np.arange(500) / 500 * 2 * np.pi
            ring = 4.8 * np.column_stack([np.cos(angle), np.sin(angle), np.zeros(500)])
            leaning = np.array([0, np.sin(np.radians(5)), np.cos(np.radians(5))])
            return SimpleNamespace(
                curve=ring + [0, 0, 0.15], rough=ring + [0, 0, 0.5], sigma=np.full(500, 0.07), axis=leaning
            )

        monkeypatch.setattr(crown_margin, "find_margin", find)

    return pretend


def test_figures_of_a_known_line(crown_margin, stump_case, found):
    found()
    row = crown_margin.measure(stump_case(80, 0.4), None, seed=0)
    assert row["found"]
    assert row["mean"] == pytest.approx(0.15, abs=1e-3)
    assert row["rough_mean"] == pytest.approx(0.5, abs=1e-3)
    assert (row["within_0_1"], row["within_0_2"]) == (0.0, 1.0)
    assert row["axis_deg"] == pytest.approx(5.0)


def test_groups_count_what_was_not_found(crown_margin, stump_case, found):
    found()
    rows = [crown_margin.measure(stump_case(80, 0.4), None, seed=seed) for seed in range(3)]
    found(nothing=True)
    rows.append(crown_margin.measure(stump_case(80, 0.4), None, seed=9))
    rows = [{**row, "name": f"case {i}"} for i, row in enumerate(rows)]
    result = crown_margin.groups(rows)["crown"]
    assert (result["cases"], result["found"]) == (4, 3)
    assert result["mean"]["low"] <= result["mean"]["value"] <= result["mean"]["high"]


def test_sites_are_off_by_as_much_as_is_said(crown_margin, stump_case):
    case = stump_case(80, 0.4)
    frames = [crown_margin.rough_frame(case, np.random.default_rng(seed)) for seed in range(60)]
    centres = np.array([frame.points_back(np.zeros((1, 3)))[0] for frame in frames])
    assert centres.std() == pytest.approx(crown_margin.OFF_MM, rel=0.25)
    lean = np.degrees(np.arccos([frame.to_scan[2, 2] for frame in frames]))
    assert lean.max() <= crown_margin.LEAN_DEG
    assert lean.max() > 0.8 * crown_margin.LEAN_DEG
