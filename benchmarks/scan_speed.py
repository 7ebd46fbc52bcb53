"""Seconds and peak memory of ``typodont scan segment`` by mesh size, with the share of each stage.

Every measurement is a fresh process, so that the seconds include Python's start and the loading of the network, as a
person at a terminal waits for them. Prints a table; asserts nothing.

    python benchmarks/scan_speed.py                           a synthetic scan at 10 k, 100 k and 1 M faces, 2 cores
    python benchmarks/scan_speed.py --scan FILE --faces 50000 --cores 4 --repeats 3 --out speed.json
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from fresh_process import add_options, circumstances, time_command, time_table
from typodont.atomic import write_json
from typodont.formats import read_mesh, write_mesh
from typodont.geometry.decimation import decimate, subdivide
from typodont.geometry.mesh import Mesh

FACES = (10_000, 100_000, 1_000_000)


def main() -> int:
    """Measure every size and print the table."""
    options = _options()
    source = read_mesh(options.scan) if options.scan else _synthetic()
    runs, rows = {}, []
    with tempfile.TemporaryDirectory() as folder:
        for n_faces in options.faces:
            file = Path(folder) / f"scan_{n_faces}.ply"
            mesh = resized(source, n_faces)
            write_mesh(mesh, file)
            run = time_command(["scan", "segment", str(file)], cores=options.cores, repeats=options.repeats)
            runs[f"{len(mesh.faces)} faces"] = run
            rows.append({"n_faces": len(mesh.faces), "n_vertices": len(mesh.vertices), **asdict(run)})
            print(f"{len(mesh.faces)} faces: {run.seconds:.1f} s", file=sys.stderr)
    print(time_table(runs, cores=options.cores))
    if options.out:
        write_json({**circumstances(options), "runs": rows}, options.out)
    return 0


def resized(mesh: Mesh, n_faces: int) -> Mesh:
    """The surface with about `n_faces` faces: subdivided until it has more, then decimated."""
    bare = Mesh(mesh.vertices, mesh.faces)
    if len(bare.faces) < n_faces:
        bare = subdivide(bare, times=math.ceil(math.log(n_faces / len(bare.faces), 4)))
    return decimate(bare, n_faces)


def _synthetic() -> Mesh:
    from typodont.synth.scan import make_scan

    return make_scan(seed=0, jaw="upper", base=0.0).mesh


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scan", type=Path, help="a scan to resize; a synthetic one by default")
    parser.add_argument("--faces", type=int, nargs="+", default=list(FACES), help="sizes to measure")
    add_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
