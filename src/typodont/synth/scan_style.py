"""How a made-up scan was taken and trimmed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ScanStyle:
    """How one scan was taken and trimmed; drawn by `draw_scan_style`.

    Args:
        base: a trimmed orthodontic model instead of a raw scan.
        blur: what the scanner cannot resolve, mm. n_faces: triangles, about.
        cheek_reach, tongue_reach, back_reach: mm of gum that a raw scan shows.
        smoothing: rounds of the scanner's smoothing. noise: of single points, mm.
        holes, spikes, flaps: how many.
        brackets: whether brackets are bonded to the teeth.
    """

    base: bool
    blur: float
    n_faces: int
    cheek_reach: float
    tongue_reach: float
    back_reach: float
    smoothing: int
    noise: float
    holes: int
    spikes: int
    flaps: int
    brackets: bool


def draw_scan_style(
    rng: np.random.Generator, jaw: str, *, n_faces: int | None = None, base: float = 0.45, brackets: float = 0.04
) -> ScanStyle:
    """Random scanner and technician: raw or model base, reach of the gum, resolution, noise and faults."""
    if n_faces is None:
        n_faces = int(np.exp(rng.uniform(np.log(11_000), np.log(60_000))))
    palate = jaw == "upper" and rng.random() < 0.6
    return ScanStyle(
        base=bool(rng.random() < base),
        blur=float(rng.uniform(0.2, 0.55)),
        n_faces=n_faces,
        cheek_reach=rng.uniform(2.5, 9),
        tongue_reach=rng.uniform(14, 40) if palate else rng.uniform(3, 13),
        back_reach=rng.uniform(2, 12),
        smoothing=int(rng.integers(0, 3)),
        noise=float(abs(rng.normal(0, 0.02))),
        holes=int(rng.poisson(0.8)),
        spikes=int(rng.poisson(0.6)),
        flaps=int(rng.poisson(1.4)),
        brackets=bool(rng.random() < brackets),
    )
