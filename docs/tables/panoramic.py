"""Tables of the panoramic job."""

from __future__ import annotations

from tables.layout import interval, markdown, read

SHIPPED = "panoramic_shipped.json"
HEADLINES = {
    "binary_dice": "tooth or background, Dice",
    "tooth_dice": "per tooth with its number, Dice",
    "macro_iou": "macro-IoU of numbers",
    "right_number": "share of teeth found with the right number",
    "errors": "errors per picture",
    "perfect_chart": "pictures without any error",
}
DETAILS = {
    "binary_iou": "tooth or background, IoU",
    "binary_nsd": "tooth or background, surface Dice",
    "pixel_accuracy": "pixel accuracy",
    "tooth_dice_pooled": "per tooth with its number, Dice, mean over teeth",
    "tooth_dice_of_found": "per tooth found, Dice",
    "detection_recall": "share of teeth found",
    "detection_precision": "share of predicted teeth that are there",
    "detection_f1": "tooth F1, any number",
    "right_number_of_found": "right number, of the teeth found",
    "tooth_f1": "tooth F1, right number",
    "panoptic_quality": "panoptic quality",
    "instance_dice": "instance Dice (STS 2024)",
    "instance_iou": "instance IoU (STS 2024)",
    "instance_nsd": "instance surface Dice (STS 2024)",
    "identification_accuracy": "identification accuracy (STS 2024)",
}
VIEW = {"kind_right": "share with the right kind", "way_up_right": "share with the right way up"}


def panoramic_shipped_table() -> str:
    """The figures that matter most of the shipped panoramic weights, by data set."""
    return _figures(HEADLINES)


def panoramic_details_table() -> str:
    """All other figures of the shipped panoramic weights, by data set."""
    return _figures(DETAILS)


def panoramic_groups_table() -> str:
    """Pictures with many and with few teeth apart."""
    rows = [
        [f"{where}, {group}", str(values["pictures"]), *(interval(values["figures"][name]) for name in HEADLINES)]
        for where, report in read(SHIPPED)["sets"].items()
        for group, values in report["groups"].items()
        if group != "all"
    ]
    return markdown(["group", "pictures", *HEADLINES.values()], rows)


def panoramic_calibration_table() -> str:
    """How well the stated confidence of teeth fits what came true."""
    rows = [
        [
            where,
            f"{values['teeth']:,}",
            *(f"{values[name]:.3f}" for name in ("mean_confidence", "share_right", "calibration_error", "brier_score")),
        ]
        for where, values in ((where, report["calibration"]) for where, report in read(SHIPPED)["sets"].items())
        if values["teeth"]
    ]
    head = ["pictures", "teeth", "mean confidence", "share right", "calibration error", "Brier score"]
    return markdown(head, rows)


def panoramic_reliability_table() -> str:
    """Confidence against what came true, bin by bin."""
    rows = [
        [where, f"{b['teeth']:,}", f"{b['confidence']:.2f}", f"{b['share_right']:.2f}"]
        for where, report in read(SHIPPED)["sets"].items()
        for b in report["calibration"]["reliability"]
    ]
    return markdown(["pictures", "teeth", "mean confidence", "share right"], rows)


def panoramic_view_table() -> str:
    """How often the network that recognises pictures is right, by kind and set."""
    rows = [
        [
            report["kind"],
            report["set"],
            str(report["pictures"]),
            *(interval(report["figures"][name]) if name in report["figures"] else "–" for name in VIEW),
        ]
        for report in read(SHIPPED)["view"]
    ]
    return markdown(["kind", "pictures of", "number", *VIEW.values()], rows)


def panoramic_others_table() -> str:
    """What others report of their own pictures, beside ours."""
    sets = {where: report["groups"]["all"]["figures"] for where, report in read(SHIPPED)["sets"].items()}
    titles = {**HEADLINES, **DETAILS}
    rows = [
        [
            titles[row["figure"]],
            f"{row['value']:g}",
            f"{row['system']}; {row['pictures']}",
            *(f"{figures[row['figure']]['value']:.3f}" for figures in sets.values()),
        ]
        for row in read("panoramic_other_systems.json")["figures"]
    ]
    return markdown(["figure", "theirs", "system; pictures", *(f"here: {where}" for where in sets)], rows)


def _figures(names: dict[str, str]) -> str:
    sets = {where: report["groups"]["all"] for where, report in read(SHIPPED)["sets"].items()}
    rows = [[title, *(interval(values["figures"][name]) for values in sets.values())] for name, title in names.items()]
    return markdown(["", *(f"{where} ({values['pictures']})" for where, values in sets.items())], rows)
