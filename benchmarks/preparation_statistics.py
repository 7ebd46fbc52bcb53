"""What synthetic preparations are like: how exact their truth is, what was ground away, how they meet other teeth.

typodont synth crown -n 48 --seed 600 --out cases
python benchmarks/preparation_statistics.py cases --out docs/reference/results/synthetic_preparations.json
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from typodont.atomic import write_json
from typodont.environment import environment
from typodont.geometry.connectivity import boundary_edges
from typodont.geometry.distance_field import nearest_places
from typodont.geometry.mesh import Mesh
from typodont.geometry.rays import RayScene
from typodont.records.crown_case import KINDS, CrownCase, find_crown_cases, read_crown_case
from typodont.types import Bool, Float

_UNDERCUT_MM = 0.05
_TOUCH_MM = 0.1
_SURE_MM = 0.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="cases that typodont synth crown wrote")
    parser.add_argument("--out", type=Path, help="where to write the figures")
    args = parser.parse_args()
    results = summarize([measure(read_crown_case(path)) for path in find_crown_cases(args.folder)])
    for kind, row in results.items():
        print(kind, row)
    if args.out:
        write_json({"environment": environment(), "kinds": results}, args.out)


def measure(case: CrownCase) -> dict[str, float | str]:
    """The figures of one case, mm; NaN where there is nothing to measure."""
    assert case.margin is not None
    assert case.axis is not None
    assert case.crown is not None
    assert case.antagonist is not None
    assert case.kind is not None
    labels, prepared = (case.scan.vertex_attributes[name] for name in ("label", "prepared"))
    ground = _part(case.scan, prepared == 1)
    others = _part(case.scan, (labels > 0) & (labels != case.tooth))
    edges = case.scan.edges
    length = np.linalg.norm(np.subtract(*(case.scan.vertices[edges[:, i]] for i in (0, 1))), axis=1)
    inside = prepared[edges].all(axis=1)
    margin = np.abs(nearest_places(case.scan, case.margin).distance)
    return {
        "kind": case.kind,
        "faces": float(len(case.scan.faces)),
        "margin_mean": float(margin.mean()),
        "margin_most": float(margin.max()),
        "margin_length": float(np.linalg.norm(case.margin - np.roll(case.margin, 1, axis=0), axis=1).sum()),
        "edge_prepared": float(np.median(length[inside])),
        "edge_elsewhere": float(np.median(length[~inside])),
        "removed": float(np.median(np.abs(nearest_places(ground, case.crown.vertices).distance))),
        "undercut": _undercut(ground, case.axis),
        "to_neighbours": _closest(case.crown, others),
        "to_antagonist": _closest(case.crown, case.antagonist),
    }


def _part(mesh: Mesh, chosen: Bool) -> Mesh:
    part = mesh.submesh(chosen[mesh.faces].all(axis=1))
    return Mesh(part.vertices, part.faces)


def _undercut(ground: Mesh, axis: Float) -> float:
    """Share of the ground surface over which more than 0.05 mm of tooth hangs; noise is less than that."""
    deep = ground.vertices[ground.faces].mean(axis=1) + _UNDERCUT_MM * ground.face_normals
    hidden = RayScene(ground).occluded(deep, np.tile(axis, (len(deep), 1)))
    return float(ground.face_areas[hidden].sum() / ground.face_areas.sum())


def _closest(crown: Mesh, other: Mesh) -> float:
    """Least distance of the lost surface from other teeth, mm; NaN where there are none.

    Negative where it passes into them, counted to 0.3 mm and away from borders: beyond that nobody can tell the inside
    of an open scan from its outside.
    """
    if not len(other.faces):
        return float("nan")
    found = nearest_places(other, crown.vertices)
    border = np.zeros(len(other.vertices), dtype=bool)
    border[boundary_edges(other)] = True
    sure = ~border[other.faces[found.face]].any(axis=1) & (np.abs(found.distance) < _SURE_MM)
    return float(found.distance[sure].min() if sure.any() else np.abs(found.distance).min())


def summarize(rows: Iterable[dict[str, float | str]]) -> dict[str, dict[str, float]]:
    """Medians of each kind, and what the worst is where that matters."""
    rows = list(rows)
    return {kind: _kind([row for row in rows if row["kind"] == kind]) for kind in KINDS if _any(rows, kind)}


def _any(rows: list[dict[str, float | str]], kind: str) -> bool:
    return any(row["kind"] == kind for row in rows)


def _kind(rows: list[dict[str, float | str]]) -> dict[str, float]:
    values = {name: np.array([row[name] for row in rows], dtype=float) for name in rows[0] if name != "kind"}
    out = {name: round(float(np.nanmedian(found)), 4) for name, found in values.items()}
    touching = {name: values[name] < _TOUCH_MM for name in ("to_neighbours", "to_antagonist")}
    return {
        **out,
        "cases": len(rows),
        "margin_worst": round(float(values["margin_most"].max()), 4),
        "undercut_cases": round(float((values["undercut"] > 0.01).mean()), 4),
        "touches_neighbours": round(float(touching["to_neighbours"].mean()), 4),
        "touches_antagonist": round(float(touching["to_antagonist"].mean()), 4),
    }


if __name__ == "__main__":
    main()
