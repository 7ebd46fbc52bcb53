"""How a command says what became of a batch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typodont.tasks.batch import BatchResult


def tell(result: BatchResult, out: Path) -> int:
    """Print one line about the batch; returns the exit status: 1 when a file failed, otherwise 0."""
    print(f"{result}; results in {out}" if result.done or result.skipped else result)
    return 0 if result.ok else 1
