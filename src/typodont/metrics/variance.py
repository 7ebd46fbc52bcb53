"""Analysis of variance: which of several factors a measure depends on."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from typodont.errors import ConfigError
from typodont.types import Float


@dataclass(frozen=True)
class Effect:
    """What a factor, or several together, have to do with a measure.

    Args:
        name: Of the factor; of factors together, their names with " × " between.
        df: Degrees of freedom.
        sum_of_squares: Type II: with all other effects that do not contain this one already in the model.
        f: Ratio of its mean square to that of the residual; NaN for the residual itself.
        p: Probability of such an F or a larger one where the factor had no effect; NaN for the residual.
        eta_squared: Partial: its sum of squares over that and the residual's; NaN for the residual.
    """

    name: str
    df: int
    sum_of_squares: float
    f: float
    p: float
    eta_squared: float


RESIDUAL = "residual"


def analysis_of_variance(values: Sequence[float] | Float, factors: Mapping[str, Sequence[str]]) -> list[Effect]:
    """The effects of up to three factors and of their interactions on a measure, the residual last.

    Interactions are taken in as far as the cases tell them from the residual: all of them where every combination of
    levels occurs, and some more than once; else the highest ones are left out until something is left for the
    residual. Cases count as independent: several designs for one tooth are not, unless the tooth is a factor.

    Args:
        values: (n,) the measure.
        factors: Name -> (n,) level of each case.

    Raises:
        ConfigError: no factor or more than three, a factor with one level, too few cases, factors that cannot be told
            apart, or statsmodels is not installed.

    Source: Fisher, Statistical Methods for Research Workers (1925); computed by statsmodels.
    """
    _check(values, factors)
    table_of, ols, anova_lm = _statsmodels()
    columns = {f"factor_{i}": np.asarray(levels, dtype=str) for i, levels in enumerate(factors.values())}
    data = table_of({"value": np.asarray(values, dtype=float), **columns})
    names = dict(zip(columns, factors, strict=True))
    for order in range(len(columns), 0, -1):
        model = ols(_formula(list(columns), order), data)
        if np.linalg.matrix_rank(model.exog) == model.exog.shape[1] < len(values):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of a residual of exactly nothing
                table = anova_lm(model.fit(), typ=2)
            return _effects(table, names)
    raise ConfigError(
        f"found {len(values)} cases in which {', '.join(factors)} cannot be told apart, expected every factor to vary "
        "while the others stand still, and more cases than levels; name fewer factors"
    )


def _check(values: Sequence[float] | Float, factors: Mapping[str, Sequence[str]]) -> None:
    if not 1 <= len(factors) <= 3:
        raise ConfigError(f"found {len(factors)} factors ({', '.join(factors)}), expected one to three")
    for name, levels in factors.items():
        if len(levels) != len(values):
            raise ValueError(f"{len(levels)} levels of {name} for {len(values)} values")
        if len(set(levels)) < 2:
            only = f"{next(iter(levels))!r} only" if len(levels) else "no case"
            raise ConfigError(f"factor {name}: found {only}, expected two levels or more")


def _formula(columns: list[str], order: int) -> str:
    return "value ~ " + (f"({' + '.join(columns)}) ** {order}" if order > 1 else " + ".join(columns))


def _effects(table: Any, names: Mapping[str, str]) -> list[Effect]:
    rest = float(table["sum_sq"]["Residual"])
    effects = []
    for term in table.index:
        squares = float(table["sum_sq"][term])
        is_rest = term == "Residual"
        effects.append(
            Effect(
                name=RESIDUAL if is_rest else " × ".join(names[part] for part in term.split(":")),
                df=round(float(table["df"][term])),
                sum_of_squares=squares,
                f=float(table["F"][term]),
                p=float(table["PR(>F)"][term]),
                eta_squared=float("nan") if is_rest or squares + rest == 0 else squares / (squares + rest),
            )
        )
    return effects


def _statsmodels() -> tuple[Any, Any, Any]:
    try:
        from pandas import DataFrame
        from statsmodels.formula.api import ols
        from statsmodels.stats.anova import anova_lm
    except ImportError:
        raise ConfigError("an analysis of variance needs statsmodels: pip install 'typodont[statistics]'") from None
    return DataFrame, ols, anova_lm
