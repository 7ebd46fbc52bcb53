"""The tables in the docs are those that the results on disk give."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_no_table_is_out_of_date() -> None:
    check = subprocess.run([sys.executable, ROOT / "docs/make_tables.py", "--check"], capture_output=True, text=True)

    assert check.returncode == 0, check.stdout
