"""The anatomy of one infant's upper jaw by numbers, drawn as the literature describes newborns to six months.

Sizes: distance of the tuberosities 32 to 36 mm and depth 24 to 28 mm at birth; in complete unilateral clefts an
alveolar gap of 6 to 12 mm and a palatal one of 10 to 14 mm at its widest before treatment, the greater segment turned
outward, the lesser one often collapsed; in bilateral ones the premaxilla stands 5 to 12 mm in front (textbook figures).
Twice as many unilateral clefts are on the left (Fell et al. 2023, medRxiv 2023.12.05.23299328). Premaxilla extremely
protruded and the posterior maxilla wide in complete bilateral clefts (Hermann et al., Cleft Palate Craniofac J).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

KINDS = ("intact", "unilateral right", "unilateral left", "bilateral", "palate only")
_SHARES = (0.16, 0.17, 0.31, 0.2, 0.16)
CLOSED_MM = 0.25
"""Width of the seam where there is no cleft."""


@dataclass(frozen=True)
class MaxillaAnatomy:
    """One upper jaw; lengths in mm, angles in degrees, pairs are (right, left) of the patient.

    Args:
        kind: one of `KINDS`.
        months: age.
        width: between the ridge's crests at the tuberosities, before segments turn.
        depth: from there to the crest between the incisors.
        roundness: 1: an ellipse; less: squarer.
        premaxilla_length: of its crest.
        ridge_height: of the ridge above the vestibule. ridge_width: of its half.
        groove: depth of the groove on the ridge's palatal side.
        vault: how far the palate's middle lies above the crest.
        sulcus: depth of the furrows between the tooth buds.
        rugae: height of the palate's folds.
        alveolar_gap: width of the cleft at the crest.
        palatal_gap: of the palate's cleft: (back, middle, front), both sides together.
        cleft_reach: how far forward a cleft of the palate alone goes, 0..1.
        turn: of the lateral segments about their tuberosities; positive: outward.
        drop: by which their front ends stand toward the tongue.
        forward, sideways, lowered: shifts of the premaxilla to the front, the patient's left, the tongue.
        premaxilla_turn: about the vertical axis, positive to the patient's right. premaxilla_tilt: its front down.
        vomer_width: of the septum's edge. vomer_height: how far it stays behind the shelves.
        shelf_tilt: how much more steeply the shelves of a cleft palate rise to its edges.
    """

    kind: str
    months: float
    width: float
    depth: float
    roundness: float
    premaxilla_length: float
    ridge_height: float
    ridge_width: float
    groove: float
    vault: float
    sulcus: float
    rugae: float
    alveolar_gap: tuple[float, float]
    palatal_gap: tuple[float, float, float]
    cleft_reach: float
    turn: tuple[float, float]
    drop: tuple[float, float]
    forward: float
    sideways: float
    lowered: float
    premaxilla_turn: float
    premaxilla_tilt: float
    vomer_width: float
    vomer_height: float
    shelf_tilt: float

    @property
    def open_sides(self) -> tuple[bool, bool]:
        """Whether the alveolar process is cleft on the right, on the left."""
        right, left = self.alveolar_gap
        return right > CLOSED_MM, left > CLOSED_MM


def draw_anatomy(rng: np.random.Generator, kind: str | None = None) -> MaxillaAnatomy:
    """An infant's jaw of a kind, or of any."""
    kind = kind or KINDS[int(rng.choice(len(KINDS), p=_SHARES))]
    months = float(rng.uniform(0, 6))
    growth = 1 + 0.02 * months
    cleft = kind != "intact"
    return MaxillaAnatomy(
        kind=kind,
        months=months,
        width=float(growth * (rng.normal(33, 1.8) + (1.5 if kind in KINDS[1:4] else 0.0))),
        depth=float(growth * rng.normal(25, 1.4)),
        roundness=float(np.clip(rng.normal(0.9, 0.07), 0.7, 1.05)),
        premaxilla_length=float(growth * np.clip(rng.normal(15.5, 1.6), 11, 20)),
        ridge_height=float(np.clip(rng.normal(5.2, 0.9), 3, 8)),
        ridge_width=float(np.clip(rng.normal(3.9, 0.5), 2.6, 5.5)),
        groove=float(np.clip(rng.normal(0.7, 0.3), 0.1, 1.6)),
        vault=float(growth * np.clip(rng.normal(8.5, 1.4), 5, 13)),
        sulcus=float(np.clip(rng.normal(0.7, 0.25), 0.15, 1.4)),
        rugae=float(np.clip(rng.normal(0.3, 0.12), 0.05, 0.7)),
        alveolar_gap=_alveolar_gap(rng, kind),
        palatal_gap=_palatal_gap(rng, kind),
        cleft_reach=float(rng.uniform(0.25, 0.97)) if kind == "palate only" else 1.0,
        turn=_turn(rng, kind),
        drop=(float(rng.normal(0, 0.4 + 0.8 * cleft)), float(rng.normal(0, 0.4 + 0.8 * cleft))),
        vomer_width=float(rng.uniform(1.6, 4.0)) if kind in KINDS[3:] else float(rng.uniform(1.4, 2.6)),
        vomer_height=float(rng.uniform(0.5, 4.5)),
        shelf_tilt=float(rng.uniform(0, 2.5)) if cleft else 0.0,
        **_premaxilla(rng, kind),
    )


