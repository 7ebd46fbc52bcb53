"""Seconds of a training step and of a prediction: our half-resolution U-Net beside a U-Net with a stock encoder.

Both see the same 512 x 1024 pictures, run in turns in one process and learn with the same loss (cross-entropy over 33
classes) and optimiser. Ours answers at half the resolution, the stock one at full resolution as it comes; that is part
of what is compared. Prints a table; asserts nothing.

    python benchmarks/panoramic_network.py                    2 cores, batch 2
    python benchmarks/panoramic_network.py --cores 4 --batch 4 --rounds 5 --out network.json

The stock one is the resnet34 U-Net of segmentation-models-pytorch, which typodont itself does not use; it needs
torchvision of the release that belongs to the installed torch:

    pip install torch torchvision segmentation-models-pytorch
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from fresh_process import cpu_name
from typodont.anatomy import N_PANORAMIC_CLASSES
from typodont.atomic import write_json
from typodont.environment import environment
from typodont.nets.image_batch import ImageBatch
from typodont.nets.tooth_unet import ToothUNet

CANVAS = (512, 1024)
PRECISIONS = ("float32", "bfloat16")


@dataclass(frozen=True)
class Contender:
    """A network and how to get (B, 33, h, w) log probabilities from it."""

    name: str
    net: nn.Module
    log_classes: Callable[[nn.Module, Tensor], Tensor]


@dataclass(frozen=True)
class NetworkTime:
    """What was measured of one network in one precision.

    Args:
        name: Of the network.
        precision: One of `PRECISIONS`.
        parameters: How many numbers it learns.
        step_seconds: A training step (forward, backward, update), median, for each picture of the batch.
        predict_seconds: A prediction of one picture, median.
    """

    name: str
    precision: str
    parameters: int
    step_seconds: float
    predict_seconds: float


def main() -> int:
    """Measure both networks and print the table."""
    options = _options()
    torch.set_num_threads(options.cores)
    torch.manual_seed(0)
    results = compare([ours(), stock()], batch=options.batch, rounds=options.rounds, shape=CANVAS)
    print(table(results, options.cores))
    if options.out:
        about = {"cores": options.cores, "batch": options.batch, "cpu": cpu_name(), "environment": environment()}
        write_json({**about, "networks": [asdict(result) for result in results]}, options.out)
    return 0


def ours() -> Contender:
    """The network of the shipped weights."""
    return Contender("half-resolution U-Net", ToothUNet(), lambda net, image: net(ImageBatch(image)).log_classes())


def stock() -> Contender:
    """A U-Net with a resnet34 encoder.

    Raises:
        SystemExit: segmentation-models-pytorch is not installed.
    """
    try:
        import segmentation_models_pytorch as smp
    except ImportError as error:
        raise SystemExit(
            f"{error}; pip install torch torchvision segmentation-models-pytorch (of releases that belong together)"
        ) from None
    net = smp.Unet("resnet34", encoder_weights=None, in_channels=1, classes=N_PANORAMIC_CLASSES)
    return Contender("resnet34 U-Net", net, lambda net, image: net(image).float().log_softmax(dim=1))


def compare(contenders: list[Contender], *, batch: int, rounds: int, shape: tuple[int, int]) -> list[NetworkTime]:
    """Times of every network in every precision, taken in turns after one round to warm up."""
    image = torch.randn(batch, 1, *shape)
    label = torch.randint(N_PANORAMIC_CLASSES, (batch, *shape))
    trainers = {contender.name: _Trainer(contender) for contender in contenders}
    keys = [(name, precision) for name in trainers for precision in PRECISIONS]
    steps: dict[Any, list[float]] = {key: [] for key in keys}
    predictions: dict[Any, list[float]] = {key: [] for key in keys}
    for _ in range(rounds + 1):
        for name, precision in keys:
            trainer = trainers[name]
            steps[name, precision].append(_seconds(lambda t=trainer, p=precision: t.step(image, label, p)) / batch)
            predictions[name, precision].append(_seconds(lambda t=trainer, p=precision: t.predict(image[:1], p)))
    return [
        NetworkTime(
            name,
            precision,
            sum(parameter.numel() for parameter in trainers[name].net.parameters()),
            median(steps[name, precision][1:]),
            median(predictions[name, precision][1:]),
        )
        for name, precision in keys
    ]


class _Trainer:
    """A network with its optimiser."""

    def __init__(self, contender: Contender) -> None:
        self.net = contender.net.to(memory_format=torch.channels_last)
        self.log_classes = contender.log_classes
        self.optimizer = torch.optim.AdamW(self.net.parameters(), lr=1e-4)

    def step(self, image: Tensor, label: Tensor, precision: str) -> None:
        self.net.train()
        with _precision(precision):
            log_classes = self.log_classes(self.net, image.contiguous(memory_format=torch.channels_last))
        skip = label.shape[-1] // log_classes.shape[-1]
        functional.nll_loss(log_classes.float(), label[:, ::skip, ::skip]).backward()
        self.optimizer.step()
        self.optimizer.zero_grad()

    def predict(self, image: Tensor, precision: str) -> None:
        self.net.eval()
        with torch.inference_mode(), _precision(precision):
            self.log_classes(self.net, image.contiguous(memory_format=torch.channels_last))


def _precision(name: str) -> Any:
    return torch.autocast("cpu", dtype=torch.bfloat16) if name == "bfloat16" else nullcontext()


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def table(results: list[NetworkTime], cores: int) -> str:
    """One line for each network and precision."""
    head = f"{f'{cores} cores':<26}{'precision':<12}{'parameters':>12}{'training, s/picture':>22}{'prediction, s':>16}"
    lines = [
        f"{result.name:<26}{result.precision:<12}{result.parameters / 1e6:>10.2f} M"
        f"{result.step_seconds:>22.3f}{result.predict_seconds:>16.3f}"
        for result in results
    ]
    return "\n".join([head, *lines])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--batch", type=int, default=2, help="pictures in a training step")
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many counts")
    parser.add_argument("--out", type=Path, help="also write the figures as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
