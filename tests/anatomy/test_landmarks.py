"""The names of landmarks: complete, unique, and mirrored without loss."""

import pytest

from typodont.anatomy.landmarks import (
    DENTITION_LANDMARKS,
    DENTITION_TEETH,
    PALATE_LANDMARKS,
    SUBJECTS,
    landmark_group,
    landmark_jaw,
    landmark_names,
    landmark_tooth,
    mirrored_landmark,
    mirrored_order,
    tooth_points,
)
from typodont.errors import LabelError


def test_every_tooth_but_wisdom_teeth_has_landmarks():
    assert {landmark_tooth(name) for name in DENTITION_LANDMARKS} == set(DENTITION_TEETH)
    assert len(DENTITION_TEETH) == 28
    assert len(DENTITION_LANDMARKS) == len(set(DENTITION_LANDMARKS)) >= 250
    assert len(PALATE_LANDMARKS) == len(set(PALATE_LANDMARKS)) >= 40


def test_teeth_have_the_cusps_of_their_type():
    assert sum("cusp" in point for point in tooth_points(13)) == 1
    assert sum("cusp" in point for point in tooth_points(24)) == 2
    assert sum("cusp" in point for point in tooth_points(16)) == 4
    assert sum("cusp" in point for point in tooth_points(46)) == 5
    assert "edge" in tooth_points(11)
    assert "edge" not in tooth_points(13)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_mirroring_twice_is_nothing(subject):
    order = mirrored_order(subject)
    assert [order[i] for i in order] == list(range(len(landmark_names(subject))))


def test_mirroring_swaps_the_patients_sides():
    assert mirrored_landmark("16 mesial") == "26 mesial"
    assert mirrored_landmark("right ridge 2") == "left ridge 2"
    assert mirrored_landmark("incisive papilla") == "incisive papilla"


def test_groups_and_jaws():
    assert landmark_group("46 distal cusp") == "cusp"
    assert landmark_group("46 distal") == "contact"
    assert landmark_group("11 facial gum mesial") == "gum margin"
    assert landmark_group("left ridge at cleft") == "cleft"
    assert landmark_jaw("46 distal") == "lower"
    assert landmark_jaw("vomer back") == "upper"


def test_unknown_subject_and_tooth_are_told():
    with pytest.raises(LabelError, match="dentition or palate"):
        landmark_names("nose")
    with pytest.raises(LabelError, match="18"):
        tooth_points(18)
