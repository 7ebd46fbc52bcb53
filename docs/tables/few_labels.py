"""What a few labelled real scans add to the shipped weights."""

from __future__ import annotations

from tables.layout import interval, markdown, read

RESULTS = "scan_few_labels.json"
SHOWN = {
    "macro_iou": "macro-IoU of teeth",
    "tooth_f1": "tooth F1, right number",
    "detection_f1": "tooth F1, any number",
    "tooth_gum_accuracy": "tooth/gum accuracy",
    "all_right": "arches with every tooth right",
    "score": "official 3DTeethSeg score",
}


def few_labels_table() -> str:
    """Figures by way of fine-tuning and number of labelled scans."""
    rows = [[*_names(row), *(interval(row["figures"][name]) for name in SHOWN)] for row in read(RESULTS)["rows"]]
    return markdown(["fine-tuned", "labelled scans", "draws", *SHOWN.values()], rows)


def few_labels_gains_table() -> str:
    """Change against the shipped weights on the same arches."""
    rows = [
        [*_names(row), *(_signed(row["gains"][name]) for name in SHOWN)]
        for row in read(RESULTS)["rows"]
        if row["labels"]
    ]
    return markdown(["fine-tuned", "labelled scans", "draws", *SHOWN.values()], rows)


def few_labels_short_table() -> str:
    """The figures that matter most, before and after."""
    names = ("tooth_f1", "macro_iou", "all_right")
    rows = [
        [str(row["labels"]), row["way"], *(interval(row["figures"][name]) for name in names)]
        for row in read(RESULTS)["rows"]
    ]
    return markdown(["labelled scans", "fine-tuned", *(SHOWN[name] for name in names)], rows)


def few_labels_ways_table() -> str:
    """How the trainings differ."""
    rows = [
        [
            name,
            str(way["steps"]),
            f"{way['peak']:g}",
            f"{way['rate_decay']:g}",
            "every second one" if way["synthetic"] else "none",
        ]
        for name, way in read(RESULTS)["study"]["ways"].items()
    ]
    return markdown(["", "steps of two scans", "highest rate", "rate of a stage, share of the next", "synthetic"], rows)


def _names(row: dict) -> list[str]:
    return [row["way"], str(row["labels"]), str(row["draws"])]


def _signed(figure: dict[str, float | None]) -> str:
    return f"{figure['value']:+.3f} ({figure['low']:+.3f} to {figure['high']:+.3f})"
