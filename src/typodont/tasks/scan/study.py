"""Scans in a label-efficiency study: scored point by point on the cached pools, without numbering or refining."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import torch

from typodont.anatomy import FDI_OF_SCAN_CLASS, JAWS, N_PANORAMIC_CLASSES, N_SCAN_CLASSES, from_index33
from typodont.datasets.point_pyramid import SEGMENT_PYRAMID, PointSample, collate
from typodont.datasets.pool_store import pool_name, read_pool
from typodont.datasets.scan_augment import plain
from typodont.datasets.scan_faces import chosen_faces
from typodont.datasets.scan_points import PointPool
from typodont.errors import ConfigError
from typodont.metrics import lenient_iou, macro_iou, match_teeth
from typodont.nets.point_batch import PointBatch, PointOutput, reads_faces
from typodont.registry import load
from typodont.tasks.scan.config import ScanTrainConfig
from typodont.tasks.scan.train import train, validation_pools
from typodont.tasks.scan.training_data import filled_sources, scan_names
from typodont.tasks.study.job import Case, CaseScores, StudyJob, numbered
from typodont.training.point_losses import class_targets
from typodont.training.weights import load_weights

FIGURES = {
    "macro_iou": "macro-IoU of teeth",
    "lenient_iou": "mean IoU, absent teeth count as 1",
    "tooth_f1": "tooth F1, right number",
}
_INDEX33 = np.array([from_index33(index) for index in range(N_PANORAMIC_CLASSES)])


def prepare(config: ScanTrainConfig) -> None:
    """Make the cached scans of all sources and of the validation."""
    if config.stage != "segment":
        raise ConfigError(f"stage: found {config.stage!r}, expected 'segment'; a study is about tooth numbers")
    held_out = () if config.validation is None else (config.validation,)
    everything, faces = (*config.sources, *held_out), _faces(config)
    with filled_sources(everything, config.cache, faces=faces, first=sys.maxsize, processes=config.processes):
        pass


def labelled(config: ScanTrainConfig, number: int) -> list[Case]:
    """The scans of one source."""
    source = numbered(config.sources, number)
    mine = set(scan_names(source))  # the cache may hold more of a series than this source asks for
    with filled_sources((source,), config.cache, faces=_faces(config), first=sys.maxsize) as (filled,):
        return [case_of(path) for path in filled.files() if pool_name(path) in mine]


def held_out(config: ScanTrainConfig) -> list[Case]:
    """The scans of the validation."""
    return [case_of(path) for path in validation_pools(config, faces=_faces(config))]


def case_of(pool: Path) -> Case:
    """A scan by its pool; its patient is the name without ``_upper`` or ``_lower``."""
    name = pool_name(pool)
    return Case(name, re.sub(r"_(upper|lower)$", "", name))


def score(config: ScanTrainConfig, folder: Path) -> CaseScores:
    """`arch_scores` of every held-out scan."""
    net, _ = load_weights(folder)
    faces = reads_faces(net)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    net.to(device)
    scores = {}
    for path in validation_pools(config, faces=faces):
        pool = read_pool(path)
        sample = even_faces(pool, config.n_faces) if faces else plain(pool)[0]
        batch = collate([sample], pyramid=None if faces else SEGMENT_PYRAMID).to(device)
        with torch.inference_mode():
            scores[pool_name(path)] = arch_scores(net(batch), batch)
    return scores


def even_faces(pool: PointPool, n_faces: int) -> PointSample:
    """As many faces as in training, evenly spaced by index, as published; all where there are fewer."""
    ids = np.linspace(0, len(pool.position) - 1, min(n_faces, len(pool.position))).astype(np.int64)
    return chosen_faces(pool, ids)[0]


def arch_scores(output: PointOutput, batch: PointBatch) -> dict[str, float]:
    """Figures of one scan over its points: `macro_iou`, `lenient_iou` and the F1 of `match_teeth`.

    Milk teeth have the numbers of their successors, which is all that the networks' classes know.

    Args:
        output: Answers of a network with 17 or 33 classes.
        batch: One labelled scan.
    """
    jaw = JAWS[int(batch.jaw[0])]
    n_classes = output.logits.shape[1]
    fdi = np.array(FDI_OF_SCAN_CLASS[jaw]) if n_classes == N_SCAN_CLASSES else _INDEX33
    label = class_targets(output, batch)
    known = label >= 0
    truth, found = (fdi[classes[known].cpu().numpy()] for classes in (label, output.logits.argmax(dim=1)))
    return {
        "macro_iou": macro_iou(truth, found),
        "lenient_iou": lenient_iou(truth, found, jaw=jaw),
        "tooth_f1": match_teeth(truth, found).tooth_f1,
    }


def _faces(config: ScanTrainConfig) -> bool:
    return reads_faces(load("nets", config.net.name)(**config.net.arguments))


JOB = StudyJob(
    name="scan",
    settings=ScanTrainConfig,
    unit="scans",
    figures=FIGURES,
    prepare=prepare,
    labelled=labelled,
    held_out=held_out,
    train=train,
    score=score,
)
