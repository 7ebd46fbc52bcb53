"""Labelled shares: nested, by patient, the same for everybody."""

from hypothesis import given, settings
from hypothesis import strategies as st

from typodont.tasks.study.job import Case
from typodont.tasks.study.subsets import labelled_share

shares = st.floats(0.01, 1.0)


def mouths(n: int) -> list[Case]:
    """Every second patient has both jaws."""
    return [Case(f"P{p}_{jaw}", f"P{p}") for p in range(n) for jaw in ("upper", "lower")[: 1 + p % 2]]


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 40), shares, shares, st.integers(0, 5))
def test_smaller_shares_are_among_larger_ones_and_patients_stay_whole(n: int, a: float, b: float, seed: int) -> None:
    cases = mouths(n)
    small, large = (labelled_share(cases, fraction, seed=seed) for fraction in sorted((a, b)))
    assert set(small) <= set(large)
    for share, fraction in ((small, min(a, b)), (large, max(a, b))):
        patients = {case.patient for case in share}
        assert len(patients) == max(1, round(fraction * n))
        assert [case for case in sorted(cases) if case.patient in patients] == share


def test_the_order_follows_from_the_seed_alone() -> None:
    cases = mouths(30)
    assert labelled_share(cases, 0.3, seed=1) == labelled_share(cases[::-1], 0.3, seed=1)
    assert labelled_share(cases, 0.3, seed=1) != labelled_share(cases, 0.3, seed=2)
    assert labelled_share(cases, 1.0, seed=1) == sorted(cases)
