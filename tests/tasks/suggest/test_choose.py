"""The choice itself, on points of which one sees what must come next."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from typodont.tasks.suggest.choose import choose, comparable

NONE = np.zeros((0, 1))


def line(*places):
    return np.array(places, dtype=float)[:, None]


def order(choices):
    return [choice.index for choice in choices]


def test_with_equal_doubt_the_farthest_from_all_before_comes_next():
    places = line(0, 1, 2, 10, 6)
    assert order(choose(np.full(5, 0.5), places, line(0), 3))[:3] == [3, 4, 2]


def test_twice_the_doubt_makes_up_for_half_the_distance():
    places = line(1.0, 2.1)
    assert order(choose(np.array([0.2, 0.1]), places, line(0), 1)) == [1, 0]
    assert order(choose(np.array([0.22, 0.1]), places, line(0), 1)) == [0, 1]


def test_without_labels_the_most_doubtful_is_first_and_its_twin_last():
    choices = choose(np.array([0.9, 0.8, 0.3]), line(5, 5, 0), NONE, 3)
    assert order(choices) == [0, 2, 1]
    assert math.isnan(choices[0].distance)
    assert choices[0].gain == 0.9
    assert choices[2].distance == 0


def test_what_is_not_chosen_follows_by_the_gain_it_has_left():
    choices = choose(np.array([0.1, 0.2, 0.3, 0.1]), line(1, 2, 3, 4), line(0), 1)
    assert sorted(order(choices)) == [0, 1, 2, 3]
    gains = [choice.gain for choice in choices[1:]]
    assert gains == sorted(gains, reverse=True)


def test_distances_are_usually_one():
    features = np.random.default_rng(0).normal(3.0, [0.01, 5.0, 200.0], (400, 3))
    scaled, _ = comparable(features, np.zeros((0, 3)))
    apart = np.linalg.norm(scaled[:200] - scaled[200:], axis=1)
    assert np.sqrt((apart**2).mean()) == pytest.approx(1, abs=0.05)


def test_features_that_are_the_same_everywhere_decide_nothing():
    choices = choose(np.array([0.1, 0.7, 0.4]), np.full((3, 2), 7.0), np.zeros((0, 2)), 1)
    assert choices[0].index == 1
    assert all(choice.distance == 0 for choice in choices[1:])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(0, 3), st.integers(1, 15))
def test_every_case_once_and_in_any_order_of_the_input_the_same(seed, n_cases, n_known, n):
    rng = np.random.default_rng(seed)
    doubt, features, known = rng.random(n_cases), rng.normal(size=(n_cases, 4)), rng.normal(size=(n_known, 4))
    found = order(choose(doubt, features, known, n))
    assert sorted(found) == list(range(n_cases))
    shuffled = rng.permutation(n_cases)
    again = order(choose(doubt[shuffled], features[shuffled], known, n))
    assert [int(shuffled[index]) for index in again] == found
