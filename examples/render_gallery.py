"""Many labelled scans in one picture: made-up ones, real ones with their labels, or the results of a run.

python examples/render_gallery.py --synthetic 0 -n 10 --out synthetic.png
python examples/render_gallery.py scans/ --out truth.png
python examples/render_gallery.py scans/ --results out/ -n 10 --view oblique --out results.png
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image

from typodont.anatomy import scan_class
from typodont.geometry.mesh import Mesh
from typodont.geometry.render import contact_sheet
from typodont.records import read_labelled_scan
from typodont.synth.scan import make_scan
from typodont.tasks.batch import input_files
from typodont.tasks.scan.pose import fit_arch_frame
from typodont.tasks.scan_pictures import View, scan_pictures
from typodont.types import Float, Int

Arch = tuple[str, str, Mesh, Int]
"""Name, jaw, mesh in the arch frame, FDI number of every vertex."""


def synthetic_arch(seed: int, index: int) -> Arch:
    scan = make_scan(seed, index)
    return scan.name, scan.jaw, scan.mesh, scan.mesh.vertex_attributes["label"]


def arch_of_file(file: Path, results: Path | None) -> Arch:
    """A scan with the labels beside it, or with those of a result; laid into the arch frame by its teeth."""
    label_file = results / f"{file.stem}.json" if results else None
    scan = read_labelled_scan(file, label_file)
    assert scan.jaw is not None
    assert scan.labels is not None
    stated = json.loads(label_file.read_text(encoding="utf-8")).get("pose") if label_file else None
    pose = np.array(stated) if stated else frame_of_teeth(scan.mesh, scan.labels, scan.jaw)
    return scan.name, scan.jaw, scan.mesh.transformed(pose), scan.labels


def frame_of_teeth(mesh: Mesh, labels: Int, jaw: str) -> Float:
    teeth = [labels == fdi for fdi in np.unique(labels) if fdi]
    centres = np.array([mesh.vertices[tooth].mean(axis=0) for tooth in teeth])
    normals = np.array([mesh.vertex_normals[tooth].mean(axis=0) for tooth in teeth])
    classes = np.array([scan_class(int(labels[tooth][0])) for tooth in teeth])
    return fit_arch_frame(centres, classes, normals, jaw=jaw)[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, help="scans or folders of scans")
    parser.add_argument("--synthetic", type=int, metavar="SEED", help="make scans instead")
    parser.add_argument("--results", type=Path, help="folder of NAME.json from `typodont scan segment`")
    parser.add_argument("-n", type=int, default=10, help="how many")
    parser.add_argument("--view", default="occlusal")
    parser.add_argument("--columns", type=int, default=5)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    if args.synthetic is not None:
        arches = (synthetic_arch(args.synthetic, index) for index in range(args.n))
    else:
        arches = (arch_of_file(file, args.results) for file in input_files(args.files)[: args.n])
    view = View(args.view, (460, 400), args.view)
    pictures, names = [], []
    for name, jaw, mesh, labels in arches:
        pictures.append(scan_pictures(mesh, labels, jaw=jaw, views=(view,))[args.view])
        names.append(name)
    Image.fromarray(contact_sheet(pictures, names, columns=args.columns)).save(args.out)


if __name__ == "__main__":
    main()
