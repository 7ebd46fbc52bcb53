"""Restorations on plain bodies whose truth is known: how exact cement gap, margin and volume are.

The bodies are round stumps (full crowns) and box cavities (inlays). Gaps are measured at points spread evenly over the
intaglio, to the body itself; nothing is registered. A gap differs from the one asked for at inward and outward edges,
where the intaglio is rounded, so the table gives the share of the surface within 10 µm and the largest difference.

    python benchmarks/crown_analytic.py --out docs/reference/results/crown_analytic.json
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np

from fresh_process import cpu_name
from typodont.atomic import write_json
from typodont.environment import environment
from typodont.geometry.closed_curve import even_points, nearest_on_curve
from typodont.geometry.distance_field import nearest_places
from typodont.geometry.mesh import Mesh
from typodont.geometry.rays import RayScene
from typodont.geometry.sampling import sample_surface
from typodont.geometry.solids import faults, volume
from typodont.records.crown_case import CrownCase
from typodont.synth.known_preparations import make_box_cavity, make_stump, stump_profile
from typodont.tasks.crown.build import build_restoration
from typodont.tasks.crown.restoration import BuildOptions, CementGap, Restoration
from typodont.types import Float

CASES: dict[str, Callable[[], CrownCase]] = {
    "stump, shoulder 1 mm": make_stump,
    "stump, shoulder 0.5 mm, taper 12°": partial(make_stump, shoulder=0.5, taper_deg=12.0),
    "stump, knife edge": partial(make_stump, shoulder=0.0),
    "stump, ring undercut 0.3 mm": partial(make_stump, groove=0.3),
    "box, occlusal": make_box_cavity,
    "box, open to one side": partial(make_box_cavity, proximal=True),
}
_POINTS = 40_000
_CLOSE_UM = 10.0


@dataclass(frozen=True)
class Exactness:
    """How far a restoration is from what was asked.

    Args:
        gap_mean: signed difference of the cement gap over the intaglio, µm; blocked undercuts left out.
        gap_close: share of the intaglio where it is less than 10 µm.
        gap_most: largest difference, µm.
        margin_mean, margin_most: of the margin line from the restoration's edge, µm.
        volume: difference to the exact volume as a layer on the intaglio, µm; None where it is not known.
        blocked_mm3: volume blocked out. faults: see `geometry.solids.faults`.
        seconds: of CPU, all threads. faces: of the restoration.
    """

    gap_mean: float
    gap_close: float
    gap_most: float
    margin_mean: float
    margin_most: float
    volume: float | None
    blocked_mm3: float
    faults: list[str]
    seconds: float
    faces: int


def main() -> int:
    """Build and measure every body, print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    options = parser.parse_args()
    rows = {}
    for name, make in CASES.items():
        rows[name] = row = measured(make(), BuildOptions(min_thickness_mm=0.0), exact_volume_of(name))
        print(
            f"{name:36s} gap {row.gap_mean:+5.1f} µm, {row.gap_close:6.1%} within 10, most {row.gap_most:5.1f}; "
            f"margin {row.margin_mean:.1f}, most {row.margin_most:.1f} µm; {row.seconds:.1f} s; {row.faults or 'sound'}"
        )
    if options.out:
        bodies = {name: asdict(row) for name, row in rows.items()}
        write_json({"cpu": cpu_name(), "environment": environment(), "bodies": bodies}, options.out)
    return int(any(row.faults for row in rows.values()))


def measured(case: CrownCase, options: BuildOptions, exact_volume: Callable[[CementGap], float] | None) -> Exactness:
    """Build the restoration of a body and compare it with what was asked."""
    assert case.margin is not None
    assert case.axis is not None
    assert case.crown is not None
    start = time.process_time()
    restoration = build_restoration(case.scan, case.margin, outer=case.crown, axis=case.axis, options=options)
    seconds = time.process_time() - start
    difference = 1000 * gap_difference(case, restoration)
    edge = 1000 * np.abs(nearest_places(restoration.mesh, even_points(case.margin, spacing=0.05)).distance)
    layer = None
    if exact_volume is not None:
        area = float(restoration.mesh.face_areas[restoration.intaglio].sum())
        layer = 1000 * (volume(restoration.mesh) - exact_volume(options.gap)) / area
    return Exactness(
        gap_mean=float(difference.mean()),
        gap_close=float((np.abs(difference) < _CLOSE_UM).mean()),
        gap_most=float(np.abs(difference).max()),
        margin_mean=float(edge.mean()),
        margin_most=float(edge.max()),
        volume=layer,
        blocked_mm3=restoration.undercut.volume_mm3,
        faults=faults(restoration.mesh),
        seconds=seconds,
        faces=len(restoration.mesh.faces),
    )


def gap_difference(case: CrownCase, restoration: Restoration) -> Float:
    """(n,) mm by which the gap is wider than asked, at points spread over the intaglio, but not over undercuts."""
    mesh = Mesh(restoration.mesh.vertices, restoration.mesh.faces[restoration.intaglio])
    points = sample_surface(mesh, _POINTS, np.random.default_rng(0))[0]
    found = nearest_places(case.scan, points)
    asked = restoration.options.gap.at(nearest_on_curve(restoration.margin, found.place)[0])
    normal = case.scan.face_normals[found.face]
    shaded = RayScene(case.scan).occluded(found.place + 1e-3 * normal, np.broadcast_to(restoration.axis, normal.shape))
    return (found.distance - asked)[~shaded & (normal @ restoration.axis > -1e-6)]


def exact_volume_of(name: str) -> Callable[[CementGap], float] | None:
    """The exact volume of a stump's crown as a function of the gap; None for other bodies."""
    make = CASES[name]
    settings = make.keywords if isinstance(make, partial) else {}
    if "box" in name or settings.get("groove"):
        return None
    return partial(crown_volume, settings)


def crown_volume(settings: dict[str, float], gap: CementGap, *, step: float = 0.004) -> float:
    """mm³ of the crown on a stump: its section, sampled finely, turned about the axis."""
    profile = stump_profile(**settings)
    crown = make_stump(**settings).crown
    assert crown is not None
    top, rim = float(crown.vertices[:, 2].max()), float(profile[-1, 0])
    wide = float(np.hypot(*crown.vertices[:, :2].T).max())
    r, z = (axis.ravel() for axis in np.meshgrid(*(np.arange(step / 2, end, step) for end in (wide, top))))
    distance, foot = _from_profile(np.stack([r, z], axis=1), profile)
    free = distance - gap.at(np.linalg.norm(foot - profile[-1], axis=1))
    within = top - z
    within = np.minimum(within, rim - r if wide == rim else np.minimum(wide - r, (z - (r - rim) * 2) / np.sqrt(5)))
    share = np.clip(np.minimum(free, within) / step + 0.5, 0, 1)
    return float((2 * np.pi * r * share).sum() * step**2)


def _from_profile(points: Float, profile: Float) -> tuple[Float, Float]:
    """Signed distance to a section, positive outside the stump, and the nearest place."""
    best, foot = np.full(len(points), np.inf), np.zeros_like(points)
    for start, end in pairwise(profile):
        way = end - start
        share = np.clip((points - start) @ way / (way @ way), 0, 1)
        place = start + share[:, None] * way
        distance = np.linalg.norm(points - place, axis=1)
        nearer = distance < best
        best[nearer], foot[nearer] = distance[nearer], place[nearer]
    heights = np.interp(points[:, 0], profile[:, 0], profile[:, 1])  # the profile falls outward, so it is a function
    return np.where(points[:, 1] > heights, best, -best), foot


if __name__ == "__main__":
    sys.exit(main())
