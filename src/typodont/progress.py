"""The one progress bar: on standard error, and only where a person can see it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

Item = TypeVar("Item")


def make_bar(total: float, description: str, *, unit: str, before: float = 0) -> Any:
    """A bar that its owner moves: ``bar.n = …; bar.refresh()``, and ``bar.close()`` at the end; see `track`.

    Args:
        total: Where it ends.
        description: Stands before the bar.
        unit: What 1 is.
        before: Where it begins.
    """
    return _tqdm()(desc=description, total=total, initial=before, unit=unit, disable=None, dynamic_ncols=True)


def track(items: Iterable[Item], description: str, *, total: int | None = None, unit: str = "") -> Iterator[Item]:
    """Yield the items one by one while a bar on standard error shows how far it is.

    Silent where standard error is not a terminal, so that logs and pipes stay clean.

    Args:
        items: What to go through.
        description: Stands before the bar, for example ``"scans"``.
        total: How many there will be; taken from `items` where it has a length.
        unit: What one item is, for example ``"arch"``.
    """
    yield from _tqdm()(items, desc=description, total=total, unit=unit or "it", disable=None, dynamic_ncols=True)


def _tqdm() -> Any:
    """The bar's class, imported only where one is shown.

    It guards its lines with a lock of this process: one over all processes would be left behind, with a warning, by
    every loader that is ended.
    """
    from threading import RLock

    from tqdm import tqdm

    if not hasattr(tqdm, "_lock"):
        tqdm.set_lock(RLock())
    return tqdm
