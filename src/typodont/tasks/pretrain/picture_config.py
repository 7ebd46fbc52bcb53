"""Settings of pre-training on pictures without labels, for the jobs that look at radiographs and photographs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from typodont.datasets.panoramic_canvas import CANVAS
from typodont.datasets.picture_views import HiddenConfig, PairConfig, PictureViewAugment
from typodont.training.fit import LoopConfig
from typodont.training.module import OptimizerConfig
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig


@dataclass(frozen=True)
class PicturePretrainConfig:
    """A pre-training on pictures without labels; the defaults are for panoramic radiographs.

    Args:
        name: Of the run; everything goes to `runs`/`name`.
        runs: Folder of all runs.
        data: Folders of unlabelled pictures (PNG, JPEG, TIFF, BMP, DICOM), also in folders below; single files and
            COCO files, which name pictures, are taken as well.
        licence: Of the pictures (SPDX name).
        shippable: Whether weights that have seen them may be passed on.
        cache: Folder in which pictures are kept at the size of the canvas, so that each is decoded once.
        canvas: Rows and columns of what the network sees.
        objective: "pairs" learns to know the same spot in two views of a picture, "hidden" to fill in hidden patches.
        init: Weights to start from, see `training.transfer.begin_with`.
        freeze: Modules that stand still, see `training.transfer.Freezing`.
        rate_decay: Share of the learning rate that every stage has of the next one nearer the output.
        seed: Of the network's first weights and of the stream of samples.
        augment: How views differ from their picture.
        hidden, pairs: Of the objectives.
    """

    job: ClassVar[str] = "panoramic"

    name: str = "panoramic_pretrained"
    runs: Path = Path("runs")
    data: tuple[Path, ...] = ()
    licence: str = "unknown"
    shippable: bool = True
    cache: Path = Path("data/picture_cache")
    canvas: tuple[int, int] = CANVAS
    objective: Literal["pairs", "hidden"] = "pairs"
    init: str | None = None
    freeze: tuple[str, ...] = ()
    rate_decay: float = 1.0
    seed: int = 0
    net: NetConfig = NetConfig("tooth_unet")
    augment: PictureViewAugment = PictureViewAugment()
    hidden: HiddenConfig = HiddenConfig()
    pairs: PairConfig = PairConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    loop: LoopConfig = LoopConfig(batch=6, validate_every=0)


@dataclass(frozen=True)
class PhotoPretrainConfig(PicturePretrainConfig):
    """A pre-training on photographs without labels; see `PicturePretrainConfig` for the settings."""

    job: ClassVar[str] = "photo"

    name: str = "photo_pretrained"
    canvas: tuple[int, int] = (384, 512)
    net: NetConfig = NetConfig("picture_backbone")


@dataclass(frozen=True)
class FindingsPretrainConfig(PicturePretrainConfig):
    """A pre-training on photographs and radiographs without labels; see `PicturePretrainConfig` for the settings."""

    job: ClassVar[str] = "findings"

    name: str = "findings_pretrained"
    canvas: tuple[int, int] = (512, 512)
    net: NetConfig = NetConfig("picture_backbone")
