"""A tooth's surface as dense points: smooth enough to be ground and scanned at a tenth of a millimetre."""

from __future__ import annotations

import igl
import numpy as np

from typodont.geometry.mesh import Mesh
from typodont.geometry.oriented_points import OrientedPoints
from typodont.synth.dentition import Tooth
from typodont.synth.neck import ANGLES, NeckLine

_ROOT_MM = 7.0
_STEP_MM = 0.25
_TAPER = 0.035


def tooth_points(tooth: Tooth, neck: NeckLine) -> OrientedPoints:
    """Crown without its hidden underside, and the root's upper 7 mm; arch frame, about 0.25 mm apart.

    The template's triangles are rounded off once by Loop's rule, which also defines what the sound surface is.
    """
    shown = np.asarray(~tooth.cap[tooth.faces].any(axis=1))
    wall = Mesh(tooth.vertices, tooth.faces).submesh(shown)
    vertices, faces = igl.loop(wall.vertices, wall.faces, 1)
    crown = Mesh(np.asarray(vertices), np.asarray(faces))
    root = _root(tooth, neck)
    return OrientedPoints(np.vstack([crown.vertices, root.points]), np.vstack([crown.vertex_normals, root.normals]))


def _root(tooth: Tooth, neck: NeckLine) -> OrientedPoints:
    """A slightly tapering tube straight below the neck."""
    angles = np.linspace(-np.pi, np.pi, 2 * len(ANGLES), endpoint=False)
    ring = np.stack([np.cos(angles), np.sin(angles), np.zeros(len(angles))], axis=1)
    depths = np.arange(_STEP_MM, _ROOT_MM, _STEP_MM)
    radius = np.maximum(neck.radius_at(angles) * (1 - _TAPER * depths[:, None]), 0.5)
    points = radius[..., None] * ring + np.r_[neck.centre, 0]
    points[..., 2] = neck.height_at(angles) - tooth.margin_shift - depths[:, None]
    return OrientedPoints(points.reshape(-1, 3), np.tile(ring, (len(depths), 1)))
