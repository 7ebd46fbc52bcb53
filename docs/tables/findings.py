"""Tables of the findings job."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tables.layout import interval, markdown, read

SHIPPED = "findings_shipped.json"
SOURCES = "findings_sources.json"
NETWORKS = "findings_networks.json"
MODALITIES = {"photo": "photographs", "xray": "radiographs"}
KINDS = {"mask": "masks", "box": "boxes"}
SENSITIVITIES = {f"sensitivity_at_{k}": f"sensitivity at {k}" for k in (1, 2, 4)}
POINTS = ("screening", "balanced", "specific")
POOLED = {"pooled_ap50": "pooled_ap50", "precision": "precision", "sensitivity": "recall", "f1": "F1"}
POOLED_HEAD = (*POOLED.values(), "pooled_ap50, plain matching", "COCO AP", "COCO AP50")


def findings_headline_table() -> str:
    """What was measured on real pictures, in short."""
    rows = []
    for modality, where, category, kind, values in _categories(real=True):
        balanced = _measured(modality, category, where, "balanced")
        rows.append(
            [
                _title(category),
                f"{MODALITIES[modality]}: {where} ({values['pictures']})",
                f"{values['findings']:,}",
                f"{interval(values[kind]['ap50'])}{'' if kind == 'mask' else ', boxes'}",
                _ends(balanced and balanced["sensitivity"]),
                _ends(balanced and balanced["false_alarms"]),
            ]
        )
    head = ["finding", "real pictures", "there are", "AP50", "found, balanced point", "false alarms a picture there"]
    return markdown(head, rows)


def findings_precision_table() -> str:
    """Average precision of every finding on every set."""
    rows = [
        [_title(category), _where(modality, where), f"{values['findings']:,}", KINDS[kind]]
        + [interval(values[kind][name]) for name in ("ap", "ap50", "ap75")]
        for modality, where, category, kind, values in _categories()
    ]
    return markdown(["finding", "pictures", "there are", "by", "AP", "AP50", "AP75"], rows)


def findings_froc_table() -> str:
    """Sensitivity against false alarms of every finding on every set."""
    rows = []
    for modality, where, category, kind, values in _categories():
        for name, needed in (("", values["needed_overlap"]), ("_iou50", 0.5)):
            if name and needed == values["needed_overlap"]:
                continue
            cells = [interval(values[kind][f"{figure}{name}"]) for figure in SENSITIVITIES]
            rows.append([_title(category), _where(modality, where), f"{KINDS[kind]}, {needed:g}", *cells])
    return markdown(["finding", "pictures", "by, IoU from", *SENSITIVITIES.values()], rows)


def findings_points_table() -> str:
    """The operating points and what they come to, on real pictures where there are any."""
    rows = []
    for modality, own in read(SHIPPED).items():
        for category, values in own["operating_points"].items():
            for name in POINTS:
                point = values["points"][name]
                for measured in point["measured"][:1]:
                    figures = (_ends(measured[figure]) for figure in ("sensitivity", "false_alarms", "precision"))
                    rows.append(
                        [_title(category), name, f"{point['score']:.2f}", _where(modality, measured["on"]), *figures]
                    )
    head = ["finding", "point", "probability from", "measured on", "sensitivity", "false alarms a picture", "precision"]
    return markdown(head, rows)


def findings_evidence_table() -> str:
    """What the figures of every finding rest on."""
    rows = [
        [_title(category), MODALITIES[modality], words]
        for modality, own in read(SHIPPED).items()
        for category, words in own["evidence"].items()
    ]
    return markdown(["finding", "in", "labelled findings that no training saw"], rows)


def findings_confidence_table() -> str:
    """How well the stated probabilities fit what came true."""
    names = ("mean_confidence", "share_right", "calibration_error", "brier_score")
    rows = [
        [_title(category), _where(modality, where), f"{values['teeth']:,}", *(f"{values[name]:.3f}" for name in names)]
        for modality, own in read(SHIPPED).items()
        for category, sets in own["confidence"].items()
        for where, values in sets.items()
        if values["teeth"]
    ]
    head = ["finding", "pictures", "marks", "mean probability", "share right", "calibration error", "Brier score"]
    return markdown(head, rows)


def findings_pooled_table() -> str:
    """The published system's figures beside COCO's, over all categories of a set."""
    rows = [
        [_where(modality, where), *_pooled(report)]
        for modality, own in read(SHIPPED).items()
        for where, report in own["sets"].items()
    ]
    return markdown(["pictures", *POOLED_HEAD], rows)


def findings_networks_table() -> str:
    """The published network beside the light one, on the same pictures."""
    rows = [[row["set"], row["weights"], *_pooled(row)] for row in read(NETWORKS)["rows"]]
    return markdown(["pictures", "network", *POOLED_HEAD], rows)


def _pooled(report: dict[str, Any]) -> list[str]:
    return (
        [interval(report["published"]["as published"][name]) for name in POOLED]
        + [interval(report["published"]["plain matching"]["pooled_ap50"])]
        + [interval(report["mean"][_kind(report)][name]) for name in ("ap", "ap50")]
    )


def findings_sources_table() -> str:
    """Weights of different training pictures beside each other, on the same pictures."""
    rows = read(SOURCES)["rows"]
    runs = list(dict.fromkeys(row["weights"] for row in rows))
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for row in rows:
        for category, values in row["categories"].items():
            for name in ("ap", "ap50") if values["findings"] else ():
                figure = values[_kind(row)][name]
                found.setdefault((row["set"], category, name), {})[row["weights"]] = interval(figure)
    lines = [
        [where, _title(category), name.upper(), *(cells.get(run, "–") for run in runs)]
        for (where, category, name), cells in found.items()
    ]
    return markdown(["pictures", "finding", "", *runs], lines)


def _categories(*, real: bool = False) -> Iterator[tuple[str, str, str, str, dict[str, Any]]]:
    """Modality, set, category, strictest kind and figures of all that is there, real sets first."""
    for modality, own in read(SHIPPED).items():
        sets = sorted(own["sets"].items(), key=lambda item: not item[1]["real"])
        for category in own["evidence"]:
            for where, report in sets:
                values = report["categories"].get(category)
                if values and values["findings"] and (report["real"] or not real):
                    yield modality, where, category, _kind(report), values


def _measured(modality: str, category: str, where: str, point: str) -> dict[str, Any] | None:
    points = read(SHIPPED)[modality]["operating_points"].get(category)
    measured = points["points"][point]["measured"] if points else []
    return next((one for one in measured if one["on"] == where), None)


def _kind(report: dict[str, Any]) -> str:
    return "mask" if "mask" in report["mean"] else "box"


def _where(modality: str, where: str) -> str:
    report = read(SHIPPED)[modality]["sets"][where]
    return f"{where} ({report['pictures']} {'real' if report['real'] else 'synthetic'})"


def _title(category: str) -> str:
    return category.replace("_", " ").capitalize()


def _ends(values: list[float] | None) -> str:
    """Value, low and high end, in the words of `interval`."""
    return "–" if not values else "{:.2f} ({:.2f} to {:.2f})".format(*values)
