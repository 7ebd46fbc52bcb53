"""Write every table of the docs and the README from the JSON files under ``docs/reference/results``.

A table stands between ``<!-- table: NAME -->`` and ``<!-- end -->``; NAME is a function of a file in ``docs/tables``
that ends in ``_table``. A new table is such a function and the two marks. Nobody types a figure.

    python docs/make_tables.py            writes
    python docs/make_tables.py --check    only says whether something is out of date (exit 1)
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules

import tables
from tables.layout import ROOT

MARK = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main() -> int:
    """Write or check all pages."""
    known = all_tables()
    stale = []
    cards = ROOT.glob("src/typodont/tasks/*/README.md")
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted(cards)]:
        text = page.read_text(encoding="utf-8")
        new = MARK.sub(lambda match: match[1] + known[match[2]]() + match[3], text)
        if new != text:
            stale.append(page)
            if "--check" not in sys.argv:
                page.write_text(new, encoding="utf-8")
    for page in stale:
        print(("out of date: " if "--check" in sys.argv else "written: ") + str(page.relative_to(ROOT)))
    return int(bool(stale) and "--check" in sys.argv)


def all_tables() -> dict[str, Callable[[], str]]:
    """Name -> function, over all files of ``docs/tables``."""
    files = [import_module(f"tables.{module.name}") for module in iter_modules(tables.__path__)]
    return {name: make for file in files for name, make in vars(file).items() if name.endswith("_table")}


if __name__ == "__main__":
    raise SystemExit(main())
