"""Panoramics in a label-efficiency study: scored pixel by pixel on the network's grid, without decoding charts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from typodont.errors import ConfigError
from typodont.metrics import dice, macro_iou, tooth_dice, tooth_mask_iou
from typodont.tasks.panoramic.config import PanoramicSource, PanoramicTrainConfig
from typodont.tasks.panoramic.train import find_pictures, make_stage, read_samples, train
from typodont.tasks.study.job import Case, CaseScores, StudyJob, numbered
from typodont.training.weights import load_weights

FIGURES = {
    "tooth_dice": "Dice per tooth with its number",
    "binary_dice": "Dice of tooth or background",
    "macro_iou": "macro-IoU of numbers",
}


def prepare(config: PanoramicTrainConfig) -> None:
    """Nothing has to be made; the pictures are read by every training."""


def labelled(config: PanoramicTrainConfig, number: int) -> list[Case]:
    """The pictures of one source, each of a patient of its own."""
    return _cases(numbered(config.sources, number))


def held_out(config: PanoramicTrainConfig) -> list[Case]:
    """The pictures of the validation."""
    return [] if config.validation is None else _cases(config.validation)


def score(config: PanoramicTrainConfig, folder: Path) -> CaseScores:
    """`picture_scores` of every held-out picture."""
    if config.validation is None:
        raise ConfigError("validation: found none, expected pictures to measure on")
    net, _ = load_weights(folder)
    stage = make_stage(config)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    net.to(device)
    scores = {}
    for sample in read_samples(config.validation, stage.sample):
        batch = stage.collate([stage.keep(sample)]).to(device)
        with torch.inference_mode():
            scores[sample.name] = picture_scores(net(batch), batch.targets.label)
    return scores


def picture_scores(output: Any, label: Tensor) -> dict[str, float]:
    """Figures of one picture: mean Dice of its teeth, Dice of tooth against background, and `macro_iou`.

    Args:
        output: `ToothMaskOutput` or `PixelClassOutput`.
        label: (1, h, w) int64 panoramic indices on the same grid, -1 where it is not to be judged.
    """
    classes = output.logits if hasattr(output, "logits") else output.log_classes()
    known = label >= 0
    truth, found = (part[known].cpu().numpy() for part in (label, classes.argmax(dim=1)))
    return {
        "tooth_dice": tooth_dice(truth, found),
        "binary_dice": dice(tooth_mask_iou(truth, found)),
        "macro_iou": macro_iou(truth, found),
    }


def _cases(source: PanoramicSource) -> list[Case]:
    return [Case(files.name, files.name) for files in find_pictures(source)]


JOB = StudyJob(
    name="panoramic",
    settings=PanoramicTrainConfig,
    unit="panoramics",
    figures=FIGURES,
    prepare=prepare,
    labelled=labelled,
    held_out=held_out,
    train=train,
    score=score,
)
