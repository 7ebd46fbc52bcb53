"""Which tooth of a jaw is prepared, or where in the scan it stands, where nobody said it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from typodont.datasets.margin_points import REGION_MM, MarginPool, chosen, describe_region, margin_collate
from typodont.datasets.preparation_frame import PreparationFrame, preparation_frame
from typodont.errors import NoPreparationError
from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import apply
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

_STEP_MM = 5.0
"""Between the places that are looked at where the whole scan is searched."""

_APART_MM = 1.5 * NEAR_MM
"""Prepared surface farther than this from the largest is another preparation, not its other end."""

_TOP_PERCENT = 80.0
"""So high in its column of the scan lies a place that may be a tooth: the gum reaches far down beside it."""


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
    seen = [_look_at(tooth, places.place(tooth), pool, places, net) for tooth in teeth]
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


def find_prepared_place(scan: Mesh, places: ArchPlaces, tooth: int, net: nn.Module) -> Float | None:
    """(3,) where a tooth is prepared, mm: its own place, else the one place of the scan that looks so.

    For scans that show too little of the row of teeth to say where each of them stands.

    Args:
        scan: The jaw, mm.
        places: Its teeth, as far as they are known.
        tooth: FDI number of the prepared one.
        net: A margin network, see `nets.margin_net`.

    Returns:
        In the coordinates of the scan; None where nothing looks prepared, or more than one place does.
    """
    pool, _ = describe_region(scan, np.random.default_rng(0))
    own = _look_at(tooth, places.place(tooth), pool, places, net)
    if own.area >= LEAST_MM2:
        return places.place(tooth)
    seen = [_look_at(places.nearest(place), place, pool, places, net) for place in _all_over(pool, places)]
    best = max(seen, key=lambda candidate: candidate.area)
    others = [other for other in seen if np.linalg.norm(other.centre - best.centre) > _APART_MM]
    if best.area < LEAST_MM2 or any(other.area > RIVAL_SHARE * best.area for other in others):
        return None
    return best.centre


def _all_over(pool: MarginPool, places: ArchPlaces) -> list[Float]:
    """Places (3,) all over a scan, at about the height of its teeth."""
    upright = apply(places.pose, pool.position)
    _, cell = np.unique(np.floor(upright[:, :2] / _STEP_MM), axis=0, return_inverse=True)
    columns = [upright[cell.ravel() == number] for number in range(cell.max() + 1)]
    tops = [[*column[:, :2].mean(axis=0), np.percentile(column[:, 2], _TOP_PERCENT)] for column in columns]
    return list(apply(np.linalg.inv(places.pose), np.array(tops)))


def _look_at(tooth: int, place: Float, pool: MarginPool, places: ArchPlaces, net: nn.Module) -> Candidate:
    """What of the surface around a place looks prepared, if the tooth there is this one."""
    frame = preparation_frame(tooth, place, axis=places.occlusal, mesial=places.mesial(tooth))
    here = _moved(pool, frame)
    near = np.linalg.norm(here.position, axis=1) < REGION_MM
    if not near.any():
        return Candidate(tooth, 0.0, place)
    sample = chosen(here, near, shift=np.zeros(3))
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
