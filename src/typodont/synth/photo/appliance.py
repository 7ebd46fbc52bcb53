"""Brackets on the teeth and the wire that runs through them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.interpolate import CubicSpline

from typodont.geometry.mesh import Mesh
from typodont.synth.brackets import Bracket
from typodont.types import Float

_CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=float)
_SIDES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4]]
    + [[1, 5, 7], [1, 7, 3]]
)
# pad, four tie wings, and the floor of the slot: middle and half size in mesial, outward, occlusal, mm
_BLOCKS = (
    ((0, 0.1, 0), (1.5, 0.5, 1.35)),
    ((0, 0.9, 0), (1.3, 0.5, 0.9)),
    *(((x, 1.5, z), (0.5, 0.35, 0.45)) for x in (-0.9, 0.9) for z in (-0.95, 0.95)),
)
_SLOT_MM = 1.45


def bracket_mesh(bracket: Bracket) -> Mesh:
    """A bracket in the arch frame, flat faces with sharp edges."""
    parts = []
    for middle, half in _BLOCKS:
        local = np.array(middle) + _CORNERS * half
        parts.append((local @ bracket.axes + bracket.centre)[_SIDES].reshape(-1, 3))
    vertices = np.vstack(parts)
    return _outward(Mesh(vertices, np.arange(len(vertices)).reshape(-1, 3)))


def _outward(mesh: Mesh) -> Mesh:
    """Faces turned so that each block's normals point away from its middle."""
    blocks = mesh.vertices.reshape(len(_BLOCKS), -1, 3)
    middle = np.repeat(blocks.mean(axis=1), len(_SIDES), axis=0)
    centre = mesh.vertices[mesh.faces].mean(axis=1)
    inward = np.einsum("fi,fi->f", mesh.face_normals, centre - middle) < 0
    faces = np.where(inward[:, None], mesh.faces[:, ::-1], mesh.faces)
    return Mesh(mesh.vertices, faces)


def wire_mesh(brackets: list[Bracket], radius: float) -> Mesh | None:
    """The wire through the slots of an arch, in the order of the teeth; None with fewer than three brackets."""
    if len(brackets) < 3:
        return None
    knots = np.array([b.centre + _SLOT_MM * b.axes[1] for b in brackets])
    along = np.r_[0, np.cumsum(np.linalg.norm(np.diff(knots, axis=0), axis=1))]
    line = CubicSpline(along, knots)(np.linspace(0, along[-1], 240))
    return tube(line, np.full(len(line), radius))


def tube(line: Float, radius: Float, *, sides: int = 10) -> Mesh:
    """A round tube along (n, 3) points with (n,) radii, open at its ends."""
    tangent = np.gradient(line, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    first = np.cross(tangent, [0.13, 0.31, 0.94])
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(tangent, first)
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    ring = np.cos(angle)[None, :, None] * first[:, None] + np.sin(angle)[None, :, None] * second[:, None]
    points = line[:, None] + radius[:, None, None] * ring
    return grid_mesh(points, closed=True)


def grid_mesh(points: Float, *, closed: bool) -> Mesh:
    """A (n, m, 3) grid of points as a surface; `closed` joins the last column to the first.

    Seen with rows running down and columns to the right, its normals point away from the viewer.
    """
    n, m = points.shape[:2]
    row, column = np.meshgrid(np.arange(n - 1), np.arange(m if closed else m - 1), indexing="ij")
    a, b = (row * m + column).ravel(), (row * m + (column + 1) % m).ravel()
    c, d = a + m, b + m
    return Mesh(points.reshape(-1, 3), np.concatenate([np.stack([a, b, c], axis=1), np.stack([b, d, c], axis=1)]))


def in_order(brackets: list[Bracket]) -> list[list[Bracket]]:
    """Runs of brackets that one wire can join: neighbours less than 25 mm apart."""
    runs: list[list[Bracket]] = [brackets[:1]] if brackets else []
    for first, second in pairwise(brackets):
        if np.linalg.norm(first.centre - second.centre) < 25:
            runs[-1].append(second)
        else:
            runs.append([second])
    return runs
