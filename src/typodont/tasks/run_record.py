"""What a run says about itself in ``NAME_run.json``: versions, weights, device, seconds per stage, peak memory."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from typodont.environment import environment, peak_memory_mib


@dataclass
class Stages:
    """A stopwatch with named stages; the same name again adds to it.

    >>> stages = Stages()
    >>> with stages("read"):
    ...     pass
    >>> list(stages.seconds)
    ['read']
    """

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Count the time of the ``with`` block to the stage `name`, also when it ends with an error."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

    @property
    def total(self) -> float:
        """Sum over all stages, s."""
        return sum(self.seconds.values())


@dataclass(frozen=True)
class RunFacts:
    """What all files of one batch have in common.

    Args:
        command: What was asked for, for example ``"scan segment"``.
        device: ``"cpu"``, ``"cuda:0"`` ...
        weights: Files of weights that are used, by the name under which people know them.
        settings: The options of the run, as plain values.
    """

    command: str
    device: str = "cpu"
    weights: Mapping[str, Path] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The facts as JSON has them, with the SHA-256 of every file of weights."""
        weights = [
            {"name": name, "file": str(path), "sha256": file_sha256(path)} for name, path in self.weights.items()
        ]
        return {
            "command": self.command,
            "device": self.device,
            "weights": weights,
            "settings": dict(self.settings),
            **environment(),
        }


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, 64 hexadecimal digits."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def run_record(facts: Mapping[str, Any], source: Path, stages: Stages, files: list[str]) -> dict[str, Any]:
    """The content of ``NAME_run.json`` for one input.

    Args:
        facts: `RunFacts.as_dict` of the batch.
        source: The input file.
        stages: How long each stage took.
        files: The result files, relative to the output folder.
    """
    return {
        "input": {"file": str(source), "bytes": source.stat().st_size, "sha256": file_sha256(source)},
        "files": files,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": {name: round(value, 4) for name, value in stages.seconds.items()},
        "seconds_total": round(stages.total, 4),
        "peak_memory_mib": peak_memory_mib(),
        **facts,
    }
