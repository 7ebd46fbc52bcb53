"""Synthetic intra-oral scans: one call makes one labelled arch from a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import random_rotation
from typodont.synth.brackets import Bracket, place_brackets
from typodont.synth.dentition import Dentition, make_dentition
from typodont.synth.model_base import add_base
from typodont.synth.neck import NeckLine, neck_line
from typodont.synth.scan_style import draw_scan_style
from typodont.synth.scanner import Scene, scan_arch
from typodont.synth.soft_tissue import add_flaps, make_gum
from typodont.synth.tissue_style import draw_tissue_style
from typodont.synth.tooth_plan import ArchStyle
from typodont.types import Float, Int


@dataclass(frozen=True)
class SyntheticScan:
    """A made-up scan with its truth.

    Args:
        name: "synth_SEED_INDEX_JAW". jaw: "upper" or "lower".
        mesh: arch frame, mm; vertex attribute ``label`` holds FDI numbers (milk teeth 51..85, gum 0).
        instance: (N,) index into `dentition.teeth`, -1 on gum.
        dentition: the teeth before they were scanned. margins: gum margin of each tooth.
        brackets: bonded to the teeth; they carry their tooth's label.
    """

    name: str
    jaw: str
    mesh: Mesh
    instance: Int
    dentition: Dentition
    margins: list[NeckLine]
    brackets: list[Bracket]


def make_scan(
    seed: int,
    index: int = 0,
    *,
    jaw: str | None = None,
    n_faces: int | None = None,
    base: float = 0.45,
    brackets: float = 0.04,
    style: ArchStyle | None = None,
) -> SyntheticScan:
    """One synthetic scan; the same (seed, index, options) always gives the same scan.

    Args:
        seed, index: which scan of which series.
        jaw: "upper" or "lower"; drawn when None.
        n_faces: triangles, about; drawn between 11 k and 60 k when None.
        base: probability of a trimmed model base instead of a raw scan.
        brackets: probability that brackets are bonded to the teeth.
        style: how likely milk teeth, wisdom teeth and crowding are.
    """
    rng = np.random.default_rng([seed, index])
    jaw = jaw or ("upper", "lower")[int(rng.integers(2))]
    dentition = make_dentition(rng, jaw, style)
    necks = [neck_line(tooth) for tooth in dentition.teeth]
    gum = make_gum(rng, dentition, necks, draw_tissue_style(rng, jaw))
    scanner = draw_scan_style(rng, jaw, n_faces=n_faces, base=base, brackets=brackets)
    add_flaps(rng, gum, scanner.flaps)
    gum, outline = add_base(rng, gum, jaw) if scanner.base else (gum, None)
    bonded = place_brackets(rng, dentition, necks) if scanner.brackets else []
    mesh, instance = scan_arch(rng, Scene(dentition, necks, gum, bonded, outline), scanner)
    return SyntheticScan(f"synth_{seed}_{index:05d}_{jaw}", jaw, mesh, instance, dentition, necks, bonded)


def random_pose(rng: np.random.Generator) -> Float:
    """(4, 4) a uniformly random rigid motion, up to 100 mm away: what the person's scanner calls its coordinates."""
    pose = random_rotation(rng)
    pose[:3, 3] = rng.uniform(-100, 100, 3)
    return pose


def cut_partial(rng: np.random.Generator, mesh: Mesh) -> Mesh:
    """The part of an arch that a partial scan shows: one side, one quadrant's back, or the front (arch frame)."""
    on_tooth = mesh.vertices[mesh.vertex_attributes["label"] > 0]
    x, y = mesh.vertices[:, 0], mesh.vertices[:, 1]
    kind, side = rng.integers(3), float(rng.choice([-1, 1]))
    middle = 0.5 * (on_tooth[:, 0].min() + on_tooth[:, 0].max())
    back, front = np.quantile(on_tooth[:, 1], [0.02, 0.98])
    if kind == 0:
        keep = (x - middle) * side > rng.uniform(-6, 2)
    elif kind == 1:
        keep = ((x - middle) * side > 0) & (y < rng.uniform(0.25, 0.7) * (front - back) + back)
    else:
        keep = y > rng.uniform(0.3, 0.65) * (front - back) + back
    part = mesh.submesh(keep[mesh.faces].all(axis=1))
    attributes = {name: values for name, values in part.vertex_attributes.items() if name != "source_vertex"}
    return Mesh(part.vertices, part.faces, attributes)
