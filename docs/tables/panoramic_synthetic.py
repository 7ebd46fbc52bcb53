"""Whether synthetic panoramics help."""

from __future__ import annotations

from typing import Any

from tables.layout import interval, markdown, read

STUDY = "panoramic_synthetic.json"
SHOWN = {
    "binary_dice": "tooth or background, Dice",
    "tooth_dice": "per tooth with its number, Dice",
    "right_number": "share of teeth found with the right number",
    "errors": "errors per picture",
}


def panoramic_synthetic_table() -> str:
    """Figures of every arm on every set of real pictures."""
    return _figures(read(STUDY)["arms"])


def panoramic_stages_table() -> str:
    """The shipped weights before and after synthetic pictures joined, on a machine that neither has seen."""
    return _figures(read("panoramic_stages.json"))


def panoramic_synthetic_study_table() -> str:
    """What all arms have in common."""
    study = read(STUDY)["study"]
    pictures = ", ".join(f"{n} {kind}" for kind, n in study["pictures"].items())
    return markdown(["pictures", "steps", "pictures a step"], [[pictures, str(study["steps"]), str(study["batch"])]])


def _figures(arms: dict[str, Any]) -> str:
    rows = [
        [arm, f"{where} ({values['pictures']})", *(interval(values["figures"][name]) for name in SHOWN)]
        for arm, sets in arms.items()
        for where, values in sets.items()
    ]
    return markdown(["trained on", "measured on", *SHOWN.values()], rows)
