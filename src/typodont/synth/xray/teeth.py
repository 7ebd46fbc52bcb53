"""What an X-ray sees of one tooth: enamel, dentine, pulp, dental work, and the space it takes from the bone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from typodont.geometry.mesh import Mesh
from typodont.geometry.thickness import thickness
from typodont.synth.xray.body import place
from typodont.synth.xray.canvas import Canvas, away_from
from typodont.synth.xray.mouth import PictureTooth
from typodont.synth.xray.shapes import blob, box, tube
from typodont.types import Bool, Float

# Attenuation per mm; dentine at about 70 keV is near 1/6 cm, the others against it.
ENAMEL, DENTINE, PULP, METAL, CERAMIC, COMPOSITE, GUTTA_PERCHA = 0.75, 0.5, 0.15, 5.0, 2.4, 0.75, 3.0
# A pixel belongs to a tooth where the beam runs through this much of it, mm.
_MASK_MM = 0.3
_MARGIN_MM = 4.0

Unroll = Callable[[Float], Float]


@dataclass(frozen=True)
class ToothShadow:
    """One tooth on the picture; all arrays (h, w) cover the rows and columns from `corner` on.

    Args:
        tooth: whose. corner: row, column.
        absorbed: attenuation of tooth and dental work.
        taken: 0..1, share of the bone's depth that the tooth takes.
        space: attenuation that ligament, follicle, lamina dura and disease change in bone.
        metal: attenuation of metal alone, part of `absorbed`.
        mask: where the tooth is.
    """

    tooth: PictureTooth
    corner: tuple[int, int]
    absorbed: Float
    taken: Float
    space: Float
    metal: Float
    mask: Bool


def cast_shadow(rng: np.random.Generator, tooth: PictureTooth, unroll: Unroll, canvas: Canvas) -> ToothShadow | None:
    """The picture of one tooth; None where it lies outside the picture or nothing is left of it."""
    if tooth.fate == "healed":
        return None
    caster = _Caster.around(tooth, unroll, canvas)
    if caster is None:
        return None
    if tooth.fate in ("implant", "pontic"):
        return _artificial(tooth, caster)
    crown, roots = caster.crown(), caster.roots()
    if tooth.fate == "stump":
        crown = crown * 0
    outer = np.maximum(crown, roots)
    if tooth.fate == "socket":
        space = _around(outer > _MASK_MM, canvas, ligament=0.0, lamina=0.6) - 0.8 * np.clip(roots / 3, 0, 1)
        return ToothShadow(tooth, caster.corner, outer * 0, outer * 0, space, outer * 0, outer < 0)
    dentine = np.minimum(caster.cast([tooth.body.dentine]), crown)
    enamel = crown - dentine
    canals = caster.cast(tooth.body.canals)
    chamber = np.minimum(caster.cast([tooth.body.chamber]), 0.6 * dentine)
    pulp = np.minimum(np.maximum(canals, chamber), 0.7 * outer)
    absorbed = ENAMEL * enamel + DENTINE * (outer - enamel - pulp) + PULP * pulp
    absorbed = _harden(absorbed)
    absorbed, metal = _dental_work(rng, tooth, caster, absorbed, crown=crown, canals=canals)
    mask = outer > _MASK_MM
    wide = 1.2 * (1 - 0.8 * tooth.body.formed) if tooth.fate == "unerupted" else 0.2
    space = _around(mask, canvas, ligament=wide, lamina=0.16)
    if "lesion" in tooth.work:
        space = space - 1.6 * np.clip(caster.cast([_lesion(rng, tooth)]) / 3, 0, 1)
    return ToothShadow(
        tooth,
        caster.corner,
        absorbed=caster.blur(absorbed),
        taken=caster.blur(np.clip(outer / 9, 0, 0.9)),
        space=caster.blur(space),
        metal=caster.blur(metal),
        mask=mask,
    )


def _harden(absorbed: Float) -> Float:
    """Beam hardening and exposure control: thick teeth are hardly brighter than thin ones."""
    return 2.3 * np.power(absorbed / 4.0, 0.8)


@dataclass(frozen=True)
class _Caster:
    """Projects parts of one tooth into the part of the picture around it."""

    tooth: PictureTooth
    unroll: Unroll
    canvas: Canvas
    corner: tuple[int, int]
    shape: tuple[int, int]
    depth: float

    @classmethod
    def around(cls, tooth: PictureTooth, unroll: Unroll, canvas: Canvas) -> _Caster | None:
        parts = np.vstack([mesh.vertices for mesh in (tooth.body.crown, *tooth.body.roots)])
        places = unroll(parts @ tooth.motion[:3, :3].T + tooth.motion[:3, 3])
        margin = _MARGIN_MM * canvas.scale
        pixels = canvas.pixels(places)
        low = np.maximum(np.floor(pixels.min(axis=0) - margin), 0).astype(int)
        high = np.minimum(np.ceil(pixels.max(axis=0) + margin) + 1, canvas.shape).astype(int)
        if (high - low).min() < 1 or (pixels.max(axis=0) < 0).any() or (pixels.min(axis=0) >= canvas.shape).any():
            return None
        corner, shape = (int(low[0]), int(low[1])), (int(high[0] - low[0]), int(high[1] - low[1]))
        return cls(tooth, unroll, canvas, corner, shape, float(np.abs(places[:, 2]).mean()))

    def cast(self, meshes: list[Mesh]) -> Float:
        """(h, w) mm of beam inside the meshes, which are summed."""
        total = np.zeros(self.shape, np.float32)
        for mesh in meshes:
            places = self.unroll(place(mesh, self.tooth.motion).vertices)
            pixels = self.canvas.pixels(places) - self.corner
            part, (row, column) = thickness(Mesh(np.column_stack([pixels, places[:, 2]]), mesh.faces), self.shape)
            total[row : row + part.shape[0], column : column + part.shape[1]] += part
        return total

    def crown(self) -> Float:
        return self.cast([self.tooth.body.crown])

    def shell(self) -> Float:
        """What stands above the gum, where artificial crowns end."""
        crown, body = self.tooth.body.crown, self.tooth.body
        margin = body.neck + 0.3 * (body.top - body.neck)
        above = np.column_stack([crown.vertices[:, :2], np.maximum(crown.vertices[:, 2], margin)])
        return self.cast([Mesh(above, crown.faces)])

    def roots(self) -> Float:
        """Roots that stand behind each other count together, but never more than a tooth is deep."""
        return np.minimum(self.cast(self.tooth.body.roots), 1.5 * self.tooth.body.half[1])

    def blur(self, image: Float) -> Float:
        """What does not lie in the trough moves over the film: blurred, mostly sideways."""
        far = 0.035 * self.depth
        return gaussian_filter(image, (0.4 * far * self.canvas.scale, far * self.canvas.scale), truncate=3)


def _around(mask: Bool, canvas: Canvas, *, ligament: float, lamina: float) -> Float:
    """Dark space of `ligament` mm around a tooth, then the bright line of the socket's wall."""
    away = away_from(mask) / canvas.scale
    space = -0.3 * ((away > 0) & (away < ligament + 0.1)) if ligament else np.zeros(mask.shape)
    wall = np.exp(-(((away - ligament - 0.35) / 0.25) ** 2)) * ~mask
    return gaussian_filter(space + lamina * wall, 0.15 * canvas.scale).astype(np.float32)


