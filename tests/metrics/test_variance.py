"""Analysis of variance against sums that were worked by hand."""

from __future__ import annotations

import itertools
import sys

import numpy as np
import pytest
from scipy.stats import f as f_distribution

from typodont.errors import ConfigError
from typodont.metrics import analysis_of_variance

pytest.importorskip("statsmodels")

CELLS = list(itertools.product("ab", "cd", "ef", range(2)))


def factors(cells=CELLS):
    return {name: [cell[i] for cell in cells] for i, name in enumerate(("clinician", "software", "tooth"))}


def test_three_factors_twice_measured_worked_by_hand():
    """Sixteen values, 10 ± 2 by clinician, ± 1 by software, ± 0.5 where both agree, ± 0.25 from one look to the next.

    A balanced effect of ± e on 16 values has the sum of squares 16 e²: 64, 16 and 4. The looks leave 16 / 16 = 1 on
    8 degrees of freedom, so that F is 64 / (1 / 8) = 512, 128 and 32.
    """
    sign = {"a": -1, "b": 1, "c": -1, "d": 1, "e": -1, "f": 1, 0: -1, 1: 1}
    values = [10 + 2 * sign[a] + sign[b] + 0.5 * sign[a] * sign[b] + 0.25 * sign[look] for a, b, _, look in CELLS]
    found = {effect.name: effect for effect in analysis_of_variance(values, factors())}
    assert list(found)[-1] == "residual"
    expected = {"clinician": 64, "software": 16, "tooth": 0, "clinician × software": 4, "clinician × tooth": 0}
    for name, squares in expected.items():
        assert found[name].sum_of_squares == pytest.approx(squares, abs=1e-9)
        assert found[name].df == 1
        assert found[name].f == pytest.approx(8 * squares, abs=1e-6)
        assert found[name].p == pytest.approx(f_distribution.sf(8 * squares, 1, 8), abs=1e-12)
        assert found[name].eta_squared == pytest.approx(squares / (squares + 1), abs=1e-9)
    assert (found["residual"].sum_of_squares, found["residual"].df) == (pytest.approx(1), 8)
    assert len(found) == 8


def test_one_measurement_a_cell_leaves_the_highest_interaction_to_the_residual():
    cells = [cell for cell in CELLS if cell[3] == 0]
    values = np.random.default_rng(0).normal(size=len(cells))
    found = analysis_of_variance(values, factors(cells))
    assert [effect.name.count("×") for effect in found] == [0, 0, 0, 1, 1, 1, 0]
    assert found[-1].df == 1


def test_order_and_names_of_levels_do_not_matter():
    rng = np.random.default_rng(1)
    values = rng.normal(size=len(CELLS)) + np.array([cell[0] == "b" for cell in CELLS])
    order = rng.permutation(len(CELLS))
    renamed = {name: [{"a": "Zoë x", "e": "1"}.get(v, v) for v in levels] for name, levels in factors().items()}
    shuffled = {name: [levels[i] for i in order] for name, levels in renamed.items()}
    for one, other in zip(
        analysis_of_variance(values, factors()), analysis_of_variance(values[order], shuffled), strict=True
    ):
        assert one.name == other.name
        assert one.sum_of_squares == pytest.approx(other.sum_of_squares)


def test_what_cannot_be_analysed(monkeypatch):
    values = np.arange(16.0)
    with pytest.raises(ConfigError, match=r"found 4 factors \(a, b, c, d\), expected one to three"):
        analysis_of_variance(values, dict.fromkeys("abcd", ["x", "y"] * 8))
    with pytest.raises(ConfigError, match="factor tooth: found '36' only, expected two levels or more"):
        analysis_of_variance(values, {"tooth": ["36"] * 16})
    same = ["x", "y"] * 8
    with pytest.raises(ConfigError, match=r"16 cases in which one, other cannot be told apart"):
        analysis_of_variance(values, {"one": same, "other": same})
    with pytest.raises(ConfigError, match="2 cases in which one cannot be told apart"):
        analysis_of_variance([1.0, 2.0], {"one": ["x", "y"]})
    monkeypatch.setitem(sys.modules, "statsmodels.formula.api", None)
    with pytest.raises(ConfigError, match=r"pip install 'typodont\[statistics\]'"):
        analysis_of_variance(values, {"one": same})
