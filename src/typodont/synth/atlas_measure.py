"""How well the tooth atlas fits teeth that it was not made from, and the card that says so."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import KDTree

from typodont import anatomy
from typodont.formats import read_mesh
from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import apply, rotation_about
from typodont.geometry.sampling import sample_surface
from typodont.geometry.voxels import signed_distance
from typodont.synth.atlas import N_MODES, ToothTemplate, read_atlas
from typodont.synth.atlas_fit import SourceTooth, arch_axes, source_teeth
from typodont.types import Float

_POINTS = 200  # so many points of a tooth tell different things; weighs them against what is known before
_TURN_SD, _SHIFT_SD = 0.3, 3.0  # radians and mm
# Rows are arch-frame x, y, z in the axes of the crown files (right, occlusal, front).
_CROWNS_TO_ARCH = np.array([[-1.0, 0, 0], [0, 0, 1], [0, 1, 0]])


@dataclass(frozen=True)
class AtlasFit:
    """A template laid on the points of a tooth.

    Args:
        matrix: (4, 4) motion of the points into the template's local frame.
        weights: (M,) of the modes, standard deviations.
        distance: mean distance of the points from the fitted surface, mm.
    """

    matrix: Float
    weights: Float
    distance: float


def fit_template(
    template: ToothTemplate,
    points: Float,
    *,
    n_modes: int = N_MODES,
    keep: float = 1.0,
    noise: float = 0.1,
    rounds: int = 20,
) -> AtlasFit:
    """Lay a template on points of a tooth that are roughly in its local frame already: pose and modes together.

    Args:
        template: Of the tooth type.
        points: (n, 3) mm, within some 30 degrees and 3 mm of the template.
        n_modes: How many modes may bend the template.
        keep: Share of the points that counts in each round, those nearest to the surface.
        noise: How far a point may lie off the best instance, mm; the larger, the less the modes are stretched.
        rounds: Of looking for the nearest places and solving for all unknowns at once.
    """
    matrix, weights = np.eye(4), np.zeros(n_modes)
    for _ in range(rounds):
        surface = Mesh(template.instance(weights), template.faces)
        moved = apply(matrix, points)
        distance, nearest = map(np.asarray, KDTree(surface.vertices).query(moved))
        close = distance <= np.quantile(distance, keep)
        system, offset = _equations(template, surface, moved[close], nearest[close], n_modes)
        spread = np.r_[np.full(3, _TURN_SD), np.full(3, _SHIFT_SD), np.ones(n_modes)]
        prior = noise**2 * close.sum() / _POINTS / spread**2
        solved = np.linalg.solve(system.T @ system + np.diag(prior), -system.T @ offset)
        matrix, weights = _small_motion(solved[:6]) @ matrix, solved[6:]
    surface = Mesh(template.instance(weights), template.faces)
    return AtlasFit(matrix, weights, float(np.abs(signed_distance(surface, apply(matrix, points))).mean()))


def _equations(
    template: ToothTemplate, surface: Mesh, points: Float, nearest: np.ndarray, n_modes: int
) -> tuple[Float, Float]:
    """Linear equations, point to tangent plane, for turn and shift (6) and mode weights (M): (n, 6 + M), (n,)."""
    normals = surface.vertex_normals[nearest]
    offset = np.einsum("ni,ni->n", points - template.vertices[nearest], normals)
    bend = np.einsum("mni,ni->nm", template.modes[:n_modes, nearest], normals)
    return np.hstack([np.cross(points, normals), normals, -bend]), offset


def _small_motion(small: Float) -> Float:
    """(4, 4) from turn (radians) and shift (mm), at most 0.2 and 1 each, so that a bad fit does not run away."""
    angle = float(np.linalg.norm(small[:3]))
    motion = rotation_about(small[:3], np.degrees(min(angle, 0.2))) if angle > 0 else np.eye(4)
    motion[:3, 3] = np.clip(small[3:6], -1, 1)
    return motion


def reconstruct_source(
    template: ToothTemplate, tooth: SourceTooth, rng: np.random.Generator, *, samples: int = 2
) -> dict[str, list[float]]:
    """Mean distances (mm) of made-up members of the source's population from the atlas, by number of modes."""
    found: dict[str, list[float]] = {"0": [], "5": [], "10": [], "20": []}
    for _ in range(samples):
        weights = np.clip(rng.standard_normal(len(tooth.modes)), -2.5, 2.5)
        points = tooth.mean + np.tensordot(weights, tooth.modes, axes=1)
        for n_modes, distances in found.items():
            distances.append(fit_template(template, points, n_modes=int(n_modes)).distance)
    return found


