"""Lay a known surface on a scan of its kind: in any pose, by the kind's modes, and by a smooth bend on top."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from typodont.errors import MeshError
from typodont.geometry.deformable import LinearDeformable
from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import apply, fit_rigid, icp, rotation_about
from typodont.geometry.sampling import sample_surface
from typodont.geometry.surface_places import Surface
from typodont.types import Bool, Float

_POINTS, _TURNS, _BEST = 700, 8, 3
_ROUNDS = 24
_FAR_MM, _AGREE = 4.0, 0.5
"""Places on the scan farther away, or whose normal agrees less (cosine), are not taken for the same."""
_SPREAD_MM = (1.0, 0.15)
"""How exactly a model can follow a scan, from the first round to the last: its parameters count the more at first."""
_STIFFNESS = (20.0, 5.0, 1.0, 0.3)


@dataclass(frozen=True)
class Registered:
    """A scan as the model's surface.

    Args:
        vertices: (N, 3) the model's vertices laid on the scan, in the model's frame, mm.
        matrix: (4, 4) from the scan's coordinates to the model's frame.
        theta: (K,) parameters of the nearest member of the model.
        rms_mm: root mean square distance of vertices from the scan, those that have a place there.
        found: (N,) which vertices have one.
    """

    vertices: Float
    matrix: Float
    theta: Float
    rms_mm: float
    found: Bool


def register(scan: Mesh, model: LinearDeformable, *, seed: int = 0) -> Registered:
    """Lay the model on a scan of any pose, density and topology; what the scan lacks follows its surroundings.

    The poses to start from come from both clouds' principal axes; those that fit best by ICP are tried on with the
    model's modes, and the best of these is bent to the scan.

    Args:
        scan: mm, faces outward.
        model: of this kind of surface.
        seed: of the points with which poses are compared.

    Raises:
        MeshError: the scan's size is not one that the model can have (another unit, or something else).
    """
    _check_size(scan, model)
    surface = Surface(scan)
    tried = [_follow(surface, model, pose) for pose in _starts(scan, model, seed)]
    pose, theta = min(tried, key=lambda one: _misfit(surface, model, *one))
    vertices, found, rms = _bend(surface, model, pose, theta)
    return Registered(vertices, pose, theta, rms, found)


def _check_size(scan: Mesh, model: LinearDeformable) -> None:
    size, wanted = (float(np.linalg.norm(np.ptp(points, axis=0))) for points in (scan.vertices, model.shapes.mean))
    if not 0.4 < size / wanted < 2.5:
        raise MeshError(
            f"the scan is {size:.3g} across, expected about {wanted:.0f} mm; check its unit, and cut off what is not "
            "the jaw"
        )


def _starts(scan: Mesh, model: LinearDeformable, seed: int) -> list[Float]:
    """The (4, 4) poses of the scan that bring it nearest to the model's mean, after a short ICP from many."""
    rng = np.random.default_rng(seed)
    mean = model.surface(np.zeros(model.n_parameters))
    points, normals, _ = sample_surface(scan, _POINTS, rng)
    target, target_normals, _ = sample_surface(mean, 4 * _POINTS, rng)
    own, theirs = _axes(target), _axes(points)
    found = []
    for flip in (1.0, -1.0):
        for turn in range(_TURNS):
            rotation = own @ rotation_about(np.array([0, 0, 1.0]), 360 * turn / _TURNS)[:3, :3]
            rotation = rotation @ np.diag([flip, 1, flip]) @ theirs.T
            if (np.sign(np.mean(normals @ rotation.T @ own[:, 2])) or 1.0) != np.sign(
                np.mean(target_normals @ own[:, 2])
            ):
                continue
            pose = np.eye(4)
            pose[:3, :3] = rotation
            pose[:3, 3] = target.mean(axis=0) - rotation @ points.mean(axis=0)
            fitted = icp(points, target, target_normals, initial=pose, keep=0.85, iterations=25)
            found.append((fitted.rms, fitted.matrix))
    found.sort(key=lambda one: one[0])
    return [matrix for _, matrix in found[:_BEST]]


