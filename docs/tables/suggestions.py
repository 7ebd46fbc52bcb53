"""Which case to label next: suggestions against chance."""

from __future__ import annotations

from tables.layout import interval, markdown, read

RESULTS = "scan_suggestions.json"
ARMS = {
    "start": "before",
    "suggested": "suggested",
    "uncertain": "most doubtful",
    "diverse": "most unlike",
    "random": "by chance",
}
GROUPS = ("all", "permanent", "mixed")


def scan_suggestions_table() -> str:
    """Figures of every way to choose."""
    results = read(RESULTS)
    rows = [
        [
            name,
            *(interval(results["figures"][arm][group]) for group in GROUPS),
            "–" if arm == "start" else f"{sum(results['mixed_chosen'][arm])}",
        ]
        for arm, name in ARMS.items()
    ]
    head = ["chosen", *(f"macro-IoU, {group}" for group in GROUPS), "mixed dentitions among the chosen, all seeds"]
    return markdown(head, rows)


def scan_suggestions_against_chance_table() -> str:
    """How much more than the random choice, arch by arch."""
    figures = read(RESULTS)["figures"]
    rows = [
        [ARMS[arm], *(_verdict(figures[arm][f"{group}_more_than_random"]) for group in GROUPS)]
        for arm in ARMS
        if arm not in ("start", "random")
    ]
    return markdown(["more than by chance", *GROUPS], rows)


def scan_suggestions_study_table() -> str:
    """What all ways have in common."""
    study = read(RESULTS)["study"]
    pool = ", ".join(f"{count} {kind}" for kind, count in study["pool"].items())
    cells = [pool, str(study["labelled"]), str(study["labelled"]), str(study["test"]), str(len(study["seeds"]))]
    head = ["arches in the pool", "labelled first", "labelled then", "test arches", "seeds", "steps of each training"]
    return markdown(head, [[*cells, str(study["steps"])]])


def scan_suggestions_doubt_table() -> str:
    """Whether doubt says where the errors are, seed by seed."""
    results = read(RESULTS)
    head = ["", *(f"seed {seed}" for seed in results["study"]["seeds"])]
    found = (f"{rho:.2f}" for rho in results["doubt_and_error"])
    return markdown(head, [["rank correlation of uncertainty and error (1 − macro-IoU)", *found]])


def _verdict(gain: dict[str, float]) -> str:
    """The gain with its interval, and whether it can be told from nothing."""
    if gain["low"] > 0:
        word = "better"
    elif gain["high"] < 0:
        word = "worse"
    else:
        word = "no difference shown"
    return f"{gain['value']:+.3f} ({gain['low']:+.3f} to {gain['high']:+.3f}): {word}"
