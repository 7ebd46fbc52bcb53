"""The arithmetic of the statistics of findings."""

from pathlib import Path

import numpy as np
import pytest

from typodont.formats.run_lengths import encode_mask
from typodont.records.findings import Finding, PictureFindings


def test_findings_are_counted_and_measured(benchmark_module):
    mask = np.zeros((10, 20), dtype=bool)
    mask[2:4, 5:10] = True
    box = (5.0, 2.0, 10.0, 4.0)
    both = (Finding("caries", box, encode_mask(mask)), Finding("caries", box), Finding("crown", box))
    pictures = [
        PictureFindings(name, Path(name), (10, 20), findings, frozenset({"caries", "crown"}))
        for name, findings in (("a", both), ("b", ()))
    ]
    found = benchmark_module("findings_statistics").statistics(pictures)
    assert found["pictures"] == 2
    assert found["categories"]["caries"]["per_picture"] == 1.0
    assert found["categories"]["caries"]["pictures_with"] == 0.5
    assert found["categories"]["caries"]["area"]["50"] == pytest.approx(100.0)
    assert found["categories"]["crown"] == {"per_picture": 0.5, "pictures_with": 0.5, "area": {}}
