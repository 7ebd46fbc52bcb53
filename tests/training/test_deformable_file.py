"""Shape models on disk: the shipped ones, back and forth, and damaged files told."""

import numpy as np
import pytest

from typodont.anatomy.landmarks import DENTITION_TEETH, SUBJECTS, landmark_names, mirrored_order
from typodont.anatomy.teeth import jaw
from typodont.errors import ConfigError, WeightsError
from typodont.training.deformable_file import read_shape_model, shipped_shape_model, write_shape_model
from typodont.training.weights import card_path, read_card, shipped_weights


@pytest.fixture(scope="module", params=SUBJECTS)
def subject(request):
    return request.param


@pytest.fixture(scope="module")
def model(subject):
    return shipped_shape_model(subject)


def test_shipped_models_have_the_subjects_landmarks_and_a_card(subject, model):
    assert model.names == landmark_names(subject)
    card = read_card(shipped_weights("photo", f"{subject}_shape"))
    assert card.shippable
    assert card.figures["parameters"] == model.n_parameters
    assert shipped_weights("photo", f"{subject}_shape").stat().st_size < 4e6


def test_the_mean_is_symmetric(subject, model):
    mean = model.landmarks(np.zeros(model.n_parameters))[0]
    np.testing.assert_allclose(mean[list(mirrored_order(subject))] * [-1, 1, 1], mean, atol=0.02)


def test_landmarks_lie_on_the_surface_in_the_mean(subject, model):
    surface = model.surface(np.zeros(model.n_parameters))
    points = model.landmarks(np.zeros(model.n_parameters))[0]
    apart = np.linalg.norm(points[:, None] - surface.vertices[None, ::1], axis=2).min(axis=1)
    assert apart.max() < 1.0
    assert np.median(apart) < 0.1


def test_written_and_read_again_it_is_the_same(model, subject, tmp_path):
    card = read_card(shipped_weights("photo", f"{subject}_shape"))
    write_shape_model(model, card, tmp_path / "again.safetensors")
    again, _ = read_shape_model(tmp_path / "again.safetensors")
    theta = np.random.default_rng(0).normal(size=model.n_parameters)
    np.testing.assert_allclose(again.landmarks(theta)[0], model.landmarks(theta)[0], atol=2e-3)
    np.testing.assert_array_equal(again.surface(theta).faces, model.surface(theta).faces)
    assert again.left_out_mm == model.left_out_mm


def test_a_mouth_in_bite_has_its_teeth_in_order():
    model = shipped_shape_model("dentition")
    surface = model.surface(np.zeros(model.n_parameters))
    label = surface.vertex_attributes["label"]
    assert set(np.unique(label)) == set(DENTITION_TEETH)
    centre = {fdi: surface.vertices[label == fdi].mean(axis=0) for fdi in DENTITION_TEETH}
    for fdi in DENTITION_TEETH:
        side = 1 if fdi // 10 in (2, 3) else -1  # +x is the patient's left in the upper arch frame
        assert side * centre[fdi][0] > 0
        assert centre[fdi][2] < centre[36][2] - 4 or jaw(fdi) == "lower"
    assert centre[11][1] > centre[13][1] > centre[16][1] > centre[17][1]


def test_unknown_subjects_and_damaged_files_are_told(tmp_path):
    with pytest.raises(ConfigError, match="dentition or palate"):
        shipped_shape_model("nose")
    path = tmp_path / "broken.safetensors"
    path.write_bytes(b"not a model")
    with pytest.raises(WeightsError, match="no readable card"):
        read_shape_model(path)
    card_path(path).write_text(card_path(shipped_weights("photo", "palate_shape")).read_text())
    with pytest.raises(WeightsError, match="damaged"):
        read_shape_model(path)
