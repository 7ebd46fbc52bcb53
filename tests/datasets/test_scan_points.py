"""Pools: even, labelled, cropped, and the same however the surface is tessellated."""

import numpy as np
import pytest

from typodont.datasets.scan_points import (
    NO_TOOTH,
    PointPool,
    cell_subset,
    curvatures,
    make_pool,
    sample_even,
    smooth_normals,
)
from typodont.errors import MeshError
from typodont.geometry.mesh import Mesh
from typodont.synth.scan import SyntheticScan


def sphere_points(radius: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    normal = rng.normal(size=(n, 3))
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    return (radius * normal).astype(np.float32), normal.astype(np.float32)


def subdivided(mesh: Mesh) -> Mesh:
    """Every face cut in four flat ones."""
    edge = np.sort(mesh.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    unique, inverse = np.unique(edge, axis=0, return_inverse=True)
    a, b, c = mesh.faces.T
    ab, bc, ca = (inverse.reshape(-1, 3) + len(mesh.vertices)).T
    faces = np.concatenate([np.stack(f, axis=1) for f in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
    return Mesh(np.concatenate([mesh.vertices, mesh.vertices[unique].mean(axis=1)]), faces)


def test_points_fall_evenly_by_area() -> None:
    # two squares of 1 and 9 square mm, the small one cut in many more triangles
    big = Mesh([[0, 0, 0], [3, 0, 0], [3, 3, 0], [0, 3, 0]], [[0, 1, 2], [0, 2, 3]])
    small = Mesh([[9, 0, 0], [10, 0, 0], [10, 1, 0], [9, 1, 0]], [[0, 1, 2], [0, 2, 3]])
    for _ in range(3):
        small = subdivided(small)
    both = Mesh(np.concatenate([big.vertices, small.vertices]), np.concatenate([big.faces, small.faces + 4]))
    position, normal, vertex = sample_even(both, 5000, np.random.default_rng(0))
    assert np.mean(position[:, 0] > 5) == pytest.approx(0.1, abs=0.002)
    np.testing.assert_allclose(normal, np.broadcast_to([0, 0, 1], normal.shape), atol=1e-9)
    # the vertex belongs to the same square as the point
    assert ((vertex >= 4) == (position[:, 0] > 5)).all()


def test_no_surface() -> None:
    flat = Mesh([[0, 0, 0], [1, 0, 0], [2, 0, 0]], [[0, 1, 2]])
    with pytest.raises(MeshError, match="no surface"):
        make_pool(flat, np.random.default_rng(0))


def test_curvature_of_plane_and_spheres() -> None:
    rng = np.random.default_rng(0)
    plane = np.column_stack([rng.uniform(0, 20, (6000, 2)), np.zeros(6000)]).astype(np.float32)
    up = np.broadcast_to(np.float32([0, 0, 1]), plane.shape)
    np.testing.assert_allclose(curvatures(plane, up), 0, atol=1e-5)
    position, normal = sphere_points(6.0, 8000)
    outside, inside = curvatures(position, normal), curvatures(position, -normal)
    assert (outside[:, ::2] < 0).all(), "a cusp falls away on all sides"
    np.testing.assert_allclose(inside[:, ::2], -outside[:, ::2], rtol=1e-3, atol=1e-4)
    # a sphere of half the radius bends more
    assert np.median(curvatures(*sphere_points(3.0, 2000))[:, 2]) < 1.5 * np.median(outside[:, 2])


def test_smoothed_normals_of_a_noisy_sphere_are_better() -> None:
    position, normal = sphere_points(6.0, 8000)
    noisy = normal + np.random.default_rng(1).normal(0, 0.2, normal.shape).astype(np.float32)
    smooth = smooth_normals(position, noisy)
    before = (noisy * normal).sum(axis=1) / np.linalg.norm(noisy, axis=1)
    assert np.linalg.norm(smooth, axis=1) == pytest.approx(np.ones(len(smooth)), abs=1e-5)
    assert np.mean(1 - (smooth * normal).sum(axis=1)) < 0.35 * np.mean(1 - before)


def test_pool_of_a_synthetic_arch(scan: SyntheticScan, pool: PointPool) -> None:
    labels = scan.mesh.vertex_attributes["label"]
    assert set(np.unique(pool.fdi)) == set(np.unique(labels))
    assert ((pool.fdi == 0) == (pool.tooth == NO_TOOTH)).all()
    assert (pool.gum_distance[pool.fdi > 0] == 0).all()
    assert (pool.gum_distance[pool.fdi == 0] > 0).all()
    assert np.ptp(pool.position[:, 2]) < 22
    for index, centre in enumerate(pool.tooth_centre):
        fdi = np.unique(pool.fdi[pool.tooth == index])
        assert len(fdi) == 1
        mine = scan.mesh.vertices[labels == fdi[0]]
        assert np.linalg.norm(mine.mean(axis=0) - centre) < 1.5
    assert pool.whole.shape == (3000, 6)


def test_tessellation_does_not_matter(scan: SyntheticScan) -> None:
    pools = [
        make_pool(mesh, np.random.default_rng(seed), n_points=8000)
        for seed, mesh in enumerate((scan.mesh, subdivided(scan.mesh)))
    ]
    same = np.array([[np.mean(p.curvature, axis=0), np.std(p.curvature, axis=0)] for p in pools])
    np.testing.assert_allclose(same[0], same[1], atol=0.03)


def test_bases_are_cropped(scan: SyntheticScan) -> None:
    x, y = scan.mesh.vertices[:, :2].min(axis=0), scan.mesh.vertices[:, :2].max(axis=0)
    corners = [[x[0], x[1], -60], [y[0], x[1], -60], [y[0], y[1], -60], [x[0], y[1], -60]]
    n = len(scan.mesh.vertices)
    faces = np.concatenate([scan.mesh.faces, [[n, n + 2, n + 1], [n, n + 3, n + 2]]])
    based = Mesh(np.concatenate([scan.mesh.vertices, corners]), faces)
    pool = make_pool(based, np.random.default_rng(0), n_points=4000)
    assert pool.position[:, 2].min() > -30
    assert (pool.whole[:, 2] < -50).any(), "the sample of the whole keeps the base"


def test_cell_subset_takes_one_point_a_cell() -> None:
    position = np.random.default_rng(0).uniform(0, 10, (3000, 3))
    ids = cell_subset(position, 2.0)
    cells = np.floor((position - position.min(axis=0)) / 2.0)
    assert len(np.unique(cells[ids], axis=0)) == len(ids) == len(np.unique(cells, axis=0))
