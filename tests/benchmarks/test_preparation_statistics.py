"""The figures of synthetic preparations, on bodies for which they are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from typodont.geometry.mesh import Mesh
from typodont.records.crown_case import CrownCase


@pytest.fixture
def statistics(benchmark_module):
    return benchmark_module("preparation_statistics")


def _plate(size: float, height: float, *, down: bool = False, n: int = 21) -> Mesh:
    """A square plate of small triangles that looks up, or down."""
    side = np.linspace(-size, size, n)
    x, y = np.meshgrid(side, side, indexing="ij")
    corner = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).ravel()
    faces = np.concatenate(
        [np.stack([corner, corner + n, corner + 1], 1), np.stack([corner + n, corner + n + 1, corner + 1], 1)]
    )
    points = np.column_stack([x.ravel(), y.ravel(), np.full(n * n, height)])
    return Mesh(points, faces[:, ::-1] if down else faces)


def _case() -> CrownCase:
    scan = _plate(4.0, 0.0)
    inside = (np.abs(scan.vertices[:, :2]) < 2.1).all(axis=1)
    scan = scan.with_vertex(label=np.full(len(inside), 36), prepared=inside.astype(np.uint8))
    margin = np.array([[2.0, 2, 0.01], [-2, 2, 0.01], [-2, -2, 0.01], [2, -2, 0.01]])
    return CrownCase(
        "plates", 36, scan, _plate(5.0, 1.55, down=True), "onlay", margin, np.array([0, 0, 1.0]), _plate(2.0, 1.5)
    )


def test_the_figures_of_parallel_plates(statistics) -> None:
    found = statistics.measure(_case())
    assert found["margin_mean"] == pytest.approx(0.01)
    assert found["margin_length"] == pytest.approx(16.0)
    assert found["removed"] == pytest.approx(1.5)
    assert found["to_antagonist"] == pytest.approx(0.05)
    assert found["undercut"] == 0
    assert np.isnan(found["to_neighbours"])
    assert found["edge_prepared"] == pytest.approx(0.4)


def test_an_overhang_counts_as_undercut(statistics) -> None:
    case = _case()
    roof = _plate(1.0, 0.5)
    faces = np.vstack([case.scan.faces, roof.faces + len(case.scan.vertices)])
    joined = Mesh(np.vstack([case.scan.vertices, roof.vertices]), faces)
    prepared = np.r_[case.scan.vertex_attributes["prepared"], np.ones(len(roof.vertices), np.uint8)]
    scan = joined.with_vertex(label=np.full(len(prepared), 36), prepared=prepared)
    found = statistics.measure(
        CrownCase("roof", 36, scan, case.antagonist, "onlay", case.margin, case.axis, case.crown)
    )
    assert found["undercut"] == pytest.approx(4 / (16 + 4), abs=0.03)


@pytest.mark.filterwarnings("ignore:All-NaN")
def test_cases_are_summed_up_by_kind(statistics) -> None:
    results = statistics.summarize([statistics.measure(_case()), statistics.measure(_case())])
    assert list(results) == ["onlay"]
    assert results["onlay"]["cases"] == 2
    assert results["onlay"]["touches_antagonist"] == 1
    assert results["onlay"]["touches_neighbours"] == 0


def test_the_page_names_the_benchmark() -> None:
    page = Path(__file__).parents[2] / "docs/concepts/synthetic-preparations.md"
    assert "benchmarks/preparation_statistics.py" in page.read_text(encoding="utf-8")
