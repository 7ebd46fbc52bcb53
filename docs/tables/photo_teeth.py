"""Which teeth of photographs are called missing, and which are."""

from __future__ import annotations

from tables.layout import markdown, read


def photo_teeth_table() -> str:
    """Teeth by what they are and what they are called."""
    teeth = read("photo_teeth.json")["teeth"]
    rows = [[truth, str(sum(calls.values())), *map(str, calls.values())] for truth, calls in teeth.items()]
    return markdown(["teeth that are", "n", *(f"called {state}" for state in next(iter(teeth.values())))], rows)
