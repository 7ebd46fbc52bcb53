"""A whole tooth for X-rays: crown of enamel over dentine, pulp chamber, roots and canals, in the tooth's own frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.anatomy import size
from typodont.geometry.mesh import Mesh
from typodont.synth.dentition import Tooth
from typodont.synth.neck import neck_line
from typodont.synth.roots import Neck, RootForm, local_roots, ring
from typodont.types import Float

# Enamel thickness, mm, on the walls near the top and over the cusps; at the neck it runs out.
_WALL_MM, _TOP_MM = 0.9, 1.5


@dataclass(frozen=True)
class ToothBody:
    """Closed surfaces in the tooth's frame (mesial, buccal, occlusal, mm).

    Args:
        crown: enamel's outside. dentine: what enamel covers. chamber: the pulp's wide part.
        roots: each begins inside the crown. canals: one in every root.
        top, bottom: heights of the crown's top and of the lowest apex. neck: height of the neck.
        half: (2,) half the neck's width, mesial and buccal. formed: 0..1, share of the roots that has grown.
    """

    crown: Mesh
    dentine: Mesh
    chamber: Mesh
    roots: list[Mesh]
    canals: list[Mesh]
    top: float
    bottom: float
    neck: float
    half: Float
    formed: float


def tooth_body(tooth: Tooth, fdi: int, *, form: RootForm, pulp: float) -> ToothBody:
    """Complete a made-up crown to a tooth.

    Args:
        tooth: The crown where it was made, upright on its arch.
        fdi: Its number.
        form: Its roots.
        pulp: 0..1, how wide the pulp is; it is wide in the young and closes with age.
    """
    crown, neck = _whole_crown(tooth, fdi)
    top = float(crown.vertices[:, 2].max())
    hollow = (0.16 + 0.3 * pulp, 0.14 + 0.15 * pulp + 0.6 * (1 - form.formed))
    roots = local_roots(neck, fdi, form=form)
    return ToothBody(
        crown=crown,
        dentine=_under_enamel(crown, tooth.cap, neck.level, top, thin=0.55 if tooth.milk else 1.0),
        chamber=_chamber(crown, np.r_[neck.middle, neck.level], top, pulp),
        roots=roots,
        canals=local_roots(neck, fdi, form=form, hollow=hollow),
        top=top,
        bottom=min(float(root.vertices[:, 2].min()) for root in roots),
        neck=neck.level,
        half=neck.half,
        formed=form.formed,
    )


def _whole_crown(tooth: Tooth, fdi: int) -> tuple[Mesh, Neck]:
    """The crown down to where its enamel ends, and its ring there; a scan shows it only down to the gum.

    The top stays in its place; the rest is stretched to the textbook's length and drawn in toward the neck.
    """
    shown = ring(tooth, neck_line(tooth))
    faces = tooth.faces if tooth.side < 0 else tooth.faces[:, ::-1]
    local, book = tooth.local(tooth.vertices), size(fdi)
    top, widths = local[:, 2].max(), np.ptp(local[:, :2], axis=0)
    length = book.crown_length * float(np.clip(widths[0] / book.md_crown, 0.8, 1.2))
    stretch = float(np.clip(length / max(top - shown.level, 1.0), 1.0, 1.7))
    level = float(top - stretch * (top - shown.level))
    wanted = np.array([book.md_neck / book.md_crown, book.bl_neck / book.bl_crown]) * widths
    narrow = np.minimum(wanted / (2 * shown.half), 1.0)
    height = top - stretch * (top - local[:, 2])
    share = np.clip((height - level) / (0.5 * (top - level)), 0, 1)[:, None]
    across = shown.middle + (local[:, :2] - shown.middle) * (narrow + (1 - narrow) * share * (2 - share))
    return Mesh(np.column_stack([across, height]), faces), Neck(shown.middle, shown.half * narrow, level)


def _under_enamel(crown: Mesh, cap: np.ndarray, level: float, top: float, *, thin: float) -> Mesh:
    """The crown without its enamel, which grows from nothing at the neck to its full thickness in the upper half."""
    height = np.clip((crown.vertices[:, 2] - level) / max(top - level, 1e-6), 0, 1)
    grown = np.clip(height / 0.45, 0, 1) ** 0.7
    upward = np.clip(crown.vertex_normals[:, 2], 0, 1) * np.clip(2 * height - 0.6, 0, 1)
    depth = thin * np.where(cap, 0, _WALL_MM * grown + (_TOP_MM - _WALL_MM) * upward)
    # slender crowns have thinner enamel
    depth *= np.clip(np.ptp(crown.vertices[:, 0]) / 10, 0.6, 1.1)
    return Mesh(crown.vertices - depth[:, None] * crown.vertex_normals, crown.faces)


def _chamber(crown: Mesh, centre: Float, top: float, pulp: float) -> Mesh:
    """The crown shrunk toward its neck; its cusps become the pulp horns."""
    low = float(crown.vertices[:, 2].min())
    width = 0.22 + 0.22 * pulp
    local = crown.vertices - centre
    rise = 0.12 + 0.4 * (0.4 + 0.6 * pulp) * np.clip((crown.vertices[:, 2] - low) / (top - low), 0, 1)
    height = (top - centre[2]) * (rise - 0.22)
    return Mesh(np.column_stack([local[:, :2] * width + centre[:2], centre[2] + height]), crown.faces)


def place(mesh: Mesh, motion: Float) -> Mesh:
    """A part of a tooth moved by (4, 4) from the tooth's frame into another."""
    return Mesh(mesh.vertices @ motion[:3, :3].T + motion[:3, 3], mesh.faces)
