"""Lay a known surface on a scan of its kind: in any pose, by the kind's modes, and by a smooth bend on top."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu
from scipy.spatial import KDTree

from typodont.errors import MeshError
from typodont.geometry.connectivity import boundary_edges
from typodont.geometry.deformable import LinearDeformable
from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import apply, icp, rotation_about
from typodont.geometry.sampling import sample_surface
from typodont.geometry.surface_places import Surface
from typodont.geometry.turning import cross_matrix, turn
from typodont.types import Bool, Float, Int

_POINTS, _TURNS, _POSES = 700, 8, 2
_SCAN_POINTS, _EVERY = 5000, 3
_ROUGH, _FINE = 12, 30
_SPREAD_MM = (1.5, 0.25)
"""How exactly a model can follow a scan, from the first round to the last: its parameters count the more at first."""
_TOLD_BY = 200
"""Neighbouring vertices err together: all of them tell as much as so many independent ones."""
_NORMAL_MM, _ALONG = 4.0, 0.15
"""Opposite normals are as bad as points twice so far apart; weight of a distance along the surface."""
_FAR_MM, _AGREE = 4.0, 0.5
"""Places on the scan farther away, or whose normal agrees less (cosine), are not taken for the same."""
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

    The poses to start from come from both clouds' principal axes and ICP; from each the model is bent toward the scan
    by its modes, beginning with its mean and with members to both sides along its first two modes. The most probable
    result is followed to the end and then bent to the scan.

    Args:
        scan: mm, faces outward.
        model: of this kind of surface.
        seed: of the points that stand for the scan.

    Raises:
        MeshError: the scan's size is not one that the model can have (another unit, or something else).
    """
    _check_size(scan, model)
    cloud = _Cloud(scan, np.random.default_rng(seed))
    tried = [
        _follow(cloud, model, pose, theta, _ROUGH)
        for pose in _starts(scan, model, seed)
        for theta in _first_members(model)
    ]
    pose, theta, _ = min(tried, key=lambda one: one[2])
    pose, theta, _ = _follow(cloud, model, pose, theta, _FINE)
    vertices, found, rms = _bend(Surface(scan), model, pose, theta)
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
        for place in range(_TURNS):
            rotation = own @ rotation_about(np.array([0, 0, 1.0]), 360 * place / _TURNS)[:3, :3]
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
    return [matrix for _, matrix in found[:_POSES]]


def _axes(points: Float) -> Float:
    """(3, 3) right-handed principal axes as columns, the most spread first."""
    _, axes = np.linalg.eigh(np.cov(points.T))
    axes = axes[:, ::-1]
    return axes * [1, 1, np.linalg.det(axes)]


def _first_members(model: LinearDeformable) -> Float:
    """(5, K) the mean, and members to both sides of it along the first two modes."""
    sides = 1.3 * np.eye(model.n_parameters)[:2]
    return np.vstack([np.zeros((1, model.n_parameters)), sides, -sides])


class _Cloud:
    """Points of the scan that look up and are looked up by place and normal together."""

    def __init__(self, scan: Mesh, rng: np.random.Generator) -> None:
        self.points, self.normals, _ = sample_surface(scan, _SCAN_POINTS, rng)

    def pairs(self, pose: Float, vertices: Float, normals: Float) -> tuple[Int, Float, Float]:
        """Which vertices go with which points and normals of the scan, model frame: nearest in both directions."""
        points, outward = apply(pose, self.points), self.normals @ pose[:3, :3].T
        scan, own = (np.hstack([p, _NORMAL_MM * n]) for p, n in ((points, outward), (vertices, normals)))
        there, forth = KDTree(scan).query(own)
        back_apart, back = KDTree(own).query(scan[:: _EVERY + 1])
        vertex = np.r_[np.arange(len(own)), np.asarray(back)]
        point = np.r_[np.asarray(forth), np.arange(0, len(scan), _EVERY + 1)]
        near = np.r_[np.asarray(there), np.asarray(back_apart)] < _FAR_MM
        return vertex[near], points[point[near]], outward[point[near]]


