"""Let the point network look at a scan: several samples of the surface, some of them mirrored and mirrored back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import nn

from typodont import anatomy
from typodont.datasets.flip import flip_pool
from typodont.datasets.point_pyramid import POSE_PYRAMID, SEGMENT_PYRAMID, PointSample, collate
from typodont.datasets.scan_augment import CELL_MM, chosen_points
from typodont.datasets.scan_faces import N_FACES, chosen_faces, make_face_pool
from typodont.datasets.scan_points import DEPTH_MM, JAW_INDEX, PointPool, cusp_height, make_pool, unit
from typodont.datasets.scan_pose import ArchPose, parts, solve_pose, whole_sample
from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import rotation_about
from typodont.nets.point_batch import PointOutput
from typodont.nets.pose_net import PoseOutput
from typodont.tasks.scan.evidence import PointEvidence, joined
from typodont.types import Float

DOUBTFUL_MISFIT_MM = 6.0
"""Misfit of the whole scan's pose beyond which parts of the scan are looked at, too."""

TURN_DEG = 7.0
"""Standard deviation of the turns between looks; training turns by 8."""

# class of the same tooth on the other side
MIRRORED_CLASS = np.array([0, *range(9, 17), *range(1, 9)])


def look(
    net: nn.Module,
    pool: PointPool,
    *,
    looks: int,
    rng: np.random.Generator,
    jaw: str | None = None,
) -> PointEvidence:
    """What the network says about a pool of points that stands roughly in the arch frame.

    Args:
        net: Point network (17 classes or 33), in evaluation mode.
        pool: From `scan_points.make_pool`.
        looks: How many samples; every second one is mirrored, all but the first are turned a little, so that the
            network's doubts differ between them and cancel.
        rng: Where the grids of the samples start, and how they are turned.
        jaw: Given to networks that need it; None lets a network with 33 classes decide.
    """
    index = -1 if jaw is None else JAW_INDEX[jaw]
    seen = []
    for number in range(looks):
        mirrored = number % 2 == 1
        turn = _small_turn(rng) if number else np.eye(4)
        view = moved_pool(pool, turn) if number else pool
        shift = rng.random(3) if number else None
        said = _one_look(net, flip_pool(view) if mirrored else view, index, shift, mirrored=mirrored)
        seen.append(said.moved(np.linalg.inv(turn)))
    return joined(seen)


def _small_turn(rng: np.random.Generator) -> Float:
    axis = rng.standard_normal(3)
    return rotation_about(axis, float(TURN_DEG * rng.standard_normal()))


def moved_pool(pool: PointPool, motion: Float) -> PointPool:
    """The pool after a rigid motion; curvature stays as it is."""
    turn, shift = motion[:3, :3].T.astype(np.float32), motion[:3, 3].astype(np.float32)
    return replace(
        pool,
        position=pool.position @ turn + shift,
        normal=unit(pool.normal @ turn),
        tooth_centre=pool.tooth_centre @ turn + shift,
        whole=np.concatenate([pool.whole[:, :3] @ turn + shift, pool.whole[:, 3:] @ turn], axis=1),
        corners=None if pool.corners is None else (pool.corners.reshape(-1, 3, 3) @ turn).reshape(-1, 9),
    )


def rough_pool(net: nn.Module, mesh: Mesh, pose: Float, rng: np.random.Generator) -> PointPool:
    """Pool of points, or of faces for networks of faces, of a scan moved by a rough (4, 4) pose."""
    upright = mesh.transformed(pose)
    return make_face_pool(upright, rng, n_points=N_FACES) if sees_faces(net) else make_pool(upright, rng)


def sees_faces(net: nn.Module) -> bool:
    """Whether a network takes the 15 numbers per face of the published DGCNN and gives 33 classes."""
    return getattr(net, "label_space", anatomy.N_SCAN_CLASSES) == anatomy.N_PANORAMIC_CLASSES


