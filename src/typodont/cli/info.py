"""``typodont info``."""

from __future__ import annotations

import json as json_module
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Info:
    """Show jobs, shipped weights and versions.

    Args:
        json: As JSON, for other programs.
    """

    json: bool = False

    def run(self) -> None:
        """Print what is installed."""
        from typodont.tasks.info import describe

        facts = describe()
        print(json_module.dumps(facts, indent=1, ensure_ascii=False) if self.json else _readable(facts))


def _readable(facts: dict[str, Any]) -> str:
    lines = [f"typodont {facts['typodont']}, Python {facts['python']}, {facts['platform']}", "", "jobs"]
    lines += [f"  {name}: {status}" for name, status in facts["jobs"].items()]
    lines += ["", "weights"]
    lines += [f"  {card['job']}/{card['name']}: {card['net']}, {card['date']}" for card in facts["weights"]] or [
        "  none"
    ]
    lines += ["", "libraries"]
    lines += [f"  {name} {version}" for name, version in facts["libraries"].items()]
    return "\n".join(lines)
