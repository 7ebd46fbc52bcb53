"""Settings of masked pre-training on unlabelled volumes; the grid's defaults are those of the published crown study."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from typodont.datasets.volume_grid import VolumeGridConfig
from typodont.datasets.volume_views import MaskConfig, VolumeAugment
from typodont.training.fit import LoopConfig
from typodont.training.module import OptimizerConfig
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig


@dataclass(frozen=True)
class VolumePretrainConfig:
    """A pre-training on volumes without labels: the network fills in blocks that are hidden from it.

    Args:
        name: Of the run; everything goes to `runs`/`name`.
        runs: Folder of all runs.
        data: Folders or files of CT (DICOM series, NIfTI) and of surfaces (STL, PLY, OBJ, VTP), which are cut into
            voxels.
        licence: Of the volumes (SPDX name).
        shippable: Whether weights that have seen them may be passed on.
        cache: Folder in which volumes are kept on the grid, so that later runs need not read them again.
        n_validation: Volumes that are held out to see how well hidden parts are filled in.
        init: Weights to start from, see `training.transfer.begin_with`.
        freeze: Modules that stand still, see `training.transfer.Freezing`.
        rate_decay: Share of the learning rate that every stage has of the next one nearer the output.
        seed: Of the network's first weights, of what is held out, and of the stream of samples.
        grid: What the network sees of a volume.
        augment: How volumes are varied.
        mask: What is hidden.
    """

    name: str = "crown_pretrained"
    runs: Path = Path("runs")
    data: tuple[Path, ...] = ()
    licence: str = "unknown"
    shippable: bool = True
    cache: Path = Path("data/volumes")
    n_validation: int = 0
    init: str | None = None
    freeze: tuple[str, ...] = ()
    rate_decay: float = 1.0
    seed: int = 0
    net: NetConfig = NetConfig("ct_cnn")
    grid: VolumeGridConfig = VolumeGridConfig()
    augment: VolumeAugment = VolumeAugment()
    mask: MaskConfig = MaskConfig()
    schedule: ScheduleConfig = ScheduleConfig(max_steps=5000, peak=1e-3)
    optimizer: OptimizerConfig = OptimizerConfig()
    loop: LoopConfig = LoopConfig()
