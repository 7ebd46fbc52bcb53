"""Where a result goes and how it gets there: whole or not at all, and never over something by accident.

For an input ``NAME.ext`` everything goes to ``DIR/NAME*``. The files are written into a hidden folder inside DIR
and moved to their places only when all of them are complete, ``NAME.json`` last, so that its presence means "done".
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType

from typodont.errors import OutputExistsError

MAIN = ".json"
RUN_RECORD = "_run.json"


class Output:
    """All files that one input leads to, published together when the ``with`` block ends without an error.

    Args:
        folder: The output folder; made when needed.
        name: Stem of the input; every result begins with it.
        source: The input file, which a result may never replace.
        force: Replace an existing result.

    Raises:
        OutputExistsError: on entering, when ``NAME.json`` is there and `force` is not given;
            on leaving, when a result would replace the input file itself.
    """

    def __init__(self, folder: Path, name: str, *, source: Path | None = None, force: bool = False) -> None:
        self.folder = Path(folder)
        self.name = name
        self._source = source
        self._force = force
        self._staging: Path | None = None

    def final(self, ending: str) -> Path:
        """Where the file with this ending lies when all is done; ``"/tooth_16.stl"`` lies in the folder NAME."""
        return self.folder / f"{self.name}{ending}"

    def path(self, ending: str) -> Path:
        """Where to write the file with this ending now, for example ``".ply"`` or ``"/tooth_16.stl"``."""
        if self._staging is None:
            raise RuntimeError("an Output is written inside its `with` block")
        place = self._staging / f"{self.name}{ending}"
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def files(self) -> list[str]:
        """Names of the files written so far, relative to the output folder, ``NAME.json`` last."""
        if self._staging is None:
            return []
        found = sorted(p.relative_to(self._staging).as_posix() for p in self._staging.rglob("*") if p.is_file())
        return sorted(found, key=lambda name: name == f"{self.name}{MAIN}")

    def __enter__(self) -> Output:
        if self.final(MAIN).exists() and not self._force:
            raise OutputExistsError(f"{self.final(MAIN)} exists already; --force replaces it")
        self.folder.mkdir(parents=True, exist_ok=True)
        self._staging = Path(tempfile.mkdtemp(prefix=f".{self.name}.", suffix=".partial", dir=self.folder))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._staging is not None
        try:
            if kind is None:
                self._publish(self._staging)
        finally:
            shutil.rmtree(self._staging, ignore_errors=True)
            self._staging = None

    def _publish(self, staging: Path) -> None:
        new = self.files()
        for name in new:
            if self._source is not None and _same_file(self.folder / name, self._source):
                raise OutputExistsError(f"{name} would replace the input {self._source}; choose another --out")
        stale = set(self._earlier_files()) - set(new)
        for name in stale:
            (self.folder / name).unlink(missing_ok=True)
        for name in new:
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(staging / name, self.folder / name)

    def _earlier_files(self) -> list[str]:
        """What an earlier run wrote for this name, by its own record: teeth that are gone now must not stay behind."""
        ours = (f"{self.name}.", f"{self.name}_", f"{self.name}/")
        return [name for name in recorded_files(self.final(RUN_RECORD)) if name.startswith(ours) and ".." not in name]


def recorded_files(run_record: Path) -> list[str]:
    """Names of the result files that a ``NAME_run.json`` lists; empty when there is no readable record."""
    try:
        names = json.loads(run_record.read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def _same_file(a: Path, b: Path) -> bool:
    return a.exists() and b.exists() and os.path.samefile(a, b)
