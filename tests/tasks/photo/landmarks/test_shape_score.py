"""Shapes fitted to landmarks that are known: a band in the shape of an arch that may be wider, deeper or larger."""

from dataclasses import replace

import numpy as np
import pytest

from typodont.anatomy.landmarks import landmark_names
from typodont.geometry.deformable import LinearDeformable
from typodont.geometry.mesh import Mesh
from typodont.geometry.pinhole import Pinhole, middle_px
from typodont.geometry.shape_model import ShapeModel
from typodont.records.landmarked_photo import LandmarkedPhoto
from typodont.tasks.photo.landmarks import FoundLandmarks
from typodont.tasks.photo.shape_report import ShapeReport
from typodont.tasks.photo.shape_score import FIGURES, compare_shape, spread_ratios

NAMES = landmark_names("palate")
SIZE = (640, 480)
THETA = np.array([0.6, -0.8, 0.9])


def band() -> LinearDeformable:
    """Three rows of vertices along an arch; its modes are its width, its depth and its size."""
    angle = np.linspace(0, np.pi, len(NAMES))
    rows = [
        np.stack([reach * 18 * np.cos(angle), reach * 22 * np.sin(angle), lift + 3 * np.sin(3 * angle)], axis=1)
        for reach, lift in ((1.0, 0.0), (0.75, 5.0), (0.5, 1.0))
    ]
    mean = np.concatenate(rows)
    mean -= mean.mean(axis=0)
    modes = np.stack([mean * [1, 0, 0], mean * [0, 1, 0], mean])
    lengths = np.linalg.norm(modes, axis=(1, 2))
    shapes = ShapeModel(mean, modes / lengths[:, None, None], (0.06 * lengths) ** 2)
    n = len(NAMES)
    along = np.arange(n - 1)
    quads = [np.stack([row * n + along, row * n + along + 1, (row + 1) * n + along], axis=1) for row in (0, 1)]
    rest = [np.stack([row * n + along + 1, (row + 1) * n + along + 1, (row + 1) * n + along], axis=1) for row in (0, 1)]
    order = np.random.default_rng(0).permutation(3 * n)[:n]
    return LinearDeformable(NAMES, shapes, np.concatenate([*quads, *rest]), np.zeros(3 * n, dtype=int), np.sort(order))


def photographed(model: LinearDeformable, *, noise: float = 0.3) -> tuple[LandmarkedPhoto, FoundLandmarks]:
    """A band from below, every landmark seen and found within `noise` pixels."""
    points_mm = model.landmarks(THETA)[0]
    camera = Pinhole(900.0, middle_px(SIZE), SIZE, np.eye(3), np.array([1.0, -4.0, 100.0]))
    points = camera.project(points_mm)
    count = len(NAMES)
    photo = LandmarkedPhoto(
        "band",
        np.zeros((*SIZE[::-1], 3), dtype=np.uint8),
        "palate",
        "palate",
        NAMES,
        points,
        np.ones(count, dtype=bool),
        camera=camera,
        points_mm=points_mm,
        mesh=model.surface(THETA),
    )
    off = np.random.default_rng(1).normal(0, noise, points.shape)
    sure = np.ones(count)
    found = FoundLandmarks("palate", points + off, noise * sure, sure, {"palate": 1.0}, "palate", SIZE)
    return photo, found


def test_a_known_shape_comes_back_and_a_ruler_tells_its_size() -> None:
    model = band()
    errors = compare_shape(*photographed(model), model)
    assert errors is not None
    assert errors.failure is None
    figures = errors.figures
    assert set(figures) == set(FIGURES)
    assert figures["similarity_mean"] < 0.15
    assert figures["ruler_mean"] < figures["rigid_mean"]
    assert figures["similarity_mean"] <= figures["rigid_mean"] + 1e-3
    assert figures["similarity_mean"] <= figures["similarity_p95"]
    assert figures["rigid_mean"] < figures["mean_mouth"]
    assert 0.5 < figures["vertices_held"] <= 1
    assert figures["length_error"] < 3.0
    assert 0 <= figures["lengths_held"] <= 1


def test_vertices_may_come_in_another_order_but_not_in_another_number() -> None:
    model = band()
    photo, found = photographed(model)
    surface = photo.surface()
    assert surface is not None
    whole = compare_shape(photo, found, model)
    part = surface.submesh(surface.vertices[surface.faces].mean(axis=1)[:, 0] > 0)
    cut = compare_shape(
        replace(photo, mesh=Mesh(part.vertices, part.faces, {"label": part.vertex_attributes["label"]})), found, model
    )
    assert whole is not None
    assert cut is not None
    assert np.isfinite(whole.figures["vertices_held"])
    assert np.isnan(cut.figures["vertices_held"])


def test_lengths_whose_ends_are_not_known_are_left_out() -> None:
    model = band()
    photo, found = photographed(model)
    nowhere = np.full_like(photo.points_mm, np.nan)
    nowhere[:6] = photo.points_mm[:6]
    some = compare_shape(replace(photo, points_mm=nowhere, visible=np.isfinite(nowhere[:, 0])), found, model)
    assert some is not None
    assert np.isfinite(some.figures["rigid_mean"])
    assert np.isnan(some.figures["length_error"])


def test_wider_spreads_hold_more() -> None:
    model = band()
    photo, found = photographed(model, noise=2.0)
    ratios = spread_ratios(photo, found, model)
    assert ratios is not None
    held = {}
    for widen in (0.5, 1.0, 2.0):
        errors = compare_shape(photo, found, model, widen=widen)
        assert errors is not None
        held[widen] = errors.figures["vertices_held"]
        assert held[widen] == pytest.approx(float((ratios < widen * 1.6449).mean()), abs=0.01)
    assert held[0.5] < held[2.0]
    assert spread_ratios(replace(photo, mesh=None), found, model) is None
    assert spread_ratios(photo, replace(found, visible=np.zeros(len(NAMES))), model) is None


def test_without_a_surface_nothing_is_compared() -> None:
    model = band()
    photo, found = photographed(model)
    assert compare_shape(replace(photo, mesh=None), found, model) is None


def test_too_little_to_fit_is_a_failure_with_words() -> None:
    model = band()
    photo, found = photographed(model)
    errors = compare_shape(photo, replace(found, visible=np.zeros(len(NAMES))), model)
    assert errors is not None
    assert errors.failure
    assert all(np.isnan(value) for value in errors.figures.values())
    good = compare_shape(photo, found, model)
    assert good is not None
    report = ShapeReport([good, replace(errors, patient="other")], n_draws=20)
    figures = report.figures(report.photos)
    assert figures["found"].value == pytest.approx(0.5)
    assert figures["rigid_mean"].value == pytest.approx(good.figures["rigid_mean"])
    assert f"band: {errors.failure}" in report.table()
    assert report.as_dict()["groups"]["all"]["figures"]["rigid_mean"]["n"] == 1
