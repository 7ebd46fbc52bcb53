"""Which tooth of a jaw is prepared, where nobody said it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from typodont.datasets.margin_points import REGION_MM, MarginPool, chosen, describe_region, margin_collate
from typodont.datasets.preparation_frame import PreparationFrame, preparation_frame
from typodont.errors import NoPreparationError
from typodont.geometry.mesh import Mesh
from typodont.tasks.crown.arch import ArchPlaces, teeth_between
from typodont.types import Float

NEAR_MM = 6.0
"""Prepared surface within this distance of a tooth's place, across the axis, is its own."""

LEAST_MM2 = 8.0
"""Less prepared surface than this is no preparation."""

RIVAL_SHARE = 0.5
"""Prepared surface elsewhere with this share of the largest is told."""

_SURE = 0.6
_AREA_OF_POINT_MM2 = 0.18


@dataclass(frozen=True)
class Candidate:
    """A tooth that may be prepared.

    Args:
        tooth: FDI number.
        area: Prepared surface near it, about, mm².
        centre: (3,) its middle in the scan's coordinates, mm.
    """

    tooth: int
    area: float
    centre: Float


def find_prepared_tooth(scan: Mesh, places: ArchPlaces, net: nn.Module, *, name: str) -> tuple[int, list[str]]:
    """The FDI number of the prepared tooth, and what should be said about it.

    The network that tells prepared from unprepared surface looks at the place of every tooth that was found, and at
    the gaps between them.

    Args:
        scan: The jaw, mm.
        places: Its teeth.
        net: A margin network, see `nets.margin_net`.
        name: Of the scan, for messages.

    Raises:
        NoPreparationError: there is none.
    """
    pool, _ = describe_region(scan, np.random.default_rng(0))
    teeth = sorted({*places.centres, *teeth_between(list(places.centres), places.jaw)})
    seen = [_look_at(tooth, pool, places, net) for tooth in teeth]
    best = max(seen, key=lambda candidate: candidate.area, default=None)
    if best is None or best.area < LEAST_MM2:
        raise NoPreparationError(
            f"{name}: no prepared tooth found among {_numbers(teeth)}; name it (--tooth), or draw its margin (--margin)"
        )
    tooth = min(teeth, key=lambda fdi: float(np.linalg.norm(places.place(fdi) - best.centre)))
    rivals = [
        other.tooth
        for other in seen
        if other.area > RIVAL_SHARE * best.area and np.linalg.norm(other.centre - best.centre) > NEAR_MM
    ]
    said = [f"the prepared tooth was taken for {tooth}; --tooth says which it is"]
    if rivals:
        said.append(f"other teeth look prepared, too ({_numbers(rivals)})")
    return tooth, said


def _look_at(tooth: int, pool: MarginPool, places: ArchPlaces, net: nn.Module) -> Candidate:
    """What of the surface around a tooth's place looks prepared."""
    frame = preparation_frame(tooth, places.place(tooth), axis=places.occlusal, mesial=places.mesial(tooth))
    here = _moved(pool, frame)
    sample = chosen(here, np.linalg.norm(here.position, axis=1) < REGION_MM, shift=np.zeros(3))
    with torch.inference_mode():
        inside = torch.sigmoid(net(margin_collate([sample])).inside).numpy()
    own = (inside > _SURE) & (np.linalg.norm(sample.position[:, :2], axis=1) < NEAR_MM)
    centre = sample.position[own].mean(axis=0) if own.any() else np.zeros(3)
    return Candidate(tooth, float(own.sum()) * _AREA_OF_POINT_MM2, frame.points_back(centre[None])[0])


def _moved(pool: MarginPool, frame: PreparationFrame) -> MarginPool:
    turn = frame.to_site[:3, :3].astype(np.float32)
    position = frame.points_in(pool.position).astype(np.float32)
    return replace(pool, position=position, normal=pool.normal @ turn.T)


def _numbers(teeth: list[int]) -> str:
    return " ".join(map(str, teeth))
