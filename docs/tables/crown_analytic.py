"""How exact restorations on plain bodies are."""

from __future__ import annotations

from tables.layout import markdown, read

ANALYTIC = "crown_analytic.json"


def crown_analytic_table() -> str:
    """One line for each body."""
    rows = []
    for name, row in read(ANALYTIC)["bodies"].items():
        volume = "–" if row["volume"] is None else f"{row['volume']:+.1f}"
        rows.append(
            [
                name,
                f"{row['gap_mean']:+.1f}",
                f"{100 * row['gap_close']:.1f} %",
                f"{row['gap_most']:.0f}",
                f"{row['margin_mean']:.1f} ({row['margin_most']:.0f})",
                volume,
                f"{row['seconds']:.1f}",
            ]
        )
    head = [
        "body",
        "gap, mean difference, µm",
        "gap within 10 µm",
        "gap, largest difference, µm",
        "margin, mean (largest), µm",
        "volume, as a layer, µm",
        "CPU, s",
    ]
    return markdown(head, rows)
