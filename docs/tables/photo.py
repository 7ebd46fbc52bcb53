"""How well landmarks are found in photographs, and the shapes that follow from them."""

from __future__ import annotations

from typing import Any

from tables.layout import interval, markdown, read

RESULTS = {"dentition": "photo_dentition.json", "palate": "photo_palate.json"}
"""Subject -> what `typodont evaluate photo` wrote."""
LANDMARKS = {
    "error_px": "mean error, px",
    "error_mm": "mm",
    "error_percent": "% of the arch's width",
    "median_percent": "median, %",
    "inside_90": "in circles of 90 %",
    "view_right": "view right",
}
SHAPES = {
    "rigid_mean": "size not told: mean, mm",
    "rigid_p95": "P95",
    "ruler_mean": "with a ruler: mean, mm",
    "ruler_p95": "P95",
    "similarity_mean": "size left out: mean, mm",
    "similarity_p95": "P95",
    "mean_mouth": "mean mouth, size not told: mean, mm",
    "vertices_held": "vertices in 90 % intervals",
    "fit_seconds": "s a fit",
}


CROWNS = {
    "similarity_assd": "size left out: ASSD, mm",
    "similarity_rmsd": "RMSD, mm",
    "similarity_cd_l2": "CD-L2, mm²",
    "similarity_dice": "Dice",
    "size": "size off by",
    "rigid_assd": "size counts: ASSD, mm",
    "rigid_rmsd": "RMSD, mm",
    "rigid_dice": "Dice",
}


HEADLINE = {
    "landmarks": {"error_percent": "error of landmarks, % of the arch's width"},
    "shapes": {
        "mean_mouth": "mean mouth, mm",
        "rigid_mean": "from the photograph, mm",
        "ruler_mean": "with a ruler, mm",
        "similarity_mean": "size left out, mm",
        "vertices_held": "in 90 % intervals",
    },
}


def photo_headline_table() -> str:
    """The main figures of both subjects."""
    rows = []
    for subject, name in RESULTS.items():
        parts = read(name)
        found = {part: parts[part]["groups"]["all"] for part in HEADLINE}
        figures = [interval(found[part]["figures"][key]) for part, shown in HEADLINE.items() for key in shown]
        rows.append([subject, str(found["landmarks"]["photos"]), *figures])
    return markdown(
        ["synthetic photographs of a", "n", *(w for shown in HEADLINE.values() for w in shown.values())], rows
    )


def photo_landmarks_table() -> str:
    """Landmarks of photographs that no training saw, by subject and view."""
    return _figures("landmarks", LANDMARKS)


def photo_shapes_table() -> str:
    """Shapes fitted to the landmarks of the same photographs."""
    return _figures("shapes", SHAPES)


def photo_real_table() -> str:
    """Crowns from photographs of one person beside that person's, jaw by jaw."""
    rows = []
    for one in read("photo_dentition.json")["real"]:
        if one["failure"] is not None:
            rows.append([one["photographs"], one["failure"], *["–"] * (len(CROWNS) + 1)])
            continue
        cells = [_crown_cell(name, one["figures"][name]) for name in CROWNS]
        teeth = f"{len(one['teeth'])} of {len(one['teeth']) + len(one['left_out'])}"
        rows.append([one["photographs"], one["jaw"], teeth, *cells])
    return markdown(["photographs", "jaw", "teeth", *CROWNS.values()], rows)


def _crown_cell(name: str, value: float) -> str:
    return f"{100 * (1 / value - 1):+.1f} %" if name == "size" else f"{value:.3f}"


def _figures(part: str, shown: dict[str, str]) -> str:
    """One row for each subject and group of views."""
    rows = []
    for subject, name in RESULTS.items():
        groups: dict[str, Any] = read(name)[part]["groups"]
        for group, found in groups.items():
            figures = [interval(found["figures"][figure]) for figure in shown]
            rows.append([f"{subject}, {group}", str(found["photos"]), *figures])
    return markdown(["photographs", "n", *shown.values()], rows)
