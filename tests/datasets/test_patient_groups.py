import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from typodont.datasets.group_split import split_groups
from typodont.datasets.near_duplicates import NearDuplicate
from typodont.datasets.patient_groups import (
    Link,
    groups_of,
    keys_of_names,
    links_by_key,
    links_by_looks,
    original_name,
)
from typodont.errors import ConfigError


@pytest.mark.parametrize(
    ("name", "original"),
    [
        ("IMG_3144_JPEG.rf.e97fc0aa", "IMG_3144"),
        ("IMG_3144_JPG.rf.81b8c1ff", "IMG_3144"),
        ("41B.rf.10c8e5", "41B"),
        ("p1.front", "p1.front"),
        ("IMG_3144", "IMG_3144"),
    ],
)
def test_copies_of_one_original_have_its_name(name, original):
    assert original_name(name) == original


def test_links_by_key():
    assert links_by_key(["a", None, "b", "a", None, "a"], "patient") == [
        Link(0, 3, "patient a"),
        Link(0, 5, "patient a"),
    ]


def test_patients_in_names():
    names = ["12_front", "12_left", "x", "7_front"]
    assert keys_of_names(names, r"^(\d+)_") == ["12", "12", None, "7"]
    assert keys_of_names(names, r"\d+") == ["12", "12", None, "7"]
    with pytest.raises(ConfigError, match="is no regular expression"):
        keys_of_names(names, "(")
    with pytest.raises(ConfigError, match="is in none of the names, such as '12_front'"):
        keys_of_names(names, "patient")


def test_looks_say_how():
    pairs = [NearDuplicate(0, 1, 0.95, False), NearDuplicate(1, 2, 0.6, True, True)]
    assert [link.why for link in links_by_looks(pairs)] == [
        "the same picture (correlation 0.95)",
        "the same teeth, mirrored, upside down (correlation 0.60)",
    ]
    assert groups_of(4, links_by_looks(pairs)) == [0, 0, 0, 1]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 9), min_size=30, max_size=60), st.integers(0, 3))
def test_no_group_is_torn_apart(groups, seed):
    groups = np.unique(groups + list(range(10)), return_inverse=True)[1].tolist()
    sides = split_groups(groups, np.ones((len(groups), 1)), (0.6, 0.2, 0.2), seed=seed)
    assert set(sides.tolist()) <= {0, 1, 2}
    for group in set(groups):
        assert len({side for side, of in zip(sides.tolist(), groups, strict=True) if of == group}) == 1


@pytest.mark.parametrize("seed", range(3))
def test_every_side_gets_its_share_of_what_is_rare(seed):
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 120, 300)
    groups = np.unique(groups, return_inverse=True)[1]
    counts = np.stack([rng.poisson(8, 300), rng.random(300) < 0.05], axis=1).astype(float)
    sides = split_groups(groups.tolist(), counts, (0.7, 0.15, 0.15), seed=seed)
    for side, share in enumerate((0.7, 0.15, 0.15)):
        chosen = sides == side
        assert chosen.mean() == pytest.approx(share, abs=0.03)
        np.testing.assert_allclose(counts[chosen].sum(axis=0) / counts.sum(axis=0), share, atol=0.08)


def test_the_seed_decides():
    groups, counts = list(range(40)), np.ones((40, 1))
    sides = [split_groups(groups, counts, (0.5, 0.5), seed=seed).tolist() for seed in (0, 0, 1)]
    assert sides[0] == sides[1] != sides[2]


@pytest.mark.parametrize("shares", [(1.0,), (0.5, 0.6), (1.0, 0.0), (1.5, -0.5)])
def test_impossible_shares(shares):
    with pytest.raises(ConfigError, match="expected two or more over 0 that add up to 1"):
        split_groups([0, 1, 2], np.ones((3, 1)), shares)


def test_too_few_patients():
    with pytest.raises(ConfigError, match="found 1 patients for 2 sides"):
        split_groups([0, 0], np.ones((2, 1)), (0.5, 0.5))
