"""What this installation can do, found without importing torch."""

from __future__ import annotations

import json
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from typodont.environment import environment
from typodont.errors import WeightsError
from typodont.registry import known

CARD = ".card.json"


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
    """The cards of the weights that ship with the package, ``weights/JOB/NAME.card.json``, each with its name."""
    root = files("typodont") / "weights"
    if not root.is_dir():
        return []
    jobs = sorted((place for place in root.iterdir() if place.is_dir()), key=lambda place: place.name)
    return [_card(file) for job in jobs for file in sorted(job.iterdir(), key=_name) if _name(file).endswith(CARD)]


def _card(file: Traversable) -> dict[str, Any]:
    try:
        return {"name": _name(file).removesuffix(CARD), **json.loads(file.read_text(encoding="utf-8"))}
    except ValueError as error:
        raise WeightsError(f"{file}: not a card: {error}; install typodont again") from None


def _name(file: Traversable) -> str:
    return file.name
