"""Which objective of pre-training on pictures helps more where labels are few."""

from __future__ import annotations

from tables.layout import interval, markdown, read

RESULTS = "picture_pretraining.json"
ARMS = {"scratch": "no pre-training", "hidden": "hidden patches", "pairs": "paired views"}
SHOWN = {"tooth_dice": "per tooth with its number, Dice", "binary_dice": "tooth or background, Dice"}


def picture_pretraining_table() -> str:
    """Every objective with every number of labels, and its gain over the same training from scratch."""
    groups = read(RESULTS)["arms"]
    rows = [
        [words, labels, *(cell for name in SHOWN for cell in _cells(groups[arm][labels], name, gain=arm != "scratch"))]
        for labels in groups["scratch"]
        for arm, words in ARMS.items()
    ]
    head = [cell for title in SHOWN.values() for cell in (title, "gain")]
    return markdown(["pre-training", "labelled pictures", *head], rows)


def picture_pretraining_study_table() -> str:
    """What all trainings have in common."""
    study = read(RESULTS)["study"]
    values = {
        "pictures without labels": study["unlabelled"],
        "shown in pre-training": study["pictures"],
        "steps with labels": f"{study['steps']} of {study['batch']} pictures",
        "seeds": study["seeds"],
        "canvas": " x ".join(str(side) for side in study["canvas"]),
    }
    return markdown(list(values), [[str(value) for value in values.values()]])


def _cells(found: dict[str, dict[str, float | None]], name: str, *, gain: bool) -> list[str]:
    """A figure and its gain."""
    change = found[f"{name}_gain"]
    return [
        interval(found[name]),
        f"{change['value']:+.3f} ({change['low']:+.3f} to {change['high']:+.3f})" if gain else "–",
    ]
