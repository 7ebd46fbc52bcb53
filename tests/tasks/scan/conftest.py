"""Synthetic arches and an oracle in place of the network, so that everything after it is tested without weights."""

from __future__ import annotations

import numpy as np
import pytest

from typodont import anatomy
from typodont.datasets.scan_augment import plain
from typodont.datasets.scan_points import PointPool, make_pool
from typodont.synth.scan import SyntheticScan, make_scan
from typodont.tasks.calibrate import Calibration
from typodont.tasks.scan import find, predict
from typodont.tasks.scan.evidence import PointEvidence
from typodont.tasks.scan.models import ScanModels


@pytest.fixture(scope="session")
def arch() -> SyntheticScan:
    """A lower arch with most of its permanent teeth and no milk teeth: the first such one of a series."""
    for index in range(20):
        scan = make_scan(11, index, jaw="lower", n_faces=12000, base=0.0)
        numbers = np.unique(scan.mesh.vertex_attributes["label"])
        if len(numbers) >= 14 and numbers.max() < 50 and {34, 35, 36} <= set(numbers.tolist()):
            return scan
    raise AssertionError("20 synthetic arches, and none with most of its permanent teeth")


def see(pool: PointPool, *, noise: float = 0.6, seed: int = 0) -> PointEvidence:
    """What a good network would say about a pool that knows its labels."""
    rng = np.random.default_rng(seed)
    sample, ids = plain(pool)
    assert sample.label is not None
    assert sample.offset is not None
    assert sample.milk is not None
    logits = noise * rng.standard_normal((len(ids), anatomy.N_SCAN_CLASSES))
    logits[np.arange(len(ids)), sample.label] += 6.0
    probability = np.exp(logits)
    probability /= probability.sum(axis=1, keepdims=True)
    offset = np.nan_to_num(sample.offset) + noise * rng.standard_normal((len(ids), 3))
    return PointEvidence(
        pool.position[ids],
        pool.normal[ids],
        probability.astype(np.float32),
        offset.astype(np.float32),
        np.nan_to_num(sample.milk).astype(np.float32),
        0.99 if pool.jaw == 1 else 0.01,
    )


@pytest.fixture
def evidence(arch: SyntheticScan) -> PointEvidence:
    """The oracle's evidence in the true arch frame."""
    return see(pool_of(arch))


def pool_of(scan: SyntheticScan) -> PointPool:
    """Labelled pool in the true arch frame."""
    labels = scan.mesh.vertex_attributes["label"]
    return make_pool(scan.mesh, np.random.default_rng(0), fdi=labels, jaw=scan.jaw)


class Oracle:
    """Stands for trained weights while `labels` and `jaw` are those of the scan in hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.labels = np.zeros(0, dtype=np.int64)
        self.jaw = anatomy.LOWER
        self.pose = np.eye(4)
        self.models = ScanModels(None, None, Calibration(), {})  # type: ignore[arg-type]
        monkeypatch.setattr(find, "rough_pool", self._pool)
        monkeypatch.setattr(find, "look", lambda net, pool, **_: see(pool))
        monkeypatch.setattr(predict, "_guess_poses", lambda mesh, *_: ([self.pose], None))

    def _pool(self, net, mesh, pose, rng):
        return make_pool(mesh.transformed(pose), rng, fdi=self.labels, jaw=self.jaw)


@pytest.fixture
def oracle(monkeypatch: pytest.MonkeyPatch, arch: SyntheticScan) -> Oracle:
    """The oracle, knowing the labels of `arch`."""
    made = Oracle(monkeypatch)
    made.labels = arch.mesh.vertex_attributes["label"]
    made.jaw = arch.jaw
    return made
