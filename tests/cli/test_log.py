"""Messages of the library on the terminal: one line each, with their level."""

from __future__ import annotations

import logging

import pytest

from typodont.cli.log import BarHandler


@pytest.mark.parametrize(
    ("level", "line"),
    [
        (logging.INFO, "a.stl: read\n"),
        (logging.WARNING, "warning: a.stl: read\n"),
        (logging.ERROR, "error: a.stl: read\n"),
    ],
)
def test_one_line_with_its_level(level, line, capsys):
    BarHandler().emit(logging.LogRecord("typodont", level, __file__, 1, "%s: read", ("a.stl",), None))
    assert capsys.readouterr().err == line


def test_traceback_where_there_is_one(capsys):
    try:
        raise ValueError("broken")
    except ValueError as error:
        info = (ValueError, error, error.__traceback__)
    BarHandler().emit(logging.LogRecord("typodont", logging.DEBUG, __file__, 1, "traceback", (), info))
    assert "ValueError: broken" in capsys.readouterr().err
