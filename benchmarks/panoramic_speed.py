"""Seconds and peak memory of ``typodont panoramic segment`` by picture size, and of its network by the way it runs.

The first table is of whole processes, each a fresh one, so that the seconds include Python's start and the loading of
the networks, as a person at a terminal waits for them. The second table is of the network alone, looking at one
picture and its mirror image: torch in float32, torch in bfloat16, and onnxruntime with the exported network, in turns
so that all of them see the same machine. Prints tables; asserts nothing.

    python benchmarks/panoramic_speed.py                      a synthetic panoramic at three sizes, 2 cores
    python benchmarks/panoramic_speed.py --picture FILE --sizes 2048x1024 --cores 4 --repeats 3 --out speed.json
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from fresh_process import add_options, circumstances, run_measured, time_command, time_table
from typodont.atomic import write_json

SIZES = ("1024x512", "2048x1024", "4096x2048")
WAYS = ("torch, float32", "torch, bfloat16", "onnxruntime")


@dataclass(frozen=True)
class NetworkSpeed:
    """The network alone.

    Args:
        way: One of `WAYS`.
        seconds: For a canvas and its mirror image, the median.
        difference: Largest difference of a tooth probability from torch in float32.
    """

    way: str
    seconds: float
    difference: float


def main() -> int:
    """Measure every size and every way, and print the tables."""
    options = _options()
    if options.network_only is not None:
        return _network_process(options)
    command = ["panoramic", "segment", "--any-picture"]
    command += ["--weights", str(options.weights)] if options.weights else []
    runs = {}
    with tempfile.TemporaryDirectory() as folder:
        source = Image.open(options.picture).convert("L") if options.picture else _synthetic()
        for size in options.sizes:
            file = Path(folder) / f"panoramic_{size}.png"
            source.resize(parse_size(size), Image.Resampling.BICUBIC).save(file)
            runs[size] = time_command([*command, str(file)], cores=options.cores, repeats=options.repeats)
            print(f"{size}: {runs[size].seconds:.2f} s", file=sys.stderr)
        networks = measure_network(Path(folder), options)
    print(time_table(runs, cores=options.cores))
    print()
    print(network_table(networks, options.cores))
    if options.out:
        rows = [{"size": size, **asdict(run)} for size, run in runs.items()]
        write_json(
            {**circumstances(options), "runs": rows, "network": [asdict(network) for network in networks]}, options.out
        )
    return 0


def parse_size(text: str) -> tuple[int, int]:
    """Width and height of "2048x1024"."""
    width, _, height = text.partition("x")
    return int(width), int(height)


def measure_network(folder: Path, options: argparse.Namespace) -> list[NetworkSpeed]:
    """Every way to run the network, in one process that may use as many cores as the command."""
    answers = folder / "network.json"
    command = [sys.executable, __file__, "--network-only", str(answers), "--cores", str(options.cores)]
    command += ["--weights", str(options.weights)] if options.weights else []
    try:
        run_measured(command, cores=options.cores)
    except SystemExit as error:
        print(f"no figures of the network alone: {error}", file=sys.stderr)
        return []
    return [NetworkSpeed(**values) for values in json.loads(answers.read_text(encoding="utf-8"))]


def network_table(networks: list[NetworkSpeed], cores: int) -> str:
    """One line for each way to run the network."""
    lines = [f"{f'network alone, {cores} cores':<26}{'seconds':>10}{'difference':>14}"]
    lines += [f"{network.way:<26}{network.seconds:>10.3f}{network.difference:>14.1e}" for network in networks]
    return "\n".join(lines)


def _network_process(options: argparse.Namespace) -> int:
    """Time every way in turns; runs in a process of its own."""
    import torch

    from typodont.datasets.panoramic_canvas import fit_canvas
    from typodont.nets.onnx_net import OnnxNet
    from typodont.tasks.panoramic.evidence import read_pixels
    from typodont.tasks.panoramic.export import export_onnx
    from typodont.tasks.panoramic.models import load_models

    torch.set_num_threads(options.cores)
    net = load_models(options.weights).net.to(memory_format=torch.channels_last)
    with tempfile.TemporaryDirectory() as folder:
        export_onnx(Path(folder) / "net.onnx", weights=options.weights)
        exported = OnnxNet(Path(folder) / "net.onnx")
    ways = {
        WAYS[0]: (net, nullcontext),
        WAYS[1]: (net, lambda: torch.autocast("cpu", dtype=torch.bfloat16)),
        WAYS[2]: (exported, nullcontext),
    }
    canvas, _ = fit_canvas(np.asarray(_synthetic(), dtype=np.float32) / 255)
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    tooth: dict[str, np.ndarray] = {}
    for _ in range(5):
        for way, (network, context) in ways.items():
            start = time.perf_counter()
            with context():
                tooth[way] = read_pixels(network, canvas).tooth
            seconds[way].append(time.perf_counter() - start)
    results = [
        NetworkSpeed(way, float(np.median(seconds[way])), float(np.abs(tooth[way] - tooth[WAYS[0]]).max()))
        for way in ways
    ]
    write_json([asdict(result) for result in results], options.network_only)
    return 0


def _synthetic() -> Image.Image:
    from typodont.synth.xray.panoramic import make_panoramic

    return Image.fromarray(make_panoramic(0).image).convert("L")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--picture", type=Path, help="a panoramic to resize; a synthetic one by default")
    parser.add_argument("--sizes", nargs="+", default=list(SIZES), help="width x height, to measure")
    parser.add_argument("--weights", type=Path, help="instead of the shipped ones")
    add_options(parser)
    parser.add_argument("--network-only", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
