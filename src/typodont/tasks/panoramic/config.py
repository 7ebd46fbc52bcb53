"""Settings of the panoramic job's training; the defaults are those of the shipped weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from typodont.datasets.panoramic_canvas import CANVAS
from typodont.datasets.published_panoramic import PublishedData
from typodont.datasets.radiograph_augment import RadiographAugment
from typodont.training.fit import LoopConfig
from typodont.training.module import OptimizerConfig
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig
from typodont.training.tooth_mask_losses import ToothMaskLossWeights


@dataclass(frozen=True)
class PanoramicSource:
    """Labelled panoramics to train on.

    Args:
        data: COCO file or folder, see `records.find_labelled_panoramics`.
        numbers: Map file from grey values to FDI numbers, for folders of grey-coded masks that have none of their own.
        weight: How often it is drawn, relative to the other sources.
        licence: SPDX name, or "synthetic"; weights ship only if all sources allow it.
        shippable: Whether weights that have seen these pictures may be passed on.
        names: Text file with the pictures to take, one a line (stem of the file); None: all.
    """

    data: Path = Path("data/panoramics")
    numbers: Path | None = None
    weight: float = 1.0
    licence: str = "unknown"
    shippable: bool = True
    names: Path | None = None


@dataclass(frozen=True)
class PanoramicTrainConfig:
    """A training of the panoramic job.

    Args:
        name: Of the run; everything goes to `runs`/`name`.
        runs: Folder of all runs.
        stage: "segment" learns the teeth of panoramics; "published" does so as the published 33-class study.
        sources: Pictures to learn from, mixed by weight.
        validation: Pictures held out; None: no validation.
        init: Weights to start from, see `training.transfer.begin_with`: a file, a run folder or ``shipped:JOB/NAME``;
            ``pretrained:`` in front takes what fits and leaves the rest fresh.
        freeze: Modules that stand still, see `training.transfer.Freezing`; for example ``encoder.0-2``.
        rate_decay: Share of the learning rate that every stage has of the next one nearer the output.
        seed: Of the network's first weights and of the stream of samples.
        canvas: Rows and columns of what the network sees; smaller ones are for quick studies, predictions use the
            default.
        augment, loss: Of the stage "segment".
        published: Of the stage "published", which takes all sources alike, whatever their weight.
    """

    name: str = "panoramic"
    runs: Path = Path("runs")
    stage: Literal["segment", "published"] = "segment"
    sources: tuple[PanoramicSource, ...] = (PanoramicSource(),)
    validation: PanoramicSource | None = None
    init: str | None = None
    freeze: tuple[str, ...] = ()
    rate_decay: float = 1.0
    seed: int = 0
    net: NetConfig = NetConfig("tooth_unet")
    canvas: tuple[int, int] = CANVAS
    augment: RadiographAugment = RadiographAugment()
    published: PublishedData = PublishedData()
    loss: ToothMaskLossWeights = ToothMaskLossWeights()
    schedule: ScheduleConfig = ScheduleConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    loop: LoopConfig = LoopConfig(batch=6)
