"""Seconds and memory of the networks for findings: the light one by the way it runs, and the published one.

The first table is of looking at one picture of 1024 x 512 pixels; the second one is of the memory that a training of
the published network needs at its own size, by batch and by the batches whose gradients are added up. Everything runs
in a process of its own. Seconds of work are those of all cores together, so that they mean something even where other
programs are running; the published network has random weights, which take as long as trained ones. Prints tables;
asserts nothing.

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
TRAININGS = ((1, 1, False), (2, 1, False), (1, 2, False), (1, 1, True), (2, 1, True))
"""Batch, batches added up, bfloat16."""
SHAPE = (512, 1024)
SIDE = 640
"""Of the pictures of the published training, which its network enlarges to 800."""
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


@dataclass(frozen=True)
class Memory:
    """Training of the published network.

    Args:
        batch: Pictures at once.
        accumulate: Batches whose gradients are added up to a step.
        bf16: Whether it computes in bfloat16.
        peak_mib: Largest memory of the process, MiB; None where the system does not tell.
    """

    batch: int
    accumulate: int
    bf16: bool
    peak_mib: float | None


def main() -> int:
    """Measure everything and print the tables."""
    options = _options()
    if options.child is not None:
        return _child(options)
    with tempfile.TemporaryDirectory() as folder:
        speeds = [_speed(way, Path(folder), options) for way in WAYS]
        memories = [_memory(*training, Path(folder), options) for training in options.trainings]
    print(speed_table(speeds, options.cores), memory_table(memories), sep="\n\n")
    if options.out:
        values = {"speed": [asdict(one) for one in speeds], "memory": [asdict(one) for one in memories]}
        write_json({**circumstances(options), "shape": SHAPE, "side": SIDE, **values}, options.out)
    return 0


def speed_table(speeds: list[Speed], cores: int) -> str:
    """One line a way."""
    lines = [f"{f'one picture, {cores} cores':<26}{'seconds':>10}{'work':>10}{'peak MiB':>10}"]
    lines += [f"{one.way:<26}{one.seconds:>10.2f}{one.work_seconds:>10.2f}{_mib(one.peak_mib)}" for one in speeds]
    return "\n".join(lines)


def memory_table(memories: list[Memory]) -> str:
    """One line a training."""
    lines = [f"{'batch':<10}{'added up':>10}{'bfloat16':>10}{'peak MiB':>10}"]
    lines += [f"{one.batch:<10}{one.accumulate:>10}{one.bf16!s:>10}{_mib(one.peak_mib)}" for one in memories]
    return "\n".join(lines)


def _mib(value: float | None) -> str:
    return f"{'-':>10}" if value is None else f"{value:>10.0f}"


def _speed(way: str, folder: Path, options: argparse.Namespace) -> Speed:
    values, peak = _in_child({"way": way}, folder, options)
    print(f"{way}: {values['seconds']:.2f} s", file=sys.stderr)
    return Speed(way, values["seconds"], values["work_seconds"], peak, values["parameters"])


def _memory(batch: int, accumulate: int, bf16: bool, folder: Path, options: argparse.Namespace) -> Memory:
    _, peak = _in_child({"batch": batch, "accumulate": accumulate, "bf16": bf16}, folder, options)
    print(f"batch {batch} x {accumulate}, bfloat16 {bf16}: {_mib(peak)} MiB", file=sys.stderr)
    return Memory(batch, accumulate, bf16, peak)


def _in_child(task: dict[str, Any], folder: Path, options: argparse.Namespace) -> tuple[dict[str, Any], float | None]:
    """What a process of its own answers, and its peak memory."""
    task |= {"answers": str(folder / "answers.json"), "folder": str(folder), "cores": options.cores}
    task |= {"weights": str(options.weights) if options.weights else None}
    _, peak = run_measured([sys.executable, __file__, "--child", json.dumps(task)], cores=options.cores)
    return json.loads((folder / "answers.json").read_text(encoding="utf-8")), peak


def _child(options: argparse.Namespace) -> int:
    task = json.loads(options.child)
    values = _look(task) if "way" in task else _train(task)
    write_json(values, Path(task["answers"]))
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


def _train(task: dict[str, Any]) -> dict[str, Any]:
    """Two steps of the published training on made-up photographs."""
    from typodont.tasks.findings.config import FindingsSource, FindingsTrainConfig
    from typodont.tasks.findings.train import train
    from typodont.training.fit import LoopConfig
    from typodont.training.module import OptimizerConfig
    from typodont.training.run import NetConfig
    from typodont.training.schedule import ScheduleConfig

    folder = Path(task["folder"])
    loop = LoopConfig(batch=task["batch"], accumulate=task["accumulate"], workers=0, threads=task["cores"])
    train(
        FindingsTrainConfig(
            name=f"{task['batch']}_{task['accumulate']}_{task['bf16']}",
            runs=folder,
            modality="photo",
            stage="published",
            categories=CATEGORIES,
            sources=(FindingsSource(_made_up(folder), licence="synthetic"),),
            net=NetConfig("published_mask_rcnn"),
            canvas=(SIDE, SIDE),
            schedule=ScheduleConfig(max_steps=2, peak=1e-3, warmup_steps=0, shape="constant"),
            optimizer=OptimizerConfig(kind="adam", weight_decay=0, clip=0, ema_decay=0, bf16=task["bf16"]),
            loop=loop,
        )
    )
    return {}


def _made_up(folder: Path) -> Path:
    """Four photographs with twenty squares each, labelled as teeth."""
    from PIL import Image

    from typodont.formats.run_lengths import encode_mask
    from typodont.records.findings import Finding, PictureFindings, write_picture_findings

    labels = folder / "findings.json"
    if labels.exists():
        return labels
    pictures = []
    for number in range(4):
        rng = np.random.default_rng(number)
        picture = rng.integers(0, 120, (SIDE, SIDE, 3)).astype(np.uint8)
        findings = []
        for left, top in rng.integers(0, SIDE - 100, (20, 2)).tolist():
            mask = np.zeros((SIDE, SIDE), dtype=bool)
            mask[top : top + 90, left : left + 60] = True
            picture[mask] += 6
            findings.append(Finding("tooth", (left, top, left + 60, top + 90), encode_mask(mask)))
        Image.fromarray(picture).save(folder / f"{number}.png")
        name, shape = str(number), (SIDE, SIDE)
        pictures.append(PictureFindings(name, folder / f"{number}.png", shape, tuple(findings), frozenset(CATEGORIES)))
    write_picture_findings(pictures, labels, categories=CATEGORIES)
    return labels


def _training(text: str) -> tuple[int, int, bool]:
    """Batch and batches added up of "1x2", in bfloat16 with a b behind it."""
    batch, _, accumulate = text.removesuffix("b").partition("x")
    return int(batch), int(accumulate), text.endswith("b")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, help="of the light network; instead of the shipped ones")
    parser.add_argument(
        "--trainings", nargs="*", type=_training, default=list(TRAININGS), help="to measure, such as 2x1 1x2 2x1b"
    )
    add_options(parser)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
