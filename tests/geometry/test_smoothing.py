import numpy as np
import pytest

from typodont.geometry.mesh import Mesh
from typodont.geometry.smoothing import diffuse, laplacian, taubin_smooth


def test_a_spot_spreads_to_a_gaussian_of_the_width_asked_for(plate):
    mesh = plate(60, 12.0)
    spot = np.zeros(len(mesh.vertices))
    spot[np.linalg.norm(mesh.vertices, axis=1).argmin()] = 1
    for sigma in (0.6, 1.0):
        spread = diffuse(mesh, spot, sigma=sigma, steps=4)
        area, _ = laplacian(mesh)
        weight = spread * area / (spread * area).sum()
        assert weight @ mesh.vertices[:, 0] ** 2 == pytest.approx(sigma**2, rel=0.02)
        assert (spread * area).sum() == pytest.approx((spot * area).sum(), rel=1e-4)


def test_constants_and_linear_values_stay(plate):
    mesh = plate(30, 6.0)
    values = np.stack([np.ones(len(mesh.vertices)), mesh.vertices[:, 0]], axis=1)
    inner = np.abs(mesh.vertices).max(axis=1) < 1.5
    result = diffuse(mesh, values, sigma=0.2)
    assert result.shape == values.shape
    assert result[inner] == pytest.approx(values[inner], abs=1e-3)


def test_laplacian_of_the_height_on_a_ball(sphere):
    mesh = sphere(1.0, 5)
    area, stiffness = laplacian(mesh)
    assert area.sum() == pytest.approx(4 * np.pi, rel=0.002)
    height = mesh.vertices[:, 2]
    assert np.abs(stiffness @ height / area - 2 * height).mean() < 0.02  # an eigenfunction with eigenvalue 2


def test_unreferenced_vertices_keep_their_values(sphere):
    mesh = sphere()
    lonely = Mesh(np.concatenate([mesh.vertices, [[9.0, 9, 9]]]), mesh.faces)
    values = np.arange(len(lonely.vertices), dtype=float)
    assert diffuse(lonely, values, sigma=0.5)[-1] == values[-1]


def test_smoothing_takes_noise_off_and_keeps_the_size(sphere):
    mesh = sphere(5.0, 4)
    rough = Mesh(mesh.vertices * (1 + 0.01 * np.random.default_rng(0).normal(size=(len(mesh.vertices), 1))), mesh.faces)
    calm = taubin_smooth(rough)
    radius = np.linalg.norm(calm.vertices, axis=1)
    assert radius.std() < 0.4 * np.linalg.norm(rough.vertices, axis=1).std()
    assert radius.mean() == pytest.approx(5, rel=0.01)
    assert (calm.faces == rough.faces).all()


def test_borders_stay(cylinder):
    mesh = cylinder()
    border = np.abs(mesh.vertices[:, 2]) == 2
    calm = taubin_smooth(mesh)
    assert (calm.vertices[border] == mesh.vertices[border]).all()
    assert (calm.vertices[~border] != mesh.vertices[~border]).any()
