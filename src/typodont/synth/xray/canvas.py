"""Drawing anatomy on a panoramic picture: from millimetres on the unrolled trough to soft shapes in pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw
from scipy.interpolate import make_interp_spline
from scipy.ndimage import distance_transform_edt, gaussian_filter

from typodont.types import Bool, Float


@dataclass(frozen=True)
class Canvas:
    """Where a place of the unrolled trough lies on the picture.

    Args:
        shape: rows, columns. scale: pixels per mm.
        middle: (u, v) at the picture's centre, mm.
        front, skew: how much wider the front teeth, and one side against the other, are drawn.
        tall: vertical against horizontal magnification.
    """

    shape: tuple[int, int]
    scale: float
    middle: tuple[float, float]
    front: float = 0.0
    skew: float = 0.0
    tall: float = 1.0

    @property
    def pixel_mm(self) -> tuple[float, float]:
        """Height and width of a pixel in the sharp layer, mm."""
        return 1 / (self.scale * self.tall), 1 / self.scale

    def pixels(self, places: Float) -> Float:
        """(n, 2) row, column of (n, 2 or more) u, v."""
        u, v = places[:, 0], places[:, 1]
        wide = u + self.front * 22 * np.tanh(u / 22) + self.skew * np.abs(u) * np.tanh(np.abs(u) / 15)
        column = 0.5 * (self.shape[1] - 1) + self.scale * (wide - self.middle[0])
        row = 0.5 * (self.shape[0] - 1) - self.scale * self.tall * (v - self.middle[1])
        return np.column_stack([row, column])

    def fill(self, outline: Float, *, blur: float | tuple[float, float] = 0.2) -> Float:
        """(H, W) 0..1 inside a closed outline (n, 2) of u, v, its border softened by `blur` mm."""
        return self.soften(self.inside(outline).astype(np.float32), blur)

    def inside(self, outline: Float) -> Bool:
        """(H, W) true inside a closed outline (n, 2) of u, v."""
        image = Image.new("L", (self.shape[1], self.shape[0]))
        ImageDraw.Draw(image).polygon([tuple(p) for p in self.pixels(outline)[:, ::-1].tolist()], fill=1)
        return np.asarray(image) > 0

    def line(self, path: Float, *, width: float, blur: float = 0.2) -> Float:
        """(H, W) 0..1 along an open path (n, 2) of u, v."""
        image = Image.new("L", (self.shape[1], self.shape[0]))
        pixels = [tuple(p) for p in self.pixels(path)[:, ::-1].tolist()]
        ImageDraw.Draw(image).line(pixels, fill=255, width=max(1, round(width * self.scale)), joint="curve")
        thin = min(1.0, width * self.scale)
        return self.soften(np.asarray(image, np.float32) / 255 * thin, blur)

    def rim(self, inside: Bool, *, width: float) -> Float:
        """(H, W) 1 at the border of a region, falling over `width` mm toward its middle; 0 outside."""
        depth = away_from(~inside) / self.scale
        return (np.exp(-((depth / width) ** 2)) * inside).astype(np.float32)

    def soften(self, image: Float, blur: float | tuple[float, float] | Float) -> Float:
        """The picture blurred by a Gaussian of `blur` mm."""
        return wide_blur(image, self.scale * np.ones(2) * blur)

    def grain(self, rng: np.random.Generator, size: float | tuple[float, float], *, coarse: float = 3.0) -> Float:
        """(H, W) noise of grains about `size` mm (rows, columns), mean 0, standard deviation 1."""
        white = rng.standard_normal(self.shape, dtype=np.float32)
        fine = self.soften(white, size)
        grains = fine - self.soften(fine, np.multiply(size, coarse))
        return grains / max(float(grains.std()), 1e-6)


def away_from(mask: Bool) -> Float:
    """(H, W) pixels to the nearest pixel of a mask, 0 inside it."""
    return np.asarray(distance_transform_edt(~mask), dtype=np.float32)


def wide_blur(image: Float, sigma: Float) -> Float:
    """A Gaussian blur of `sigma` (rows, columns) pixels; wide ones are made on a coarser grid, which is much faster."""
    rows, columns = image.shape
    down, across = (max(1, int(s / 3)) for s in sigma)
    if down == across == 1:
        return gaussian_filter(image, sigma, truncate=3)
    padded = np.pad(image, ((0, -rows % down), (0, -columns % across)), mode="edge")
    small = padded.reshape(padded.shape[0] // down, down, -1, across).mean(axis=(1, 3), dtype=np.float32)
    small = gaussian_filter(small, (sigma[0] / down, sigma[1] / across), truncate=3)
    wide = Image.fromarray(small).resize(padded.shape[::-1], Image.Resampling.BILINEAR)
    return np.asarray(wide)[:rows, :columns]


def smooth(points: Float, *, n: int = 160, closed: bool = False) -> Float:
    """(n, 2) a curve through points (k, 2), even in the number of points between each pair."""
    points = np.asarray(points, dtype=float)
    if closed:
        points = np.vstack([points, points[:1]])
    along = np.r_[0, np.cumsum(np.sqrt(np.linalg.norm(np.diff(points, axis=0), axis=1)))]
    spline = make_interp_spline(along, points, k=3, bc_type="periodic" if closed else "natural")
    return spline(np.linspace(0, along[-1], n))
