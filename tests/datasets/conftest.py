"""One small synthetic scan and its pool for all tests of this folder."""

import numpy as np
import pytest

from typodont.datasets.scan_points import PointPool, make_pool
from typodont.synth.scan import SyntheticScan, make_scan


@pytest.fixture(scope="session")
def scan() -> SyntheticScan:
    """A lower arch of about 9000 faces."""
    return make_scan(5, 0, jaw="lower", n_faces=9000)


@pytest.fixture(scope="session")
def pool(scan: SyntheticScan) -> PointPool:
    """Its pool, smaller than in training."""
    labels = scan.mesh.vertex_attributes["label"]
    return make_pool(scan.mesh, np.random.default_rng(0), fdi=labels, jaw="lower", n_points=8000, n_whole=3000)