def _follow(
    cloud: _Cloud, model: LinearDeformable, pose: Float, theta: Float, rounds: int
) -> tuple[Float, Float, float]:
    """Pose and parameters after some rounds of Gauss-Newton on distances from the scan's tangent planes; the result's
    cost: half its negative log probability, up to a constant.
    """
    every = np.arange(0, len(model.shapes.mean), _EVERY)
    jacobian = model.vertex_jacobian(theta, every)
    cost = np.inf
    for spread in np.geomspace(*_SPREAD_MM, rounds):
        shape = model.shapes.instance(theta)
        vertices, normals = shape[every], Mesh(shape, model.faces).vertex_normals[every]
        rows, points, outward = cloud.pairs(pose, vertices, normals)
        if len(rows) < len(theta):
            return pose, theta, np.inf
        offset = points - vertices[rows]
        step = _step(jacobian[rows], points, outward, offset, theta, spread)
        motion = np.eye(4)
        motion[:3, :3], motion[:3, 3] = turn(step[:3]), step[3:6]
        pose, theta = motion @ pose, theta + step[6:]
        alone = 1 - len(rows) / (len(every) + len(cloud.points[:: _EVERY + 1]))
        apart = _apart(outward, offset) + alone * _FAR_MM**2
        cost = 0.5 * float(_TOLD_BY * apart / spread**2 + theta @ theta)
    return pose, theta, cost


def _step(jacobian: Float, points: Float, outward: Float, offset: Float, theta: Float, spread: float) -> Float:
    """(6 + K,) turn and shift of the scan's points and change of the parameters that close the offsets (n, 3) from
    the model's points best.
    """
    shift = np.broadcast_to(-np.eye(3), (len(points), 3, 3))
    steps = np.concatenate([cross_matrix(points), shift, jacobian], axis=2)
    across = np.einsum("nij,ni->nj", steps, outward)
    gap = np.einsum("ni,ni->n", offset, outward)
    weight = min(_TOLD_BY / len(points), 1.0) / spread**2
    prior = np.r_[np.full(6, 1e-6), np.ones(len(theta))]
    system = weight * (across.T @ across + _ALONG**2 * np.einsum("nij,nik->jk", steps, steps)) + np.diag(prior)
    pull = weight * (across.T @ gap + _ALONG**2 * np.einsum("nij,ni->j", steps, offset))
    return np.linalg.solve(system, pull - np.r_[np.zeros(6), theta])


def _apart(outward: Float, offset: Float) -> float:
    """Mean squared distance, mm²; along the surface it counts little."""
    gap = np.einsum("ni,ni->n", offset, outward)
    return float(np.mean(gap**2) + _ALONG**2 * np.mean((offset**2).sum(axis=1)))


def _partners(
    surface: Surface, border: Bool, model: LinearDeformable, pose: Float, vertices: Float
) -> tuple[Float, Bool]:
    """Nearest places on the scan (N, 3), model frame, and which count: near enough, facing the same way, not on the
    scan's border.
    """
    places = surface.nearest(apply(np.linalg.inv(pose), vertices))
    points = apply(pose, places.points)
    own = Mesh(vertices, model.faces).vertex_normals
    agree = np.einsum("ni,ni->n", own, surface.normals(places) @ pose[:3, :3].T) > _AGREE
    near = np.linalg.norm(points - vertices, axis=1) < _FAR_MM
    return points, agree & near & ~border[surface.mesh.faces[places.face]].any(axis=1)


def _bend(surface: Surface, model: LinearDeformable, pose: Float, theta: Float) -> tuple[Float, Bool, float]:
    """Vertices moved to the scan so that neighbours move alike, less and less stiffly; which have a place; rms."""
    start = model.shapes.instance(theta)
    mesh = Mesh(start, model.faces)
    n, edges = len(start), mesh.edges
    rows = np.repeat(np.arange(len(edges)), 2)
    differences = sparse.csr_matrix((np.tile([1.0, -1.0], len(edges)), (rows, edges.ravel())), shape=(len(edges), n))
    stiffness = differences.T @ differences
    moved = start
    border = np.zeros(len(surface.mesh.vertices), dtype=bool)
    border[boundary_edges(surface.mesh)] = True
    places, found = _partners(surface, border, model, pose, moved)
    for alpha in _STIFFNESS:
        system = sparse.diags(found.astype(float)) + alpha * stiffness + 1e-9 * sparse.eye_array(n)
        shift = splu(sparse.csc_matrix(system)).solve(found[:, None] * (places - start))
        moved = start + shift
        places, found = _partners(surface, border, model, pose, moved)
    apart = np.linalg.norm(places - moved, axis=1)[found]
    return moved, found, float(np.sqrt(np.mean(apart**2)))
