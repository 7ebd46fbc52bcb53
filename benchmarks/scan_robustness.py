"""Does it matter how a scan comes? The same labelled arches turned, converted, mirrored and cut in halves.

Writes every variant of every scan in Teeth3DS layout, evaluates each folder like any other, and prints one table: tooth
F1 (right number), macro-IoU and tooth/gum accuracy, their change against the scans as they are, and how many of the
scans carry a warning about mirroring. Asserts nothing.

    python benchmarks/scan_robustness.py --data FOLDER [--turns 2] [--out robustness.json] [--variants turned stl ...]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from typodont.atomic import write_json
from typodont.formats import ScanLabels, read_mesh, write_labels, write_mesh
from typodont.geometry.mesh import Mesh
from typodont.records import find_scans, read_labelled_scan
from typodont.records.scan import Scan
from typodont.tasks.scan.evaluate import evaluate
from typodont.types import Bool, Int

FIGURES = ("tooth_f1", "macro_iou", "tooth_gum_accuracy", "all_right")
Change = Callable[[Scan, np.random.Generator], Iterator[tuple[Mesh, Int, str]]]


def main() -> int:
    """Make the variants, evaluate them, print the table; the first variant is what the others are compared with."""
    options = _options()
    rows = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name in options.variants:
            folder = Path(scratch) / name
            write_variant(options.data, *VARIANTS[name], folder, np.random.default_rng(options.seed), options.turns)
            report = evaluate(folder, out=folder / "result").as_dict()
            figures = {key: report["groups"]["all"]["figures"][key]["value"] for key in FIGURES}
            rows[name] = {**figures, "scans": len(report["arches"]), "mirror_warnings": _mirror_warnings(folder)}
            print_row(name, rows[name], rows[options.variants[0]])
    if options.out:
        write_json(rows, options.out)
    return 0


def print_row(name: str, row: dict[str, float], reference: dict[str, float]) -> None:
    """One line of the table: figures in percent and, in brackets, the change in points."""
    cells = []
    for key in FIGURES:
        change = f" ({100 * (row[key] - reference[key]):+5.1f})" if reference is not row else " " * 8
        cells.append(f"{key} {100 * row[key]:5.1f}{change}")
    print(
        f"{name:<16} {row['scans']:>3} scans  " + "  ".join(cells) + f"  mirror warnings {row['mirror_warnings']}",
        flush=True,
    )


def write_variant(data: Path, change: Change, suffix: str, folder: Path, rng: np.random.Generator, turns: int) -> None:
    """Write all scans of a folder in one variant, with labels in the order of the new files' vertices."""
    folder.mkdir(parents=True)
    for files in find_scans(data):
        if files.labels is None:
            continue
        scan = read_labelled_scan(files.mesh, files.labels)
        for repeat in range(turns if change is turned else 1):
            for mesh, labels, part in change(scan, rng):
                stem = f"{scan.name}{part}{repeat or ''}"
                path = folder / f"{stem}.{suffix}"
                write_mesh(mesh, path)
                _write_labels(path, mesh, labels, scan)


def _write_labels(path: Path, mesh: Mesh, labels: Int, scan: Scan) -> None:
    """Labels for the vertices as a reader of the written file sees them (STL files lose their order)."""
    read = read_mesh(path).vertices
    _, source = cKDTree(mesh.vertices).query(read)
    found = labels[source]
    assert scan.jaw is not None
    write_labels(ScanLabels(path.stem, scan.jaw, found, found), path.with_suffix(".json"))


def as_it_is(scan: Scan, rng: np.random.Generator) -> Iterator[tuple[Mesh, Int, str]]:
    """The scan itself."""
    yield Mesh(scan.mesh.vertices, scan.mesh.faces), _labels(scan), ""


def turned(scan: Scan, rng: np.random.Generator) -> Iterator[tuple[Mesh, Int, str]]:
    """The scan in a uniformly random position."""
    motion = np.eye(4)
    motion[:3, :3] = Rotation.random(random_state=rng).as_matrix()
    motion[:3, 3] = rng.uniform(-200, 200, 3)
    yield Mesh(scan.mesh.vertices, scan.mesh.faces).transformed(motion), _labels(scan), ""


def mirrored(scan: Scan, rng: np.random.Generator) -> Iterator[tuple[Mesh, Int, str]]:
    """One axis negated and the faces left as they are: what careless conversion does."""
    yield Mesh(scan.mesh.vertices * [-1, 1, 1], scan.mesh.faces), _labels(scan), ""


def halves(scan: Scan, rng: np.random.Generator) -> Iterator[tuple[Mesh, Int, str]]:
    """Each side of the arch by itself: its teeth whole, the gum cut at the middle of the row.

    A plane through the teeth would leave slivers of the other side's incisor, which no rule can call right or wrong.
    """
    labels = _labels(scan)
    right = np.isin(labels // 10, (1, 4, 5, 8))
    sides = [scan.mesh.vertices[(labels > 0) & side].mean(axis=0) for side in (right, ~right)]
    direction = sides[0] - sides[1]
    along = (scan.mesh.vertices - 0.5 * (sides[0] + sides[1])) @ direction
    gum = labels == 0
    yield _part(scan, labels, np.where(gum, along > 0, right), "_right")
    yield _part(scan, labels, np.where(gum, along < 0, ~right), "_left")


def _part(scan: Scan, labels: Int, keep: Bool, name: str) -> tuple[Mesh, Int, str]:
    part = Mesh(scan.mesh.vertices, scan.mesh.faces, {"label": labels}).submesh(keep[scan.mesh.faces].all(axis=1))
    return Mesh(part.vertices, part.faces), part.vertex_attributes["label"], name


# name -> what is done to the scan, and the format in which it is written
VARIANTS: dict[str, tuple[Change, str]] = {
    "ply": (as_it_is, "ply"),
    "obj": (as_it_is, "obj"),
    "stl": (as_it_is, "stl"),
    "vtp": (as_it_is, "vtp"),
    "turned": (turned, "ply"),
    "mirrored": (mirrored, "ply"),
    "halves": (halves, "ply"),
}


def _labels(scan: Scan) -> Int:
    assert scan.labels is not None
    return scan.labels


def _mirror_warnings(folder: Path) -> int:
    found = 0
    for file in (folder / "result" / "predictions").glob("*.json"):
        warnings = json.loads(file.read_text(encoding="utf-8")).get("warnings", [])
        found += any("MIRRORED" in warning for warning in warnings)
    return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="labelled scans in Teeth3DS layout")
    parser.add_argument("--turns", type=int, default=2, help="random positions of each scan")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
