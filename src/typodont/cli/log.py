"""How the library's messages look on a terminal."""

from __future__ import annotations

import logging
import sys

_COLOURS = {"WARNING": "\033[33m", "ERROR": "\033[31m"}


class BarHandler(logging.Handler):
    """Writes each message as one line on standard error without tearing the progress bar."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record; warnings and errors begin with their level."""
        from tqdm import tqdm

        text = record.getMessage()
        if record.levelno >= logging.WARNING:
            level = record.levelname.lower()
            colour = _COLOURS.get(record.levelname, "") if sys.stderr.isatty() else ""
            text = f"{colour}{level}{chr(27) + '[0m' if colour else ''}: {text}"
        if record.exc_info:
            text += "\n" + logging.Formatter().formatException(record.exc_info)
        tqdm.write(text, file=sys.stderr)
