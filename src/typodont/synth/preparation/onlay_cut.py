"""Preparations for onlays: a cavity, and cusps cut down beside it, with a butt margin or a shoulder outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from typodont.synth.preparation.cut import smooth_max, smooth_min
from typodont.synth.preparation.inlay_cut import InlayCut, draw_inlay_cut
from typodont.synth.preparation.tooth_shape import ToothShape
from typodont.types import Float

_MOLAR = ("MB", "DB", "ML", "DL")
_PREMOLAR = ("B", "L")
_EDGE_MM = 0.25
_LAP_MM = 0.4  # by which neighbouring cusps' parts overlap: no ridge stays between them


@dataclass(frozen=True)
class Cover:
    """A cusp that is cut down.

    Args:
        name: of the cusp. buccal: +1, -1 for lingual cusps. mesial: +1, -1 for distal ones, 0 for the only one of its
            side. shoulder: mm of a ledge outside, 0 for a butt margin. ledge: its z.
    """

    name: str
    buccal: int
    mesial: int
    shoulder: float
    ledge: float


@dataclass(frozen=True)
class OnlayCut:
    """What is ground away for an onlay.

    Args:
        cavity: the part like an inlay. covers: cusps that are cut down.
        top: (nx, ny) height down to which they are cut. split: x between mesial and distal cusps.
        shape: the tooth. remarks: how it was ground.
    """

    cavity: InlayCut
    covers: tuple[Cover, ...]
    top: Float
    split: float
    shape: ToothShape
    remarks: dict[str, Any]

    def distance(self, places: Float, depth: Float) -> Float:
        """See `Cut.distance`."""
        removed = self.cavity.distance(places, depth)
        ground = 0.85 * (self.shape.over(self.top, places) - places[:, 2])
        rise = np.maximum(places[:, 2] - self.cavity.floor, 0) * self.cavity.flare
        for cover in self.covers:
            beside = self._beside(cover, places) - rise
            removed = np.minimum(removed, smooth_max(ground, beside, _EDGE_MM))
            if cover.shoulder:
                shell = smooth_max(-(depth + cover.shoulder), cover.ledge - places[:, 2], 0.4 * cover.shoulder)
                removed = smooth_min(removed, smooth_max(shell, beside, _EDGE_MM), 0.1)
        return removed

    def _beside(self, cover: Cover, places: Float) -> Float:
        """(n,) mm by which places lie beside a cusp's quarter or half of the tooth, negative within."""
        x, y = places[:, 0], places[:, 1]
        beside = -cover.buccal * (y - self.cavity.plan.groove_at(x))
        if cover.mesial:
            beside = np.maximum(beside, -cover.mesial * (x - self.split))
        return beside - _LAP_MM


def draw_onlay_cut(rng: np.random.Generator, shape: ToothShape) -> OnlayCut:
    """Grind a cavity and cut down one cusp, one side or all cusps."""
    cavity = draw_inlay_cut(rng, shape, str(rng.choice(["O", "MO", "DO", "MOD"], p=[0.1, 0.25, 0.25, 0.4])))
    names = _draw_cusps(rng, _MOLAR if shape.number >= 6 else _PREMOLAR)
    reduction = rng.uniform(1.1, 2.2)
    top = shape.smooth_top(rng.uniform(0.4, 1.0)) - reduction
    split = cavity.plan.middle + rng.normal(0, 0.4)
    with_shoulder, width, down = rng.random() < 0.55, rng.uniform(0.7, 1.1), rng.uniform(0.7, 1.6)
    covers = tuple(
        _cover(shape, cavity, name, top, split, shoulder=width if with_shoulder else 0.0, down=down) for name in names
    )
    remarks = {
        **cavity.remarks,
        "cusps": list(names),
        "reduction": round(reduction, 3),
        "shoulder": round(width, 3) if with_shoulder else 0.0,
    }
    return OnlayCut(cavity, covers, top, split, shape, remarks)


def _draw_cusps(rng: np.random.Generator, cusps: tuple[str, ...]) -> tuple[str, ...]:
    """One cusp, all of one side, or all."""
    kind = rng.random()
    if kind < 0.35:
        return cusps
    side = "BL"[int(rng.integers(2))]
    those = tuple(name for name in cusps if name.endswith(side))
    return those if kind < 0.7 else (those[int(rng.integers(len(those)))],)


def _cover(
    shape: ToothShape, cavity: InlayCut, name: str, top: Float, split: float, *, shoulder: float, down: float
) -> Cover:
    buccal = 1 if name.endswith("B") else -1
    mesial = {"M": 1, "D": -1}.get(name[0], 0)
    x = cavity.plan.middle if not mesial else 0.5 * (split + cavity.plan.ends[(mesial + 1) // 2])
    edge = np.array([[x, cavity.plan.cusps[(buccal + 1) // 2] + 0.8 * buccal]])
    side = np.sin(np.linspace(-np.pi, np.pi, len(shape.gum_line), endpoint=False)) * buccal > 0.3
    ledge = max(float(shape.over(top, edge)[0]) - down, float(shape.gum_line[side].max()) + 0.5)
    return Cover(name, buccal, mesial, shoulder, ledge)
