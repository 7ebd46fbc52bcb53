"""The example that made the README's picture runs as it stands."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from typodont.anatomy import COLORS


@pytest.mark.slow
def test_example_prints_teeth_and_draws_them(repo_root, tmp_path):
    script = repo_root / "examples" / "segment_scan.py"
    picture = tmp_path / "new" / "scan.png"
    command = [sys.executable, script, "--seed", "8", "--out", picture]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    numbers = [int(line.split()[0]) for line in done.stdout.splitlines() if line[:2].isdigit()]
    assert len(numbers) >= 10
    assert set(numbers) <= set(COLORS)
    drawn = np.asarray(Image.open(picture))
    assert drawn.shape == (900, 1200, 3)
    assert (drawn != 255).any(axis=2).mean() > 0.2
