"""Tables of the scan job."""

from __future__ import annotations

from tables.layout import interval, markdown, read

SHOWN = {
    "macro_iou": "macro-IoU of teeth",
    "tooth_f1": "tooth F1, right number",
    "detection_f1": "tooth F1, any number",
    "tooth_gum_accuracy": "tooth/gum accuracy",
    "panoptic_quality": "panoptic quality",
    "boundary_iou": "boundary IoU (2 mm)",
    "all_right": "arches with every tooth right",
    "score": "official 3DTeethSeg score",
}


def shipped_scan_table() -> str:
    """Figures of the shipped scan weights by data set and group."""
    results = read("scan_shipped.json")
    columns = [
        (f"{where} {'' if group == 'all' else group + ' '}({values['arches']})", values["figures"])
        for where in ("real", "synthetic")
        for group, values in results.get(where, {}).get("groups", {}).items()
        if group in ("all", "permanent", "mixed")
    ]
    rows = [[title, *(interval(figures[name]) for _, figures in columns)] for name, title in SHOWN.items()]
    return markdown(["arches", *(head for head, _ in columns)], rows)


def speed_table() -> str:
    """Seconds and memory of ``typodont scan segment`` by size."""
    rows = [
        [f"{run['n_faces']:,}", f"{run['seconds']:.1f}", f"{run['peak_mib'] / 1024:.2f}", _stages(run["stages"])]
        for run in read("scan_speed.json")["runs"]
    ]
    return markdown(["faces", "seconds", "peak GiB", "longest stages, seconds"], rows)


def robustness_table() -> str:
    """What it costs when a scan comes turned, converted, mirrored or as half an arch."""
    results = read("scan_robustness.json")
    names = ("tooth_f1", "macro_iou", "tooth_gum_accuracy")
    rows = [
        [variant, str(row["scans"]), *(f"{100 * row[name]:.1f}" for name in names), str(row["mirror_warnings"])]
        for variant, row in results.items()
    ]
    return markdown(["variant", "scans", *(SHOWN[name] + ", %" for name in names), "mirror warnings"], rows)


def _stages(stages: dict[str, float]) -> str:
    longest = sorted(stages.items(), key=lambda item: -item[1])[:4]
    return ", ".join(f"{name} {seconds:.1f}" for name, seconds in longest)