def measure_crown(template: ToothTemplate, path: Path, axes: Float, rng: np.random.Generator) -> dict[str, float]:
    """How far a designed crown's surface lies from the atlas at the crown's size: without modes, with all modes.

    Args:
        template: Of its tooth type.
        path: The crown, in an arch position of its own.
        axes: (3, 3) rows mesial, buccal, occlusal of its place in the mean arch, mirrored for the x > 0 side.
        rng: Chooses the points.
    """
    fdi = int(path.stem)
    mesh = read_mesh(path)
    points, _, _ = sample_surface(mesh, 2000, rng)
    local = points @ _CROWNS_TO_ARCH.T @ axes.T
    wall = template.vertices[~template.cap]
    size = float(np.sqrt(np.prod(np.ptp(local[:, :2], axis=0) / np.ptp(wall[:, :2], axis=0))))
    local /= size
    local += 0.5 * (wall.max(axis=0) + wall.min(axis=0)) - 0.5 * (local.max(axis=0) + local.min(axis=0))
    rigid = fit_template(template, local, n_modes=0, keep=0.9, noise=0.3)
    bent = fit_template(template, local, keep=0.9, noise=0.3)
    return {
        "fdi": fdi,
        "similarity_mm": round(size * rigid.distance, 3),
        "modes_mm": round(size * bent.distance, 3),
        "size": round(size, 3),
        "largest_weight": round(float(np.abs(bent.weights).max()), 2),
    }


def atlas_card(atlas_path: Path, ssm: dict[str, Float], crowns: Path, *, samples: int = 2) -> dict[str, Any]:
    """What the atlas is made from and how well it fits.

    Args:
        atlas_path: The atlas.
        ssm: The source's arrays.
        crowns: Folder with crown meshes FF.ply; left out of the card where it does not exist.
        samples: Made-up source teeth per tooth and side.
    """
    atlas = read_atlas(atlas_path)
    figures = {
        "source_samples_mm": {
            "fitted side": _measure_source(atlas, ssm, samples, mirrored=False),
            "other side": _measure_source(atlas, ssm, samples, mirrored=True),
        }
    }
    if crowns.is_dir():
        figures["crowns"] = _measure_crowns(atlas, ssm, crowns)
    return {
        "name": "atlas",
        "summary": "28 permanent crowns in 14 templates with 20 modes each; third molars extrapolated from second ones",
        "command": "python -m typodont.synth.atlas_fit FOLDER --out src/typodont/synth/atlas.npz",
        "sources": [
            {
                "name": "tooth_ssm.npz, SJTUzhou: 3D Teeth Reconstruction from Five Intra-oral Images (TVCG 2023)",
                "licence": "MIT",
                "use": "means, modes and places of teeth 1..7 of upper right and lower left",
            },
            {"name": "crown meshes, MADCrowner", "licence": "Apache-2.0", "use": "only to measure the fit"},
        ],
        "figures": figures,
        "notes": [
            "Distances are means over points of a tooth from the nearest place on the fitted atlas surface.",
            "'other side': random members of the source's statistics of upper left and lower right teeth, which the "
            "atlas has never seen, after mirroring. By number of modes; pose fitted each time.",
            "Crowns were designed for single patients, are partly open shells and come from different arches. Each is "
            "brought to its template's width (size), then pose and (for modes_mm) 20 weights are fitted to 2000 "
            "points; the nearest 90 % count in the fit, all in the distance, at the crown's own size. Four of them "
            "(31, 32, 33, 35) are closed and hold the crown's inner wall too, so that their distances say little.",
        ],
    }


def _measure_source(
    atlas: dict[tuple[str, int], ToothTemplate], ssm: dict[str, Float], samples: int, *, mirrored: bool
) -> dict[str, float]:
    total: dict[str, list[float]] = {}
    for jaw in anatomy.JAWS:
        for number, tooth in enumerate(source_teeth(ssm, jaw, mirrored=mirrored)[0], start=1):
            rng = np.random.default_rng([number, jaw == anatomy.UPPER, mirrored])
            for modes, found in reconstruct_source(atlas[jaw, number], tooth, rng, samples=samples).items():
                total.setdefault(f"{modes} modes", []).extend(found)
    return {modes: round(float(np.mean(found)), 3) for modes, found in total.items()}


def _measure_crowns(atlas: dict[tuple[str, int], ToothTemplate], ssm: dict[str, Float], folder: Path) -> dict[str, Any]:
    axes = {jaw: arch_axes(source_teeth(ssm, jaw)[1]) for jaw in anatomy.JAWS}
    rows = []
    for path in sorted(folder.glob("*.ply")):
        fdi = int(path.stem)
        jaw, number = anatomy.jaw(fdi), anatomy.number(fdi)
        beyond = (anatomy.side(fdi) == "left") == (jaw == anatomy.UPPER)
        own = axes[jaw][number - 1] * ([-1.0, 1.0, 1.0] if beyond else 1.0)
        rows.append(measure_crown(atlas[jaw, number], path, own, np.random.default_rng(fdi)))
    means = {key: round(float(np.mean([row[key] for row in rows])), 3) for key in ("similarity_mm", "modes_mm")}
    median = round(float(np.median([row["modes_mm"] for row in rows])), 3)
    return {"mean": means, "median_modes_mm": median, "each": rows}
