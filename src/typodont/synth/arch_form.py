"""The course of a dental arch seen from above and from the side, drawn around the atlas's mean arch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline

from typodont.synth.atlas import load_atlas
from typodont.types import Float

ArchPath = Callable[[float], tuple[Float, Float]]


@dataclass(frozen=True)
class ArchForm:
    """The course of one patient's arches against the mean arch: ratios, and a midline shift in mm."""

    size: float
    width: float
    depth: float
    taper: float
    square: float
    skew: float
    midline: float


def draw_arch_form(rng: np.random.Generator) -> ArchForm:
    """Tapered, ovoid or square, narrow or wide, with slight asymmetry; means chosen after widths of real arches."""
    return ArchForm(
        size=1 + 0.05 * rng.standard_normal(),
        width=1 + 0.055 * rng.standard_normal(),
        depth=1.12 + 0.07 * rng.standard_normal(),
        taper=-0.05 + 0.10 * rng.standard_normal(),
        square=0.09 * rng.standard_normal(),
        skew=0.03 * rng.standard_normal(),
        midline=0.8 * rng.standard_normal(),
    )


def arch_path(jaw: str, form: ArchForm) -> ArchPath:
    """A function s -> (point (2,), unit tangent (2,)): s runs in mm along the arch from the midline, the tangent
    points toward the back of the +x side.
    """
    points, middle = _outline(jaw, form)
    along = np.r_[0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    spline = CubicSpline(along - 0.5 * (along[middle - 1] + along[middle]), points)

    def path(s: float) -> tuple[Float, Float]:
        limited = float(np.clip(s, spline.x[0], spline.x[-1]))
        tangent = spline(limited, 1)
        tangent = tangent / np.linalg.norm(tangent)
        return spline(limited) + (s - limited) * tangent, tangent

    return path


def _outline(jaw: str, form: ArchForm) -> tuple[Float, int]:
    """Tooth places from the x < 0 back to the x > 0 back, a tail beyond each; index of the first place with x > 0."""
    centres = _centres(jaw)[:, :2]
    tail = centres[-1] + (centres[-1] - centres[-2]) * 1.6
    half = np.vstack([centres, tail])
    half[:, 1] -= centres[:, 1].mean()
    back = (half[0, 1] - half[:, 1]) / np.ptp(half[:, 1])
    bulge = form.taper * (back - 0.4) + form.square * np.sin(np.pi * np.clip(back * 1.4, 0, 1))
    half[:, 0] *= form.size * form.width * (1 + bulge)
    half[:, 1] *= form.size * form.depth
    points = np.vstack([half[::-1], half * [-1, 1]])
    points[:, 0] += form.midline * np.clip(1 - np.abs(points[:, 0]) / 20, 0, 1)
    points[:, 1] += form.skew * points[:, 0]
    return points, len(half)


def neck_heights(jaw: str) -> CubicSpline:
    """Height of the necks (z, mm) in the mean arch over the arc length from the midline, mm."""
    centres = _centres(jaw)
    path = np.vstack([centres[0] * [-1, 1, 1], centres])[:, :2]
    along = np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1)) - 0.5 * np.linalg.norm(path[1] - path[0])
    heights = centres[:, 2]
    return CubicSpline(np.r_[0, along, along[-1] + 20], np.r_[heights[0], heights, heights[-1]])


def _centres(jaw: str) -> Float:
    return np.array([load_atlas()[jaw, number].centre for number in range(1, 9)])
