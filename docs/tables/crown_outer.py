"""How near completed outer surfaces come to the teeth that stood there."""

from __future__ import annotations

from typing import Any

from tables.layout import RESULTS, interval, markdown, read

OUTER = "crown_outer.json"
_NOT_YET = "Not measured yet.\n"


def outer_table() -> str:
    """One line for all cases, each kind, and each region of the mouth."""
    if not (RESULTS / OUTER).exists():
        return _NOT_YET
    rows = [_row(name, group) for name, group in read(OUTER)["groups"].items() if group["cut"]]
    head = ["cases", "cut at the margin", "RMS, mm", "prior alone: RMS, mm", "mean, mm", "CD-L2, mm²", "expected, mm"]
    return markdown([*head, "within the expected", "CPU, s"], rows)


def _row(name: str, group: dict[str, Any]) -> list[str]:
    value = {key: figure["value"] for key, figure in group.items() if isinstance(figure, dict)}
    return [
        name,
        f"{group['cut']} of {group['cases']}",
        interval(group["rms"]),
        interval(group["prior_rms"]),
        f"{value['mean']:.3f}",
        f"{value['cd_l2']:.3f}",
        f"{value['expected']:.3f}",
        f"{100 * value['within_expected']:.0f} %",
        f"{value['seconds']:.1f}",
    ]
