"""Landmarks of a made-up tooth, with the names of the 3DTeethLand challenge."""

from __future__ import annotations

import numpy as np

from typodont.synth.dentition import Tooth
from typodont.synth.neck import NeckLine
from typodont.types import Float

CLASSES = ("Mesial", "Distal", "Cusp", "InnerPoint", "OuterPoint", "FacialPoint")
_CUSP_RADIUS_MM = 1.3


def tooth_landmarks(tooth: Tooth, neck: NeckLine) -> dict[str, Float]:
    """Points on one crown, arch frame, mm: class name -> (n, 3) float.

    Mesial and distal are the contact points, the cusps the tips of canines, premolars and molars (none on incisors),
    inner and outer point the middle of the gum margin on the tongue's and the cheek's side, the facial point the
    middle of the crown's facial axis.

    Source: classes of 3DTeethLand 2024 (arXiv 2512.08323).
    """
    crown = tooth.vertices[~tooth.cap]
    local = tooth.local(crown)
    margin = neck.points()
    across = tooth.local(margin)[:, 1]
    return {
        "Mesial": crown[[local[:, 0].argmax()]],
        "Distal": crown[[local[:, 0].argmin()]],
        "Cusp": crown[_cusps(local, tooth)],
        "InnerPoint": margin[[across.argmin()]],
        "OuterPoint": margin[[across.argmax()]],
        "FacialPoint": facial_point(tooth, neck)[None],
    }


def facial_point(tooth: Tooth, neck: NeckLine) -> Float:
    """(3,) the middle of the crown's facial axis: half-way between gum and edge on the side of lips and cheeks, mm."""
    crown = tooth.vertices[~tooth.cap]
    local = tooth.local(crown)
    margin = tooth.local(neck.points())
    from_axis = np.abs(local[:, 0] - np.median(local[:, 0]))
    wanted = 0.5 * (local[from_axis < 0.8, 2].max() + margin[margin[:, 1].argmax(), 2])
    return crown[(np.abs(local[:, 2] - wanted) + 0.7 * from_axis - 0.5 * local[:, 1]).argmin()]


def _cusps(local: Float, tooth: Tooth) -> list[int]:
    """Indices of the highest points of their surroundings, highest first, as many as the tooth type may have."""
    most = {1: 0, 2: 0, 3: 1, 4: 2, 5: 3}.get(tooth.number, 5)
    if tooth.milk and tooth.number >= 4:
        most = 5
    upper_half = np.flatnonzero(local[:, 2] > 0.5 * local[:, 2].max())
    found: list[int] = []
    for index in upper_half[np.argsort(-local[upper_half, 2])]:
        if len(found) == most:
            break
        near = np.linalg.norm(local[:, :2] - local[index, :2], axis=1) < _CUSP_RADIUS_MM
        if local[index, 2] >= local[near, 2].max():
            found.append(int(index))
    return found
