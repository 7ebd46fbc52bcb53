from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from typodont import anatomy


@given(st.sampled_from(anatomy.TEETH))
def test_sizes_are_mirror_consistent_and_possible(fdi):
    size = anatomy.size(fdi)
    assert size == anatomy.size(anatomy.mirrored(fdi))
    assert all(value > 0 for value in astuple(size))
    assert size.md_neck < size.md_crown
    assert size.bl_neck < size.bl_crown
    assert size.root_length > size.crown_length


def test_textbook_values():
    assert anatomy.size(11).md_crown == 8.5
    assert anatomy.size(43).root_length == 16.0
    assert anatomy.size(46).bl_crown == 10.5


@pytest.mark.parametrize("fdi", [54, 55, 74, 75])
def test_milk_molars_are_wider_than_the_premolars_that_follow(fdi):
    # The difference is the leeway space.
    assert anatomy.size(fdi).md_crown > anatomy.size(anatomy.successor(fdi)).md_crown


@pytest.mark.parametrize("fdi", [51, 52, 53, 71, 72, 73])
def test_milk_front_teeth_are_narrower_than_their_successors(fdi):
    assert anatomy.size(fdi).md_crown < anatomy.size(anatomy.successor(fdi)).md_crown
