"""Memory of a training of the published network for findings, by batch and by the batches whose gradients add up.

Two steps on made-up photographs of 640 x 640 pixels, which the network enlarges to 800 x 800, each training in a
process of its own. Prints a table; asserts nothing.

    python benchmarks/findings_memory.py
    python benchmarks/findings_memory.py --trainings 2x1 1x2 2x1b --out docs/reference/results/findings_memory.json
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fresh_process import add_options, circumstances, run_measured
from typodont.atomic import write_json

TRAININGS = ((1, 1, False), (2, 1, False), (1, 2, False))
"""Batch, batches added up, bfloat16."""
SIDE = 640
CATEGORIES = ("caries", "cavity", "crack", "tooth")


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
    """Measure every training and print the table."""
    options = _options()
    if options.child is not None:
        _train(json.loads(options.child))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        memories = [_memory(*training, Path(folder), options) for training in options.trainings]
    print(memory_table(memories))
    if options.out:
        write_json(
            {**circumstances(options), "side": SIDE, "trainings": [asdict(one) for one in memories]}, options.out
        )
    return 0


def memory_table(memories: list[Memory]) -> str:
    """One line a training."""
    lines = [f"{'batch':<10}{'added up':>10}{'bfloat16':>10}{'peak MiB':>10}"]
    for one in memories:
        peak = "-" if one.peak_mib is None else f"{one.peak_mib:.0f}"
        lines.append(f"{one.batch:<10}{one.accumulate:>10}{one.bf16!s:>10}{peak:>10}")
    return "\n".join(lines)


def _memory(batch: int, accumulate: int, bf16: bool, folder: Path, options: argparse.Namespace) -> Memory:
    task = {"batch": batch, "accumulate": accumulate, "bf16": bf16, "folder": str(folder), "cores": options.cores}
    _, peak = run_measured([sys.executable, __file__, "--child", json.dumps(task)], cores=options.cores)
    print(f"batch {batch} x {accumulate}, bfloat16 {bf16}: {peak} MiB", file=sys.stderr)
    return Memory(batch, accumulate, bf16, peak)


def _train(task: dict[str, Any]) -> None:
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
    parser.add_argument(
        "--trainings", nargs="*", type=_training, default=list(TRAININGS), help="to measure, such as 2x1 1x2 2x1b"
    )
    add_options(parser)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
