import numpy as np
import pytest

from typodont.geometry.shape_model import ShapeModel, fit_shape_model


@pytest.fixture
def model():
    """Two known modes: stretch along x (sd 3) and shear of y by z (sd 1)."""
    rng = np.random.default_rng(0)
    mean = rng.normal(size=(50, 3))
    stretch, shear = np.zeros((2, 50, 3))
    stretch[:, 0] = mean[:, 0]
    shear[:, 1] = mean[:, 2]
    modes = np.stack([stretch / np.linalg.norm(stretch), shear / np.linalg.norm(shear)])
    return ShapeModel(mean, modes, np.array([9.0, 1.0]))


def test_instance_moves_by_deviations(model):
    assert (model.instance([0, 0]) == model.mean).all()
    assert model.instance([2.0]) == pytest.approx(model.mean + 6 * model.modes[0])
    batch = model.instance(np.array([[1, 0], [0, -1.0]]))
    assert batch[1] == pytest.approx(model.mean - model.modes[1])
    with pytest.raises(ValueError, match="3 weights"):
        model.instance([1, 2, 3])


def test_project_undoes_instance(model):
    weights = np.random.default_rng(1).normal(size=(5, 2))
    assert model.project(model.instance(weights)) == pytest.approx(weights)
    assert model.project(model.instance(weights[0])) == pytest.approx(weights[0])


def test_reconstruction_is_the_nearest_instance(model):
    shape = model.instance([1, -0.5]) + np.random.default_rng(2).normal(size=model.mean.shape) * 0.1
    nearest = model.reconstruct(shape)
    error = np.linalg.norm(shape - nearest)
    for step in ([0.01, 0], [-0.01, 0], [0, 0.01], [0, -0.01]):
        assert np.linalg.norm(shape - model.instance(model.project(shape) + step)) > error


def test_fit_finds_the_modes_that_made_the_shapes(model):
    rng = np.random.default_rng(3)
    shapes = model.instance(rng.normal(size=(1500, 2)))
    found = fit_shape_model(shapes)
    assert found.n_modes == 2
    assert found.eigenvalues == pytest.approx([9, 1], rel=0.1)
    overlap = np.abs(np.einsum("mnx,mnx->m", found.modes, model.modes))
    assert overlap == pytest.approx(1, abs=1e-2)
    assert found.project(shapes).std(axis=0, ddof=1) == pytest.approx(1)
    assert found.reconstruct(shapes) == pytest.approx(shapes)


def test_few_shapes_span_few_modes():
    shapes = np.random.default_rng(0).normal(size=(4, 30, 3))
    found = fit_shape_model(shapes)
    assert found.n_modes == 3
    gram = found.modes.reshape(3, -1) @ found.modes.reshape(3, -1).T
    assert gram == pytest.approx(np.eye(3), abs=1e-12)
    assert fit_shape_model(shapes, n_modes=2).n_modes == 2
    assert fit_shape_model(np.stack([shapes[0], shapes[0]])).n_modes == 0
    with pytest.raises(ValueError, match="at least two"):
        fit_shape_model(shapes[:1])


def test_trim_by_number_or_by_variance(model):
    assert model.trim(1).n_modes == 1
    assert model.trim(variance=0.9).n_modes == 1
    assert model.trim(variance=0.91).n_modes == 2
    assert model.trim(variance=1.0).n_modes == 2
    with pytest.raises(ValueError, match="either"):
        model.trim()


def test_sample_stays_within_the_limit(model):
    for seed in range(20):
        weights = model.project(model.sample(np.random.default_rng(seed), limit=0.5))
        assert np.abs(weights).max() <= 0.5 + 1e-9


def test_modes_without_spread_project_to_zero(model):
    flat = ShapeModel(model.mean, model.modes, np.array([9.0, 0.0]))
    assert flat.project(model.instance([1, 1]))[1] == 0


def test_parts_must_fit(model):
    with pytest.raises(ValueError, match="do not fit"):
        ShapeModel(model.mean, model.modes, np.ones(3))
