"""Settings of the training that finds landmarks in photographs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from typodont.anatomy.landmarks import landmark_names
from typodont.datasets.photo_augment import PhotoAugment
from typodont.records.landmarked_photo import VIEWS
from typodont.training.fit import LoopConfig
from typodont.training.module import OptimizerConfig
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig


@dataclass(frozen=True)
class PhotoSource:
    """Photographs with landmarks to learn from.

    Args:
        data: Folder as `typodont synth photo --subject` writes it.
        weight: How often it is drawn, relative to the other sources.
        licence: SPDX name, or "synthetic"; weights ship only if all sources allow it.
        shippable: Whether weights that have seen these photographs may be passed on.
        names: Text file with the photographs to take, one a line; None: all.
    """

    data: Path = Path("data/photos")
    weight: float = 1.0
    licence: str = "synthetic"
    shippable: bool = True
    names: Path | None = None


@dataclass(frozen=True)
class LandmarkTrainConfig:
    """A training of the network that finds landmarks in photographs of one subject.

    Args:
        name: Of the run; everything goes to `runs`/`name`.
        runs: Folder of all runs.
        subject: Whose landmarks.
        sources: Photographs to learn from.
        validation: Photographs held out; None: no validation.
        canvas: Rows and columns of what the network sees; photographs are fitted in.
        init: Weights to start from, see `training.transfer.begin_with`: a file, a run folder or ``shipped:JOB/NAME``;
            ``pretrained:`` in front takes what fits and leaves the rest fresh.
        freeze: Modules that stand still, see `training.transfer.Freezing`.
        rate_decay: Share of the learning rate that every stage of the network has of the next one nearer the output.
        seed: Of the network's first weights and of the stream of samples.
        net: "landmark_net" or "published_landmark_net"; how many landmarks and views it has follows from the subject.
        augment: How much photographs are varied.
    """

    name: str = "photo_landmarks"
    runs: Path = Path("runs")
    stage: Literal["landmarks"] = "landmarks"
    subject: Literal["dentition", "palate"] = "dentition"
    sources: tuple[PhotoSource, ...] = (PhotoSource(),)
    validation: PhotoSource | None = None
    canvas: tuple[int, int] = (256, 320)
    init: str | None = None
    freeze: tuple[str, ...] = ()
    rate_decay: float = 1.0
    seed: int = 0
    net: NetConfig = NetConfig("landmark_net")
    augment: PhotoAugment = PhotoAugment()
    schedule: ScheduleConfig = ScheduleConfig(max_steps=6000, peak=1e-3)
    optimizer: OptimizerConfig = OptimizerConfig()
    loop: LoopConfig = LoopConfig(batch=8)

    def __post_init__(self) -> None:
        known = {"landmarks": len(landmark_names(self.subject)), "views": len(VIEWS)}
        object.__setattr__(self, "net", replace(self.net, arguments={**self.net.arguments, **known}))
