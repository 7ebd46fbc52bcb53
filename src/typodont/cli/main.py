"""Find the command that is meant, run it, and turn errors into one line and an exit status."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from typodont.cli.table import COMMANDS, below, help_text

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: The words after ``typodont``; those of the process by default.

    Returns:
        Exit status: 0 all good, 1 something failed, 2 wrong usage.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    if words == ["--version"]:
        from typodont import __version__

        print(f"typodont {__version__}")
        return OK
    path = _command(words)
    if path in COMMANDS:
        return _run(path, words[len(path) :])
    rest = words[len(path) :]
    if rest and rest[0] in ("-h", "--help"):
        print(help_text(path), end="")
        return OK
    print(_not_a_command(path, rest), file=sys.stderr, end="")
    return USAGE


def _command(words: list[str]) -> tuple[str, ...]:
    """The longest beginning of the words that is a command or a group of commands."""
    path: tuple[str, ...] = ()
    for word in words:
        if path in COMMANDS or not below((*path, word)):
            break
        path = (*path, word)
    return path


def _not_a_command(path: tuple[str, ...], rest: list[str]) -> str:
    if not rest:
        return help_text(path)
    known = list(dict.fromkeys(command[len(path)] for command in below(path)))
    near = get_close_matches(rest[0], known, n=1)
    hint = f"did you mean {' '.join((*path, near[0]))!r}?" if near else f"known: {', '.join(known)}"
    return f"typodont: no command {' '.join((*path, rest[0]))!r}; {hint}\n"


def _run(path: tuple[str, ...], arguments: list[str]) -> int:
    from typodont.errors import ConfigError, TypodontError

    log_to_stderr()
    debug = bool(os.environ.get("TYPODONT_DEBUG"))
    try:
        command = _parse(path, arguments)
        return command.run() or OK
    except SystemExit as end:  # help or a usage error, already told
        return end.code if isinstance(end.code, int) else USAGE
    except (TypodontError, OSError) as error:
        if debug:
            raise
        print(f"typodont: {error}", file=sys.stderr)
        return USAGE if isinstance(error, ConfigError) else FAILED
    except KeyboardInterrupt:
        print("typodont: interrupted; run the same command again to go on", file=sys.stderr)
        return INTERRUPTED


def _parse(path: tuple[str, ...], arguments: list[str]) -> Any:
    """The command's dataclass filled from the words; one with a `parse` of its own reads them itself."""
    module, _, name = COMMANDS[path].target.partition(":")
    command = getattr(import_module(module), name)
    program = " ".join(("typodont", *path))
    if hasattr(command, "parse"):
        return command.parse(arguments, program)
    import tyro

    return tyro.cli(command, args=arguments, prog=program, config=(tyro.conf.FlagCreatePairsOff,))


def log_to_stderr() -> None:
    """Show the library's messages on standard error, above the progress bar."""
    from typodont.cli.log import BarHandler

    logger = logging.getLogger("typodont")
    if not any(isinstance(handler, BarHandler) for handler in logger.handlers):
        logger.addHandler(BarHandler())
    logger.setLevel(logging.DEBUG if os.environ.get("TYPODONT_DEBUG") else logging.INFO)
    logger.propagate = False
