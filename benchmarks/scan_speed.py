"""Seconds and peak memory of ``typodont scan segment`` by mesh size, with the share of each stage.

Every measurement is a fresh process, so that the seconds include Python's start and the loading of the network, as a
person at a terminal waits for them. Prints a table; asserts nothing.

    python benchmarks/scan_speed.py                           a synthetic scan at 10 k, 100 k and 1 M faces, 2 cores
    python benchmarks/scan_speed.py --scan FILE --faces 50000 --cores 4 --repeats 3 --out speed.json
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from fresh_process import cpu_name, run_measured
from typodont.atomic import write_json
from typodont.environment import environment
from typodont.formats import read_mesh, write_mesh
from typodont.geometry.decimation import decimate, subdivide
from typodont.geometry.mesh import Mesh

FACES = (10_000, 100_000, 1_000_000)
START = "start and load"


@dataclass(frozen=True)
class Speed:
    """One measured run.

    Args:
        n_faces: triangles of the input.
        n_vertices: its vertices.
        seconds: from the start of the process to its end.
        peak_mib: largest resident memory of the process, MiB; None where the system does not tell.
        stages: seconds by stage as the run record tells them, and what lies before and between as `START`.
    """

    n_faces: int
    n_vertices: int
    seconds: float
    peak_mib: float | None
    stages: dict[str, float] = field(default_factory=dict)


def main() -> int:
    """Measure every size and print the table."""
    options = _options()
    source = read_mesh(options.scan) if options.scan else _synthetic()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for n_faces in options.faces:
            file = Path(folder) / f"scan_{n_faces}.ply"
            mesh = resized(source, n_faces)
            write_mesh(mesh, file)
            runs = [measure(file, mesh, cores=options.cores) for _ in range(options.repeats)]
            results.append(min(runs, key=lambda run: run.seconds))
            print(f"{len(mesh.faces)} faces: {results[-1].seconds:.1f} s", file=sys.stderr)
    print(table(results, options.cores))
    if options.out:
        about = {"cores": options.cores, "repeats": options.repeats, "cpu": cpu_name(), "environment": environment()}
        write_json({**about, "runs": [asdict(run) for run in results]}, options.out)
    return 0


def resized(mesh: Mesh, n_faces: int) -> Mesh:
    """The surface with about `n_faces` faces: subdivided until it has more, then decimated."""
    bare = Mesh(mesh.vertices, mesh.faces)
    if len(bare.faces) < n_faces:
        bare = subdivide(bare, times=math.ceil(math.log(n_faces / len(bare.faces), 4)))
    return decimate(bare, n_faces)


def measure(file: Path, mesh: Mesh, *, cores: int) -> Speed:
    """Segment one file in a process of its own that may use `cores` cores.

    Raises:
        SystemExit: the command failed; its own message stands above.
    """
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "typodont", "scan", "segment", str(file), "--out", out]
        seconds, peak = run_measured(command, cores=cores)
        record = json.loads((Path(out) / f"{file.stem}_run.json").read_text(encoding="utf-8"))
    stages = dict(record["seconds"])
    stages[START] = max(0.0, seconds - sum(stages.values()))
    return Speed(len(mesh.faces), len(mesh.vertices), seconds, peak, stages)


def table(runs: list[Speed], cores: int) -> str:
    """Sizes side by side, one line a stage."""
    names = list(dict.fromkeys([START, *(name for run in runs for name in run.stages)]))
    lines = [f"{f'{cores} cores':<22}" + "".join(f"{f'{run.n_faces} faces':>20}" for run in runs)]
    lines.append(f"{'seconds':<22}" + "".join(f"{run.seconds:>20.2f}" for run in runs))
    peaks = ("-" if run.peak_mib is None else f"{run.peak_mib:.0f}" for run in runs)
    lines.append(f"{'peak memory, MiB':<22}" + "".join(f"{peak:>20}" for peak in peaks))
    for name in names:
        cells = (run.stages.get(name, 0.0) for run in runs)
        shares = (f"{value:.2f} s ({value / run.seconds:4.0%})" for value, run in zip(cells, runs, strict=True))
        lines.append(f"  {name:<20}" + "".join(f"{share:>20}" for share in shares))
    return "\n".join(lines)


def _synthetic() -> Mesh:
    from typodont.synth.scan import make_scan

    return make_scan(seed=0, jaw="upper", base=0.0).mesh


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scan", type=Path, help="a scan to resize; a synthetic one by default")
    parser.add_argument("--faces", type=int, nargs="+", default=list(FACES), help="sizes to measure")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=1, help="the fastest of so many runs counts")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
