"""The exact volumes with which restorations on plain bodies are compared, and what is measured of them."""

from functools import partial

import numpy as np
import pytest

from typodont.tasks.crown.restoration import BuildOptions, CementGap

SMALL = {"radius": 1.2, "height": 2.0, "wall": 1.0}


@pytest.fixture(scope="module")
def analytic(benchmark_module):
    return benchmark_module("crown_analytic")


def test_the_exact_volume_is_that_of_cylinder_less_cone_and_cement(analytic):
    thin = analytic.crown_volume({"radius": 1.2, "height": 2.0}, CementGap(0.005, 1.0, 0.005), step=0.004)
    foot = 1.2 + 2 * np.tan(np.radians(6))
    cone = np.pi * 2 / 3 * (1.2**2 + 1.2 * foot + foot**2)
    body = np.pi * (foot + 1) ** 2 * (2.0 + 1.5) - cone  # 1.5 mm over the top where nothing else is asked for
    area = np.pi * ((foot + 1) ** 2 + (1.2 + foot) * 2 / np.cos(np.radians(6)))
    assert thin == pytest.approx(body - 0.005 * area, abs=0.03)


def test_a_wider_gap_leaves_less(analytic):
    settings = {"radius": 1.2, "height": 2.0}
    narrow, wide = (analytic.crown_volume(settings, CementGap(g, 1.0, g), step=0.01) for g in (0.03, 0.06))
    assert 0.4 < narrow - wide < 0.03 * 40


def test_a_small_stump_is_measured(analytic):
    make = partial(analytic.make_stump, edge=0.2, **SMALL)
    row = analytic.measured(make(), BuildOptions(min_thickness_mm=0.0, voxel_mm=0.08), None)
    assert row.faults == []
    assert abs(row.gap_mean) < 3
    assert row.gap_close > 0.93
    assert row.margin_most < 20
    assert row.volume is None


def test_only_bodies_with_a_known_volume_are_compared_by_it(analytic):
    known = [name for name in analytic.CASES if analytic.exact_volume_of(name) is not None]
    assert known == ["stump, shoulder 1 mm", "stump, shoulder 0.5 mm, taper 12°", "stump, knife edge"]
