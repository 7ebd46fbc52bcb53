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

from typodont.tasks.study.plot import COLORS, plot_curves

IMAGES = ROOT / "docs/images"
STUDIES = {
    "study_published.png": "scan_pretraining_published.json",
    "study_default.png": "scan_pretraining_default.json",
    "study_panoramic.png": "panoramic_study.json",
    "study_photo_synthetic.png": "photo_synthetic.json",
    "study_photo_domain.png": "photo_domain.json",
}


def main() -> None:
    """Draw all of them."""
    save(draw_few_labels(read("scan_few_labels.json")), IMAGES / "scan_few_labels.png")
    save(draw_losses(read("findings_published.json")), IMAGES / "findings_published.png")
    for picture, results in STUDIES.items():
        plot_curves(read(results), IMAGES / picture)


def draw_few_labels(results: dict[str, Any]) -> Figure:
    """By how much a few labelled real scans change the shipped weights' figures, with intervals over patients."""
    names = ("tooth_f1", "macro_iou")
    labels = sorted({row["labels"] for row in results["rows"]} - {0})
    canvas = Figure(figsize=(8.5, 3.6), dpi=160, layout="constrained")
    for axes, name in zip(canvas.subplots(1, len(names), sharey=True), names, strict=True):
        for number, way in enumerate(results["study"]["ways"]):
            rows = [row for row in results["rows"] if row["way"] == way]
            places = [labels.index(row["labels"]) + 0.14 * number for row in rows]
            draw_gains(axes, places, [row["gains"][name] for row in rows], way, COLORS[number + 1])
        axes.axhline(0, color=COLORS[0], linewidth=0.9)
        axes.set_xticks(range(len(labels)), [str(n) for n in labels])
        axes.set_xlabel("labelled real scans")
        axes.set_title(SHOWN[name], fontsize=10)
        axes.grid(axis="y", color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    canvas.axes[0].set_ylabel("change against the shipped weights")
    canvas.axes[-1].legend(frameon=False, fontsize=8)
    return canvas


def draw_gains(axes: Axes, places: list[float], gains: list[dict[str, float]], name: str, color: str) -> None:
    """One way of fine-tuning: points with intervals."""
    values = [gain["value"] for gain in gains]
    errors = [[gain["value"] - gain["low"] for gain in gains], [gain["high"] - gain["value"] for gain in gains]]
    axes.errorbar(
        places, values, yerr=errors, fmt="o", label=name, color=color, markersize=4.5, capsize=2.5, linewidth=1.4
    )


def draw_losses(results: dict[str, Any]) -> Figure:
    """The losses of a training and of its validation by step, with the places where it was taken up again."""
    canvas = Figure(figsize=(7, 3.4), dpi=160, layout="constrained")
    axes = canvas.subplots()
    for color, (name, words) in zip(COLORS, (("training", "training"), ("validation", "validation")), strict=False):
        lines = results[name]
        marker = "o" if name == "validation" else None
        axes.plot(
            [line["step"] for line in lines], [line["loss"] for line in lines], color=color, label=words, marker=marker
        )
    for step in results["resumed_at"]:
        axes.axvline(step, color="#888888", linewidth=0.9, linestyle=":")
    axes.set_ylim(0, None)
    axes.set_xlabel("steps")
    axes.set_ylabel("loss")
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    return canvas


def save(figure: Figure, path: Path) -> None:
    """As a PNG; says how large it is."""
    figure.savefig(path)
    print(f"{path.relative_to(IMAGES.parent)}: {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
