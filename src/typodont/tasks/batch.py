"""Many files through one function: one bad file is reported and the rest go on, done ones are not done again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from typodont.atomic import write_json
from typodont.errors import ConfigError, FormatError, OutputExistsError, TypodontError
from typodont.formats import SUFFIXES
from typodont.progress import track
from typodont.tasks.output import MAIN, RUN_RECORD, Output, recorded_files
from typodont.tasks.run_record import RunFacts, Stages, run_record

log = logging.getLogger(__name__)

Process = Callable[[Path, Output, Stages], Iterable[str]]
"""Does one file: reads it, writes the results through the output, times its stages, gives the warnings in words."""


@dataclass
class BatchResult:
    """What became of the files of a batch."""

    done: list[Path] = field(default_factory=list)
    skipped: list[Path] = field(default_factory=list)
    failed: dict[Path, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """True when no file failed."""
        return not self.failed

    def __str__(self) -> str:
        parts = [f"{len(self.done)} done"]
        if self.skipped:
            parts.append(f"{len(self.skipped)} skipped because their results exist (--force replaces them)")
        if self.failed:
            parts.append(f"{len(self.failed)} failed")
        return ", ".join(parts)


def input_files(inputs: Sequence[Path], *, suffixes: Sequence[str] = SUFFIXES) -> list[Path]:
    """The files that a list of files and folders means, in a stable order.

    A folder stands for the files in it and in the folders below with a known suffix, without hidden ones and without
    the results of earlier runs (those that a ``*_run.json`` lists). A file that is named stays, whatever its suffix
    and even if it does not exist, so that the batch can report it.

    Raises:
        ConfigError: nothing is named at all.
        FormatError: a folder holds no file of the wanted kind.
    """
    if not inputs:
        raise ConfigError("no input: name at least one file or folder")
    files: list[Path] = []
    for place in map(Path, inputs):
        if not place.is_dir():
            files.append(place)
            continue
        results = {record.parent / name for record in place.rglob(f"*{RUN_RECORD}") for name in recorded_files(record)}
        found = [
            file
            for file in sorted(place.rglob("*"))
            if file.suffix.lower() in suffixes
            and file not in results
            and not any(part.startswith(".") for part in file.relative_to(place).parts)
        ]
        if not found:
            raise FormatError(f"{place}: no file ending in {', '.join(suffixes)} in this folder or below")
        files.extend(found)
    return list(dict.fromkeys(files))


def run_batch(
    inputs: Sequence[Path],
    process: Process,
    out_dir: Path,
    *,
    facts: RunFacts,
    force: bool = False,
    suffixes: Sequence[str] = SUFFIXES,
) -> BatchResult:
    """Put every input through `process`; each result appears whole, with its run record, or not at all.

    A result that exists is kept: a batch of several files skips it, which makes a broken-off batch go on where it
    stopped; a single named file fails, because nothing else was asked for. Two inputs with the same stem would write
    the same result: the first one is done, the second one fails with a message that names both.

    Args:
        inputs: Files and folders.
        process: See `Process`.
        out_dir: Output folder.
        facts: What the run records say about all files.
        force: Replace existing results.
        suffixes: What counts as input inside a folder.
    """
    files = input_files(inputs, suffixes=suffixes)
    resume = len(files) > 1 or any(Path(place).is_dir() for place in inputs)
    shared = facts.as_dict()
    result = BatchResult()
    owner: dict[str, Path] = {}
    for file in track(files, facts.command, unit="file"):
        first = owner.setdefault(file.stem.casefold(), file)
        output = Output(out_dir, file.stem, source=file, force=force)
        if first == file and resume and not force and output.final(MAIN).exists():
            result.skipped.append(file)
            continue
        stages = Stages()
        try:
            if first != file:
                raise OutputExistsError(
                    f"{first} has the same name without suffix, so both would write {file.stem}.json"
                )
            _process_one(file, process, output, stages, shared)
        except Exception as error:  # a bug in one file's way must not stop the batch
            result.failed[file] = what_went_wrong(file, error)
            log.error(result.failed[file])
            log.debug("traceback of %s", file, exc_info=True)
            continue
        result.done.append(file)
        for stage, seconds in stages.seconds.items():
            result.seconds[stage] = result.seconds.get(stage, 0.0) + seconds
    return result


def _process_one(file: Path, process: Process, output: Output, stages: Stages, shared: dict[str, object]) -> None:
    if not file.exists():
        raise FormatError(f"{file}: no such file")
    with output:
        for warning in process(file, output, stages):
            log.warning("%s: %s", file, warning)
        names = sorted({*output.files(), f"{output.name}{RUN_RECORD}"})
        write_json(run_record(shared, file, stages, names), output.path(RUN_RECORD))


def what_went_wrong(file: Path, error: Exception) -> str:
    """One line that names the file: the error's own words for errors raised on purpose, its type for bugs."""
    text = (
        str(error) if isinstance(error, TypodontError | OSError) else f"internal error, {type(error).__name__}: {error}"
    )
    return text if str(file) in text else f"{file}: {text}"
