"""A completed tooth that would stay out of bite, brought into contact with its antagonist."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from typodont.geometry.clearance import clearance, within_reach
from typodont.geometry.mesh import Mesh
from typodont.geometry.surface_cut import side_of_line
from typodont.types import Float

MOST_MM = 1.2
"""A tooth farther from its antagonist than this is meant to be out of bite."""

HELD_MM = 2.5
"""From the margin on the surface is free to rise more and more, and free at this distance."""

INSIDE_MM = 1.5
"""Contacts nearer to the margin are not looked for."""

WIDE_MM = 1.8
"""How wide the surface rises around the place of the contact, standard deviation."""

_EXACT_MM = 0.01
_MET_MM = 0.05
"""What stays farther apart has not met, as where the nearest place is a wall of the antagonist beside the surface."""
_ROUNDS = 5


def brought_into_contact(
    outer: Mesh, line: Float, axis: Float, antagonist: Mesh, *, contact_mm: float
) -> tuple[Mesh, float]:
    """The outer surface raised where it comes nearest to the antagonist, until it meets it; and by how much, mm.

    Sound teeth bite on something; a surface that stops short of it by some tenths is a guess that is too low. Around
    the nearest place it is raised along the axis, less and less to all sides and towards the margin, which stays. What
    reaches into the antagonist is left to the building, which grinds it in. Where it does not come to meet it, the
    surface stays as it is: not every tooth has a contact.

    Args:
        outer: Closed or open at the margin, N vertices, mm, outward faces.
        line: (K, 3) margin line, evenly spaced, counter-clockwise seen from occlusal.
        axis: (3,) unit, to occlusal.
        antagonist: In bite, same frame; may be open.
        contact_mm: How deep it is to reach into the antagonist; negative leaves room.
    """
    side = side_of_line(outer, line)
    rows = np.flatnonzero(side > INSIDE_MM)
    near = antagonist.submesh(within_reach(antagonist, outer.vertices, 2 * MOST_MM))
    if not len(rows) or not len(near.faces):
        return outer, 0.0
    share = np.clip(side / HELD_MM, 0.0, 1.0)
    free, raised, rise, lack = share**2 * (3 - 2 * share), outer, 0.0, np.inf
    for number in range(_ROUNDS + 1):
        gap = np.nan_to_num(clearance(raised.vertices[rows], near), nan=np.inf)
        nearest = rows[gap.argmin()]
        lack = float(gap.min()) + contact_mm
        if number == _ROUNDS or not _EXACT_MM < lack <= MOST_MM - rise:
            break
        away = np.square(raised.vertices - raised.vertices[nearest]).sum(axis=1)
        lift = lack * free * np.exp(-0.5 * away / WIDE_MM**2)
        raised = replace(raised, vertices=raised.vertices + lift[:, None] * axis)
        rise += lack
    return (raised, rise) if lack <= _MET_MM else (outer, 0.0)
