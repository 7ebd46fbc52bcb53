"""Which cases are labelled when only a share of the patients is: nested, patient by patient, the same for all arms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from typodont.tasks.study.job import Case


def labelled_share(cases: Sequence[Case], fraction: float, *, seed: int) -> list[Case]:
    """The cases of a share of the patients, one patient at least unless the share is 0, sorted by name.

    The patients of a smaller share are among those of a larger one: a seed puts all of them into one order, in which
    they are labelled.

    Args:
        cases: All labelled cases, in any order.
        fraction: Share of the patients, 0 to 1.
        seed: Of the order.
    """
    patients = sorted({case.patient for case in cases})
    order = np.random.default_rng(seed).permutation(len(patients))
    n = max(1, round(fraction * len(patients))) if fraction > 0 else 0
    chosen = {patients[index] for index in order[:n]}
    return sorted(case for case in cases if case.patient in chosen)
