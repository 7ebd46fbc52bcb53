"""Tables of the crown job as a whole: from scans to restorations."""

from __future__ import annotations

from typing import Any

from tables.layout import RESULTS, interval, markdown, read

SHIPPED, SPEED = "crown_shipped.json", "crown_speed.json"
_NOT_YET = "Not measured yet.\n"

SHOWN = {
    "designed": "designed",
    "watertight": "of these watertight",
    "passed": "no line of the fit report fails",
    "margin_mean": "margin line: mean distance, mm",
    "margin_max": "margin line: largest distance, mm",
    "margin_within_0_1": "share of the line within 0.1 mm",
    "outer_rms": "outer surface: RMS, mm",
    "outer_assd": "outer surface: ASSD, mm",
    "outer_cd_l2": "outer surface: CD-L2, mm²",
    "axis_deg": "insertion axis, degrees off",
    "penetration": "deepest in the antagonist, mm",
    "contacts": "occlusal contacts",
    "neighbour_penetration": "deepest in a neighbour, mm",
    "neighbour_gap": "farther neighbour, mm away",
    "thinnest": "thinnest wall, mm",
    "edge_mean": "edge to the margin line found: mean, mm",
    "edge_max": "edge to the margin line found: largest, mm",
}


def crown_table() -> str:
    """Figures of the shipped weights on synthetic cases, by kind; margin line and axis found."""
    return _by_kind("synthetic")


def crown_given_table() -> str:
    """The same with margin line and axis given."""
    return _by_kind("synthetic, margin given")


def crown_lines_table() -> str:
    """Which lines of the fit report fail and warn how often, by kind; lines that all designs pass are left out."""
    groups = read(SHIPPED)["synthetic"]["groups"] if (RESULTS / SHIPPED).exists() else {}
    if not all("verdicts" in group for group in groups.values()) or not groups:
        return _NOT_YET
    names = [name for name, counts in groups["all"]["verdicts"].items() if counts["fail"] or counts["warn"]]
    rows = [[f"`{name}`", *(_failing(group["verdicts"].get(name)) for group in groups.values())] for name in names]
    return markdown(["", *(f"{name} ({group['cases']})" for name, group in groups.items())], rows)


def crown_real_table() -> str:
    """The shipped weights against a technician's crown: its edge as it is, and put on the scan."""
    if not (RESULTS / SHIPPED).exists():
        return _NOT_YET
    scores = read(SHIPPED)["real"]["cases"]
    names = [name for name in SHOWN if name in scores[0]["figures"]]
    rows = [[SHOWN[name], *(_figure(score["figures"][name]) for score in scores)] for name in names]
    return markdown(["", "edge of the crown as it is", "edge put on the scan"], rows)


def crown_speed_table() -> str:
    """Seconds and memory of ``typodont crown design`` by size of the scans."""
    if not (RESULTS / SPEED).exists():
        return _NOT_YET
    rows = [
        [f"{run['n_faces']:,}", f"{run['seconds']:.1f}", f"{run['peak_mib'] / 1024:.2f}", _stages(run["stages"])]
        for run in read(SPEED)["runs"]
    ]
    return markdown(["faces of each scan", "seconds", "peak GiB", "stages, seconds"], rows)


def _by_kind(where: str) -> str:
    if not (RESULTS / SHIPPED).exists():
        return _NOT_YET
    groups: dict[str, Any] = read(SHIPPED)[where]["groups"]
    rows = [[title, *(interval(group["figures"][name]) for group in groups.values())] for name, title in SHOWN.items()]
    worst = [[f"{SHOWN[name]}, worst case", *(_figure(g["worst"][name]) for g in groups.values())] for name in _WORST]
    return markdown(["", *(f"{name} ({group['cases']})" for name, group in groups.items())], rows + worst)


def _failing(counts: dict[str, int] | None) -> str:
    return f"{counts['fail']} / {counts['warn']} of {sum(counts.values())}" if counts else "–"


_WORST = ("margin_max", "outer_rms", "penetration")


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _stages(stages: dict[str, float]) -> str:
    return ", ".join(f"{name} {seconds:.1f}" for name, seconds in sorted(stages.items(), key=lambda item: -item[1]))
