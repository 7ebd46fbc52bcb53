"""The example for panoramics runs as it stands."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image


@pytest.mark.slow
def test_example_prints_teeth_and_draws_them(repo_root, tmp_path):
    script = repo_root / "examples" / "segment_panoramic.py"
    picture = tmp_path / "new" / "panoramic.png"
    done = subprocess.run([sys.executable, script, "--out", picture], check=True, capture_output=True, text=True)
    numbers = [int(line.split()[0]) for line in done.stdout.splitlines() if line[:2].isdigit()]
    assert len(numbers) >= 10
    assert "missing:" in done.stdout
    drawn = np.asarray(Image.open(picture)).astype(int)
    assert (np.ptp(drawn, axis=2) > 20).mean() > 0.05  # coloured teeth on a grey picture
