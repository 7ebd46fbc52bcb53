"""Whether synthetic panoramics help."""

from __future__ import annotations

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
    rows = [
        [arm, f"{where} ({values['pictures']})", *(interval(values["figures"][name]) for name in SHOWN)]
        for arm, sets in read(STUDY)["arms"].items()
        for where, values in sets.items()
    ]
    return markdown(["trained on", "measured on", *SHOWN.values()], rows)


def panoramic_synthetic_study_table() -> str:
    """What all arms have in common."""
    study = read(STUDY)["study"]
    pictures = ", ".join(f"{n} {kind}" for kind, n in study["pictures"].items())
    return markdown(["pictures", "steps", "pictures a step"], [[pictures, str(study["steps"]), str(study["batch"])]])
