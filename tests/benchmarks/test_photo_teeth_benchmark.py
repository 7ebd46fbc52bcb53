"""What a tooth of a photograph is: to be seen, hidden or missing."""

import numpy as np
import pytest

from typodont.anatomy.landmarks import DENTITION_LANDMARKS, landmark_tooth
from typodont.records.landmarked_photo import LandmarkedPhoto


@pytest.fixture(scope="module")
def photo_teeth(benchmark_module):
    return benchmark_module("photo_teeth")


def test_what_teeth_are_is_read_off_the_truth(photo_teeth):
    tooth = np.array([landmark_tooth(name) for name in DENTITION_LANDMARKS])
    points = np.where((tooth == 13)[:, None], np.nan, 5.0) * np.ones(2)
    one_of_12 = np.flatnonzero(tooth == 12)[1:]
    visible = tooth != 13
    visible[one_of_12] = False
    image = np.zeros((10, 10, 3), dtype=np.uint8)
    photo = LandmarkedPhoto("a", image, "dentition", "upper", DENTITION_LANDMARKS, points, visible)
    assert [photo_teeth.true_state(photo, fdi) for fdi in (11, 12, 13)] == ["to be seen", "hidden", "missing"]
