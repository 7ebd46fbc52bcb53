"""Seconds and peak memory of ``typodont crown design`` from arch scans by size, with the share of each stage.

Every measurement is a fresh process, so that the seconds include Python's start and the loading of the networks, as a
person at a terminal waits for them. Prints a table; asserts nothing.

    python benchmarks/crown_speed.py                                synthetic arches of 50 k and 200 k faces, 2 cores
    python benchmarks/crown_speed.py --case FOLDER --faces 200000 --cores 4 --repeats 3 --out speed.json
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from fresh_process import add_options, circumstances, time_command, time_table
from typodont.atomic import write_json
from typodont.formats import write_mesh
from typodont.geometry.decimation import decimate, subdivide
from typodont.geometry.mesh import Mesh
from typodont.records.crown_case import CrownCase, read_crown_case
from typodont.synth.preparation.case import make_crown_case
from typodont.synth.preparation.options import CrownOptions

FACES = (50_000, 200_000)


def main() -> int:
    """Measure every size and print the table."""
    options = _options()
    case = read_crown_case(options.case) if options.case else synthetic_arch()
    runs, rows = {}, []
    with tempfile.TemporaryDirectory() as folder:
        for n_faces in options.faces:
            words, size = command(case, n_faces, Path(folder))
            words += ["--weights", str(options.weights)] if options.weights else []
            run = time_command(words, cores=options.cores, repeats=options.repeats)
            runs[f"{size} faces"] = run
            rows.append({"n_faces": size, "kind": case.kind, **asdict(run)})
            print(f"{size} faces: {run.seconds:.1f} s", file=sys.stderr)
    print(time_table(runs, cores=options.cores))
    if options.out:
        write_json({**circumstances(options), "runs": rows}, options.out)
    return 0


def command(case: CrownCase, n_faces: int, folder: Path) -> tuple[list[str], int]:
    """The words that design the case from scans of about `n_faces` faces in a folder, and the faces of its scan."""
    scan = with_faces(case.scan, n_faces)
    write_mesh(scan, folder / f"scan_{n_faces}.stl")
    words = ["crown", "design", str(folder / f"scan_{n_faces}.stl"), "--tooth", str(case.tooth)]
    if case.antagonist is not None:
        write_mesh(with_faces(case.antagonist, n_faces), folder / f"antagonist_{n_faces}.stl")
        words += ["--antagonist", str(folder / f"antagonist_{n_faces}.stl")]
    return words, len(scan.faces)


def with_faces(mesh: Mesh, n_faces: int) -> Mesh:
    """The surface with about `n_faces` faces: subdivided until it has more, then decimated."""
    bare = Mesh(mesh.vertices, mesh.faces)
    while len(bare.faces) < n_faces:
        bare = subdivide(bare)
    return decimate(bare, n_faces)


def synthetic_arch() -> CrownCase:
    """A full crown in a whole arch with its antagonist, the first one of a series."""
    return make_crown_case(seed=0, options=CrownOptions(kind="crown", shown="arch"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", type=Path, help="a crown case to resize; a synthetic arch by default")
    parser.add_argument("--faces", type=int, nargs="+", default=list(FACES), help="sizes to measure")
    parser.add_argument("--weights", type=Path, help="folder of weights; those of the package by default")
    add_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
