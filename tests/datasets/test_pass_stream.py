"""Every sample once a pass."""

import numpy as np
import pytest

from typodont.datasets.pass_stream import PassStream
from typodont.errors import ConfigError


def drawn(sample: str, rng: np.random.Generator) -> tuple[str, float]:
    return sample, float(rng.random())


def test_a_pass_shows_every_sample_once_and_the_next_one_in_another_order() -> None:
    stream = PassStream("abcdefgh", drawn, seed=3)
    passes = ["".join(stream[item][0] for item in range(start, start + 8)) for start in (0, 8, 16)]
    assert [sorted(one) for one in passes] == [list("abcdefgh")] * 3
    assert len(set(passes)) == 3


def test_an_item_follows_from_the_seed_and_its_number() -> None:
    one, same, other = (PassStream("abcdefgh", drawn, seed=seed) for seed in (3, 3, 4))
    assert [one[item] for item in (30, 2)] == [same[item] for item in (30, 2)]
    assert [one[item] for item in range(8)] != [other[item] for item in range(8)]
    assert len({one[item][1] for item in range(40)}) == 40


def test_without_samples_there_is_nothing_to_show() -> None:
    with pytest.raises(ConfigError, match="no training pictures"):
        PassStream("", drawn)
