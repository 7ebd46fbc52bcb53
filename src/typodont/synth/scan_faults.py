"""What a real scan lacks or gets wrong: ragged edges, holes, noise, spikes, distortion."""

from __future__ import annotations

import numpy as np
from scipy.spatial import KDTree

from typodont.geometry.mesh import Mesh
from typodont.synth.height_map import HeightMap
from typodont.synth.scan_style import ScanStyle
from typodont.types import Bool, Float

_WAVES = ((14.0, 0.5), (5.0, 0.35), (1.8, 0.25))  # wavelength mm, share
_LARGEST = sum(share for _, share in _WAVES) * 6 / np.sqrt(3)


class Raggedness:
    """Smooth random values over space, of standard deviation about 0.7; what makes a scan's edge ragged."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._turns = [rng.standard_normal((6, 3)) / wave * 2 * np.pi / np.sqrt(3) for wave, _ in _WAVES]
        self._shifts = [rng.uniform(0, 2 * np.pi, 6) for _ in _WAVES]

    def at(self, points: Float) -> Float:
        """(n,) values at (n, 3) points, mm."""
        out = np.zeros(len(points))
        for turn, shift, (_, share) in zip(self._turns, self._shifts, _WAVES, strict=True):
            out += share / np.sqrt(3) * np.sin(points @ turn.T + shift).sum(axis=1)
        return out

    def below(self, value: Float, points: Float, scale: Float | float) -> Bool:
        """(n,) true where `value` (n,) is less than `scale` times the raggedness; works only where that is open."""
        limit = _LARGEST * np.broadcast_to(scale, value.shape)
        below = value < -limit
        unsure = np.flatnonzero(np.abs(value) <= limit)
        below[unsure] = value[unsure] < np.broadcast_to(scale, value.shape)[unsure] * self.at(points[unsure])
        return below


def trim_raw(rng: np.random.Generator, vertices: Float, gum: HeightMap, margin: Float, style: ScanStyle) -> Bool:
    """(N,) true for what a raw scan keeps: a band along the teeth with ragged edges, and what stands out of the gum.

    Args:
        rng: draws the raggedness.
        vertices: (N, 3) arch frame, mm.
        gum: the gum's height.
        margin: (M, 3) points on the gum margins.
        style: how far the scan reaches.
    """
    distance, _ = KDTree(margin).query(vertices)
    outside = gum.at(vertices, "outside")
    reach = np.where(outside > 0, style.cheek_reach, style.tongue_reach)
    blend = np.clip(np.abs(outside) / 2.0, 0, 1)
    reach = blend * reach + (1 - blend) * np.minimum(style.cheek_reach, style.tongue_reach)
    keep = Raggedness(rng).below(distance - reach, vertices, 0.22 * style.cheek_reach + 0.4)
    keep |= (distance < 0.6) | (vertices[:, 2] > gum.at(vertices) + 0.35)
    behind = margin[:, 1].min() - vertices[:, 1]
    return keep & Raggedness(rng).below(behind - style.back_reach, vertices, 1.2)


def cut_holes(rng: np.random.Generator, vertices: Float, margin: Float, count: int) -> Bool:
    """(N,) true where nothing is lost to holes, most of them on the gum between and below the teeth."""
    keep = np.ones(len(vertices), dtype=bool)
    for _ in range(count):
        centre = margin[rng.integers(len(margin))] + rng.normal(0, 1.5, 3)
        radius = rng.uniform(0.5, 2.2)
        distance = np.linalg.norm(vertices - centre, axis=1)
        keep &= ~Raggedness(rng).below(distance - radius, vertices, 0.15 * radius)
    return keep


def add_noise(rng: np.random.Generator, mesh: Mesh, style: ScanStyle) -> Float:
    """(N, 3) vertices with stitching noise along the normals (smooth and fine) and a few spikes."""
    wave = 0.03 * Raggedness(rng).at(mesh.vertices)
    out = mesh.vertices + mesh.vertex_normals * (wave + style.noise * rng.standard_normal(len(wave)))[:, None]
    for _ in range(style.spikes):
        i = rng.integers(len(out))
        close = np.linalg.norm(mesh.vertices - mesh.vertices[i], axis=1) < rng.uniform(0.4, 1.2)
        out[close] += mesh.vertex_normals[i] * rng.uniform(0.2, 1.5)
    return out


def distort(rng: np.random.Generator, vertices: Float) -> Float:
    """Full-arch distortion: a slow bend of 17 to 115 micrometres over the arch."""
    return vertices + 1e-3 * rng.uniform(17, 115) * np.sin(vertices / 25 + rng.uniform(0, 6, 3))[:, [1, 0, 0]]
