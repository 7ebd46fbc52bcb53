"""The unit of a scan, told from its size: a dental arch, or a part of it, is 15 to 90 mm across."""

from __future__ import annotations

import numpy as np

from typodont.types import Float

MM_PER_UNIT = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "inch": 25.4, "um": 0.001}
UNIT_NAMES = {"mm": "millimetres", "cm": "centimetres", "m": "metres", "inch": "inches", "um": "microns"}

_RANGES = {"m": (0.009, 0.15), "inch": (0.5, 3.6), "cm": (3.6, 9.0), "mm": (9.0, 150.0), "um": (9_000.0, 150_000.0)}
_SAMPLE = 100_000


def extent(vertices: Float) -> float:
    """Longest of the three extents along the principal axes of a cloud, in its own unit; hardly changes by turning.

    Points far outside and the outermost per cent at either end are left out, so that single spikes do not count.

    Args:
        vertices: (N, 3) float, N at least 1.
    """
    sample = vertices[:: max(1, len(vertices) // _SAMPLE)]
    sample = sample - np.median(sample, axis=0)
    distance = np.linalg.norm(sample, axis=1)
    sample = sample[distance <= 4 * np.median(distance)]
    axes = np.linalg.svd(sample.T @ sample)[0]
    low, high = np.percentile(sample @ axes, [1, 99], axis=0)
    return float((high - low).max())


def detect_unit(vertices: Float) -> str | None:
    """The unit in which the cloud has the size of an arch or of a part of it; None where no unit fits.

    The ranges of inches and centimetres overlap (a whole arch in inches measures as much as a quarter of an arch in
    centimetres); what is under 3.6 across is taken for inches. A single tooth may be taken for centimetres.

    Args:
        vertices: (N, 3) float: all vertices that belong to faces, unit unknown.
    """
    size = extent(vertices)
    return next((unit for unit, (low, high) in _RANGES.items() if low <= size < high), None)
