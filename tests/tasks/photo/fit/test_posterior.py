"""What a fit says of its own errors comes true."""

from __future__ import annotations

import numpy as np
import pytest

from typodont.anatomy.landmarks import PALATE_LANDMARKS
from typodont.geometry.registration import apply, fit_rigid
from typodont.tasks.photo.fit import fit_photos
from typodont.tasks.photo.measure import NINE_OF_TEN, dentition_lengths, measure, palate_lengths
from typodont.tasks.photo.posterior import Posterior, laplace, one_number, size_spread, vertex_sigma

CASES = 100


@pytest.fixture(scope="module")
def model(mouths):
    return mouths.arch_mouth()


@pytest.fixture(scope="module")
def cases(model, mouths):
    """Mouths drawn from the model, and what one photograph with normal errors leaves open of each."""
    found = []
    for seed in range(CASES):
        rng = np.random.default_rng(seed)
        theta = rng.normal(size=model.n_parameters)
        camera = mouths.camera_of("upper", rng, distance=rng.uniform(90, 200))
        photo = mouths.photograph(model.landmarks(theta)[0], camera, "upper", rng, noise=3.0, hidden=0.2)
        found.append((theta, laplace(fit_photos(model, [photo]))))
    return found


@pytest.mark.parametrize("after", ["none", "rigid", "similarity"])
def test_nine_of_ten_intervals_hold_the_truth(model, cases, after):
    inside = []
    every = np.arange(len(model.shapes.mean))
    for theta, posterior in cases:
        sigma = vertex_sigma(posterior, model, every, after=after)
        found, truth = (model.surface(t).vertices for t in (posterior.theta, theta))
        if after != "none":
            found = apply(fit_rigid(found, truth, scale=after == "similarity"), found)
        inside.append((np.abs(found - truth) < NINE_OF_TEN * sigma).mean())
    assert 0.85 < np.mean(inside) < 0.95


def test_intervals_of_lengths_hold_the_truth(model, cases):
    width = {"width": {model.names[0]: 1.0, model.names[30]: -1.0}}
    inside = []
    for theta, posterior in cases:
        (length,) = measure(posterior, model, width)
        points = model.landmarks(theta)[0]
        low, high = length.interval
        inside.append(low < np.linalg.norm(points[0] - points[30]) < high)
    assert 0.81 < np.mean(inside) <= 1.0  # 100 cases: 90 % within three standard errors


def test_taking_out_more_leaves_less_open(model, cases):
    every = np.arange(len(model.shapes.mean))
    left = [
        one_number(vertex_sigma(cases[0][1], model, every, after=after)).mean()
        for after in ("none", "rigid", "similarity")
    ]
    assert left[0] > left[1] > left[2] > 0


def test_sigma_is_the_spread_of_samples(model, cases):
    posterior = cases[1][1]
    every = np.arange(len(model.shapes.mean))
    mean = model.surface(posterior.theta).vertices
    drawn = []
    for theta in posterior.sample(np.random.default_rng(0), 400):
        places = model.surface(theta).vertices
        drawn.append(apply(fit_rigid(places, mean), places) - mean)
    spread = np.sqrt(np.mean(np.square(drawn), axis=0))
    assert np.median(spread / vertex_sigma(posterior, model, every)) == pytest.approx(1.0, abs=0.1)


def test_nothing_open_leaves_the_misfit(model):
    sure = Posterior(np.zeros(12), np.zeros((12, 12)), misfit_mm=0.2)
    assert vertex_sigma(sure, model, np.arange(20)) == pytest.approx(0.2)
    assert size_spread(sure, model, np.arange(100)) == pytest.approx(0.0)


def test_prior_alone_has_the_spread_of_the_population(model):
    """The model's shapes were given sizes with a spread of 4 % and waves that change the size a little more."""
    blind = Posterior(np.zeros(12), np.eye(12))
    every = np.arange(len(model.shapes.mean))
    assert 0.03 < size_spread(blind, model, every) < 0.08
    variance = (model.shapes.modes**2 * model.shapes.eigenvalues[:, None, None]).sum(axis=0)
    assert vertex_sigma(blind, model, every, after="none") == pytest.approx(np.sqrt(variance))


def test_lengths_are_named_by_the_teeth_that_are_there():
    found = dentition_lengths([13, 11, 21, 23, 16, 26, 36])
    assert list(found) == [
        "upper inter-canine width",
        "upper inter-molar width",
        "upper arch depth",
        *(f"{fdi} width" for fdi in (11, 13, 16, 21, 23, 26, 36)),
    ]
    assert all(sum(weights.values()) == 0 for weights in found.values())


def test_lengths_of_a_palate_are_between_its_landmarks():
    for weights in palate_lengths().values():
        assert set(weights) <= set(PALATE_LANDMARKS)
        assert sum(weights.values()) == 0
    assert palate_lengths()["left alveolar cleft"] == {"left ridge at cleft": 1, "left premaxilla ridge at cleft": -1}
