"""What pre-training without labels is worth on scans and panoramics."""

from __future__ import annotations

from tables.layout import interval, markdown, read, study

OBJECTIVES = {
    "scratch": "no pre-training",
    "published": "PointInfoNCE as published",
    "normalised": "features of length 1, temperature 0.1",
    "apart": "… both ways, and spots within 1 mm no negatives",
    "hard": "… … and hard negatives weigh more",
    "curved": "… … and pairs drawn where the surface is curved",
    "scales": "… … and means over cells of 4 mm compared as well",
}
"""Arms of the study in words; each from "apart" on adds one thing to it."""
SHOWN = ("macro_iou", "lenient_iou", "tooth_f1")


def pretraining_objectives_table() -> str:
    """Every objective on the default network, with few labels."""
    values = read("scan_pretraining_objectives.json")
    titles = [values["titles"][name] for name in SHOWN]
    rows = [
        [words, *(interval(values["figures"][name][arm]["figures"][0]) for name in SHOWN)]
        for arm, words in OBJECTIVES.items()
    ]
    return markdown(["pre-training", *titles], rows)


def pretraining_default_table() -> str:
    """The default network from scratch and pre-trained, by labelled scans."""
    return study("scan_pretraining_default.json")


def pretraining_longer_table() -> str:
    """The default network from scratch for as many steps as pre-training and fine-tuning take together."""
    return study("scan_pretraining_longer.json")


def pretraining_published_table() -> str:
    """The DGCNN from scratch and pre-trained, by labelled scans."""
    return study("scan_pretraining_published.json")


def panoramic_study_table() -> str:
    """Panoramics from scratch, pre-trained and after synthetic ones, by labelled pictures."""
    return study("panoramic_study.json")
