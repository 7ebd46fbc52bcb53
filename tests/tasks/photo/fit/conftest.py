"""A mouth that bends by a few numbers, and photographs of it whose every landmark is known."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from typodont.geometry.camera import look_rotation
from typodont.geometry.deformable import LinearDeformable
from typodont.geometry.mesh import Mesh
from typodont.geometry.pinhole import Pinhole, middle_px
from typodont.geometry.registration import apply, fit_rigid, rotation_about
from typodont.geometry.shape_model import fit_shape_model
from typodont.tasks.photo.seen import SeenLandmarks

SIZE = (640, 480)


def arch_mouth(*, n_modes: int = 12, names: tuple[str, ...] | None = None, seed: int = 0) -> LinearDeformable:
    """A curved strip like an upper arch, 50 mm wide, that varies smoothly in width, depth, twist and size.

    Args:
        n_modes: K. names: of the landmarks; default 60 of them. seed: of its ways to vary.
    """
    rng = np.random.default_rng(seed)
    rows, columns = 7, 31
    u, v = (axis.ravel() for axis in np.meshgrid(np.linspace(-1, 1, columns), np.linspace(0, 1, rows)))
    angle = 0.5 * np.pi * u
    radius = 1 - 0.35 * v
    mean = np.stack(
        [25 * radius * np.sin(angle), 38 * radius * np.cos(angle) - 20, 3 * np.cos(3 * angle) - 14 * (v - 0.2) ** 2], 1
    )
    waves = [f(k * angle) * (v**j) for k in (0, 1, 2) for j in (0, 1) for f in (np.sin, np.cos)]
    shapes = []
    for _ in range(200):
        bend = sum(rng.normal(0, 0.9 / (1 + i // 4), 3) * wave[:, None] for i, wave in enumerate(waves))
        shapes.append(mean * np.exp(rng.normal(0, 0.04)) + bend)
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    faces = np.concatenate([np.stack(t, -1).reshape(-1, 3) for t in ((a, d, b), (b, d, c))])
    count = 60 if names is None else len(names)
    at = np.linspace(0, len(mean) - 1, count).astype(int)
    names = names or tuple(f"point {i}" for i in range(count))
    return LinearDeformable(
        names, fit_shape_model(np.array(shapes), n_modes=n_modes), faces, np.full(len(mean), 11), at
    )


def camera_of(
    view: str, rng: np.random.Generator, *, focal_px: float = 900.0, distance: float = 140.0, tilt: float = 12.0
) -> Pinhole:
    """A camera held by hand where a view is taken from."""
    toward, up = {
        "upper": ((0, 0.1, 1), (0, 1, 0)),
        "front": ((0, 1, 0), (0, 0, -1)),
        "left": ((0.9, 0.5, 0), (0, 0, -1)),
        "right": ((-0.9, 0.5, 0), (0, 0, -1)),
    }[view]
    turn = rotation_about(rng.normal(size=3), rng.normal(0, tilt))[:3, :3]
    rotation = turn @ look_rotation(np.array(toward, dtype=float), np.array(up, dtype=float))
    aside = np.r_[rng.normal(0, 4, 2), distance]
    return Pinhole(focal_px, middle_px(SIZE), SIZE, rotation, aside @ rotation)


def photograph(
    points: np.ndarray,
    camera: Pinhole,
    view: str,
    rng: np.random.Generator,
    *,
    noise: float = 0.0,
    wrong: float = 0.0,
    hidden: float = 0.0,
    exif: bool = True,
) -> SeenLandmarks:
    """Landmarks (L, 3) as a camera sees them.

    Args:
        points: mm. camera: where from. view: what it is called. rng: of the errors.
        noise: pixels. wrong: share of landmarks put anywhere. hidden: share without a place.
        exif: the focal length is told.
    """
    px = camera.project(points)
    px = px + rng.normal(0, max(noise, 1e-12), px.shape)
    astray = rng.random(len(px)) < wrong
    px[astray] = rng.uniform(0, 1, (int(astray.sum()), 2)) * SIZE
    sigma = np.full(len(px), max(noise, 0.3))
    px[rng.random(len(px)) < hidden] = np.nan
    return SeenLandmarks(px, sigma, SIZE, view, camera.focal_px if exif else None)


def rigid_error(found: Mesh, truth: Mesh, *, scale: bool = False) -> float:
    """Mean distance of vertices after the best rigid (or similarity) motion, mm."""
    matrix = fit_rigid(found.vertices, truth.vertices, scale=scale)
    return float(np.linalg.norm(apply(matrix, found.vertices) - truth.vertices, axis=1).mean())


@pytest.fixture(scope="session")
def mouths() -> SimpleNamespace:
    """The functions of this file."""
    return SimpleNamespace(
        size=SIZE, arch_mouth=arch_mouth, camera_of=camera_of, photograph=photograph, rigid_error=rigid_error
    )
