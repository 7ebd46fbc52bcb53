"""The trained parts of the scan job, loaded together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torch import nn

from typodont.tasks.calibrate import Calibration, read_calibration
from typodont.training.weights import SHIPPED, load_weights

DEFAULT_WEIGHTS = SHIPPED / "scan"
SEGMENT = "segment.safetensors"
POSE = "pose.safetensors"
CALIBRATION = "calibration.json"


@dataclass(frozen=True)
class ScanModels:
    """What `predict_scan` needs.

    Args:
        points: Point network.
        pose: Network that puts a scan upright; None where there is none, then many poses are tried.
        calibration: From raw scores to probabilities.
        files: Name -> file of the weights, for the run record.
    """

    points: nn.Module
    pose: nn.Module | None
    calibration: Calibration
    files: dict[str, Path]


def load_models(weights: Path | None = None) -> ScanModels:
    """The shipped networks, or those of a weights file or run folder.

    With weights of one's own, a file ``pose.safetensors`` and ``calibration.json`` are taken from beside them, else
    the shipped ones are used for what is missing.

    Raises:
        WeightsError: missing or damaged.
    """
    points_file = _points_file(weights)
    points, _ = load_weights(points_file)
    pose_file = points_file.with_name(POSE)
    if not pose_file.exists():
        pose_file = DEFAULT_WEIGHTS / POSE
    pose = load_weights(pose_file)[0] if pose_file.exists() else None
    calibration = read_calibration(points_file.with_name(CALIBRATION))
    files = {"points": points_file} | ({"pose": pose_file} if pose is not None else {})
    return ScanModels(points, pose, calibration, files)


def _points_file(weights: Path | None) -> Path:
    if weights is None:
        return DEFAULT_WEIGHTS / SEGMENT
    weights = Path(weights)
    return weights / "checkpoint.safetensors" if weights.is_dir() else weights
