"""Faces with 15 numbers each, as the published DGCNN takes them."""

import numpy as np
import pytest

from typodont.datasets.scan_augment import ScanAugment
from typodont.datasets.scan_faces import augmented_faces, chosen_faces, make_face_pool, plain_faces
from typodont.datasets.scan_points import PointPool
from typodont.errors import ConfigError, MeshError
from typodont.geometry.mesh import Mesh
from typodont.synth.scan import SyntheticScan


@pytest.fixture(scope="module")
def faces(scan: SyntheticScan) -> PointPool:
    labels = scan.mesh.vertex_attributes["label"]
    return make_face_pool(scan.mesh, np.random.default_rng(0), fdi=labels, jaw="lower", n_points=3000)


def test_fifteen_numbers(faces: PointPool) -> None:
    sample, ids = plain_faces(faces)
    assert sample.features.shape == (3000, 15)
    assert len(ids) == 3000
    centre, corners, normal = np.split(sample.features, [3, 12], axis=1)
    corners = corners.reshape(-1, 3, 3)
    np.testing.assert_allclose(corners.sum(axis=1), 0, atol=1e-4)
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    np.testing.assert_allclose(cross / np.linalg.norm(cross, axis=1, keepdims=True), normal, atol=1e-2)
    np.testing.assert_allclose(centre.mean(axis=0), 0, atol=1e-3)


def test_labels_are_those_of_the_mesh(scan: SyntheticScan, faces: PointPool) -> None:
    labels = scan.mesh.vertex_attributes["label"]
    assert set(np.unique(faces.fdi)) == set(np.unique(labels))


def test_training_samples_have_equal_size(faces: PointPool) -> None:
    for n_faces in (400, 5000):
        sample = augmented_faces(faces, np.random.default_rng(0), ScanAugment(), n_faces=n_faces)
        assert sample.features.shape == (n_faces, 15)
        assert sample.label.shape == (n_faces,)


def test_point_pools_are_refused(pool: PointPool) -> None:
    with pytest.raises(ConfigError, match="reads faces"):
        chosen_faces(pool, np.arange(10))


def test_no_surface() -> None:
    with pytest.raises(MeshError, match="no surface"):
        make_face_pool(Mesh([[0, 0, 0], [1, 0, 0], [2, 0, 0]], [[0, 1, 2]]), np.random.default_rng(0))
