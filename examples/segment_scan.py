"""Number the teeth of a scan and draw the result; without a scan of your own, of a synthetic one.

    python examples/segment_scan.py --out picture.png
    python examples/segment_scan.py --scan my_scan.stl --out picture.png

The picture in the README was made by ``python examples/segment_scan.py --seed 8 --out docs/images/labelled_scan.png``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from typodont.anatomy import tooth_name
from typodont.records import Scan, read_scan
from typodont.synth.scan import make_scan, random_pose
from typodont.tasks.scan.models import load_models
from typodont.tasks.scan.predict import predict_scan
from typodont.tasks.scan_pictures import View, scan_pictures


def main() -> None:
    """Segment one scan, print its teeth, save the picture."""
    options = _options()
    scan = read_scan(options.scan) if options.scan else synthetic_scan(options.seed)
    result = predict_scan(scan, load_models())
    for tooth in result.chart.teeth:
        print(f"{tooth.fdi}  {tooth_name(tooth.fdi):<32} {tooth.confidence:.2f}")
    for warning in result.warnings:
        print("warning:", warning)
    view = View("occlusal", (1200, 900), "Occlusal")
    upright = scan.mesh.transformed(result.pose)
    pictures = scan_pictures(upright, result.labels, jaw=result.jaw, views=(view,))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pictures[view.view]).save(options.out, optimize=True)
    print(options.out)


def synthetic_scan(seed: int) -> Scan:
    """A made-up upper scan in a random position, as a scanner would export it, without any label."""
    made = make_scan(seed, jaw="upper", n_faces=120_000, base=0.0)
    moved = made.mesh.transformed(random_pose(np.random.default_rng(seed)))
    return Scan(type(moved)(moved.vertices, moved.faces), name=made.name)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scan", type=Path, help="STL, PLY, OBJ or VTP; a synthetic scan by default")
    parser.add_argument("--seed", type=int, default=0, help="which synthetic scan")
    parser.add_argument("--out", type=Path, default=Path("labelled_scan.png"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
