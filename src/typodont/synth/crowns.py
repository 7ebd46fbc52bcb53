"""The crowns of one arch: shapes drawn from the atlas, then worn, broken or prepared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.geometry.mesh import Mesh
from typodont.synth.atlas import N_MODES, ToothTemplate, load_atlas
from typodont.synth.relax import relax
from typodont.synth.tooth_plan import Slot
from typodont.types import Bool, Float, Int

# Permanent tooth whose template a milk tooth borrows, and its size against it: (mesial, buccal, occlusal).
# Mesio-distal means after Wheeler/Ash (recalled), mm: upper 6.5 5.1 7.0 7.3 8.2, lower 4.2 4.1 5.0 7.7 9.9.
MILK_FORM = {
    ("upper", 1): (1, (0.78, 0.72, 0.66)),
    ("upper", 2): (2, (0.78, 0.72, 0.70)),
    ("upper", 3): (3, (0.88, 0.85, 0.72)),
    ("upper", 4): (4, (1.03, 0.94, 0.72)),
    ("upper", 5): (6, (0.82, 0.88, 0.84)),
    ("lower", 1): (1, (0.80, 0.68, 0.66)),
    ("lower", 2): (2, (0.72, 0.68, 0.68)),
    ("lower", 3): (3, (0.73, 0.72, 0.66)),
    ("lower", 4): (6, (0.70, 0.66, 0.84)),
    ("lower", 5): (6, (0.88, 0.82, 0.84)),
}

# Clinical crowns in scans against the atlas: (mesio-distal and bucco-lingual, occlusal), chosen so that the distances
# between neighbouring teeth agree with those of real scans; others (1, 1.02).
CROWN_FORM = {
    ("upper", 1): (1.02, 1.08),
    ("upper", 2): (1.02, 1.10),
    ("upper", 3): (1.02, 1.04),
    ("upper", 4): (1.02, 1.04),
    ("upper", 5): (1.02, 1.08),
    ("upper", 6): (1.01, 1.10),
    ("lower", 1): (0.94, 0.96),
    ("lower", 2): (0.94, 0.96),
    ("lower", 3): (0.94, 0.96),
    ("lower", 4): (1.03, 0.98),
    ("lower", 6): (0.97, 0.97),
}

WORN_MM = 0.6


@dataclass(frozen=True)
class Crown:
    """One crown in its local frame.

    Args:
        template: what it was drawn from. vertices: (V, 3) mm, the crown's middle between mesial and distal at x = 0.
        width: mesio-distal, mm.
        condition: "sound", "worn", "broken" or "prepared stump".
    """

    template: ToothTemplate
    vertices: Float
    width: float
    condition: str


@dataclass(frozen=True)
class _Mouth:
    """What the crowns of one arch have in common: both sides' shapes, size, variation, wear (mm), sharpness."""

    weights: Float
    scales: Float
    size: float
    spread: float
    wear: float
    sharpness: float


def draw_crowns(rng: np.random.Generator, jaw: str, plan: list[Slot], size: float) -> list[Crown]:
    """A crown for every slot; left and right resemble each other, `size` scales all."""
    mouth = _Mouth(
        weights=rng.standard_normal((8, N_MODES)),
        scales=rng.standard_normal(8),
        size=size,
        spread=rng.uniform(0.7, 1.25),
        wear=max(0.0, rng.normal(0.0, 0.45)),
        sharpness=rng.uniform(0.2, 1.6),
    )
    return [_draw_crown(rng, jaw, slot, mouth) for slot in plan]


