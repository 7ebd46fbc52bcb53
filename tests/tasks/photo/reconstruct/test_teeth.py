"""Which teeth are there: what no picture shows is guessed, and only gaps between seen teeth are missing teeth."""

from typodont.anatomy.relations import arch_order
from typodont.tasks.photo.teeth import GUESSED, MISSING, SEEN, between_seen


def test_a_gap_lies_between_seen_teeth() -> None:
    states = dict.fromkeys((13, 12, 21, 22), SEEN) | {11: MISSING, 14: MISSING, 23: GUESSED}
    assert between_seen(states, arch_order("upper")) == {13, 12, 11, 21, 22}


def test_without_a_seen_tooth_nothing_is_missing() -> None:
    assert between_seen({11: MISSING, 21: GUESSED}, arch_order("upper")) == set()
