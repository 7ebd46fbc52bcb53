"""Loss and quick scores of the pose network."""

from __future__ import annotations

import numpy as np
from torch import Tensor
from torch.nn import functional

from typodont.datasets.scan_pose import solve_pose
from typodont.nets.point_batch import PointBatch, PoseTargets
from typodont.nets.pose_net import PoseOutput


def pose_losses(output: PoseOutput, batch: PointBatch) -> dict[str, Tensor]:
    """Parts of the loss by name and their weighted sum ``loss``; places count per centimetre, normals per unit."""
    targets = _targets(batch)
    error = functional.smooth_l1_loss(output.place, targets.place, reduction="none", beta=1.0)
    normal = functional.smooth_l1_loss(output.place[:, 3:], targets.place[:, 3:], beta=0.3)
    known = targets.jaw >= 0
    jaw = functional.binary_cross_entropy_with_logits(output.jaw, targets.jaw.clamp_min(0).float(), reduction="none")
    parts = {"place": error[:, :3].mean() / 10, "normal": normal, "jaw": (jaw * known).sum() / known.sum().clamp_min(1)}
    return {"loss": 3 * parts["place"] + 2 * parts["normal"] + 0.2 * parts["jaw"], **parts}


def pose_scores(output: PoseOutput, batch: PointBatch) -> dict[str, float]:
    """How far the solved frame is from the true one: ``turn_deg``, ``shift_mm``; ``right`` within 20 degrees.

    The batch's scans must stand in the arch frame, as cached scans do.
    """
    targets = _targets(batch)
    level = batch.levels[0]
    turns, shifts = [], []
    for start, end in zip(batch.starts[:-1].tolist(), batch.starts[1:].tolist(), strict=True):
        position = level.position[start:end].cpu().numpy()
        place = output.place[start:end].cpu().numpy().astype(np.float64)
        matrix = solve_pose(position, level.normal[start:end].cpu().numpy(), place).matrix
        cosine = np.clip((np.trace(matrix[:3, :3]) - 1) / 2, -1, 1)
        turns.append(float(np.degrees(np.arccos(cosine))))
        shifts.append(float(np.linalg.norm(position.mean(axis=0) @ (matrix[:3, :3].T - np.eye(3)) + matrix[:3, 3])))
    return {
        "turn_deg": float(np.median(turns)),
        "shift_mm": float(np.median(shifts)),
        "right": float(np.mean(np.array(turns) < 20)),
        "jaw": float(((output.jaw > 0) == (targets.jaw > 0)).float().mean()),
    }


def _targets(batch: PointBatch) -> PoseTargets:
    if not isinstance(batch.targets, PoseTargets):
        raise ValueError("the pose network needs pose targets")
    return batch.targets
