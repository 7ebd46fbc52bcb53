"""Settings of the training of the network that recognises pictures; the defaults are those of the shipped weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from typodont.datasets.view_augment import ViewAugment
from typodont.datasets.view_samples import ViewShares
from typodont.training.fit import LoopConfig
from typodont.training.module import OptimizerConfig
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig


@dataclass(frozen=True)
class ViewSource:
    """Pictures of one kind.

    Args:
        kind: "panoramic": radiographs that lie upright; "photo": of mouths or faces. A panoramic that is narrower than
            any machine makes them counts as squeezed.
        data: A folder of pictures, or a COCO file that names them.
        weight: How often it is drawn, relative to the other sources of its kind.
        licence: SPDX name, or "synthetic"; weights ship only if all sources allow it.
        shippable: Whether weights that have seen these pictures may be passed on.
    """

    kind: Literal["panoramic", "photo"] = "panoramic"
    data: Path = Path("data/panoramics")
    weight: float = 1.0
    licence: str = "unknown"
    shippable: bool = True


@dataclass(frozen=True)
class ViewTrainConfig:
    """A training of the network that recognises pictures.

    Other radiographs are cut out of panoramics or made by a few lines of code, and so is everything that is neither
    radiograph nor photo; see `datasets.view_samples`.

    Args:
        name: Of the run; everything goes to `runs`/`name`.
        runs: Folder of all runs.
        sources: Pictures to learn from.
        validation: Pictures held out.
        shares: How often each kind is drawn.
        init: Weights to start from, see `training.transfer.begin_with`: a file, a run folder or ``shipped:JOB/NAME``;
            ``pretrained:`` in front takes what fits and leaves the rest fresh.
        freeze: Modules that stand still, see `training.transfer.Freezing`; for example ``encoder.0-2``.
        rate_decay: Share of the learning rate that every stage has of the next one nearer the output.
        seed: Of the network's first weights and of the stream of samples.
    """

    name: str = "view"
    runs: Path = Path("runs")
    sources: tuple[ViewSource, ...] = (
        ViewSource("panoramic", Path("data/panoramics")),
        ViewSource("photo", Path("data/photos")),
    )
    validation: tuple[ViewSource, ...] = ()
    shares: ViewShares = ViewShares()
    init: str | None = None
    freeze: tuple[str, ...] = ()
    rate_decay: float = 1.0
    seed: int = 0
    net: NetConfig = NetConfig("view_net")
    augment: ViewAugment = ViewAugment()
    schedule: ScheduleConfig = ScheduleConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    loop: LoopConfig = LoopConfig(batch=32)
