import numpy as np
import pytest

from typodont.geometry import oriented_points
from typodont.geometry.oriented_points import OrientedPoints, outward_normals


def ball(n: int = 4000, radius: float = 5.0) -> np.ndarray:
    turn = np.pi * (3 - np.sqrt(5)) * np.arange(n)
    z = 1 - (2 * np.arange(n) + 1) / n
    return radius * np.stack([np.sqrt(1 - z**2) * np.cos(turn), np.sqrt(1 - z**2) * np.sin(turn), z], axis=1)


def test_normals_of_a_ball_point_away_from_its_centre():
    points = ball()
    assert np.einsum("ij,ij->i", outward_normals(points), points / 5).min() > 0.99


def test_signed_distance_of_a_ball():
    points = ball()
    cloud = OrientedPoints(points, points / 5)
    directions = ball(500, 1.0)
    for radius in (4.5, 4.9, 5.0, 5.2, 6.0):
        assert cloud.signed_distance(radius * directions) == pytest.approx(np.full(500, radius - 5), abs=0.02)


def test_queries_in_pieces_give_the_same(monkeypatch: pytest.MonkeyPatch):
    points = ball(600)
    cloud = OrientedPoints(points, points / 5)
    queries = 1.1 * ball(100)
    whole = cloud.signed_distance(queries)
    monkeypatch.setattr(oriented_points, "_CHUNK", 33)
    assert (cloud.signed_distance(queries) == whole).all()
