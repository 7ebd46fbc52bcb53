"""What every point network takes and gives, so that training and prediction need not know which one runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn import Module


@dataclass
class PointLevel:
    """One resolution of a point pyramid: who neighbours whom, and the way to the next coarser level.

    Args:
        near: (N, k) int32: neighbours within this level, itself first.
        near_edge: (N, k, 8) float32: how each of them lies, see `edge_geometry`.
        arch: (N,) int64: which scan of the batch a point belongs to.
        position, normal: (N, 3) float32: mm, and unit normals.
        down, down_edge: (N', k): for every point of the next coarser level its neighbours in this one; None on the
            coarsest level.
        up, up_edge: (N, k'): for every point of this level its neighbours in the next coarser one; None likewise.
    """

    near: Tensor
    near_edge: Tensor
    arch: Tensor
    position: Tensor
    normal: Tensor
    down: Tensor | None = None
    down_edge: Tensor | None = None
    up: Tensor | None = None
    up_edge: Tensor | None = None


@dataclass
class PointTargets:
    """What the points of a batch are, for losses and scores.

    Args:
        label: (N,) int64: scan class 0..16, -1 where it is not to be learnt.
        offset: (N, 3) float32: from the point to its crown's centre, mm; NaN on the gum.
        milk: (N,) float32: 1 on milk teeth, 0 on permanent ones, NaN on the gum.
        jaw: (B,) int64: 0 upper, 1 lower.
    """

    label: Tensor
    offset: Tensor
    milk: Tensor
    jaw: Tensor


@dataclass
class PoseTargets:
    """How the scans of a batch lie in the arch frame, point by point, blind to left and right.

    Args:
        place: (N, 5) float32: |x|, y and z in the arch frame (mm), and the y and z parts of the normal.
        jaw: (B,) int64: 0 upper, 1 lower, -1 unknown.
    """

    place: Tensor
    jaw: Tensor


@dataclass
class MarginTargets:
    """Where the points of a batch lie about the margin line of their preparation.

    Args:
        inside: (N,) float32: 1 on prepared surface, 0 elsewhere.
        distance: (N,) float32: distance to the margin line, mm, positive inside.
    """

    inside: Tensor
    distance: Tensor


@dataclass
class PointBatch:
    """The points (or, for the published DGCNN, faces) of B scans, one scan after the other.

    Args:
        features: (N, C) float32: what the network sees of each point.
        levels: Point pyramid, finest first; empty for networks that make their own neighbours.
        starts: (B + 1,) int64: scan b holds points starts[b]..starts[b + 1].
        jaw: (B,) int64: 0 upper, 1 lower, -1 unknown; only networks that need it look at it.
        targets: None in prediction.
    """

    features: Tensor
    levels: tuple[PointLevel, ...]
    starts: Tensor
    jaw: Tensor
    targets: PointTargets | PoseTargets | MarginTargets | None = None

    def __len__(self) -> int:
        return len(self.jaw)

    def to(self, device: torch.device | str) -> PointBatch:
        """This batch with all tensors on `device`."""
        return map_tensors(self, lambda tensor: tensor.to(device, non_blocking=True))

    def pin_memory(self) -> PointBatch:
        """This batch in page-locked memory; called by torch's loader."""
        return map_tensors(self, Tensor.pin_memory)


@dataclass
class PointOutput:
    """What a point network says.

    Args:
        logits: (N, K) float32: K = 17 scan classes, or 33 (gum, then the 32 permanent teeth) for networks that
            number both jaws at once.
        offset: (N, 3) float32 from the point to its crown's centre, mm; None where the network has no such head.
        jaw: (B,) float32: logit that the scan is a lower jaw; None likewise.
        milk: (N,) float32: logit that the tooth is a milk tooth; None likewise.
    """

    logits: Tensor
    offset: Tensor | None = None
    jaw: Tensor | None = None
    milk: Tensor | None = None


def reads_faces(net: Module) -> bool:
    """Whether a network takes faces with 15 numbers each (the published DGCNN) instead of described points."""
    return getattr(net, "reads", "points") == "faces"


def edge_geometry(
    centre: Tensor, centre_normal: Tensor, point: Tensor, normal: Tensor, index: Tensor, spacing: float
) -> Tensor:
    """(M, k, 8) float32: how the neighbours `index` (M, k) lie as seen from (M, 3) centres.

    Relative position (3, in units of `spacing`), the neighbour's normal (3), its height over the tangent plane and
    its distance (in the same unit).
    """
    flat = index.reshape(-1).long()
    shape = (*index.shape, 3)
    relative = (point.index_select(0, flat).view(shape) - centre[:, None]) / spacing
    height = (relative * centre_normal[:, None]).sum(dim=-1, keepdim=True)
    distance = relative.norm(dim=-1, keepdim=True)
    return torch.cat([relative, normal.index_select(0, flat).view(shape), height, distance], dim=-1)


def invariant_geometry(
    centre: Tensor, centre_normal: Tensor, point: Tensor, normal: Tensor, index: Tensor, spacing: float
) -> Tensor:
    """(M, k, 8) float32: like `edge_geometry`, but the same however the scan is turned or mirrored.

    Distance, the neighbour's height over the centre's tangent plane and the other way round (in units of `spacing`),
    both as sines, the cosine between the normals, the squared distance, and one.
    """
    flat = index.reshape(-1).long()
    shape = (*index.shape, 3)
    relative = (point.index_select(0, flat).view(shape) - centre[:, None]) / spacing
    other = normal.index_select(0, flat).view(shape)
    distance = relative.norm(dim=-1)
    rise, fall = (relative * centre_normal[:, None]).sum(dim=-1), (relative * other).sum(dim=-1)
    safe = distance.clamp_min(0.1)
    turn = (other * centre_normal[:, None]).sum(dim=-1)
    parts = [distance, rise, fall, rise / safe, fall / safe, turn, 0.1 * distance**2, torch.ones_like(distance)]
    return torch.stack(parts, dim=-1)


def map_tensors(value: Any, function: Callable[[Tensor], Tensor]) -> Any:
    """A nest of dataclasses and tuples with `function` applied to every tensor in it."""
    if isinstance(value, Tensor):
        return function(value)
    if isinstance(value, tuple):
        return tuple(map_tensors(item, function) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: map_tensors(getattr(value, f.name), function) for f in fields(value)})
    return value
