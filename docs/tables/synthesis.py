"""Tables of the synthetic patients."""

from __future__ import annotations

import json

from tables.layout import ROOT, markdown, read


def synthetic_table() -> str:
    """Sizes, distances and curvature of real and synthetic arches side by side."""
    results = read("synthetic_statistics.json")
    columns = [(jaw, where) for jaw in ("upper", "lower") for where in ("real", "synthetic")]
    head = [f"{jaw} {where} ({results[where][jaw]['arches']})" for jaw, where in columns]
    names = sorted(results["real"]["upper"]["figures"], key=lambda name: (not name.startswith(("width", "from")), name))
    rows = [[name, *(_spread(results[where][jaw]["figures"].get(name)) for jaw, where in columns)] for name in names]
    return markdown(["mean ± standard deviation", *head], rows)


def panoramic_statistics_table() -> str:
    """Sizes and places of teeth and greys of real and synthetic panoramics side by side."""
    results = read("panoramic_statistics.json")
    rows = []
    for name, real in results["real"].items():
        scale = 1 if name.startswith(("grey", "permanent")) else 100
        made = results["synthetic"].get(name)
        rows.append([name, *(_spread(f and {key: scale * f[key] for key in ("mean", "sd")}) for f in (real, made))])
    counts = [results[where]["permanent teeth"]["n"] for where in ("real", "synthetic")]
    return markdown(["mean ± standard deviation", f"real ({counts[0]})", f"synthetic ({counts[1]})"], rows)


def xray_findings_table() -> str:
    """What rich synthetic panoramics show: how many of each finding, and how large."""
    results = read("synthetic_xray_findings.json")
    rows = [
        [
            name.replace("_", " "),
            f"{figures['per_picture']:.2f}",
            f"{figures['pictures_with']:.0%}",
            *(f"{figures['area'][q]:.2f}" for q in ("5", "50", "95")),
        ]
        for name, figures in sorted(results["categories"].items(), key=lambda item: -item[1]["per_picture"])
    ]
    head = ["finding", "per picture", "pictures that have any", "area, 5 % quantile", "50 %", "95 %"]
    return markdown(head, rows)


def synthesis_speed_table() -> str:
    """Time and memory of one synthetic arch."""
    rows = [
        [f"{run['asked']:,}", f"{run['faces']:,}", f"{run['cpu_seconds']:.2f}", f"{run['peak_mib'] / 1024:.2f}"]
        for run in read("synthesis_speed.json")["runs"]
    ]
    return markdown(["faces asked for", "faces, mean", "processor seconds per arch", "peak GiB"], rows)


def atlas_table() -> str:
    """How far teeth lie from the atlas fitted to them."""
    card = json.loads((ROOT / "src/typodont/synth/atlas_card.json").read_text(encoding="utf-8"))
    sides = card["figures"]["source_samples_mm"]
    crowns = card["figures"]["crowns"]["mean"]
    rows = [[f"samples of the source, {side}", *(f"{mm:.3f}" for mm in by.values())] for side, by in sides.items()]
    rows.append(["28 designed crowns", f"{crowns['similarity_mm']:.3f}", "", "", f"{crowns['modes_mm']:.3f}"])
    return markdown(["mean distance, mm", *sides["other side"]], rows)


def _spread(figure: dict[str, float] | None) -> str:
    return f"{figure['mean']:.2f} ± {figure['sd']:.2f}" if figure else ""
