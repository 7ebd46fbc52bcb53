"""Fit the tooth atlas: surfaces, modes and arch places from published crown statistics.

The source holds points without faces (28 crowns x 1500 points with 20 modes, an arch frame of its own). This module
orients them, puts a surface through each mean, gives that surface one fixed topology per tooth type, carries the modes
over, finds the neck line, and stores everything in a local frame (mesial, buccal, occlusal) so that left and right
are one shape seen in a mirror.

Source: SJTUzhou, "3D Teeth Reconstruction from Five Intra-oral Images" (TVCG 2023), MIT licence, ``tooth_ssm.npz``.
"""

from __future__ import annotations

from pathlib import Path

import fast_simplification
import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import cKDTree
from skimage.measure import marching_cubes

from typodont.types import Float

TEMPLATE_FACES = 2600
GRID_MM = 0.2
NECK_ANGLES = 48
# Rows are arch-frame x, y, z in the source's (left, up, front) axes; see the arch frame in `anatomy`.
SOURCE_TO_ARCH = {
    "upper": np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),
    "lower": np.array([[-1.0, 0, 0], [0, 0, 1], [0, 1, 0]]),
}
# The x < 0 side of the arch frame is the patient's right above and left below.
QUADRANT = {"upper": 10, "lower": 30}


def outward_normals(points: Float, k: int = 12) -> Float:
    """(N, 3) unit normals of a closed, roughly star-shaped cloud, made consistent by voting among neighbours."""
    _, neighbours = cKDTree(points).query(points, k)
    spread = points[neighbours] - points[neighbours].mean(axis=1, keepdims=True)
    _, vectors = np.linalg.eigh(np.einsum("nki,nkj->nij", spread, spread))
    normals = vectors[:, :, 0]
    normals *= np.sign(np.einsum("ij,ij->i", normals, points - points.mean(axis=0)))[:, None]
    for _ in range(5):
        agreement = np.einsum("ni,nki->n", normals, normals[neighbours])
        normals[agreement < 0] *= -1
    return normals


def field_from_points(query: Float, points: Float, normals: Float, *, k: int = 8, width: float = 0.35) -> Float:
    """(Q,) signed distance in mm (negative inside) to an oriented cloud, blended over the `k` nearest points."""
    distance, nearest = cKDTree(points).query(query, k)
    weight = np.exp(-((distance**2 - distance[:, :1] ** 2) / (2 * width**2)))
    signed = np.einsum("qki,qki->qk", query[:, None] - points[nearest], normals[nearest])
    return (weight * signed).sum(axis=1) / weight.sum(axis=1)


