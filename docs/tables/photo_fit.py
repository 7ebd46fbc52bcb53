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
    for name, found in (read("photo_fit.json")["settings"] | read("photo_fit_palate.json")["settings"]).items():
        rows.append([name, str(found["mouths"]), *(_cell(key, found.get(key)) for key in SHOWN)])
    return markdown(["mouths, photographs, error of landmarks", "n", *SHOWN.values()], rows)


def _cell(key: str, value: float | None) -> str:
    """A dash where nothing is measured: the lengths of palates."""
    if value is None:
        return "–"
    return f"{100 * value:.0f} %" if key in SHARES else f"{value:.2f}"
