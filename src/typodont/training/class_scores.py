"""Scores of predicted classes that every job's training shows."""

from __future__ import annotations

import torch
from torch import Tensor


def mean_iou(truth: Tensor, found: Tensor, classes: int) -> float:
    """Intersection over union of two (N,) int64 label vectors, mean over the classes that occur in either."""
    joint = torch.bincount(truth * classes + found, minlength=classes**2).view(classes, classes).float()
    both, union = joint.diag(), joint.sum(dim=0) + joint.sum(dim=1) - joint.diag()
    return float((both / union.clamp_min(1))[union > 0].mean())
