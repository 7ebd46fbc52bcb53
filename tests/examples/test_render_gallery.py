import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from typodont.formats import ScanLabels, write_labels, write_mesh
from typodont.geometry.mesh import Mesh
from typodont.synth.scan import make_scan


@pytest.mark.slow
def test_a_gallery_of_made_up_scans_and_one_of_files(repo_root, tmp_path):
    script = repo_root / "examples" / "render_gallery.py"
    made = tmp_path / "made.png"
    subprocess.run([sys.executable, script, "--synthetic", "0", "-n", "1", "--out", made], check=True)
    scan = make_scan(0, 0)
    labels = scan.mesh.vertex_attributes["label"]
    (tmp_path / "scans").mkdir()
    write_mesh(Mesh(scan.mesh.vertices, scan.mesh.faces), tmp_path / "scans" / "a.ply")
    write_labels(ScanLabels("a", scan.jaw, labels, labels), tmp_path / "scans" / "a.json")
    read = tmp_path / "read.png"
    subprocess.run([sys.executable, script, tmp_path / "scans", "--out", read], check=True)
    first, second = (np.asarray(Image.open(path)).astype(int) for path in (made, read))
    assert first.shape == second.shape
    assert (first != 255).any(axis=2).mean() > 0.2
    # the same arch, once in its true frame and once in the one found from its teeth: nearly the same picture
    assert np.abs(first[:400].mean(axis=2) - second[:400].mean(axis=2)).mean() < 40
