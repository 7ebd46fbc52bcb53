"""What tables are made of: result files in, lines of Markdown out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "docs/reference/results"


def read(name: str) -> dict[str, Any]:
    """A file of results."""
    return json.loads((RESULTS / name).read_text(encoding="utf-8"))


def markdown(head: list[str], rows: list[list[str]]) -> str:
    """A table of cells."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def interval(figure: dict[str, float | None]) -> str:
    """A figure with the ends of its interval; a dash where nothing could be measured."""
    if figure["value"] is None:
        return "–"
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"


def study(name: str) -> str:
    """A study's main figure by labelled cases and arm, then its findings in words."""
    values = read(name)
    arms: dict[str, Any] = values["figures"][values["figure"]]
    rows = [
        [f"{labels:g} ({100 * fraction:g} %)", *(interval(found["figures"][number]) for found in arms.values())]
        for number, (fraction, labels) in enumerate(zip(values["fractions"], values["labels"], strict=True))
    ]
    words = "".join(f"\n> {sentence}\n" for sentence in values["sentences"])
    return markdown([f"labelled {values['unit']}", *arms], rows) + words