def template_surface(points: Float) -> tuple[Float, np.ndarray]:
    """Vertices (V, 3) and outward faces (T, 3) of a closed surface through an unordered closed cloud, mm."""
    low, high = points.min(axis=0) - 1, points.max(axis=0) + 1
    axes = [np.arange(a, b, GRID_MM) for a, b in zip(low, high, strict=True)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    field = field_from_points(grid.reshape(-1, 3), points, outward_normals(points)).reshape(grid.shape[:3])
    vertices, faces, _, _ = marching_cubes(field, 0.0, spacing=(GRID_MM,) * 3)
    vertices, faces = fast_simplification.simplify(
        np.asarray(vertices, np.float32), np.asarray(faces, np.int32), target_count=TEMPLATE_FACES
    )
    vertices = vertices + low
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    if np.einsum("ij,ij->", a, np.cross(b, c)) < 0:
        faces = faces[:, ::-1]
    return vertices.astype(np.float64), faces


def carry(values: Float, points: Float, targets: Float, *, k: int = 8) -> Float:
    """Values (M, N, 3) at `points` (N, 3) interpolated to `targets` (V, 3): (M, V, 3)."""
    distance, nearest = cKDTree(points).query(targets, k)
    weight = np.exp(-((distance / (distance[:, 3:4] + 1e-9)) ** 2))
    weight /= weight.sum(axis=1, keepdims=True)
    return np.einsum("vk,mvki->mvi", weight, values[:, nearest])


def arch_axes(centres: Float) -> Float:
    """(T, 3, 3) rows mesial, buccal, occlusal for teeth 1..T of the x < 0 side, from their centres (T, 3)."""
    mirrored_central = centres[0] * [-1, 1, 1]
    path = np.vstack([mirrored_central, centres])
    mesial = np.empty_like(centres)
    mesial[:-1] = path[:-2] - path[2:]
    mesial[-1] = path[-2] - path[-1]
    mesial[:, 2] = 0
    mesial /= np.linalg.norm(mesial, axis=1, keepdims=True)
    occlusal = np.tile([0.0, 0, 1], (len(centres), 1))
    return np.stack([mesial, np.cross(occlusal, mesial), occlusal], axis=1)


def neck_line(vertices: Float, normals: Float) -> tuple[Float, np.ndarray]:
    """The edge of the closed-off underside: (NECK_ANGLES, 2) radius and height by angle, and the cap mask (V,).

    Angles run from -pi over the local (mesial, buccal) plane around the origin.
    """
    low, high = vertices[:, 2].min(), vertices[:, 2].max()
    cap = (normals[:, 2] < -0.55) & (vertices[:, 2] < low + 0.62 * (high - low))
    angle = np.arctan2(vertices[:, 1], vertices[:, 0])
    radius = np.hypot(vertices[:, 0], vertices[:, 1])
    bins = np.linspace(-np.pi, np.pi, NECK_ANGLES, endpoint=False)
    line = np.empty((NECK_ANGLES, 2))
    for i, centre in enumerate(bins):
        near = cap & (np.abs((angle - centre + np.pi) % (2 * np.pi) - np.pi) < 0.22)
        edge = np.argsort(radius[near])[-4:]
        line[i] = radius[near][edge].mean(), vertices[near][edge, 2].mean()
    return gaussian_filter1d(line, 1.5, axis=0, mode="wrap"), cap


def fit_jaw(ssm: dict[str, Float], jaw: str) -> dict[str, Float]:
    """Templates, modes and places of teeth 1..7 of one jaw; keys carry the tooth number."""
    turn = SOURCE_TO_ARCH[jaw]
    numbers = range(1, 8)
    means = [ssm[f"mean_{QUADRANT[jaw] + n}"] @ turn.T for n in numbers]
    centres = np.array([np.r_[m[:, :2].mean(axis=0), m[:, 2].min()] for m in means])
    axes = arch_axes(centres)
    out: dict[str, Float] = {"centres": centres, "axes": axes}
    for i, number in enumerate(numbers):
        local = (means[i] - centres[i]) @ axes[i].T
        modes = ssm[f"modes_{QUADRANT[jaw] + number}"] @ turn.T @ axes[i].T
        spread = np.sqrt(ssm[f"eigenvalues_{QUADRANT[jaw] + number}"])
        vertices, faces = template_surface(local)
        carried = carry(modes * spread[:, None, None], local, vertices)
        out[f"vertices_{number}"], out[f"faces_{number}"], out[f"modes_{number}"] = vertices, faces, carried
        neck, cap = neck_line(vertices, vertex_normals(vertices, faces))
        out[f"neck_{number}"], out[f"cap_{number}"] = neck, cap
    return out


def vertex_normals(vertices: Float, faces: np.ndarray) -> Float:
    """(V, 3) unit area-weighted normals."""
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    cross = np.repeat(np.cross(b - a, c - a), 3, axis=0)
    total = np.stack([np.bincount(faces.ravel(), cross[:, i], len(vertices)) for i in range(3)], axis=1)
    return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)


def fit_atlas(source: Path) -> dict[str, Float]:
    """Every array of the atlas, keyed ``jaw/name``, from ``tooth_ssm.npz``."""
    with np.load(source) as data:
        ssm = {key: data[key].astype(np.float64) for key in data.files}
    arrays: dict[str, Float] = {"scale_covariance": ssm["scale_covariance"], "pose_covariance": ssm["pose_covariance"]}
    for jaw in ("upper", "lower"):
        arrays |= {f"{jaw}/{name}": values for name, values in fit_jaw(ssm, jaw).items()}
    return arrays
