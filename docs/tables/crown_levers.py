"""Where the training of the network for outer surfaces may begin."""

from __future__ import annotations

from tables.layout import interval, markdown, read

LEVERS = "crown_levers.json"


def levers_table() -> str:
    """One line for each beginning, and one for what all of them begin with."""
    found = read(LEVERS)
    study, arms = found["study"], found["arms"]
    rows = [[name, interval(arm["rms_mm"])] for name, arm in arms.items()]
    rows.append(["the fitted atlas tooth, untrained", interval(next(iter(arms.values()))["prior_rms_mm"])])
    about = f"RMS, mm, on {study['tested']} cases after {study['steps']} steps on {study['cases']} others"
    return markdown(["beginning", about], rows)
