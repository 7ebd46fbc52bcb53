"""Settings of the findings job's training; the defaults are those of the shipped weights for radiographs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from typodont.datasets.picture_views import PictureViewAugment
from typodont.tasks.findings.modality import ModalityName
from typodont.training.fit import LoopConfig
from typodont.training.module import OptimizerConfig
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig


@dataclass(frozen=True)
class FindingsSource:
    """Pictures with labelled findings to train on.

    Args:
        data: File or folder, see `records.find_picture_findings`.
        rename: The source's name of a category -> ours; "" leaves it out.
        weight: How often it is drawn, relative to the other sources.
        licence: SPDX name, or "synthetic"; weights ship only if all sources allow it.
        shippable: Whether weights that have seen these pictures may be passed on.
        names: Text file with the pictures to take, one a line (stem of the file); None: all.
    """

    data: Path = Path("data/findings")
    rename: dict[str, str] = field(default_factory=dict)
    weight: float = 1.0
    licence: str = "unknown"
    shippable: bool = True
    names: Path | None = None


@dataclass(frozen=True)
class FindingsTrainConfig:
    """A training of the findings job.

    Sources need not label everything: what a source does not label, its pictures teach nothing about.

    Args:
        name: Of the run; everything goes to `runs`/`name`.
        runs: Folder of all runs.
        modality: "photo" or "xray": which pictures, and how the network sees them.
        stage: "light" learns from views of the pictures and knows what a source does not label; "published" learns as
            the published study of photographs does: whole pictures whose tones vary, one after the other, everything
            labelled.
        categories: What to find; None: all that the modality has.
        sources: Pictures to learn from, mixed by weight.
        validation: Pictures held out; None: no validation.
        init: Weights to start from, see `training.transfer.begin_with`: a file, a run folder or ``shipped:JOB/NAME``;
            ``pretrained:`` in front takes what fits and leaves the rest fresh; those of the panoramic job fit.
        freeze: Modules that stand still, see `training.transfer.Freezing`; for example ``backbone.stem``.
        rate_decay: Share of the learning rate that every stage has of the next one nearer the output.
        seed: Of the network's first weights and of the stream of samples.
        net: The network; categories and channels are filled in.
        canvas: Rows and columns that pictures are fitted in; None: those of the modality.
        view: Of the stage "light": rows and columns of a training view; None: those of the modality.
        augment: Of the stage "light": how views differ from their picture.
    """

    name: str = "findings_xray"
    runs: Path = Path("runs")
    modality: ModalityName = "xray"
    stage: Literal["light", "published"] = "light"
    categories: tuple[str, ...] | None = None
    sources: tuple[FindingsSource, ...] = (FindingsSource(),)
    validation: FindingsSource | None = None
    init: str | None = None
    freeze: tuple[str, ...] = ()
    rate_decay: float = 1.0
    seed: int = 0
    net: NetConfig = NetConfig("mask_rcnn")
    canvas: tuple[int, int] | None = None
    view: tuple[int, int] | None = None
    augment: PictureViewAugment = PictureViewAugment(zoom=(0.95, 1.9))
    schedule: ScheduleConfig = ScheduleConfig(peak=1e-3)
    optimizer: OptimizerConfig = OptimizerConfig()
    loop: LoopConfig = LoopConfig(batch=2)
