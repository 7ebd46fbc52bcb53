"""How well a yes or no is answered, with intervals that are honest for few cases."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from typodont.metrics.bootstrap import Interval, wilson_interval


def two_class_figures(said: Sequence[bool], true: Sequence[bool]) -> dict[str, Interval]:
    """Accuracy, sensitivity, specificity and precision with Wilson's intervals.

    For independent cases: one a patient. Figures of which there is no case, such as the precision where nothing was
    called positive, are NaN.

    Args:
        said: (n,) whether each case was called positive.
        true: (n,) whether it is.
    """
    if len(said) != len(true):
        raise ValueError(f"{len(said)} answers for {len(true)} cases")
    yes, positive = np.asarray(said, dtype=bool), np.asarray(true, dtype=bool)

    def share(right: np.ndarray, of: np.ndarray) -> Interval:
        return wilson_interval(int((right & of).sum()), int(of.sum()))

    return {
        "accuracy": share(yes == positive, np.ones(len(yes), dtype=bool)),
        "sensitivity": share(yes, positive),
        "specificity": share(~yes, ~positive),
        "precision": share(positive, yes),
    }
