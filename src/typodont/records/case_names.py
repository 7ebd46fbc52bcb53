"""Lists of cases: text files that say which scans or pictures of a folder are meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from typodont.errors import ConfigError

_SHOWN = 5


class _Case(Protocol):
    @property
    def name(self) -> str: ...


Case = TypeVar("Case", bound=_Case)


def read_case_names(path: Path) -> frozenset[str]:
    """The cases that a text file names, one a line; empty lines and those that begin with # are passed over.

    Raises:
        ConfigError: the file cannot be read, or names nothing.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: found no readable text file ({error}), expected one case a line") from None
    names = frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))
    if not names:
        raise ConfigError(f"{path}: found no name of a case, expected one a line")
    return names


def check_case_names(names: Iterable[str], known: Iterable[str], *, path: Path, where: Path | str) -> None:
    """Refuse names that nothing has.

    Args:
        names: From `read_case_names`.
        known: What there is.
        path: The file of names, for the message.
        where: The data, for the message.

    Raises:
        ConfigError: one of the names is unknown.
    """
    known = sorted(set(known))
    unknown = sorted(set(names) - set(known))
    if unknown:
        examples = f"; its cases are called {', '.join(known[:_SHOWN])}" if known else ""
        raise ConfigError(f"{path}: {where} has no {', '.join(unknown[:_SHOWN])} ({len(unknown)} unknown){examples}")


def only_named(cases: Sequence[Case], path: Path | None, *, where: Path | str) -> list[Case]:
    """The cases that a file of names lists; all of them where there is no such file.

    Args:
        cases: What there is.
        path: See `read_case_names`.
        where: The data, for the message.

    Raises:
        ConfigError: see `read_case_names` and `check_case_names`.
    """
    if path is None:
        return list(cases)
    names = read_case_names(path)
    check_case_names(names, [case.name for case in cases], path=path, where=where)
    return [case for case in cases if case.name in names]
