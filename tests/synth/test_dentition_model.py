"""The dentition model: mirrored numbers are mirrored mouths; made-up mouths lie near the model that was shipped."""

from dataclasses import replace

import numpy as np
import pytest

from typodont.anatomy.landmarks import mirrored_order
from typodont.geometry.jointed_model import JointedModel
from typodont.synth.complete_mouth import make_complete_mouth
from typodont.synth.dentition_model import (
    learn_dentition,
    mirrored_raw,
    nearest_parameters,
    raw_numbers,
    sample_mouth,
)
from typodont.training.deformable_file import shipped_shape_model


@pytest.fixture(scope="module")
def model():
    found = shipped_shape_model("dentition")
    assert isinstance(found, JointedModel)
    return found


def places(model, raw):
    return replace(model, raw_mean=raw).landmarks(np.zeros(model.n_parameters))[0]


def test_mirrored_numbers_make_the_mirror_image(model):
    theta = np.random.default_rng(1).normal(size=model.n_parameters)
    raw = model.raw(theta)
    image = places(model, mirrored_raw(raw[None])[0])
    expected = places(model, raw)[list(mirrored_order("dentition"))] * [-1, 1, 1]
    np.testing.assert_allclose(image, expected, atol=0.05)  # the stored mean bite is mirrored to a few micrometres
    np.testing.assert_array_equal(mirrored_raw(mirrored_raw(raw[None]))[0], raw)


@pytest.mark.slow
def test_a_mouths_numbers_make_the_mouth(model):
    mouth = make_complete_mouth(31, 0)
    sample = sample_mouth(mouth)
    assert sample is not None
    truth = mouth.landmarks()
    exact = places(model, raw_numbers(model, sample))
    assert np.linalg.norm(exact - truth, axis=1).mean() < 0.35  # what eight modes of a crown cannot tell
    nearest = model.landmarks(nearest_parameters(model, sample))[0]
    assert np.linalg.norm(nearest - truth, axis=1).mean() < 1.0


@pytest.mark.slow
def test_a_model_of_a_few_mouths_makes_each_of_them():
    mouths = [make_complete_mouth(32, index) for index in range(3)]
    samples = [sample for mouth in mouths if (sample := sample_mouth(mouth)) is not None]
    learnt = learn_dentition(samples, n_parameters=20)
    assert learnt.n_parameters <= 2 * len(samples) - 1
    mean = learnt.landmarks(np.zeros(learnt.n_parameters))[0]
    np.testing.assert_allclose(mean[list(mirrored_order("dentition"))] * [-1, 1, 1], mean, atol=1e-6)
