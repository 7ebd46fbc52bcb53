"""Mouths and cameras that made photographs come back from their landmarks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from typodont.errors import ConfigError, FormatError
from typodont.tasks.photo.fit import FitOptions, fit_photos
from typodont.tasks.photo.posterior import laplace, size_spread
from typodont.tasks.photo.scale import ruler, tooth_width
from typodont.tasks.photo.seen import SeenLandmarks
from typodont.tasks.photo.unknowns import Guess, quadratic, weigh


@pytest.fixture(scope="module")
def model(mouths):
    return mouths.arch_mouth(names=("11 mesial", "11 distal", *(f"point {i}" for i in range(58))))


def scene(mouths, model, seed, views=("upper",), **errors):
    """Theta of a mouth, and photographs of it."""
    rng = np.random.default_rng(seed)
    theta = rng.normal(size=model.n_parameters)
    points = model.landmarks(theta)[0]
    distance = rng.uniform(90, 220)
    return theta, [
        mouths.photograph(points, mouths.camera_of(v, rng, distance=distance), v, rng, **errors) for v in views
    ]


@pytest.mark.parametrize("view", ["upper", "front", "left", "right"])
def test_perfect_landmarks_give_the_shape_back(mouths, model, view):
    """Up to its size and depth, which one picture from afar hardly tells."""
    errors = []
    for seed in range(6):
        theta, photos = scene(mouths, model, seed, (view,))
        fit = fit_photos(model, photos)
        assert fit.settled
        assert np.abs(fit.cameras[0].project(model.landmarks(fit.theta)[0]) - photos[0].points).max() < 0.8
        errors.append(mouths.rigid_error(model.surface(fit.theta), model.surface(theta), scale=True))
    assert np.mean(errors) < 0.15


def test_several_photographs_are_better_than_one(mouths, model):
    alone, together = [], []
    for seed in range(6):
        theta, photos = scene(mouths, model, seed, ("upper", "front", "left", "right"), noise=2.0)
        truth = model.surface(theta)
        alone.append(mouths.rigid_error(model.surface(fit_photos(model, photos[:1]).theta), truth, scale=True))
        together.append(mouths.rigid_error(model.surface(fit_photos(model, photos).theta), truth, scale=True))
    assert np.mean(together) < 0.6 * np.mean(alone)


def test_wrong_and_hidden_landmarks_hardly_matter(mouths, model):
    clean, dirty = [], []
    for seed in range(6):
        theta, photos = scene(mouths, model, seed, noise=1.0)
        _, spoilt = scene(mouths, model, seed, noise=1.0, wrong=0.12, hidden=0.25)
        for found, given in ((clean, photos), (dirty, spoilt)):
            fit = fit_photos(model, given)
            found.append(mouths.rigid_error(model.surface(fit.theta), model.surface(theta), scale=True))
    assert np.mean(dirty) < np.mean(clean) + 0.15


def test_landmarks_without_a_place_say_the_same_as_endless_sigma(mouths, model):
    _, (photo,) = scene(mouths, model, 3, noise=1.0)
    points, sigma = photo.points.copy(), photo.sigma.copy()
    points[::3] = np.nan
    sigma[::3] = np.inf
    without, unsure = (
        fit_photos(model, [replace(photo, **change)]).theta for change in ({"points": points}, {"sigma": sigma})
    )
    assert without == pytest.approx(unsure)


def test_unsure_landmarks_count_less(mouths, model):
    """Half of the landmarks lie 8 pixels off and say so."""
    theta, (photo,) = scene(mouths, model, 4)
    points, sigma = photo.points.copy(), photo.sigma.copy()
    points[::2] += np.random.default_rng(0).normal(0, 8, points[::2].shape)
    truth = model.surface(theta)
    plain = FitOptions(freedom=1e6)  # a normal distribution, which believes what it is told
    naive = fit_photos(model, [replace(photo, points=points)], options=plain)
    sigma[::2] = 8.0
    honest = fit_photos(model, [replace(photo, points=points, sigma=sigma)], options=plain)
    error = [mouths.rigid_error(model.surface(fit.theta), truth, scale=True) for fit in (honest, naive)]
    assert error[0] < 0.5 * error[1]


def test_nothing_seen_but_a_little_leaves_the_mean(mouths, model):
    """Six landmarks with large sigmas do not bend a mouth."""
    _, (photo,) = scene(mouths, model, 5)
    points = np.full_like(photo.points, np.nan)
    points[::10] = photo.points[::10]
    fit = fit_photos(model, [replace(photo, points=points, sigma=np.full(len(points), 60.0))])
    assert np.abs(fit.theta).max() < 0.3


def test_focal_length_of_the_file_is_believed(mouths, model):
    _, (photo,) = scene(mouths, model, 6, noise=0.5)
    told = fit_photos(model, [photo]).cameras[0].focal_px
    assert told == pytest.approx(photo.focal_px, rel=0.1)
    blind = fit_photos(model, [replace(photo, focal_px=None)]).cameras[0].focal_px
    assert blind != pytest.approx(told, rel=0.01)


def test_a_known_width_sets_the_size(mouths, model):
    rigid = {}
    for known in (False, True):
        errors = []
        for seed in range(8):
            theta, photos = scene(mouths, model, seed, ("upper", "front"), noise=1.0)
            points = model.landmarks(theta)[0]
            width = float(np.linalg.norm(points[0] - points[1]))
            knowledge = [replace(tooth_width(11, 8.0, model.names), mm=width, spread_mm=0.01)] if known else []
            fit = fit_photos(model, photos, knowledge)
            errors.append(mouths.rigid_error(model.surface(fit.theta), model.surface(theta)))
        rigid[known] = np.mean(errors)
    assert rigid[True] < 0.8 * rigid[False]


def test_a_ruler_sets_the_size(mouths, model):
    """The same two places said to be a tenth farther apart: the mouth grows with them, as far as mouths do."""
    _, (photo,) = scene(mouths, model, 2, noise=0.5)
    ends = ((100.0, 40.0), (300.0, 40.0))
    camera = fit_photos(model, [photo]).cameras[0]
    mm = 200 / camera.focal_px * -camera.translation[2]
    sizes, spreads = [], []
    for factor in (1.0, 1.1):
        fit = fit_photos(model, [photo], [ruler(photo, 0, ends, factor * mm)])
        places = model.surface(fit.theta).vertices
        sizes.append(np.linalg.norm(places - places.mean(axis=0)))
        spreads.append(size_spread(laplace(fit), model, np.arange(len(places))))
    assert 1.005 < sizes[1] / sizes[0] < 1.1
    assert max(spreads) < size_spread(laplace(fit_photos(model, [photo])), model, np.arange(len(places)))


def test_derivatives_are_differences(mouths, model):
    """Half the gradient of the cost, against differences of it; weights of the landmarks included."""
    rng = np.random.default_rng(7)
    theta, photos = scene(mouths, model, 7, ("upper", "left"), noise=2.0)
    knowledge = [tooth_width(11, 8.0, model.names), ruler(photos[1], 1, ((20.0, 30.0), (200.0, 60.0)), 15.0)]
    cameras = tuple(mouths.camera_of(photo.view, rng).zoomed(0.1) for photo in photos)
    guess = Guess(theta + rng.normal(0, 0.3, len(theta)), cameras)
    spreads = [photo.spread for photo in photos]

    def cost(step):
        return quadratic(model, photos, guess.stepped(step), spreads, knowledge, freedom=4.0)

    at, eps = cost(np.zeros(guess.n_unknowns)), 1e-5
    for axis in np.eye(guess.n_unknowns):
        change = (cost(eps * axis).cost - cost(-eps * axis).cost) / (2 * eps)
        assert 2 * (at.gradient @ axis) == pytest.approx(change, rel=1e-4, abs=1e-3)
    assert at.hessian == pytest.approx(at.hessian.T)
    assert np.linalg.eigvalsh(at.hessian).min() > 0


def test_weights_by_hand():
    """At no distance the weight is 1 + 2 / freedom, at a squared distance of 4 it is (4 + 2) / (4 + 4)."""
    cost, weight = weigh(np.array([0.0, 4.0]), 4.0)
    assert weight == pytest.approx([1.5, 0.75])
    assert cost == pytest.approx([0.0, 6 * np.log(2)])


def test_what_cannot_be_fitted_is_told(mouths, model):
    _, (photo,) = scene(mouths, model, 0)
    with pytest.raises(ConfigError, match="no photograph"):
        fit_photos(model, [])
    few = np.full_like(photo.points, np.nan)
    few[:4] = photo.points[:4]
    with pytest.raises(FormatError, match="found 4 usable landmarks, expected 6"):
        fit_photos(model, [replace(photo, points=few)])
    with pytest.raises(FormatError, match="view is 'behind'"):
        fit_photos(model, [replace(photo, view="behind")])
    with pytest.raises(ConfigError, match="found 5 landmarks, expected the 60"):
        fit_photos(model, [SeenLandmarks(np.zeros((5, 2)), np.ones(5), mouths.size, "upper")])
    with pytest.raises(FormatError, match=r"found landmarks of shape \(5, 3\)"):
        SeenLandmarks(np.zeros((5, 3)), np.ones(5), mouths.size, "upper")
    with pytest.raises(ConfigError, match="freedom above 0"):
        FitOptions(freedom=0)
