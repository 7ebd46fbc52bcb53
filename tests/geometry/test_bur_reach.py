"""What a ball leaves in hollows where it can be worked out: flat floors, edges, corners, bowls."""

from __future__ import annotations

import numpy as np
import pytest

from typodont.geometry.bur_reach import bur_leftover
from typodont.geometry.decimation import subdivide
from typodont.geometry.mesh import Mesh


@pytest.fixture(scope="module")
def hollow(box) -> tuple[Mesh, np.ndarray]:
    """A block with a room 4 x 3 x 3 mm in it, and which faces are the walls of the room."""
    room = subdivide(box(4.0, 3.0, 3.0), 4)
    block = box(8.0, 8.0, 8.0)
    faces = np.concatenate([room.faces[:, ::-1], block.faces + len(room.vertices)])
    return Mesh(np.concatenate([room.vertices, block.vertices]), faces), np.arange(len(faces)) < len(room.faces)


def test_flat_walls_are_reached_and_edges_keep_what_the_ball_is_too_round_for(hollow):
    mesh, walls = hollow
    left = bur_leftover(mesh, walls, 0.5)
    away = np.abs(np.abs(mesh.vertices) - [2.0, 1.5, 1.5])  # from the walls across x, y, z
    touching = np.sort(away, axis=1)
    flat = (touching[:, 1] > 0.5) & walls_only(mesh, walls)
    edge = (touching[:, 1] < 1e-9) & (touching[:, 2] > 0.5) & walls_only(mesh, walls)
    corner = (touching[:, 2] < 1e-9) & walls_only(mesh, walls)
    assert flat.sum() > 100
    assert left[flat] == pytest.approx(0, abs=0.01)
    assert left[edge] == pytest.approx(0.5 * (np.sqrt(2) - 1), abs=0.01)
    assert left[corner] == pytest.approx(0.5 * (np.sqrt(3) - 1), abs=0.02)
    assert np.isnan(left[~walls_only(mesh, walls)]).all()


def walls_only(mesh: Mesh, walls: np.ndarray) -> np.ndarray:
    mask = np.zeros(len(mesh.vertices), dtype=bool)
    mask[mesh.faces[walls]] = True
    return mask


@pytest.mark.parametrize("radius", [0.5, 0.8])
def test_a_bowl_wider_than_the_ball_is_reached(sphere, radius):
    """A room like a ball of 2 mm."""
    bowl = Mesh(sphere(2.0, 4).vertices, sphere(2.0, 4).faces[:, ::-1])
    around = sphere(4.0, 2)
    mesh = Mesh(
        np.concatenate([bowl.vertices, around.vertices]),
        np.concatenate([bowl.faces, around.faces + len(bowl.vertices)]),
    )
    walls = np.arange(len(mesh.faces)) < len(bowl.faces)
    assert bur_leftover(mesh, walls, radius)[: len(bowl.vertices)] == pytest.approx(0, abs=0.02)


def test_a_room_narrower_than_the_ball_is_not_reached_at_all(box):
    room = subdivide(box(4.0, 0.8, 3.0), 3)
    block = box(8.0, 8.0, 8.0)
    faces = np.concatenate([room.faces[:, ::-1], block.faces + len(room.vertices)])
    mesh = Mesh(np.concatenate([room.vertices, block.vertices]), faces)
    left = bur_leftover(mesh, np.arange(len(faces)) < len(room.faces), 0.5)
    assert np.isinf(left[: len(room.vertices)]).all()


def test_a_smaller_bur_leaves_less(hollow):
    mesh, walls = hollow
    coarse, fine = bur_leftover(mesh, walls, 0.6), bur_leftover(mesh, walls, 0.3)
    assert np.nanmax(fine) == pytest.approx(0.5 * np.nanmax(coarse), abs=0.02)


def test_no_part_nothing_to_mill(box):
    block = box()
    assert np.isnan(bur_leftover(block, np.zeros(12, dtype=bool), 0.5)).all()
