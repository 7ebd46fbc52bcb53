"""The shape model of infant palates, learnt from jaws on the template; its modes are named by what they do."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from typodont.anatomy.landmarks import PALATE_LANDMARKS
from typodont.geometry.deformable import LinearDeformable
from typodont.geometry.registration import apply, fit_rigid
from typodont.geometry.shape_model import fit_shape_model
from typodont.synth.cleft.anatomy import MaxillaAnatomy
from typodont.synth.cleft.template import REGIONS, load_template
from typodont.types import Float, Int

_ROUNDS = 3
_TOLD = 0.3


@cache
def mirrored_vertices() -> Int:
    """(N,) for each vertex of the template, the one on the other side."""
    template, other = load_template(), np.arange(load_template().n_vertices)
    other[template.right], other[template.left] = template.left, template.right
    other[template.front] = template.front[::-1]
    other[template.right_arm], other[template.left_arm] = template.left_arm[::-1], template.right_arm[::-1]
    other[template.stem] = template.stem[:, ::-1]
    return other


def mirrored_shapes(shapes: Float) -> Float:
    """(S, N, 3) the mirror images of jaws (S, N, 3)."""
    return shapes[:, mirrored_vertices()] * [-1.0, 1.0, 1.0]


def learn_palate(shapes: Float, *, n_parameters: int) -> LinearDeformable:
    """The model of jaws and of their mirror images, rigidly aligned to their mean.

    Args:
        shapes: (S, N, 3) vertices of the template, mm, S >= 2, about in the arch frame.
        n_parameters: K at most.
    """
    both = aligned(np.concatenate([shapes, mirrored_shapes(shapes)]))
    full = fit_shape_model(both)
    kept = full.trim(min(n_parameters, full.n_modes))
    left_out = float(np.sqrt(full.eigenvalues[kept.n_modes :].sum() / both.shape[1]))
    template = load_template()
    return LinearDeformable(
        PALATE_LANDMARKS, kept, template.faces, template.label, template.landmarks, REGIONS, left_out_mm=left_out
    )


def aligned(shapes: Float) -> Float:
    """(S, N, 3) shapes laid on their mean, which stays where the first mean was (Procrustes without scale)."""
    mean = shapes.mean(axis=0)
    moved = shapes
    for _ in range(_ROUNDS):
        moved = np.array([apply(fit_rigid(shape, mean), shape) for shape in moved])
        mean = moved.mean(axis=0)
    return moved


def parameters_of(model: LinearDeformable, shapes: Float) -> Float:
    """(S, K) parameters that come nearest to jaws (S, N, 3), wherever they lie."""
    mean = model.shapes.mean
    return model.shapes.project(np.array([apply(fit_rigid(shape, mean), shape) for shape in shapes]))


def name_modes(parameters: Float, anatomies: Sequence[MaxillaAnatomy]) -> list[dict[str, Any]]:
    """What each mode does: the anatomical numbers that go with it, those of |r| >= 0.3, strongest first.

    Args:
        parameters: (S, K) of S jaws.
        anatomies: theirs.

    Returns:
        For each mode "mode" (from 1), "name" (the strongest, or "mixed") and "correlations" (name -> r).
    """
    numbers = [anatomical_numbers(anatomy) for anatomy in anatomies]
    names = list(numbers[0])
    table = np.array([[one[name] for name in names] for one in numbers])
    r = np.corrcoef(parameters.T, table.T)[: parameters.shape[1], parameters.shape[1] :]
    found = []
    for mode, row in enumerate(r):
        order = [i for i in np.argsort(-np.abs(row)) if abs(row[i]) >= _TOLD][:4]
        told = {names[i]: round(float(row[i]), 2) for i in order}
        found.append({"mode": mode + 1, "name": names[order[0]] if order else "mixed", "correlations": told})
    return found


def anatomical_numbers(anatomy: MaxillaAnatomy) -> dict[str, float]:
    """An anatomy as numbers that change sign with the side or do not depend on it."""
    right, left = anatomy.alveolar_gap
    turn, drop = anatomy.turn, anatomy.drop
    back, middle, front = anatomy.palatal_gap
    return {
        "age": anatomy.months,
        "width": anatomy.width,
        "depth": anatomy.depth,
        "roundness": anatomy.roundness,
        "length of the premaxilla": anatomy.premaxilla_length,
        "height of the ridge": anatomy.ridge_height,
        "width of the ridge": anatomy.ridge_width,
        "height of the palate": anatomy.vault,
        "depth of the sulci": anatomy.sulcus,
        "alveolar clefts, both": right + left,
        "alveolar cleft left against right": left - right,
        "palatal cleft at the back": back,
        "palatal cleft in the middle": middle,
        "palatal cleft at the front": front * anatomy.cleft_reach,
        "segments outward": turn[0] + turn[1],
        "segments toward the left": turn[1] - turn[0],
        "segments lowered, both": drop[0] + drop[1],
        "left segment lowered against right": drop[1] - drop[0],
        "premaxilla forward": anatomy.forward,
        "premaxilla to the left": anatomy.sideways,
        "premaxilla lowered": anatomy.lowered,
        "premaxilla turned": anatomy.premaxilla_turn,
        "premaxilla tilted": anatomy.premaxilla_tilt,
        "width of the vomer": anatomy.vomer_width,
        "height of the vomer": anatomy.vomer_height,
        "steepness of the shelves": anatomy.shelf_tilt,
    }
