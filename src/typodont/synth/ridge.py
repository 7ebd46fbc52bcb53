"""The jaw's ridge under the teeth and where they are missing."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import KDTree

from typodont.synth.dentition import Dentition
from typodont.synth.height_map import HeightMap
from typodont.synth.neck import NeckLine
from typodont.synth.tissue_style import TissueStyle
from typodont.types import Float, Int


class ArchCurve:
    """The curve that the teeth stand on, with directions across it.

    Args:
        points: (n, 3) evenly spaced, arch frame, mm, from the x < 0 back to the x > 0 back.
    """

    def __init__(self, points: Float) -> None:
        self.points = points
        tangent = np.gradient(points[:, :2], axis=0)
        self.tangent = tangent / np.linalg.norm(tangent, axis=1, keepdims=True)
        self.outward = np.stack([-self.tangent[:, 1], self.tangent[:, 0]], axis=1)
        self.step = float(np.linalg.norm(points[1, :2] - points[0, :2]))
        self.along = (np.arange(len(points)) - np.argmin(np.abs(points[:, 0]))) * self.step
        self._tree = KDTree(points[:, :2])

    def place(self, points: Float) -> tuple[Int, Float, Float]:
        """Of (m, 2) points: nearest curve point, signed mm across (toward the cheek), mm beyond the curve's ends."""
        nearest = np.asarray(self._tree.query(points)[1])
        offset = points - self.points[nearest, :2]
        across = np.einsum("ni,ni->n", offset, self.outward[nearest])
        return nearest, across, np.abs(np.einsum("ni,ni->n", offset, self.tangent[nearest]))


def ridge(dentition: Dentition, necks: list[NeckLine], xy: Float, style: TissueStyle, gum: HeightMap) -> Float:
    """(nx, ny) z of the ridge, mm: as wide as the necks, lower and narrower in gaps; fills `gum.outside`."""
    curve = ArchCurve(dentition.curve)
    cheek, tongue, height = _profile(curve, dentition, necks, style.resorption)
    nearest, across, beyond = curve.place(xy.reshape(-1, 2))
    side = np.where(across > 0, across - cheek[nearest], -across - tongue[nearest])
    side = np.hypot(np.maximum(side, 0), np.maximum(beyond - 0.5, 0) * 0.7) + np.minimum(side, 0)
    slope = np.where(across > 0, style.cheek_slope, style.tongue_slope)
    depth = np.where(across > 0, style.cheek_depth, style.floor_depth)
    drop = 0.5 * (np.hypot(side, 0.8) + side) * slope
    gum.outside = across.reshape(xy.shape[:2])
    return (height[nearest] - depth * np.tanh(drop / depth)).reshape(xy.shape[:2])


def _profile(
    curve: ArchCurve, dentition: Dentition, necks: list[NeckLine], resorption: float
) -> tuple[Float, Float, Float]:
    """Along the curve: reach of the ridge toward cheek and tongue, and its height, mm each."""
    rows = []
    for neck in necks:
        place, across, _ = curve.place(neck.points()[:, :2])
        rows.append((int(np.median(place)), across.max(), -across.min(), np.quantile(neck.height, 0.35)))
    places, *measured = np.array(sorted(rows)).T
    cheek, tongue, level = (np.interp(np.arange(len(curve.along)), places, values) for values in measured)
    height = level - 0.5
    for start, stop in dentition.gaps:
        inside = 1 / (1 + np.exp(-(np.minimum(curve.along - start, stop - curve.along)) / 0.8))
        height = height - resorption * inside
        cheek, tongue = cheek * (1 - 0.3 * inside), tongue * (1 - 0.3 * inside)
    sigma = 2.0 / curve.step
    return gaussian_filter1d(cheek, sigma), gaussian_filter1d(tongue, sigma), gaussian_filter1d(height, sigma)
