"""One look of the margin network at the surface around a site, brought back to the vertices of the mesh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from typodont.datasets.margin_points import REGION_MM, MarginSample, chosen, describe_region, margin_collate
from typodont.geometry.closed_path import one_region
from typodont.geometry.mesh import Mesh
from typodont.geometry.neighbours import nearest
from typodont.types import Float

LOOKS = 2
HOLE_MM2 = 3.0
"""Smaller patches of unprepared surface inside the preparation are none."""

_NEAREST = 6
_BLUR_MM = 0.2
_OUTSIDE_MM = -1.0
_SURE_MM = 0.05


@dataclass(frozen=True)
class Look:
    """What the network said of points of a region.

    Args:
        position: (P, 3) float32: mm, in the frame of the region.
        probability: (P,) float: that they were prepared.
        distance: (P,) float: to the margin line, mm, positive inside.
    """

    position: Float
    probability: Float
    distance: Float


@dataclass(frozen=True)
class Prepared:
    """What of a region was prepared.

    Args:
        probability: (N,) of every vertex.
        distance: (N,) to the margin line, mm, positive inside; of one connected part.
        area: Prepared surface, mm².
        centre: (3,) its middle, mm.
    """

    probability: Float
    distance: Float
    area: float
    centre: Float


def take_look(net: nn.Module, region: Mesh, *, seed: int) -> Look:
    """What the network says of the region's points, several times with other points.

    Args:
        net: A `MarginNet`.
        region: In the frame of its preparation, mm.
        seed: Of the points.
    """
    rng = np.random.default_rng(seed)
    pool, _ = describe_region(region, rng)
    seen = np.linalg.norm(pool.position, axis=1) < REGION_MM
    samples = [chosen(pool, seen, shift=rng.random(3)) for _ in range(LOOKS)]
    said = [_said(net, sample) for sample in samples]
    return Look(
        np.concatenate([sample.position for sample in samples]),
        np.concatenate([inside for inside, _ in said]),
        np.concatenate([distance for _, distance in said]),
    )


def prepared_values(region: Mesh, look: Look) -> Prepared:
    """The network's answers at the vertices of the region, and of its largest prepared part alone.

    What lies further out than the network sees counts as not prepared.
    """
    index = nearest(look.position, region.vertices.astype(np.float32), _NEAREST, spacing=0.3)
    squared = ((look.position[index] - region.vertices[:, None]) ** 2).sum(axis=2)
    weight = np.exp(-0.5 * (squared - squared.min(axis=1, keepdims=True)) / _BLUR_MM**2)
    weight /= weight.sum(axis=1, keepdims=True)
    beyond = np.linalg.norm(region.vertices, axis=1) >= REGION_MM
    probability = np.where(beyond, 0.0, (weight * look.probability[index]).sum(axis=1))
    distance = np.where(beyond, _OUTSIDE_MM, (weight * look.distance[index]).sum(axis=1))
    if not (distance > 0).any():
        return Prepared(probability, distance, 0.0, np.zeros(3))
    part = one_region(region, distance, largest_hole_mm2=HOLE_MM2)
    distance = np.where(
        part, np.maximum(distance, _SURE_MM * (distance <= 0)), np.minimum(distance, -_SURE_MM * (distance > 0))
    )
    area = np.where(part[region.faces].all(axis=1), region.face_areas, 0.0)
    middle = region.vertices[region.faces].mean(axis=1)
    return Prepared(probability, distance, float(area.sum()), (area @ middle) / max(float(area.sum()), 1e-9))


def _said(net: nn.Module, sample: MarginSample) -> tuple[Float, Float]:
    """Probability and distance (n,) at the points of a sample."""
    with torch.inference_mode():
        output = net(margin_collate([sample]))
    return torch.sigmoid(output.inside).numpy().astype(float), output.distance.numpy().astype(float)
