"""Scans of made-up infant jaws, as a scanner gives them: other triangles, noise, a trimmed border, any pose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.geometry.decimation import decimate, subdivide
from typodont.geometry.mesh import Mesh
from typodont.geometry.smoothing import diffuse
from typodont.synth.cleft.maxilla import Maxilla, make_maxilla
from typodont.synth.scan import random_pose
from typodont.types import Float

_UNEVEN_MM, _NOISE_MM = 0.08, 0.015


@dataclass(frozen=True)
class MaxillaScan:
    """A scan with its truth.

    Args:
        maxilla: what was scanned.
        mesh: the scan, file coordinates, mm; no attributes.
        place: (4, 4) from the jaw's arch frame to the file's coordinates.
    """

    maxilla: Maxilla
    mesh: Mesh
    place: Float


def make_maxilla_scan(seed: int, index: int = 0, *, kind: str | None = None) -> MaxillaScan:
    """One scan; the same seed, index and kind always give the same one."""
    maxilla = make_maxilla(seed, index, kind=kind)
    rng = np.random.default_rng([seed, index, 53])
    bare = subdivide(Mesh(maxilla.mesh.vertices, maxilla.mesh.faces))
    mesh = decimate(_trim(rng, _uneven(rng, bare)), int(rng.integers(5_000, 20_000)))
    noisy = mesh.vertices + _NOISE_MM * rng.standard_normal(mesh.vertices.shape)
    place = random_pose(rng)
    return MaxillaScan(maxilla, Mesh(noisy, mesh.faces).transformed(place), place)


def _uneven(rng: np.random.Generator, mesh: Mesh) -> Mesh:
    """Bumps of about 2 mm along the normals, which no mode of the template knows."""
    rough = diffuse(mesh, rng.standard_normal(len(mesh.vertices)), sigma=1.2)
    height = rng.uniform(0.3, 1.3) * _UNEVEN_MM * rough / rough.std()
    return Mesh(mesh.vertices + height[:, None] * mesh.vertex_normals, mesh.faces)


def _trim(rng: np.random.Generator, mesh: Mesh) -> Mesh:
    """Cut off at the back, obliquely, and up to a wavy height at the vestibule."""
    x, y, z = mesh.vertices.T
    back = y.min() + rng.uniform(0.5, 3.0) + rng.normal(0, 0.04) * x
    low = np.quantile(z[np.hypot(x, y) > 15], 0.02) + rng.uniform(-1, 0.8) + 0.3 * np.sin(0.4 * x + rng.uniform(0, 6))
    outside = np.hypot(x / np.ptp(x), (y - y.min()) / np.ptp(y) / 2) > 0.42
    keep = (y > back) & ~(outside & (z < low))
    part = mesh.submesh(keep[mesh.faces].all(axis=1))
    return Mesh(part.vertices, part.faces)
