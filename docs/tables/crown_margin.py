"""How far found margin lines lie from true ones."""

from __future__ import annotations

from typing import Any

from tables.layout import interval, markdown, read

MARGIN = "crown_margin.json"


def margin_table() -> str:
    """One line for all cases, each kind, and each finish of crowns."""
    rows = [_row(name, group) for name, group in read(MARGIN)["groups"].items() if group["found"]]
    head = [
        "cases",
        "found",
        "median case, mm",
        "mean, mm",
        "largest, mm",
        "within 0.1 mm",
        "rough: mean, mm",
        "axis, degrees",
        "CPU, s",
    ]
    return markdown(head, rows)


def _row(name: str, group: dict[str, Any]) -> list[str]:
    value = {key: figure["value"] for key, figure in group.items() if isinstance(figure, dict)}
    return [
        name,
        f"{group['found']} of {group['cases']}",
        f"{group['median_mean']:.3f}",
        interval(group["mean"]),
        f"{value['maximum']:.2f}",
        f"{100 * value['within_0_1']:.0f} %",
        f"{value['rough_mean']:.3f}",
        f"{value['axis_deg']:.1f}",
        f"{value['seconds']:.1f}",
    ]
