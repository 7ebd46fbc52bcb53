"""Thickness along rays against shapes whose thickness is known."""

from __future__ import annotations

import numpy as np
import pytest

from typodont.geometry.mesh import Mesh
from typodont.geometry.thickness import thickness
from typodont.synth.xray.shapes import sleeve, tube


def _block(low: float, high: float) -> Mesh:
    corner = np.array([[4.5, 5.5], [14.5, 5.5], [14.5, 25.5], [4.5, 25.5]])
    return sleeve(np.array([np.column_stack([corner, np.full(4, z)]) for z in (low, high)]))


@pytest.mark.parametrize("flip", [False, True])
def test_block_is_as_thick_as_it_is_deep(flip: bool):
    block = _block(-1.0, 2.5)
    block = Mesh(block.vertices, block.faces[:, ::-1]) if flip else block
    depth, corner = thickness(block, (40, 40))
    assert corner == (5, 6)
    assert depth.shape == (10, 20)
    np.testing.assert_allclose(depth, 3.5, atol=1e-5)


def test_ball_has_its_volume_and_its_diameter():
    polar = np.linspace(1e-3, np.pi - 1e-3, 80)
    ball = tube(10 * np.cos(polar), 10 * np.sin(polar), np.array([30.0, 30.0]))
    depth, _ = thickness(ball, (64, 64))
    assert depth.max() == pytest.approx(20, abs=0.1)
    assert depth.sum() == pytest.approx(4 / 3 * np.pi * 1000, rel=0.03)


def test_hollow_counts_as_nothing():
    outer, inner = _block(0, 10), _block(3, 5)
    hollow = Mesh(
        np.vstack([outer.vertices, inner.vertices]),
        np.vstack([outer.faces, inner.faces[:, ::-1] + len(outer.vertices)]),
    )
    depth, _ = thickness(hollow, (40, 40))
    np.testing.assert_allclose(depth, 8, atol=1e-5)


def test_only_what_lies_inside_the_picture_comes_back():
    depth, corner = thickness(_block(0, 1), (10, 12))
    assert (corner, depth.shape) == ((5, 6), (5, 6))
    assert depth.min() > 0.99
    away = Mesh(_block(0, 1).vertices + [100, 0, 0], _block(0, 1).faces)
    assert thickness(away, (10, 12))[0].size == 0
