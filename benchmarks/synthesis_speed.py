"""Processor seconds and peak memory of one synthetic arch on one core, by number of faces.

python benchmarks/synthesis_speed.py --out results.json
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from typodont.atomic import write_json

SIZES = {10_000: 8, 30_000: 8, 100_000: 4, 500_000: 2}


def measure(n_faces: int, arches: int) -> dict[str, float]:
    """Means over `arches` scans of this process; the first one, which loads the atlas, does not count."""
    from typodont.environment import peak_memory_mib
    from typodont.synth.scan import make_scan

    make_scan(1, 0, n_faces=5_000)
    begin, faces = time.process_time(), 0
    for index in range(arches):
        faces += len(make_scan(1, index, n_faces=n_faces).mesh.faces)
    seconds = (time.process_time() - begin) / arches
    return {
        "asked": n_faces,
        "faces": faces // arches,
        "cpu_seconds": round(seconds, 2),
        "peak_mib": peak_memory_mib(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, help="where to write the figures")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(measure(args.one, SIZES[args.one])))
        return
    runs = []
    for n_faces in SIZES:  # a process each, because the peak of a process never falls
        command = [sys.executable, __file__, "--one", str(n_faces)]
        runs.append(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
        print(runs[-1], flush=True)
    if args.out:
        write_json({"runs": runs}, args.out)


if __name__ == "__main__":
    main()
