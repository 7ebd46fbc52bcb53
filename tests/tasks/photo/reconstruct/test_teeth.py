"""Which teeth are there: what no picture shows is guessed, and only gum between standing teeth is a missing tooth."""

import numpy as np
import pytest

from typodont.anatomy.relations import arch_order
from typodont.tasks.photo.gum import gum_likeness
from typodont.tasks.photo.picture import read_photograph
from typodont.tasks.photo.result import SeenPhoto
from typodont.tasks.photo.teeth import GUESSED, MISSING, SEEN, between, tooth_states


def seen_photo(mouth, folder, view="upper"):
    """What a perfect fit makes of a picture of the mouth."""
    return SeenPhoto(read_photograph(mouth.picture(folder, view)), mouth.found(view), mouth.camera(view), 1.0)


def states(mouth, folder):
    return tooth_states(mouth.model.surface(mouth.theta), [seen_photo(mouth, folder)])


def test_a_gap_lies_between_standing_teeth():
    assert between({13, 12, 21, 22}, arch_order("upper")) == {11}
    assert between(set(), arch_order("upper")) == set()
    assert between({16}, arch_order("upper")) == set()


@pytest.mark.parametrize("taken", [(), (24,)], ids=["not seen", "taken for a tooth"])
def test_gum_between_teeth_is_a_missing_tooth(known_mouth, tmp_path, taken):
    found = states(known_mouth(missing=(24,), taken=taken), tmp_path)
    assert found.pop(24) == MISSING
    assert set(found.values()) == {SEEN}


def test_a_tooth_behind_a_glove_is_guessed(known_mouth, tmp_path):
    found = states(known_mouth(gloved=(24,)), tmp_path)
    assert found[24] == GUESSED
    assert MISSING not in found.values()


def test_gum_at_the_end_of_the_row_may_be_a_cheek(known_mouth, tmp_path):
    assert states(known_mouth(missing=(17,)), tmp_path)[17] == GUESSED


def test_another_picture_that_shows_the_tooth_counts_more(known_mouth, tmp_path):
    gap, whole = known_mouth(missing=(11,)), known_mouth()
    photos = [seen_photo(gap, tmp_path), seen_photo(whole, tmp_path, "front")]
    assert tooth_states(whole.model.surface(whole.theta), photos[:1])[11] == MISSING
    assert tooth_states(whole.model.surface(whole.theta), photos)[11] == SEEN


def test_likeness_is_0_for_teeth_and_1_for_gum(known_mouth, tmp_path):
    mouth = known_mouth(missing=(24,))
    surface, photo = mouth.surface("upper"), seen_photo(mouth, tmp_path)
    likeness = gum_likeness(surface, photo.found, photo.camera, photo.picture.image)
    assert likeness.pop(24) == pytest.approx(1, abs=0.15)
    assert len(likeness) == 13
    assert list(likeness.values()) == pytest.approx([0] * 13, abs=0.15)
    assert gum_likeness(surface, photo.found, photo.camera, np.full_like(photo.picture.image, 180)) == {}
