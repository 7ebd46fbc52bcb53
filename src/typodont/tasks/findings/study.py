"""Findings in a label-efficiency study: every held-out picture is scored by itself, with the masks that it has."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from typodont import metrics
from typodont.errors import ConfigError
from typodont.records.findings import PictureFindings
from typodont.records.picture_files import read_layers
from typodont.tasks.findings.compare import ComparedPicture, compare
from typodont.tasks.findings.config import FindingsTrainConfig
from typodont.tasks.findings.detect import detect
from typodont.tasks.findings.models import load_detector
from typodont.tasks.findings.train import find_pictures, train
from typodont.tasks.study.job import Case, CaseScores, StudyJob, numbered

FIGURES = {
    "ap50": "average precision at IoU 0.5 in a picture",
    "f1": "F1 at score 0.5 in a picture",
}
_OVERLAP = 0.5
_SURE = 0.5


def prepare(config: FindingsTrainConfig) -> None:
    """Nothing has to be made; the pictures are read by every training."""


def labelled(config: FindingsTrainConfig, number: int) -> list[Case]:
    """The pictures of one source, and whose they are as far as the source says."""
    return _cases(find_pictures(numbered(config.sources, number)))


def held_out(config: FindingsTrainConfig) -> list[Case]:
    """The pictures of the validation."""
    return [] if config.validation is None else _cases(find_pictures(config.validation))


def score(config: FindingsTrainConfig, folder: Path) -> CaseScores:
    """`picture_scores` of every held-out picture."""
    if config.validation is None:
        raise ConfigError("validation: found none, expected pictures to measure on")
    detector = load_detector(folder)
    known = frozenset(detector.categories)
    scores = {}
    for picture in find_pictures(config.validation):
        found = detect(read_layers(picture.image, colour=detector.canvas.colour), detector)
        # what the network was not asked to find is not missed
        asked = [finding for finding in picture.findings if finding.category in known]
        judged = replace(picture, labels=None, labelled=picture.labelled & known, findings=tuple(asked))
        scores[picture.name] = picture_scores(compare(judged, found))
    return scores


def picture_scores(picture: ComparedPicture) -> dict[str, float]:
    """Figures of one picture: mean average precision of the categories that are there, and F1 of all marks together.

    By masks where everything has one, else by boxes. NaN: the average precision where there is nothing to find, F1
    where there is also nothing marked.
    """
    kind = "mask" if picture.has_masks else "box"
    marks = metrics.find_marks([picture.true], [picture.predicted], [picture.labelled], kind=kind)
    each = [metrics.average_precision(one)[one.overlaps.index(_OVERLAP)] for one in marks.values()]
    there = [value for value in each if not math.isnan(value)]
    counts = [metrics.counts_at(one, _SURE, _OVERLAP).ratios()["f1"] for one in marks.values()]
    hit, all_of_them = (sum(float(ratio[part].sum()) for ratio in counts) for part in (0, 1))
    return {
        "ap50": float(np.mean(there)) if there else math.nan,
        "f1": hit / all_of_them if all_of_them else math.nan,
    }


def _cases(pictures: Sequence[PictureFindings]) -> list[Case]:
    return [Case(picture.name, picture.patient or picture.name) for picture in pictures]


JOB = StudyJob(
    name="findings",
    settings=FindingsTrainConfig,
    unit="pictures",
    figures=FIGURES,
    prepare=prepare,
    labelled=labelled,
    held_out=held_out,
    train=train,
    score=score,
)
