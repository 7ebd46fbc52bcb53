"""What a preparation gets along its border: a skirt that falls away from it, or an underside within the tooth."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from typodont.geometry.closed_curve import nearest_on_curve, tangents
from typodont.geometry.mesh import Mesh
from typodont.geometry.smoothing import diffuse
from typodont.types import Float, Int

SKIRT_MM = 0.4
_STEADY_MM = 0.3
UNDER_MM = 0.05
"""The underside lies so far below the preparation, so that it never runs along what must stay free."""
_DEEP_MM, _DEEPER_FROM_MM = 0.25, 0.4
"""And so far at this distance from the margin line: folds of a rough scan must not reach through what is left free."""


def with_skirt(preparation: Mesh, line: Float) -> Mesh:
    """The preparation with a skirt along its border that falls away from it, whatever tooth or gum is there.

    Args:
        preparation: Its first vertices, K, are `line`, its only border; mm, outward faces.
        line: (K, 3) evenly spaced, counter-clockwise seen from outside, mm.
    """
    up, outward = _across(preparation, line)
    border = np.arange(len(line))
    hem = len(preparation.vertices) + border
    return Mesh(
        np.concatenate([preparation.vertices, line + np.sqrt(0.5) * SKIRT_MM * (outward - up)]),
        np.concatenate([preparation.faces, _band(np.roll(border, -1), border, np.roll(hem, -1), hem)]),
    )


def underside(preparation: Mesh, line: Float, depth: float) -> Mesh:
    """The preparation sunk into the tooth, by `depth` mm beside its border.

    From 0.4 mm beside the border on it lies 0.25 mm deep. A hem goes straight down from the line, so that whatever
    roughness there is next to it lies inside the tooth.

    Args:
        preparation, line: As in `with_skirt`.
        depth: Beside the border, mm.

    Returns:
        Its first vertices, K, are `line`, then come those of the preparation, sunk; faces outward like those.
    """
    up, outward = _across(preparation, line)
    border = np.arange(len(line))
    normal = diffuse(preparation, preparation.vertex_normals, sigma=_STEADY_MM)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    share = np.clip(nearest_on_curve(line, preparation.vertices)[0] / _DEEPER_FROM_MM, 0, 1)
    sunk = preparation.vertices - (depth + share * (_DEEP_MM - depth))[:, None] * normal
    sunk[border] = line - depth * (up + 0.5 * outward)
    hem = len(line) + border
    return Mesh(
        np.concatenate([line, sunk]),
        np.concatenate([preparation.faces + len(line), _band(np.roll(hem, -1), hem, np.roll(border, -1), border)]),
    )


def _across(preparation: Mesh, line: Float) -> tuple[Float, Float]:
    """Two unit directions (K, 3) at the line that change slowly along it: out of the preparation, and away from it."""
    spacing = np.linalg.norm(np.roll(line, -1, axis=0) - line, axis=1).mean()
    both = np.hstack([preparation.vertex_normals[: len(line)], tangents(line)])
    normal, along = np.hsplit(gaussian_filter1d(both, _STEADY_MM / spacing, axis=0, mode="wrap"), 2)
    outward = np.cross(along, normal)
    return (
        normal / np.linalg.norm(normal, axis=1, keepdims=True),
        outward / np.linalg.norm(outward, axis=1, keepdims=True),
    )


def _band(inner_next: Int, inner: Int, outer_next: Int, outer: Int) -> Int:
    """(2K, 3) faces between two rows of vertices, of which the first borders on a surface and the second is outside."""
    return np.concatenate(
        [np.stack([inner_next, inner, outer], axis=1), np.stack([inner_next, outer, outer_next], axis=1)]
    )
