"""A crown on a round stump, whose every gap, wall and contact can be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from typodont.geometry.mesh import Mesh
from typodont.tasks.crown.fit_measure import Surroundings
from typodont.tasks.crown.restoration import (
    INTAGLIO,
    LEAST_GAP_MM,
    OUTER,
    BuildOptions,
    CementGap,
    Restoration,
    Undercut,
)

OUTSIDE, STUMP, SHOULDER = 5.0, 4.0, 0.0
"""Radius of the crown, radius of the stump above its shoulder, height of the shoulder; mm."""
TOP, CROWN_TOP = 5.0, 6.5
AROUND = 96


def revolved(profile: Sequence[tuple[float, float]], *, step: float = 0.4, around: int = AROUND) -> Mesh:
    """A surface of revolution about z; its outside is to the right of the profile (radius, height)."""
    rows = [np.array(profile[:1])]
    for start, end in pairwise(profile):
        n = max(round(float(np.hypot(*np.subtract(end, start))) / step), 1)
        rows.append(np.linspace(start, end, n + 1)[1:])
    line = np.concatenate(rows)
    angle = np.arange(around) * 2 * np.pi / around
    points = np.stack(
        [np.outer(line[:, 0], np.cos(angle)), np.outer(line[:, 0], np.sin(angle)), line[:, 1:] * np.ones(around)],
        axis=-1,
    ).reshape(-1, 3)
    i, j = (grid.ravel() for grid in np.meshgrid(np.arange(len(line) - 1), np.arange(around), indexing="ij"))
    a, b = i * around + j, i * around + (j + 1) % around
    c, d = b + around, a + around
    mesh = Mesh(points, np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)]))
    kept = Mesh(mesh.vertices, mesh.faces[mesh.face_areas > 1e-9])
    first, merged = np.unique(kept.vertices.round(9), axis=0, return_inverse=True)
    mesh = Mesh(first, merged.reshape(-1)[kept.faces])
    return mesh.submesh(mesh.face_areas > 1e-9)


def joined(outer: Mesh, inner: Mesh) -> Mesh:
    """Two surfaces that share their border as one, with the zones as a face attribute."""
    points = np.concatenate([outer.vertices, inner.vertices]).round(9)
    first, merged = np.unique(points, axis=0, return_inverse=True)
    faces = np.concatenate([outer.faces, inner.faces + len(outer.vertices)])
    zone = np.repeat([OUTER, INTAGLIO], [len(outer.faces), len(inner.faces)])
    return Mesh(first, merged.reshape(-1)[faces], {}, {"zone": zone})


def make_crown(
    *, gap: float = 0.06, seal: float = 0.03, top: float = CROWN_TOP, around: int = AROUND, step: float = 0.4
) -> Restoration:
    """A crown: wall 0.94 mm and top 1.44 mm thick, on a stump with a shoulder 1 mm wide."""
    outer = revolved([(OUTSIDE, SHOULDER), (OUTSIDE, top), (0, top)], step=step, around=around)
    inside = [
        (0, TOP + gap),
        (STUMP + gap, TOP + gap),
        (STUMP + gap, seal),
        (OUTSIDE - 0.15, seal),
        (OUTSIDE, SHOULDER),
    ]
    stump = [(OUTSIDE, SHOULDER), (STUMP, SHOULDER), (STUMP, TOP), (0, TOP)]
    angle = np.arange(around) * 2 * np.pi / around
    margin = OUTSIDE * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    return Restoration(
        mesh=joined(outer, revolved(inside, step=step, around=around)),
        preparation=revolved(stump, step=step, around=around),
        margin=margin,
        axis=np.array([0.0, 0.0, 1.0]),
        undercut=Undercut(0.0, 0.0, 0.0, 0.0),
        options=BuildOptions(gap=CementGap(margin_mm=seal, rest_mm=max(gap, LEAST_GAP_MM))),  # nobody asks for less
    )


def wall(x: float, *, low: float = -2.0, height: float = 9.0, width: float = 10.0, facing: float = -1.0) -> Mesh:
    """A flat neighbour at x that looks along -x, or along x."""
    side, up = np.linspace(-width / 2, width / 2, 21), np.linspace(low, height, 12)
    y, z = (grid.ravel() for grid in np.meshgrid(side, up, indexing="ij"))
    n = len(up)
    corner = (np.arange(len(side) - 1)[:, None] * n + np.arange(n - 1)).ravel()
    faces = np.concatenate(
        [np.stack([corner, corner + 1, corner + n + 1], 1), np.stack([corner, corner + n + 1, corner + n], 1)]
    )
    return Mesh(np.stack([np.full(y.shape, x), y, z], axis=1), faces if facing < 0 else faces[:, ::-1])


def ball(radius: float, centre: Sequence[float], *, rows: int = 120) -> Mesh:
    """A fine closed ball."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, rows + 1)
    profile = [(radius * np.cos(a) * (abs(a) < 1.57), radius * np.sin(a)) for a in angle]
    mesh = revolved(profile, step=10.0, around=rows)
    return Mesh(mesh.vertices + np.asarray(centre, dtype=float), mesh.faces)


def surroundings(crown: Restoration, **changes) -> Surroundings:
    """Tooth 36 with nothing around it, or with what is named."""
    around = Surroundings(
        tooth=36,
        kind="crown",
        margin=crown.margin,
        mesial=np.array([1.0, 0.0, 0.0]),
        scan=crown.preparation,
        neighbours={},
    )
    return replace(around, **changes)


@pytest.fixture(scope="session")
def crown() -> Restoration:
    """The crown on its stump."""
    return make_crown()


@pytest.fixture(scope="session")
def shapes() -> dict[str, Callable[..., object]]:
    """Makers of crowns, walls, balls and surroundings."""
    return {"crown": make_crown, "wall": wall, "ball": ball, "around": surroundings, "revolved": revolved}