def _dental_work(
    rng: np.random.Generator, tooth: PictureTooth, caster: _Caster, absorbed: Float, *, crown: Float, canals: Float
) -> tuple[Float, Float]:
    """Attenuation with decay and the dentist's work, and the metal in it."""
    body, work = tooth.body, tooth.work
    metal = np.zeros_like(absorbed)
    if "decay" in work:
        hole = np.minimum(caster.cast([_cavity(rng, tooth, deep=0.3)]), crown)
        absorbed = absorbed - np.minimum(0.6 * hole, 0.6 * absorbed)
    if "root filling" in work:
        filled = np.clip(0.8 * canals, 0, 1.0)
        absorbed = absorbed + GUTTA_PERCHA * filled * rng.uniform(0.6, 1.0)
    if "post" in work:
        post = caster.cast([tube(np.linspace(0.55 * body.bottom, 0.6 * body.top, 6), np.full(6, 0.6), np.zeros(2))])
        metal = metal + METAL * np.clip(post, 0, 1.3)
    if "filling" in work or "tooth-coloured filling" in work:
        inside = [_cavity(rng, tooth, deep=rng.uniform(0.2, 0.45)) for _ in range(int(rng.integers(1, 4)))]
        filling = np.minimum(caster.cast(inside), crown)
        if "filling" in work:
            metal = metal + METAL * filling
        else:
            absorbed = absorbed + (COMPOSITE - DENTINE) * filling * rng.uniform(0.6, 2.5)
    if "crown" in work:
        shell = caster.shell()
        absorbed = absorbed + CERAMIC * np.clip(shell, 0, 5) * rng.uniform(0.4, 1.0)
        metal = metal + METAL * np.clip(shell, 0, 4) * (rng.random() < 0.7)
    if "bracket" in work:
        middle = np.array([0, 1.1 * body.half[1], body.neck + 0.55 * (body.top - body.neck)])
        metal = metal + METAL * caster.cast([box(middle, np.array([1.3, 0.8, 1.4]))])
    return absorbed + metal, metal


