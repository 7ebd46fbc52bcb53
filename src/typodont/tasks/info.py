"""What this installation can do, found without importing torch."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from typodont.environment import environment
from typodont.errors import WeightsError
from typodont.registry import known


def describe() -> dict[str, Any]:
    """Jobs with their status, shipped weights and versions, as plain values.

    A job is ``"ready"`` when weights for it ship with the package, otherwise ``"needs training"``.

    Raises:
        WeightsError: a card of shipped weights is not readable.
    """
    weights = shipped_weights()
    served = {card.get("job") for card in weights}
    jobs = {name: "ready" if name in served else "needs training" for name in known("jobs")}
    return {**environment(), "jobs": jobs, "weights": weights}


def shipped_weights() -> list[dict[str, Any]]:
    """The cards of the weights that ship with the package, each with its folder's name as ``name``."""
    root = files("typodont") / "weights"
    if not root.is_dir():
        return []
    cards = []
    for folder in sorted(root.iterdir(), key=lambda place: place.name):
        card = folder / "card.json"
        if not card.is_file():
            continue
        try:
            cards.append({"name": folder.name, **json.loads(card.read_text(encoding="utf-8"))})
        except ValueError as error:
            raise WeightsError(f"{card}: not a card: {error}; install typodont again") from None
    return cards
