"""How well a network tells which kind of restoration a preparation is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typodont import metrics
from typodont.datasets.crown_volumes import KindVolume
from typodont.progress import track
from typodont.tasks.crown.classify_config import ClassifyTrainConfig
from typodont.tasks.crown.classify_data import kind_volumes
from typodont.tasks.crown.config import CrownSource
from typodont.tasks.crown.kind import LEAST, KindAnswer, KindModel, answer
from typodont.tasks.measured import interval_values, plain

POSITIVE, NEGATIVE = "inlay", "onlay"
"""Of the published figures."""


@dataclass(frozen=True)
class KindCase:
    """One preparation and what the network said.

    Args:
        name: Of the case.
        true: What it is for.
        said: See there.
    """

    name: str
    true: str
    said: KindAnswer


@dataclass(frozen=True)
class KindReport:
    """What was measured on some preparations, one a patient."""

    cases: Sequence[KindCase]

    def figures(self) -> dict[str, metrics.Interval]:
        """Shares with Wilson intervals.

        Accuracy, sensitivity, specificity and precision are those of the published study: inlays (positive) and onlays
        only, the more probable of the two. ``accuracy, all kinds`` takes every kind, ``decided`` is the share whose
        kind was not left open, and ``accuracy where decided`` that of the right ones among those.
        """
        two = [case for case in self.cases if case.true in (POSITIVE, NEGATIVE)]
        said = [case.said.probabilities[POSITIVE] > case.said.probabilities[NEGATIVE] for case in two]
        decided = [case for case in self.cases if case.said.kind is not None]
        right = [case.said.likeliest == case.true for case in self.cases]
        return {
            **metrics.two_class_figures(said, [case.true == POSITIVE for case in two]),
            "accuracy, all kinds": metrics.wilson_interval(sum(right), len(right)),
            "decided": metrics.wilson_interval(len(decided), len(self.cases)),
            "accuracy where decided": metrics.wilson_interval(
                sum(case.said.kind == case.true for case in decided), len(decided)
            ),
        }

    def taken_for(self) -> dict[str, dict[str, int]]:
        """True kind -> kind that was said most probable -> how often."""
        kinds = sorted({case.true for case in self.cases})
        return {
            true: {
                said: sum(case.said.likeliest == said for case in self.cases if case.true == true)
                for said in self.cases[0].said.probabilities
            }
            for true in kinds
        }

    def on_card(self, where: str) -> dict[str, list[float | None]]:
        """The figures in short, as cards have them: "where (n cases): name" -> value and the ends of its interval."""
        return {
            f"{where} ({figure.n} cases): {name}": [plain(value) for value in (figure.value, figure.low, figure.high)]
            for name, figure in self.figures().items()
        }

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, without the single cases."""
        return {
            "cases": len(self.cases),
            "figures": {name: interval_values(figure) for name, figure in self.figures().items()},
            "taken_for": self.taken_for(),
        }


def evaluate_kinds(model: KindModel, data: Path, *, cache: Path, least: float = LEAST) -> KindReport:
    """Measure a network on crown cases, or on folders of single teeth by kind, that its training did not see.

    Args:
        model: From `load_kind_model`.
        data: See `ClassifyTrainConfig.sources`; kinds that the network does not know are left out.
        cache: Folder in which volumes are kept.
        least: See `KindAnswer`.

    Raises:
        FormatError, MeshError, LabelError, FrameError: a case cannot be used.
        ConfigError: no case of any kind that the network knows.
    """
    config = ClassifyTrainConfig(kinds=model.kinds, grid=model.grid, cache=cache)
    return report_on(model, kind_volumes(CrownSource(data), config), least=least)


def report_on(model: KindModel, volumes: Sequence[KindVolume], *, least: float = LEAST) -> KindReport:
    """Measure a network on volumes on its grid."""
    return KindReport(
        [
            KindCase(volume.name, model.kinds[volume.kind], answer(volume.volume.read(), model, least=least))
            for volume in track(volumes, "tell kinds", unit="case")
        ]
    )
