"""Scans as the published DGCNN sees them: faces with 15 numbers each, picked by even index spacing.

Source: He et al. (MIDL 2022) and their code; see `nets.dgcnn`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from typodont.datasets.point_pyramid import PointSample
from typodont.datasets.scan_augment import ScanAugment, labelled_sample, varied
from typodont.datasets.scan_points import PointPool, described_pool, sample_even
from typodont.errors import ConfigError, MeshError
from typodont.geometry.mesh import Mesh
from typodont.types import Int

N_FACES = 20000
POOL_FACES = 40000
"""Twice as many are kept for training, so that a 0.3 mm grid still finds about one face a cell."""


def make_face_pool(
    mesh: Mesh,
    rng: np.random.Generator,
    *,
    fdi: Int | None = None,
    jaw: str | None = None,
    n_points: int = POOL_FACES,
    n_whole: int = 4096,
) -> PointPool:
    """Like `make_pool`, but every point is the centre of a face, and the pool knows the corners.

    Args:
        mesh: Scan, mm, roughly in the arch frame.
        rng: For the sample of the whole scan; the faces are picked without chance.
        fdi: (N,) int per vertex; a face takes the middle one of its corners' numbers.
        jaw: "upper" or "lower" where known.
        n_points: Faces at most.
        n_whole: Points of the uncropped sample.

    Raises:
        MeshError: no surface.
    """
    whole = np.concatenate(sample_even(mesh, n_whole, rng)[:2], axis=1).astype(np.float32)
    solid = np.flatnonzero(mesh.face_areas > 0)
    if not len(solid):
        raise MeshError("the mesh has no surface (all triangles are degenerate)")
    picked = solid[np.linspace(0, len(solid) - 1, min(n_points, len(solid))).astype(np.int64)]
    corners = mesh.vertices[mesh.faces[picked]]
    centre = corners.mean(axis=1)
    labels = np.zeros(len(mesh.vertices), dtype=np.int64) if fdi is None else np.asarray(fdi)
    face_fdi = np.median(labels[mesh.faces[picked]], axis=1).astype(np.int64)
    normal = mesh.face_normals[picked].astype(np.float32)
    pool = described_pool(centre.astype(np.float32), normal, face_fdi, whole=whole, jaw=jaw)
    return replace(pool, corners=(corners - centre[:, None]).reshape(-1, 9).astype(np.float32))


def plain_faces(pool: PointPool, *, n_faces: int = N_FACES) -> tuple[PointSample, Int]:
    """The sample that prediction and validation use, and the (M,) indices of its faces in the pool."""
    kept = np.arange(len(pool.position))
    return chosen_faces(pool, _evenly(kept, min(n_faces, len(kept)), 0.0))


def augmented_faces(pool: PointPool, rng: np.random.Generator, augment: ScanAugment, *, n_faces: int) -> PointSample:
    """One varied training sample with exactly `n_faces` faces (some twice where there are fewer)."""
    pool, keep = varied(pool, rng, augment)
    return chosen_faces(pool, _evenly(np.flatnonzero(keep), n_faces, rng.random()))[0]


def chosen_faces(pool: PointPool, ids: Int) -> tuple[PointSample, Int]:
    """Faces of a pool, centred on their mean, with 15 numbers each: centre, corners minus centre, normal.

    Raises:
        ConfigError: the pool holds points, not faces.
    """
    if pool.corners is None:
        raise ConfigError(
            "this network reads faces, but these cached scans hold points; give them a folder of their own"
        )
    centred = pool.position[ids] - pool.position[ids].mean(axis=0)
    features = np.concatenate([centred, pool.corners[ids], pool.normal[ids]], axis=1).astype(np.float32)
    return labelled_sample(pool, ids, centred.astype(np.float32), features), ids


def _evenly(ids: Int, count: int, phase: float) -> Int:
    """`count` of the indices by even spacing, some twice where there are fewer; `phase` 0..1 says which."""
    return ids[((np.arange(count) + phase) * (len(ids) / count)).astype(np.int64)]
