"""The benchmark of the fit, on one mouth in a few settings."""

import numpy as np
import pytest

from typodont.training.deformable_file import shipped_shape_model


@pytest.fixture(scope="module")
def photo_fit(benchmark_module):
    return benchmark_module("photo_fit")


@pytest.fixture(scope="module")
def model():
    return shipped_shape_model("dentition").trimmed(30)


def test_a_mouth_of_the_model_comes_back(photo_fit, model):
    setting = photo_fit.Setting("model", "upper", 0.0)
    row = photo_fit.measure_case(model, setting, "dentition", 1, 0)
    assert row["similarity_mean"] < 0.5
    assert row["similarity_mean"] <= row["rigid_mean"] + 1e-9
    assert 0 <= row["rigid_held"] <= 1


def test_a_made_mouth_has_the_vertices_of_the_model(photo_fit):
    whole = shipped_shape_model("dentition")
    truth = photo_fit.draw_truth(whole, "made", 1, 0)
    mean = whole.surface(np.zeros(whole.n_parameters)).vertices
    assert np.linalg.norm(truth.vertices - mean, axis=1).mean() < 4
    assert np.isfinite(truth.landmarks).all()


def test_the_table_has_a_line_for_every_setting(photo_fit):
    row = {f"{after}_{what}": 0.5 for after in ("rigid", "similarity") for what in ("mean", "p95", "held")}
    found = {"upper": photo_fit.summary([row | {"seconds": 0.02}, row | {"seconds": 0.06}])}
    assert found["upper"]["fits_per_second"] == 25.0
    lines = list(photo_fit.table(found))
    assert len(lines) == 2
    assert lines[1].startswith("upper ")