def guess_pose(net: nn.Module, mesh: Mesh, rng: np.random.Generator) -> tuple[ArchPose, float]:
    """The arch frame of a scan in any orientation as the pose network sees it, and the probability of a lower jaw.

    Where the whole scan fits badly, parts of it are tried, too: folded flaps of a raw scan can spoil the whole.
    """
    sample = whole_sample(mesh, rng)
    pose, lower = _solved(net, sample)
    if pose.misfit_mm > DOUBTFUL_MISFIT_MM:
        seen = [_solved(net, part)[0] for part in parts(sample, rng)]
        best = min(seen, key=lambda found: found.misfit_mm)
        if best.misfit_mm < 0.7 * pose.misfit_mm:
            pose = best
    return pose, lower


def _solved(net: nn.Module, sample: PointSample) -> tuple[ArchPose, float]:
    with torch.inference_mode():
        output: PoseOutput = net(collate([sample], pyramid=POSE_PYRAMID))
    pose = solve_pose(sample.position, sample.normal, output.place.float().numpy())
    return pose, float(torch.sigmoid(output.jaw[0].float()))


def side_relative(probability: Float, jaw: str | None) -> tuple[Float, float]:
    """(M, 17) scan classes from (M, 33) (gum, then the 32 permanent teeth), and the probability of a lower jaw.

    Without a known jaw, the one that more tooth points were given to is taken.
    """
    mass = {name: float(probability[:, _columns(name)].sum()) for name in anatomy.JAWS}
    lower = mass[anatomy.LOWER] / max(sum(mass.values()), 1e-9)
    chosen = jaw or (anatomy.LOWER if lower > 0.5 else anatomy.UPPER)
    narrow = np.concatenate([probability[:, :1], probability[:, _columns(chosen)]], axis=1)
    other = 1.0 - narrow.sum(axis=1)
    teeth = narrow[:, 1:].sum(axis=1, keepdims=True)
    # a tooth of the other jaw is still a tooth
    narrow[:, 1:] *= 1 + other[:, None] / np.maximum(teeth, 1e-6)
    return narrow / narrow.sum(axis=1, keepdims=True), lower


def _one_look(net: nn.Module, pool: PointPool, jaw: int, shift: Float | None, *, mirrored: bool) -> PointEvidence:
    keep = pool.position[:, 2] > cusp_height(pool.position) - DEPTH_MM
    faces = sees_faces(net)
    chosen = chosen_faces(pool, np.flatnonzero(keep)) if faces else chosen_points(pool, keep, cell=CELL_MM, shift=shift)
    sample, ids = replace(chosen[0], jaw=jaw, label=None, offset=None, milk=None), chosen[1]
    output = _surest_jaw(net, sample) if faces else _said(net, sample)
    probability = torch.softmax(output.logits.float(), dim=1).numpy()
    lower = 0.5 if output.jaw is None else float(torch.sigmoid(output.jaw[0]))
    if probability.shape[1] != anatomy.N_SCAN_CLASSES:
        name = None if jaw < 0 else anatomy.JAWS[jaw]
        probability, lower = side_relative(probability, name)
    zeros = np.zeros((len(ids), 3), dtype=np.float32)
    offset = zeros if output.offset is None else output.offset.float().numpy()
    milk = zeros[:, 0] if output.milk is None else torch.sigmoid(output.milk.float()).numpy()
    position, normal = pool.position[ids], pool.normal[ids]
    if mirrored:
        sign = np.array([-1, 1, 1], dtype=np.float32)
        position, normal, offset = position * sign, normal * sign, offset * sign
        probability = probability[:, MIRRORED_CLASS]
    return PointEvidence(position, normal, probability, offset, milk, lower)


def _said(net: nn.Module, sample: PointSample) -> PointOutput:
    with torch.inference_mode():
        return net(collate([sample], pyramid=None if sees_faces(net) else SEGMENT_PYRAMID))


def _surest_jaw(net: nn.Module, sample: PointSample) -> PointOutput:
    """What a network says that must be told the jaw; told both where it is unknown, the surer answer counts."""
    if sample.jaw >= 0:
        return _said(net, sample)
    answers = [_said(net, replace(sample, jaw=jaw)) for jaw in range(len(anatomy.JAWS))]
    return max(answers, key=lambda answer: float(answer.logits.log_softmax(dim=1).amax(dim=1).mean()))


def _columns(jaw: str) -> list[int]:
    return [anatomy.to_index33(fdi) for fdi in anatomy.FDI_OF_SCAN_CLASS[jaw][1:]]
