"""How near shape models come to what they have not seen, and how well scans are laid on the template."""

from __future__ import annotations

import json

from tables.layout import ROOT, markdown, read

RESULTS = "shape_models.json"


def shape_members_table() -> str:
    """The nearest member by number of parameters."""
    values = read(RESULTS)
    rows = []
    for subject, what in (("palate", "vertices of palates"), ("dentition", "landmarks of dentitions")):
        for parameters, error in values[f"{subject}_members"]["mean_mm"].items():
            rows.append([what, parameters, f"{error:.2f}"])
    return markdown(["distance of", "parameters", "mean, mm"], rows)


def palate_registration_table() -> str:
    """Scans of any pose on the template."""
    values = read(RESULTS)["registration"]
    names = {"corresponding_mean_mm": "corresponding points: mean, mm", "corresponding_p95_mm": "P95, mm"}
    names |= {"surface_mean_mm": "from the jaw's surface: mean, mm", "seconds": "s a scan"}
    ways = {f"typodont, {values['scans']} scans": values["own"]}
    if values["trimesh_nricp"]:
        ways["non-rigid ICP of trimesh, some of them, begun in the pose that ours found"] = values["trimesh_nricp"]
    rows = [[way, *(f"{figures[name]:.2f}" for name in names)] for way, figures in ways.items()]
    return markdown(["", *names.values()], rows)


def palate_modes_table() -> str:
    """The first modes of the shipped palate model by the anatomical numbers that go with them."""
    card = json.loads((ROOT / "src/typodont/weights/photo/palate_shape.card.json").read_text())
    rows = [
        [str(mode["mode"]), f"{100 * mode['share']:.0f} %", ", ".join(f"{n} ({r:+.2f})" for n, r in told.items())]
        for mode in card["figures"]["modes"][:8]
        if (told := mode["correlations"])
    ]
    return markdown(["mode", "of the variance", "goes with (correlation)"], rows)
