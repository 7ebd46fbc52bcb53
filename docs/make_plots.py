"""Draw the plots of the docs into ``docs/images`` from the JSON files under ``docs/reference/results``.

python docs/make_plots.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from tables.few_labels import SHOWN
from tables.layout import ROOT, read

from typodont.tasks.study.plot import COLORS

IMAGES = ROOT / "docs/images"


def main() -> None:
    """Draw all of them."""
    save(draw_few_labels(read("scan_few_labels.json")), IMAGES / "scan_few_labels.png")


def draw_few_labels(results: dict[str, Any]) -> Figure:
    """By how much a few labelled real scans change the shipped weights' figures, with intervals over patients."""
    names = ("tooth_f1", "macro_iou")
    canvas = Figure(figsize=(8.5, 3.6), dpi=160, layout="constrained")
    for axes, name in zip(canvas.subplots(1, len(names), sharey=True), names, strict=True):
        for number, way in enumerate(results["study"]["ways"]):
            draw_gains(axes, [row for row in results["rows"] if row["way"] == way], name, number)
        axes.axhline(0, color="#5a5a5a", linewidth=0.9)
        labels = sorted({row["labels"] for row in results["rows"]} - {0})
        axes.set_xticks(range(len(labels)), [str(n) for n in labels])
        axes.set_xlabel("labelled real scans")
        axes.set_title(SHOWN[name], fontsize=10)
        axes.grid(axis="y", color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    canvas.axes[0].set_ylabel("change against the shipped weights")
    canvas.axes[-1].legend(frameon=False, fontsize=8)
    return canvas


def draw_gains(axes: Axes, rows: list[dict[str, Any]], name: str, number: int) -> None:
    """One way of fine-tuning, a little beside the others."""
    gains = [row["gains"][name] for row in rows]
    places = [place + 0.14 * (number - 1) for place in range(len(rows))]
    values = [gain["value"] for gain in gains]
    errors = [[gain["value"] - gain["low"] for gain in gains], [gain["high"] - gain["value"] for gain in gains]]
    style = {"color": COLORS[number + 1], "markersize": 4.5, "capsize": 2.5, "linewidth": 1.4}
    axes.errorbar(places, values, yerr=errors, fmt="o", label=rows[0]["way"] if rows else None, **style)


def save(figure: Figure, path: Path) -> None:
    """As a PNG; says how large it is."""
    figure.savefig(path)
    print(f"{path.relative_to(IMAGES.parent)}: {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
