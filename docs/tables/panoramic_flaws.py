"""What the flaws of the published 33-class U-Net cost."""

from __future__ import annotations

from tables.layout import interval, markdown, read

STUDY = "panoramic_flaws.json"
SHOWN = {
    "pixel_accuracy": "pixel accuracy",
    "binary_dice": "tooth or background, Dice",
    "tooth_dice": "per tooth with its number, Dice",
    "macro_iou": "macro-IoU of numbers",
    "right_number": "share of teeth found with the right number",
}


def panoramic_flaws_table() -> str:
    """Every training on every set of pictures."""
    rows = [
        [
            arm,
            f"{where} ({values['pictures']})",
            f"{values['published_accuracy']:.3f}",
            *(interval(values["figures"][name]) for name in SHOWN),
        ]
        for arm, sets in read(STUDY)["arms"].items()
        for where, values in sets.items()
    ]
    return markdown(["trained", "measured on", "pixel accuracy, their way", *SHOWN.values()], rows)


def panoramic_flaws_study_table() -> str:
    """What all trainings have in common, beside the published values."""
    study = read(STUDY)["study"]
    seen = {"published": study["published"]["size"], "here": study["size"] // study["shrink"]}
    rows = [
        [where, *(f"{values[name]:,g}" for name in ("pictures", "epochs", "steps")), f"{seen[where]} x {seen[where]}"]
        for where, values in (("published", study["published"]), ("here", study))
    ]
    return markdown(["", "pictures", "epochs", "steps of four pictures", "pixels seen by the network"], rows)


def panoramic_invented_table() -> str:
    """How much of the labels the interpolated ids damage."""
    invented = read(STUDY)["study"]["invented"]
    return markdown(["labels", "invented"], [[where, f"{100 * share:.1f} %"] for where, share in invented.items()])
