"""What is shown around a restoration: jaw, neighbours and antagonist near it, and the sides to look from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from typodont.anatomy import UPPER, jaw
from typodont.datasets.preparation_frame import preparation_frame
from typodont.geometry.camera import look_rotation
from typodont.geometry.decimation import decimate
from typodont.geometry.mesh import Mesh
from typodont.tasks.crown.fit import FitReport
from typodont.types import Bool, Float, Int

REACH_MM = 13.0
"""What is farther than this from the middle of the margin is left out."""
MOST_FACES = 14_000
"""Of each part but the restoration."""
MOST_RESTORATION_FACES = 50_000
PARTS = ("restoration", "preparation", "jaw", "neighbours", "antagonist")
RESTORATION, PREPARATION, JAW, NEIGHBOURS, ANTAGONIST = PARTS
SIDES = ("occlusal", "buccal", "lingual", "mesial", "distal", "inside")


@dataclass(frozen=True)
class FitScene:
    """The parts of a picture, in the coordinates of the scan.

    Args:
        parts: Name -> surface: "restoration" (whole, but coarser), "preparation" (inside the margin), "jaw" (gum and
            what else there is of the scan), "neighbours" and "antagonist", as far as there are any.
        vertices: (V,) for each vertex of the restoration shown the nearest one of the report's.
        centre: (3,) the middle of the restoration, mm.
        rotations: Side -> (3, 3) rows right, up, toward the viewer.
        titles: Side -> what it is called for this tooth.
    """

    parts: dict[str, Mesh]
    vertices: Int
    centre: Float
    rotations: dict[str, Float]
    titles: dict[str, str]


def fit_scene(report: FitReport) -> FitScene:
    """The scene of a report."""
    around, mesh = report.around, report.restoration.mesh
    middle = around.margin.mean(axis=0)
    neighbours = joined(list(around.neighbours.values()))
    preparation = report.restoration.preparation
    shown = decimate(Mesh(mesh.vertices, mesh.faces), MOST_RESTORATION_FACES)
    parts = {
        RESTORATION: shown,
        PREPARATION: _shown(preparation, middle),
        JAW: _shown(_without(around.scan, joined([preparation, neighbours])), middle),
        NEIGHBOURS: _shown(neighbours, middle),
        ANTAGONIST: None if around.antagonist is None else _shown(around.antagonist, middle),
    }
    centre = 0.5 * (mesh.vertices.min(axis=0) + mesh.vertices.max(axis=0))
    found = {name: part for name, part in parts.items() if part is not None and len(part.faces)}
    vertices = shown.vertex_attributes["source_vertex"]
    return FitScene(found, vertices, centre, _rotations(report), _titles(around.tooth))


def joined(meshes: list[Mesh]) -> Mesh:
    """Several surfaces as one, without attributes."""
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    vertices = np.concatenate([np.zeros((0, 3)), *(mesh.vertices for mesh in meshes)])
    faces = [np.zeros((0, 3), dtype=np.int64), *(m.faces + start for m, start in zip(meshes, starts, strict=False))]
    return Mesh(vertices, np.concatenate(faces))


def _rotations(report: FitReport) -> dict[str, Float]:
    """Occlusal points up in the pictures of a lower tooth from the side, and down in those of an upper one."""
    frame = preparation_frame(
        report.around.tooth,
        report.around.margin.mean(axis=0),
        axis=report.restoration.axis,
        mesial=report.around.mesial,
    )
    mesial, buccal, occlusal = frame.to_site[:3, :3]
    up = -occlusal if jaw(report.around.tooth) == UPPER else occlusal
    tip = 0.15 * occlusal
    return {
        "occlusal": look_rotation(occlusal, buccal),
        "buccal": look_rotation(buccal + tip, up),
        "lingual": look_rotation(-buccal + tip, up),
        "mesial": look_rotation(mesial + tip, up),
        "distal": look_rotation(-mesial + tip, up),
        "inside": look_rotation(-occlusal, buccal),
    }


def _titles(tooth: int) -> dict[str, str]:
    words = {side: side.capitalize() for side in SIDES}
    return words | ({"lingual": "Palatal"} if jaw(tooth) == UPPER else {})


def _shown(mesh: Mesh, middle: Float) -> Mesh:
    """The part of a surface near the restoration, coarse enough to be turned about on a slow machine."""
    near = np.linalg.norm(mesh.vertices - middle, axis=1) < REACH_MM
    part = mesh.submesh(near[mesh.faces].all(axis=1)) if len(mesh.faces) else mesh
    part = Mesh(part.vertices, part.faces)
    return decimate(part, MOST_FACES) if len(part.faces) else part


def _without(scan: Mesh, others: Mesh) -> Mesh:
    """The scan but for the faces that others have."""
    theirs = _same_place(scan.vertices, others.vertices)
    return scan.submesh(~np.all(theirs[scan.faces], axis=1))


def _same_place(points: Float, others: Float) -> Bool:
    if not len(others):
        return np.zeros(len(points), dtype=bool)
    distance, _ = KDTree(others).query(points, distance_upper_bound=1e-6)
    return np.isfinite(np.asarray(distance, dtype=np.float64))