def _alveolar_gap(rng: np.random.Generator, kind: str) -> tuple[float, float]:
    if kind == "bilateral":
        return float(np.clip(rng.normal(6, 2.5), 2, 13)), float(np.clip(rng.normal(6, 2.5), 2, 13))
    wide = float(np.clip(rng.normal(8, 3), 2, 15))
    if kind == "unilateral right":
        return wide, CLOSED_MM
    return CLOSED_MM, wide if kind == "unilateral left" else CLOSED_MM


def _palatal_gap(rng: np.random.Generator, kind: str) -> tuple[float, float, float]:
    if kind == "intact":
        return CLOSED_MM, CLOSED_MM, CLOSED_MM
    back, middle = np.clip(rng.normal((12, 9.5), (2.2, 2.0)), 3, 15)
    front = np.clip(rng.normal(6, 2), 2, 12)
    if kind == "palate only":
        back, middle = np.clip(rng.normal((9, 6.5), (2.2, 2.0)), 2, 15)
        front = 0.6 * middle
    return float(back), float(middle), float(front)


def _turn(rng: np.random.Generator, kind: str) -> tuple[float, float]:
    """The greater segment outward, the lesser one to either side, mostly inward; both outward or in if bilateral."""
    if kind in KINDS[1:3]:
        greater, lesser = float(np.clip(rng.normal(5, 2.5), 0, 12)), float(np.clip(rng.normal(-2, 4), -12, 7))
        return (lesser, greater) if kind == "unilateral right" else (greater, lesser)
    spread = 4.0 if kind == "bilateral" else 1.0
    return float(rng.normal(0, spread)), float(rng.normal(0, spread))


def _premaxilla(rng: np.random.Generator, kind: str) -> dict[str, float]:
    """Its displacement beyond what it follows a segment that it hangs on."""
    if kind == "bilateral":
        forward, sideways, turn = np.clip(rng.normal(7.5, 2.2), 3, 13), rng.normal(0, 1.8), rng.normal(0, 7)
        return {
            "forward": float(forward),
            "sideways": float(sideways),
            "lowered": float(rng.normal(0.5, 1.2)),
            "premaxilla_turn": float(turn),
            "premaxilla_tilt": float(rng.normal(6, 7)),
        }
    spread = 1.0 if kind in KINDS[1:3] else 0.25
    toward = {"unilateral right": 1.0, "unilateral left": -1.0}.get(kind, 0.0)
    return {
        "forward": float(rng.normal(0.6 * abs(toward), 0.7 * spread)),
        "sideways": 0.0,
        "lowered": float(rng.normal(0, 0.5 * spread)),
        "premaxilla_turn": float(rng.normal(-3.0 * toward, 3.0 * spread)),
        "premaxilla_tilt": float(rng.normal(0, 2.0 * spread)),
    }
