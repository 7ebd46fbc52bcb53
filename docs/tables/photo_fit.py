"""How well a mouth comes back from landmarks that are known, apart from what a network finds."""

from __future__ import annotations

from tables.layout import markdown, read

SHOWN = {
    "rigid_mean": "size counts: mean, mm",
    "rigid_p95": "P95",
    "rigid_held": "in 90 % intervals",
    "similarity_mean": "size left out: mean, mm",
    "similarity_p95": "P95",
    "similarity_held": "in 90 % intervals",
    "lengths_held": "lengths in theirs",
    "fits_per_second": "fits a second",
}
SHARES = ("rigid_held", "similarity_held", "lengths_held")


def photo_fit_table() -> str:
    """Vertices and lengths of mouths fitted to landmarks with known errors."""
    rows = []
    for name, found in read("photo_fit.json")["settings"].items():
        cells = [f"{100 * found[key]:.0f} %" if key in SHARES else f"{found[key]:.2f}" for key in SHOWN]
        rows.append([name, str(found["mouths"]), *cells])
    return markdown(["mouths, photographs, error of landmarks", "n", *SHOWN.values()], rows)
