"""Synthetic intra-oral scans: one call makes one labelled arch from a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from typodont.geometry.mesh import Mesh
from typodont.synth.dentition import Dentition, make_dentition
from typodont.synth.scanner import draw_scan_style, scan_arch
from typodont.synth.soft_tissue import NeckLine, add_base, add_flaps, draw_tissue_style, make_gum, neck_line
from typodont.types import Float, Int


@dataclass(frozen=True)
class SyntheticScan:
    """A made-up scan with its truth.

    Args:
        name: "synth_SEED_INDEX_JAW". jaw: "upper" or "lower".
        mesh: arch frame, mm; vertex attribute ``label`` holds FDI numbers (milk teeth 51..85, gum 0).
        instance: (N,) index into `dentition.teeth`, -1 on gum.
        dentition: the teeth before they were scanned. margins: gum margin of each tooth.
    """

    name: str
    jaw: str
    mesh: Mesh
    instance: Int
    dentition: Dentition
    margins: list[NeckLine]


def make_scan(
    seed: int, index: int = 0, *, jaw: str | None = None, n_faces: int | None = None, base: float = 0.45
) -> SyntheticScan:
    """One synthetic scan; the same (seed, index, options) always gives the same scan.

    Args:
        seed, index: which scan of which series.
        jaw: "upper" or "lower"; drawn when None.
        n_faces: triangles, about; drawn between 11 k and 60 k when None.
        base: probability of a trimmed model base instead of a raw scan.
    """
    rng = np.random.default_rng([seed, index])
    jaw = jaw or ("upper", "lower")[int(rng.integers(2))]
    dentition = make_dentition(rng, jaw)
    necks = [neck_line(tooth) for tooth in dentition.teeth]
    gum = make_gum(rng, dentition, necks, draw_tissue_style(rng, jaw))
    style = draw_scan_style(rng, jaw, n_faces=n_faces, base=base)
    add_flaps(rng, gum, style.flaps)
    inside = None
    if style.base:
        gum, inside = add_base(rng, gum, jaw)
    mesh, instance = scan_arch(rng, dentition, necks, gum, style, inside)
    return SyntheticScan(f"synth_{seed}_{index:05d}_{jaw}", jaw, mesh, instance, dentition, necks)


def random_pose(rng: np.random.Generator) -> Float:
    """(4, 4) a uniformly random rigid motion, up to 100 mm away: what the person's scanner calls its coordinates."""
    pose = np.eye(4)
    pose[:3, :3] = Rotation.random(random_state=rng).as_matrix()
    pose[:3, 3] = rng.uniform(-100, 100, 3)
    return pose
