"""What a person should be told about a result, in words; and when there is no result to give."""

from __future__ import annotations

from typodont import anatomy
from typodont.errors import NoArchError
from typodont.records import Chart
from typodont.tasks.scan.find import GOOD, SURE_JAW, FoundArch

FEWEST_TEETH = 2
LEAST_PLAUSIBLE = 0.25
MISFIT_MM = 9.0
"""Disagreement of the pose network's points beyond which doubtful teeth are no teeth."""

DOUBTFUL = 0.5
CLOSE_CHART = 1.0
MANY_GAPS = 4


def check_arch(found: FoundArch, *, misfit_mm: float | None, where: str) -> None:
    """Refuse what holds no dental arch.

    Args:
        found: The best that was found.
        misfit_mm: Of the pose network, None without one.
        where: File or name for the message.

    Raises:
        NoArchError: too few teeth, or what was found does not stand like teeth.
    """
    n_teeth = int((found.arch.posterior > 0.3).sum()) if len(found.arch) else 0
    reasons = []
    if n_teeth < FEWEST_TEETH:
        reasons.append(f"{n_teeth or 'no'} tooth found where at least {FEWEST_TEETH} are needed")
    elif found.plausibility < LEAST_PLAUSIBLE:
        reasons.append(
            f"the {n_teeth} teeth-like bumps do not stand like teeth (plausibility {found.plausibility:.2f}, "
            f"at least {LEAST_PLAUSIBLE} is needed)"
        )
    elif found.plausibility < GOOD and misfit_mm is not None and misfit_mm > MISFIT_MM:
        reasons.append(f"the shape has no place in an arch (misfit {misfit_mm:.1f} mm, at most {MISFIT_MM:g})")
    if reasons:
        raise NoArchError(
            f"{where}: no dental arch found: {reasons[0]}; expected an intra-oral scan of one jaw or a part of it"
        )


def warnings_about(found: FoundArch, chart: Chart, *, asked_jaw: str | None) -> list[str]:
    """Everything unusual about teeth that were found."""
    return [
        *_about_jaw(found, asked_jaw),
        *_about_plausibility(found),
        *_about_extent(found),
        *_about_chart(found, chart),
        *_about_confidence(chart),
    ]


def _about_jaw(found: FoundArch, asked: str | None) -> list[str]:
    share = found.lower if found.jaw == anatomy.LOWER else 1 - found.lower
    if asked is not None and share < 1 - SURE_JAW:
        return [f"numbered as {asked} jaw as asked, but it looks like the other one ({1 - share:.0%})"]
    if asked is None and share < SURE_JAW:
        return [f"the jaw is uncertain: taken as {found.jaw} ({share:.0%}); --jaw overrides"]
    return []


def _about_plausibility(found: FoundArch) -> list[str]:
    if found.plausibility >= GOOD:
        return []
    return [f"this hardly looks like a dental arch (plausibility {found.plausibility:.2f}); check every number"]


def _about_extent(found: FoundArch) -> list[str]:
    classes = found.arch.classes
    sides = [int((classes <= 8).sum()), int((classes > 8).sum())]
    deepest = [
        int(((classes[classes <= 8] - 1) % 8 + 1).max(initial=0)),
        int(((classes[classes > 8] - 1) % 8 + 1).max(initial=0)),
    ]
    if min(sides) > 1 and min(deepest) >= 5:
        return []
    row = " ".join(str(int(fdi)) for fdi in found.arch.fdi)
    return [f"part of an arch: teeth {row} only; numbers of a part are less certain"]


def _about_chart(found: FoundArch, chart: Chart) -> list[str]:
    said = []
    gaps = missing_within(found)
    if len(gaps) >= MANY_GAPS:
        said.append(f"unusual chart: {len(gaps)} teeth missing within the row ({' '.join(map(str, gaps))})")
    if chart.margin is not None and chart.margin < CLOSE_CHART and chart.alternatives:
        other = chart.alternatives[0][0]
        changed = [
            f"{tooth.fdi} -> {fdi or 'none'}" for tooth, fdi in zip(chart.teeth, other, strict=True) if tooth.fdi != fdi
        ]
        if changed:
            said.append(f"another numbering is nearly as good ({', '.join(changed)})")
    if found.arch.rejected:
        said.append(f"{found.arch.rejected} tooth-like areas fit no place in the row and were left as gingiva")
    return said


def missing_within(found: FoundArch) -> list[int]:
    """FDI numbers without a tooth between the first and the last tooth of the row."""
    order = anatomy.arch_order(found.jaw)
    places = [order.index(int(fdi)) for fdi in found.arch.fdi]
    if not places:
        return []
    return [order[i] for i in range(min(places), max(places)) if i not in places]


def _about_confidence(chart: Chart) -> list[str]:
    low = [f"{tooth.fdi} ({tooth.confidence:.0%})" for tooth in chart.teeth if tooth.confidence < DOUBTFUL]
    return [f"low confidence: {', '.join(low)}"] if low else []
