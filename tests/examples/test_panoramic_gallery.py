"""The gallery of panoramics shows truth and prediction side by side, and marks what is wrong."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def folders(tmp_path):
    labels = np.zeros((60, 120), dtype=np.uint8)
    for place, fdi in enumerate((13, 12, 11, 21, 22, 23)):
        labels[20:50, 20 * place + 2 : 20 * place + 16] = fdi
    found = labels.copy()
    found[found == 12] = 0
    found[2:12, 2:12] = 38
    (tmp_path / "found").mkdir()
    for folder, name, picture in (
        ("data/images", "a", labels // 4 + 60),
        ("data/masks_fdi", "a", labels),
        ("found", "a_fdi", found),
    ):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(tmp_path / folder / f"{name}.png")
    return tmp_path / "data", tmp_path / "found"


def test_missed_and_made_up_teeth_are_marked(repo_root, folders, tmp_path):
    script, out = repo_root / "examples" / "panoramic_gallery.py", tmp_path / "sheet.png"
    data, found = folders
    subprocess.run([sys.executable, script, data, "--predictions", found, "--width", "360", "--out", out], check=True)
    sheet = np.asarray(Image.open(out).convert("RGB")).reshape(-1, 3)
    for color in ((255, 225, 40), (255, 40, 40)):
        assert (sheet == color).all(axis=1).sum() > 100
    assert not (sheet == (255, 60, 255)).all(axis=1).any()