def _draw_crown(rng: np.random.Generator, jaw: str, slot: Slot, mouth: _Mouth) -> Crown:
    form, stretch = MILK_FORM[jaw, slot.number] if slot.milk else (slot.number, (1.0, 1.0, 1.0))
    template = load_atlas()[jaw, form]
    own = 0.8 * mouth.weights[slot.number - 1] + 0.6 * rng.standard_normal(N_MODES)
    shape = template.instance(mouth.spread * np.clip(own, -2.5, 2.5))
    scale = mouth.size * (1 + 0.045 * (0.85 * mouth.scales[slot.number - 1] + 0.5 * rng.standard_normal()))
    if slot.number == 2 and jaw == "upper" and not slot.milk and rng.random() < 0.04:
        scale *= rng.uniform(0.65, 0.9)  # a peg-shaped lateral incisor
    across, along = CROWN_FORM.get((jaw, form), (1.0, 1.02))
    clinical = [across, across, along * (1 + 0.08 * rng.standard_normal())]
    local = sharpen(shape, template.faces, mouth.sharpness) * scale * np.array(stretch) * clinical
    local, condition = _use(rng, local, template.cap, mouth.wear * (1.6 if slot.milk else 1.0))
    low, high = np.quantile(local[~template.cap, 0], [0.004, 0.996])
    return Crown(template, local - [0.5 * (low + high), 0, 0], float(high - low), condition)


def _use(rng: np.random.Generator, local: Float, cap: Bool, wear: float) -> tuple[Float, str]:
    """What life and the dentist do to a crown, and the word for it."""
    cut = max(0.0, wear + 0.15 * rng.standard_normal())
    local = _wear(rng, local, cut)
    if rng.random() < 0.02:
        return _prepare_stump(rng, local, cap), "prepared stump"
    if rng.random() < 0.012:
        return _break(rng, local), "broken"
    return local, "worn" if cut > WORN_MM else "sound"


def sharpen(vertices: Float, faces: Int, amount: float) -> Float:
    """Relief exaggerated by `amount` times its difference from a smoothed copy: undoes the blur of a mean shape.

    Vertices move along their normals only, which keeps the surface from folding over.
    """
    normals = Mesh(vertices, faces).vertex_normals
    detail = np.einsum("vi,vi->v", vertices - relax(vertices, faces, share=0.5, rounds=6), normals)
    height = vertices[:, 2] / vertices[:, 2].max()
    return vertices + (amount * np.clip((height - 0.45) / 0.2, 0, 1) * detail)[:, None] * normals


def _wear(rng: np.random.Generator, local: Float, cut: float) -> Float:
    """Cusps ground down softly by `cut` mm along a slightly tilted plane."""
    tilt = rng.normal(0, 0.08, 2)
    plane = local[:, 2].max() - cut + local[:, :2] @ tilt
    over = local[:, 2] - plane
    worn = local.copy()
    worn[:, 2] = np.where(over > 0, plane + 0.12 * np.tanh(over / 0.6), local[:, 2])
    return worn


def _prepare_stump(rng: np.random.Generator, local: Float, cap: Bool) -> Float:
    """A crown preparation: walls ground in with a taper above a shoulder near the neck, top reduced."""
    out = local.copy()
    height = local[:, 2].max()
    rise = np.clip((local[:, 2] - rng.uniform(0.25, 0.4) * height) / (0.12 * height), 0, 1) * ~cap
    inset = rng.uniform(0.8, 1.5) + np.tan(np.radians(rng.uniform(4, 15))) * local[:, 2]
    centre = local[cap, :2].mean(axis=0)
    offset = local[:, :2] - centre
    radius = np.linalg.norm(offset, axis=1)
    shrink = np.maximum(radius - rise * inset, 0.35 * radius) / np.maximum(radius, 1e-6)
    out[:, :2] = centre + offset * shrink[:, None]
    out[:, 2] = np.where(rise > 0, np.minimum(out[:, 2], height - rng.uniform(1.0, 2.2)), out[:, 2])
    return out


def _break(rng: np.random.Generator, local: Float) -> Float:
    """A crown with a corner or the top broken off along a plane."""
    direction = rng.standard_normal(3)
    direction[2] = abs(direction[2]) + 0.6
    direction /= np.linalg.norm(direction)
    along = local @ direction
    limit = along.max() - rng.uniform(1.0, 0.55 * local[:, 2].max() + 1.0)
    return local - np.maximum(along - limit, 0)[:, None] * direction