def _cavity(rng: np.random.Generator, tooth: PictureTooth, *, deep: float) -> Mesh:
    """A wavy hollow in the biting surface or between teeth, about the place of the usual cavities."""
    body = tooth.body
    height, half = body.top - body.neck, 0.5 * np.ptp(body.crown.vertices[:, 0])
    aside = rng.choice([-1, 0, 1]) * half * 0.65
    level = body.top - height * (0.15 if aside == 0 or tooth.fdi % 10 > 3 else 0.45) * rng.uniform(0.6, 1.6)
    wide = half * (0.55 if aside == 0 else 0.38) * rng.uniform(0.7, 1.2)
    return blob(
        rng, np.array([aside, 0, level]), np.array([wide, 0.5 * body.half[1], height * deep * rng.uniform(0.7, 1.2)])
    )


def _lesion(rng: np.random.Generator, tooth: PictureTooth) -> Mesh:
    """A dark round area in the bone around one apex."""
    root = tooth.body.roots[int(rng.integers(len(tooth.body.roots)))]
    apex = root.vertices[root.vertices[:, 2].argmin()]
    return blob(rng, apex, np.full(3, rng.uniform(1.5, 4.0)))


def _artificial(tooth: PictureTooth, caster: _Caster) -> ToothShadow:
    """An implant with its crown, or the middle of a bridge: no tooth, so the mask stays empty."""
    metal = METAL * np.clip(caster.shell(), 0, 4) * 0.8
    if tooth.fate == "implant":
        body = tooth.body
        heights = np.linspace(body.neck - 1.0, body.neck - 12.5, 60)
        thread = 1.85 + 0.22 * np.cos(2 * np.pi * heights / 0.9)
        thread[-6:] *= np.linspace(1, 0.6, 6)
        neck = tube(np.linspace(body.neck - 1.5, body.neck + 3, 4), np.full(4, 1.5), np.zeros(2))
        metal = np.maximum(metal, 0.8 * METAL * caster.cast([tube(heights, thread, np.zeros(2)), neck]))
    metal = caster.blur(metal)
    nothing = np.zeros_like(metal)
    return ToothShadow(tooth, caster.corner, metal, nothing, nothing, metal, metal < 0)
