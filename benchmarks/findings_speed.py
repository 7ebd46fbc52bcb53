"""Seconds and memory of the networks for findings: the light one by the way it runs, and the published one.

They look at one picture of 1024 x 512 pixels, every way in a process of its own. Seconds of work are those of all cores
together, so that they mean something even where other programs are running; the published network has random weights,
which take as long as trained ones. Prints a table; asserts nothing.

    python benchmarks/findings_speed.py                     the shipped network for radiographs, 2 cores
    python benchmarks/findings_speed.py --weights RUN --out docs/reference/results/findings_speed.json
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fresh_process import add_options, circumstances, run_measured
from typodont.atomic import write_json

WAYS = ("light, float32", "light, bfloat16", "light, onnxruntime", "published, float32")
SHAPE = (512, 1024)
CATEGORIES = ("caries", "cavity", "crack", "tooth")


@dataclass(frozen=True)
class Speed:
    """One way to look at a picture.

    Args:
        way: One of `WAYS`.
        seconds: For one picture, the fastest of three after one to warm up.
        work_seconds: What all cores together worked in that time.
        peak_mib: Largest memory of the process, MiB; None where the system does not tell.
        parameters: Numbers that the network has learnt; None for the exported one.
    """

    way: str
    seconds: float
    work_seconds: float
    peak_mib: float | None
    parameters: int | None


def main() -> int:
    """Measure every way and print the table."""
    options = _options()
    if options.child is not None:
        return _look_process(options)
    with tempfile.TemporaryDirectory() as folder:
        speeds = [_speed(way, Path(folder), options) for way in WAYS]
    print(speed_table(speeds, options.cores))
    if options.out:
        write_json({**circumstances(options), "shape": SHAPE, "ways": [asdict(one) for one in speeds]}, options.out)
    return 0


def speed_table(speeds: list[Speed], cores: int) -> str:
    """One line a way."""
    lines = [f"{f'one picture, {cores} cores':<26}{'seconds':>10}{'work':>10}{'peak MiB':>10}"]
    lines += [f"{one.way:<26}{one.seconds:>10.2f}{one.work_seconds:>10.2f}{_mib(one.peak_mib)}" for one in speeds]
    return "\n".join(lines)


def _mib(value: float | None) -> str:
    return f"{'-':>10}" if value is None else f"{value:>10.0f}"


def _speed(way: str, folder: Path, options: argparse.Namespace) -> Speed:
    answers = folder / "answers.json"
    task = {"way": way, "answers": str(answers), "folder": str(folder), "cores": options.cores}
    task["weights"] = str(options.weights) if options.weights else None
    _, peak = run_measured([sys.executable, __file__, "--child", json.dumps(task)], cores=options.cores)
    values = json.loads(answers.read_text(encoding="utf-8"))
    print(f"{way}: {values['seconds']:.2f} s", file=sys.stderr)
    return Speed(way, values["seconds"], values["work_seconds"], peak, values["parameters"])


def _look_process(options: argparse.Namespace) -> int:
    """Time one way; runs in a process of its own."""
    task = json.loads(options.child)
    write_json(_look(task), Path(task["answers"]))
    return 0


def _look(task: dict[str, Any]) -> dict[str, Any]:
    """Time one way of looking at a synthetic panoramic."""
    import torch

    from typodont.nets.image_batch import ImageBatch
    from typodont.training.weights import parameter_count

    torch.set_num_threads(task["cores"])
    net, batch = _network(task)
    half = task["way"].endswith("bfloat16")

    def look() -> None:
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            net(ImageBatch(batch.image))

    seconds, work = _fastest(look)
    return {"seconds": seconds, "work_seconds": work, "parameters": parameter_count(net) or None}


def _network(task: dict[str, Any]) -> tuple[Any, Any]:
    """The network of a way, and a batch of one picture for it."""
    from dataclasses import replace

    from typodont.nets.onnx_detector import OnnxDetector
    from typodont.nets.published_mask_rcnn import PublishedMaskRCNN
    from typodont.synth.xray.panoramic import make_panoramic
    from typodont.tasks.findings.detect import as_seen
    from typodont.tasks.findings.export import export_onnx
    from typodont.tasks.findings.models import DEFAULT_WEIGHTS, load_detector

    detector = load_detector(Path(task["weights"] or DEFAULT_WEIGHTS / "xray.safetensors"))
    if task["way"] == "published, float32":
        detector = replace(detector, net=PublishedMaskRCNN(CATEGORIES, channels=1).eval())
    elif task["way"] == "light, onnxruntime":
        file = Path(task["folder"]) / "net.onnx"
        export_onnx(file, weights=detector.file)
        detector = replace(detector, net=OnnxDetector(file))
    detector = replace(detector, canvas=replace(detector.canvas, canvas=SHAPE))
    return detector.net, as_seen(make_panoramic(0).image.astype(np.float32)[None] / 255, detector)[0]


def _fastest(act: Callable[[], None], repeats: int = 3) -> tuple[float, float]:
    """Seconds of the fastest of some runs, and of work in the laziest; after one to warm up."""
    act()
    seconds, work = [], []
    for _ in range(repeats):
        start, worked = time.perf_counter(), time.process_time()
        act()
        seconds.append(time.perf_counter() - start)
        work.append(time.process_time() - worked)
    return min(seconds), min(work)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, help="of the light network; instead of the shipped ones")
    add_options(parser)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
