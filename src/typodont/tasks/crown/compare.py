"""Compare designs of restorations as the published study does: surface area, volume, overlap, analysis of variance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import mean
from typing import Any

from typodont import metrics
from typodont.errors import ConfigError, MeshError
from typodont.formats import read_mesh
from typodont.geometry.solid_overlap import Overlap, Solid
from typodont.progress import track
from typodont.tasks.crown.designs import Design, factors_of
from typodont.tasks.measured import plain

MEASURES = {"area_mm2": "surface area, mm²", "volume_mm3": "volume, mm³", "dice": "Dice", "jaccard": "Jaccard"}


@dataclass(frozen=True)
class MeasuredDesign:
    """One design and its measures.

    Args:
        design: See there.
        area_mm2, volume_mm3: Of the closed surface.
        dice, jaccard: Overlap with what it is compared with, the mean where that is several; NaN where it is nothing.
    """

    design: Design
    area_mm2: float
    volume_mm3: float
    dice: float
    jaccard: float


@dataclass(frozen=True)
class DesignPair:
    """Two designs for one preparation and their overlap, where they stand."""

    first: Path
    second: Path
    overlap: Overlap


@dataclass(frozen=True)
class Comparison:
    """What came out of a comparison.

    Args:
        designs: In the order of the table or folder.
        pairs: Every two designs that were compared.
        factors: Factor -> level of each design.
        effects: Measure -> effects of the factors; a measure that some design has not, or that is the same for all, is
            missing.
    """

    designs: Sequence[MeasuredDesign]
    pairs: Sequence[DesignPair]
    factors: Mapping[str, Sequence[str]]
    effects: Mapping[str, Sequence[metrics.Effect]]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "designs": [
                {"file": str(one.design.path), "case": one.design.case, **one.design.levels}
                | {measure: plain(getattr(one, measure)) for measure in MEASURES}
                for one in self.designs
            ],
            "pairs": [
                {"first": pair.first.name, "second": pair.second.name}
                | {"common_mm3": plain(pair.overlap.common)}
                | {"dice": plain(pair.overlap.dice), "jaccard": plain(pair.overlap.jaccard)}
                for pair in self.pairs
            ],
            "means": {measure: self.means(measure) for measure in MEASURES},
            "analysis_of_variance": {
                measure: [
                    {"effect": effect.name, "df": effect.df, "sum_of_squares": _short(effect.sum_of_squares)}
                    | {"f": _short(effect.f), "p": _short(effect.p), "eta_squared": plain(effect.eta_squared)}
                    for effect in effects
                ]
                for measure, effects in self.effects.items()
            },
        }

    def means(self, measure: str) -> dict[str, dict[str, float | None]]:
        """Factor -> level -> mean of a measure over the designs that have it."""
        values = [getattr(one, measure) for one in self.designs]
        return {
            factor: {
                level: plain(_mean([v for v, own in zip(values, levels, strict=True) if own == level]))
                for level in dict.fromkeys(levels)
            }
            for factor, levels in self.factors.items()
        }

    def lines(self) -> list[str]:
        """The tables that people read: the designs, then the effects on every measure."""
        width = max(len(one.design.path.name) for one in self.designs) + 2
        lines = ["design".ljust(width) + "".join(f"{title:>19}" for title in MEASURES.values())]
        for one in self.designs:
            cells = [f"{getattr(one, measure):19.3f}" for measure in MEASURES]
            lines.append(one.design.path.name.ljust(width) + "".join(cells))
        for measure, effects in self.effects.items():
            lines += ["", f"{MEASURES[measure]:<40}{'df':>4}{'sum of squares':>16}{'F':>10}{'p':>10}{'eta²':>8}"]
            for effect in effects:
                rest = "" if math.isnan(effect.f) else f"{effect.f:10.2f}{effect.p:10.2g}{effect.eta_squared:8.3f}"
                lines.append(f"  {effect.name:<38}{effect.df:4d}{effect.sum_of_squares:16.4g}{rest}")
        return lines


def compare_designs(designs: Sequence[Design], *, factors: Sequence[str] = ()) -> Comparison:
    """Measure designs and ask which factors their measures depend on.

    Designs are compared where they stand: those of one case must share one coordinate system. Each is compared with its
    reference, or with every other design of its case, of which it gets the mean. In the latter way the overlaps of a
    case hang together, so that their probabilities come out too small; give references for a test that counts.

    Args:
        designs: From `designs.find_designs`.
        factors: Names of one to three; by default all that the designs have, and no analysis where they have none.

    Raises:
        ConfigError: see `metrics.analysis_of_variance` and `designs.factors_of`.
        FormatError, MeshError: a file cannot be read, or is no closed surface.
    """
    chosen = factors_of(designs, factors)
    if len(chosen) > 3:
        raise ConfigError(
            f"found {len(chosen)} factors ({', '.join(chosen)}), expected one to three; name them (--factors)"
        )
    paths = dict.fromkeys(path for one in designs for path in (one.path, one.reference) if path is not None)
    solids = {path: _solid(path) for path in track(list(paths), "read designs", unit="design")}
    pairs = [DesignPair(a, b, solids[a].overlap(solids[b])) for a, b in _pairs(designs)]
    measured = [_measured(one, solids[one.path], pairs) for one in designs]
    effects = {
        measure: metrics.analysis_of_variance(values, chosen)
        for measure in (MEASURES if chosen else ())
        if _varies(values := [getattr(one, measure) for one in measured])
    }
    return Comparison(measured, pairs, chosen, effects)


def _solid(path: Path) -> Solid:
    try:
        return Solid(read_mesh(path))
    except MeshError as error:
        raise MeshError(error if str(path) in str(error) else f"{path}: {error}") from None


def _pairs(designs: Sequence[Design]) -> list[tuple[Path, Path]]:
    """Each design with its reference, and every two of a case that have none."""
    fixed = [(one.path, one.reference) for one in designs if one.reference is not None]
    free = [one for one in designs if one.reference is None]
    return fixed + [(a.path, b.path) for a, b in combinations(free, 2) if a.case == b.case]


def _measured(design: Design, solid: Solid, pairs: Sequence[DesignPair]) -> MeasuredDesign:
    own = [pair.overlap for pair in pairs if pair.first == design.path or pair.second == design.path]
    if design.reference is not None:
        own = [p.overlap for p in pairs if (p.first, p.second) == (design.path, design.reference)]
    return MeasuredDesign(
        design, solid.area, solid.volume, _mean([o.dice for o in own]), _mean([o.jaccard for o in own])
    )


def _varies(values: Sequence[float]) -> bool:
    """Whether every design has the measure, and not all the same."""
    return all(map(math.isfinite, values)) and max(values) - min(values) > 1e-9 * max(map(abs, values))


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return mean(known) if known else math.nan


def _short(value: float) -> float | None:
    """Five figures however small the number is; None for what could not be computed."""
    return float(f"{value:.5g}") if math.isfinite(value) else None
