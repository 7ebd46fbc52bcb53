"""Inlay or onlay: the published network against one that keeps millimetres."""

from __future__ import annotations

from tables.layout import interval, markdown, read

RESULTS = "crown_classify.json"
FIGURES = ("accuracy", "sensitivity", "specificity", "precision")


def crown_classify_table() -> str:
    """Figures of every way to learn it, on the cases held out and on unseen ones."""
    rows = [
        [
            row["arm"],
            row["where"],
            str(row["cases"]),
            *(interval(row["mean"][name]) if name in row["mean"] else "–" for name in FIGURES),
            ", ".join(f"{seed['accuracy']['value']:.2f}" for seed in row["seeds"]),
        ]
        for row in read(RESULTS)["rows"]
    ]
    return markdown(["learnt", "measured on", "cases", *FIGURES, "accuracy of each seed"], rows)


def crown_classify_study_table() -> str:
    """What the trainings had, and what was cut."""
    study = read(RESULTS)["study"]
    widths = ", ".join(map(str, study["widths"]))
    rows = [
        ["preparations to learn from and stop by", f"{study['cases']}", "30"],
        ["filters of the published network", widths, "64, 64, 128, 256"],
        ["momentum of its normalisation", f"{study['momentum']:g}", "0.01"],
        ["most passes over the preparations", f"{study['epochs']}", "100 (ended after 19)"],
        ["most passes over the CT volumes", f"{study['ct_epochs']}", "100"],
        ["accuracy on CT volumes held out, best pass", f"{study['ct']['accuracy']:.2f}", "–"],
        ["steps of the small network, eight cases each", f"{study['steps']}", "–"],
    ]
    return markdown(["", "here", "published"], rows)
