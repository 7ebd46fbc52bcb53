"""The learning curves of a study as a picture."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from typodont.atomic import atomic_path
from typodont.errors import ConfigError
from typodont.tasks.study.summary import whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLORS = ("#5a5a5a", "#1b76c4", "#c8501e", "#2f8f4e", "#8f4fb5", "#b3922b")
"""Of the arms; the first one is grey."""
_SIZE_INCHES, _DPI = (7.5, 4.4), 160
_FEW = 8
"""So many numbers fit on the axis."""


def plot_curves(values: dict[str, Any], path: Path) -> None:
    """Score against labelled cases, one line for every arm with its interval, a point for every run.

    A dashed line shows what the first arm reaches with all labels; arrows, where the others reach the same.

    Args:
        values: Of ``study.json``.
        path: The PNG.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ConfigError("the plot of a study needs matplotlib; pip install 'typodont[train]'") from None
    figures = values["figures"][values["figure"]]
    canvas = Figure(figsize=_SIZE_INCHES, dpi=_DPI, layout="constrained")
    axes = canvas.add_subplot()
    for number, (arm, found) in enumerate(figures.items()):
        _draw_arm(axes, values["labels"], found, arm, COLORS[number % len(COLORS)])
    _draw_needed(axes, values, figures)
    _label_axes(axes, values)
    with atomic_path(path) as temporary:
        canvas.savefig(temporary)


def _draw_arm(axes: Axes, labels: list[float], found: dict[str, Any], name: str, color: str) -> None:
    value, low, high = (_numbers([figure[key] for figure in found["figures"]]) for key in ("value", "low", "high"))
    axes.fill_between(labels, low, high, color=color, alpha=0.16, linewidth=0)
    for label, runs in zip(labels, found["runs"], strict=True):
        axes.plot([label] * len(runs), _numbers(runs), ".", color=color, alpha=0.45, markersize=5)
    axes.plot(labels, value, "-o", color=color, linewidth=1.8, markersize=4.5, label=name)


def _draw_needed(axes: Axes, values: dict[str, Any], figures: dict[str, Any]) -> None:
    """What the first arm reaches with all labels, and with how many the others do."""
    _, *others = figures
    target = next((figures[arm]["needed"]["score"] for arm in others), None)
    if target is None:
        return
    axes.axhline(target, color=COLORS[0], linewidth=0.9, linestyle=(0, (4, 3)))
    bottom = axes.get_ylim()[0]
    for number, arm in enumerate(others, start=1):
        needed = figures[arm]["needed"]["value"]
        if needed is None or whole(needed) >= whole(values["labels"][-1]):
            continue
        color = COLORS[number % len(COLORS)]
        arrow = {"arrowstyle": "->", "color": color, "linewidth": 1.1}
        axes.annotate("", (needed, bottom), (needed, target), arrowprops=arrow)
        axes.annotate(f"{whole(needed)}", (needed, bottom), (4, 5), textcoords="offset points", color=color, fontsize=9)
    axes.set_ylim(bottom=bottom)


def _label_axes(axes: Axes, values: dict[str, Any]) -> None:
    labels = values["labels"]
    if labels[0] > 0:
        axes.set_xscale("log")
    else:  # from none to the first label straight, then as a logarithm
        axes.set_xscale("symlog", linthresh=labels[1])
    shown = labels if len(labels) <= _FEW else labels[:: math.ceil(len(labels) / _FEW)]
    axes.set_xticks(shown, [f"{label:g}" for label in shown])
    axes.minorticks_off()
    axes.set_xlabel(f"labelled {values['unit']}")
    axes.set_ylabel(values["titles"][values["figure"]])
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=_FEW // 2, borderaxespad=0.2)


def _numbers(values: list[float | None]) -> np.ndarray:
    """NaN where there is nothing to draw."""
    return np.array([math.nan if value is None else value for value in values], dtype=float)