def _axes(points: Float) -> Float:
    """(3, 3) right-handed principal axes as columns, the most spread first."""
    _, axes = np.linalg.eigh(np.cov(points.T))
    axes = axes[:, ::-1]
    return axes * [1, 1, np.linalg.det(axes)]


def _follow(surface: Surface, model: LinearDeformable, pose: Float) -> tuple[Float, Float]:
    """Pose and parameters, improved in turns."""
    theta = np.zeros(model.n_parameters)
    every = np.arange(0, len(model.shapes.mean), 3)
    jacobian = model.vertex_jacobian(theta, every)
    for spread in np.geomspace(*_SPREAD_MM, _ROUNDS):
        vertices = model.shapes.instance(theta)
        places, found = _partners(surface, model, pose, vertices)
        pose = fit_rigid(apply(np.linalg.inv(pose), places[found]), vertices[found])
        places, found = _partners(surface, model, pose, vertices)
        rows = found[every]
        step = jacobian[rows].reshape(-1, model.n_parameters)
        offset = (places[every][rows] - model.shapes.mean[every][rows]).ravel()
        weight = _weight(rows, spread)
        theta = np.linalg.solve(weight * step.T @ step + np.eye(model.n_parameters), weight * step.T @ offset)
    return pose, theta


def _weight(rows: Bool, spread: float) -> float:
    """Neighbouring vertices err together: as much as 200 independent ones tell, whatever their number."""
    return 200 / max(int(rows.sum()), 1) / spread**2


def _partners(surface: Surface, model: LinearDeformable, pose: Float, vertices: Float) -> tuple[Float, Bool]:
    """Nearest places on the scan (N, 3), model frame, and which count: near enough, facing the same way, not on a
    border of the scan."""
    back = np.linalg.inv(pose)
    places = surface.nearest(apply(back, vertices))
    points = apply(pose, places.points)
    own = Mesh(vertices, model.faces).vertex_normals
    agree = np.einsum("ni,ni->n", own, surface.normals(places) @ pose[:3, :3].T) > _AGREE
    near = np.linalg.norm(points - vertices, axis=1) < _FAR_MM
    inside = ~surface_border(surface)[surface.mesh.faces[places.face]].any(axis=1)
    return points, agree & near & inside


def surface_border(surface: Surface) -> Bool:
    """(N,) vertices of the scan on its border."""
    edges = np.sort(surface.mesh.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    once, count = np.unique(edges, axis=0, return_counts=True)
    border = np.zeros(len(surface.mesh.vertices), dtype=bool)
    border[once[count == 1]] = True
    return border


def _misfit(surface: Surface, model: LinearDeformable, pose: Float, theta: Float) -> float:
    """Root mean square distance to the scan; vertices without a place there count as far away."""
    vertices = model.shapes.instance(theta)
    places, found = _partners(surface, model, pose, vertices)
    apart = np.where(found, np.linalg.norm(places - vertices, axis=1), _FAR_MM)
    return float(np.sqrt(np.mean(apart**2)))


def _bend(surface: Surface, model: LinearDeformable, pose: Float, theta: Float) -> tuple[Float, Bool, float]:
    """Vertices moved to the scan so that neighbours move alike, less and less stiffly; which have a place; rms."""
    start = model.shapes.instance(theta)
    mesh = Mesh(start, model.faces)
    n, edges = len(start), mesh.edges
    rows = np.repeat(np.arange(len(edges)), 2)
    differences = sparse.csr_matrix((np.tile([1.0, -1.0], len(edges)), (rows, edges.ravel())), shape=(len(edges), n))
    stiffness = differences.T @ differences
    moved = start
    places, found = _partners(surface, model, pose, moved)
    for alpha in _STIFFNESS:
        system = sparse.diags(found.astype(float)) + alpha * stiffness + 1e-9 * sparse.eye_array(n)
        shift = splu(sparse.csc_matrix(system)).solve(found[:, None] * (places - start))
        moved = start + shift
        places, found = _partners(surface, model, pose, moved)
    apart = np.linalg.norm(places - moved, axis=1)[found]
    return moved, found, float(np.sqrt(np.mean(apart**2)))
