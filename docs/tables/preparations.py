"""What synthetic preparations are like."""

from __future__ import annotations

from tables.layout import markdown, read

_ROWS = {
    "cases": ("cases", "{:.0f}", 1),
    "faces of the scan": ("faces", "{:,.0f}", 1),
    "edges on the preparation, mm": ("edge_prepared", "{:.2f}", 1),
    "edges elsewhere, mm": ("edge_elsewhere", "{:.2f}", 1),
    "length of the margin line, mm": ("margin_length", "{:.1f}", 1),
    "margin line from the scan: mean, µm": ("margin_mean", "{:.0f}", 1000),
    "margin line from the scan: largest, µm": ("margin_most", "{:.0f}", 1000),
    "the same, of the worst case, µm": ("margin_worst", "{:.0f}", 1000),
    "ground away, mm": ("removed", "{:.2f}", 1),
    "cases with more than 1 % of the surface undercut": ("undercut_cases", "{:.0%}", 1),
    "nearest to a neighbour, negative inside, mm": ("to_neighbours", "{:.2f}", 1),
    "nearest to the antagonist, mm": ("to_antagonist", "{:.2f}", 1),
    "truth touches a neighbour": ("touches_neighbours", "{:.0%}", 1),
    "truth touches the antagonist": ("touches_antagonist", "{:.0%}", 1),
}


def preparations_table() -> str:
    """One column for each kind; medians over cases unless said otherwise."""
    kinds = read("synthetic_preparations.json")["kinds"]
    rows = [
        [name, *(form.format(scale * figures[key]) for figures in kinds.values())]
        for name, (key, form, scale) in _ROWS.items()
    ]
    return markdown(["", *kinds], rows)
