"""Write every table of the docs and the README from the JSON files under ``docs/reference/results``.

A table stands between ``<!-- table: NAME -->`` and ``<!-- end -->``; NAME is a function of this file that ends in
``_table``. Nobody types a figure.

    python docs/make_tables.py            writes
    python docs/make_tables.py --check    only says whether something is out of date (exit 1)
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "docs/reference/results"
MARK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
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


def main() -> int:
    """Write or check all pages."""
    stale = []
    cards = ROOT.glob("src/typodont/tasks/*/README.md")
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted(cards)]:
        text = page.read_text(encoding="utf-8")
        new = MARK.sub(lambda match: match[1] + TABLES[match[2]]() + match[3], text)
        if new != text:
            stale.append(page)
            if "--check" not in sys.argv:
                page.write_text(new, encoding="utf-8")
    for page in stale:
        print(("out of date: " if "--check" in sys.argv else "written: ") + str(page.relative_to(ROOT)))
    return int(bool(stale) and "--check" in sys.argv)


def shipped_scan_table() -> str:
    """Figures of the shipped scan weights by data set and group."""
    results = _read("scan_shipped.json")
    columns = [
        (f"{where} {'' if group == 'all' else group + ' '}({values['arches']})", values["figures"])
        for where in ("real", "synthetic")
        for group, values in results.get(where, {}).get("groups", {}).items()
        if group in ("all", "permanent", "mixed")
    ]
    rows = [[title, *(_interval(figures[name]) for _, figures in columns)] for name, title in SHOWN.items()]
    return _table(["arches", *(head for head, _ in columns)], rows)


def speed_table() -> str:
    """Seconds and memory of ``typodont scan segment`` by size."""
    rows = [
        [f"{run['n_faces']:,}", f"{run['seconds']:.1f}", f"{run['peak_mib'] / 1024:.2f}", _stages(run["stages"])]
        for run in _read("scan_speed.json")["runs"]
    ]
    return _table(["faces", "seconds", "peak GiB", "longest stages, seconds"], rows)


def robustness_table() -> str:
    """What it costs when a scan comes turned, converted, mirrored or as half an arch."""
    results = _read("scan_robustness.json")
    names = ("tooth_f1", "macro_iou", "tooth_gum_accuracy")
    rows = [
        [variant, str(row["scans"]), *(f"{100 * row[name]:.1f}" for name in names), str(row["mirror_warnings"])]
        for variant, row in results.items()
    ]
    return _table(["variant", "scans", *(SHOWN[name] + ", %" for name in names), "mirror warnings"], rows)


def synthetic_table() -> str:
    """Sizes, distances and curvature of real and synthetic arches side by side."""
    results = _read("synthetic_statistics.json")
    columns = [(jaw, where) for jaw in ("upper", "lower") for where in ("real", "synthetic")]
    head = [f"{jaw} {where} ({results[where][jaw]['arches']})" for jaw, where in columns]
    names = sorted(results["real"]["upper"]["figures"], key=lambda name: (not name.startswith(("width", "from")), name))
    rows = [[name, *(_spread(results[where][jaw]["figures"].get(name)) for jaw, where in columns)] for name in names]
    return _table(["mean ± standard deviation", *head], rows)


def synthesis_speed_table() -> str:
    """Time and memory of one synthetic arch."""
    rows = [
        [f"{run['asked']:,}", f"{run['faces']:,}", f"{run['cpu_seconds']:.2f}", f"{run['peak_mib'] / 1024:.2f}"]
        for run in _read("synthesis_speed.json")["runs"]
    ]
    return _table(["faces asked for", "faces, mean", "processor seconds per arch", "peak GiB"], rows)


def atlas_table() -> str:
    """How far teeth lie from the atlas fitted to them."""
    card = json.loads((ROOT / "src/typodont/synth/atlas_card.json").read_text(encoding="utf-8"))
    sides = card["figures"]["source_samples_mm"]
    crowns = card["figures"]["crowns"]["mean"]
    rows = [[f"samples of the source, {side}", *(f"{mm:.3f}" for mm in by.values())] for side, by in sides.items()]
    rows.append(["28 designed crowns", f"{crowns['similarity_mm']:.3f}", "", "", f"{crowns['modes_mm']:.3f}"])
    return _table(["mean distance, mm", *sides["other side"]], rows)


TABLES: dict[str, Callable[[], str]] = {
    "shipped_scan_table": shipped_scan_table,
    "speed_table": speed_table,
    "robustness_table": robustness_table,
    "synthetic_table": synthetic_table,
    "synthesis_speed_table": synthesis_speed_table,
    "atlas_table": atlas_table,
}


def _read(name: str) -> dict[str, Any]:
    return json.loads((RESULTS / name).read_text(encoding="utf-8"))


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _interval(figure: dict[str, float]) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def _spread(figure: dict[str, float] | None) -> str:
    return f"{figure['mean']:.2f} ± {figure['sd']:.2f}" if figure else ""


def _stages(stages: dict[str, float]) -> str:
    longest = sorted(stages.items(), key=lambda item: -item[1])[:4]
    return ", ".join(f"{name} {seconds:.1f}" for name, seconds in longest)


if __name__ == "__main__":
    raise SystemExit(main())
