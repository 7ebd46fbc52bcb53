"""The shipped weights on made-up scans, and on things that are no scans."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from typodont import metrics
from typodont.errors import NoArchError
from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import random_rotation
from typodont.records import Scan
from typodont.tasks.scan.models import ScanModels, load_models
from typodont.tasks.scan.predict import predict_scan
from typodont.training.weights import SHIPPED

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (SHIPPED / "scan" / "segment.safetensors").exists(), reason="no shipped scan weights"),
]


@pytest.fixture(scope="module")
def models() -> ScanModels:
    return load_models()


def mesh_of(shape: trimesh.Trimesh) -> Mesh:
    return Mesh(np.asarray(shape.vertices), np.asarray(shape.faces))


def test_a_turned_arch_is_numbered(arch, models):
    motion = random_rotation(np.random.default_rng(2))
    motion[:3, 3] = [10.0, 60.0, -90.0]
    truth = arch.mesh.vertex_attributes["label"]
    result = predict_scan(Scan(Mesh(arch.mesh.vertices, arch.mesh.faces).transformed(motion), "turned"), models)
    assert result.jaw == arch.jaw
    assert metrics.match_teeth(truth, result.labels).tooth_f1 >= 0.9
    assert metrics.tooth_gum_accuracy(truth, result.labels) >= 0.93


def test_a_mirrored_arch_is_warned_of_and_keeps_its_numbers(arch, models):
    truth = arch.mesh.vertex_attributes["label"]
    result = predict_scan(Scan(Mesh(arch.mesh.vertices * [1, -1, 1], arch.mesh.faces), "mirrored"), models)
    assert result.mirrored
    assert "MIRRORED" in result.warnings[0]
    assert metrics.match_teeth(truth, result.labels).tooth_f1 >= 0.9


@pytest.mark.parametrize(
    "shape",
    [
        trimesh.creation.icosphere(subdivisions=5, radius=30.0),
        trimesh.creation.icosphere(subdivisions=5, radius=8.0),
        trimesh.creation.box([40.0, 40.0, 40.0]).subdivide_to_size(2.0),
        trimesh.creation.torus(22.0, 6.0),
    ],
    ids=["ball", "pea", "cube", "ring"],
)
def test_what_is_no_arch_is_refused(shape, models):
    with pytest.raises(NoArchError, match="no dental arch found"):
        predict_scan(Scan(mesh_of(shape), "thing"), models)


def test_a_single_tooth_is_refused(arch, models):
    tooth = arch.mesh.submesh((arch.mesh.vertex_attributes["label"][arch.mesh.faces] == 36).all(axis=1))
    with pytest.raises(NoArchError, match="no dental arch found"):
        predict_scan(Scan(Mesh(tooth.vertices, tooth.faces), "tooth"), models)
