"""Write a file whole or not at all."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Give a temporary path beside `target`; it takes the target's place when the block ends without an error.

    The temporary name keeps the suffix, because writers choose the format by it. Missing folders are made.
    """
    target = Path(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.stem}.{secrets.token_hex(4)}{target.suffix}")
    try:
        yield temporary
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(value: Any, path: Path, *, default: Callable[[Any], Any] | None = None) -> None:
    """Write a value as readable JSON, atomically.

    Args:
        value: Anything that JSON can say; NaN and infinity are refused because JSON has no word for them.
        path: The file.
        default: Turns what JSON does not know into something that it does, for example an array into a list.

    Raises:
        ValueError: the value holds NaN or infinity.
    """
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False, default=default)
    with atomic_path(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
