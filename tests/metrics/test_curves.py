import numpy as np
import pytest

from typodont.metrics.curves import curve_distance


def circle(radius, n=720, height=0.0):
    angle = np.arange(n) / n * 2 * np.pi
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), np.full(n, height)], axis=1)


def test_a_curve_and_itself_in_other_points():
    found = curve_distance(circle(5.0, 720), np.roll(circle(5.0, 720), 100, axis=0)[::-1])
    assert found.mean < 1e-4
    assert found.within_0_1 == found.within_0_2 == 1.0


def test_rings_of_two_sizes():
    found = curve_distance(circle(5.15), circle(5.0))
    assert found.mean == pytest.approx(0.15, abs=1e-4)
    assert found.maximum == pytest.approx(0.15, abs=1e-3)
    assert (found.within_0_1, found.within_0_2) == (0.0, 1.0)


def test_a_bulge_counts_more_one_way():
    truth = circle(5.0)
    found = truth.copy()
    found[:36] += [0, 0, 2.0]  # a twentieth of the way round, lifted by 2 mm
    distance = curve_distance(found, truth)
    assert distance.to_truth > distance.from_truth > 0
    assert distance.mean == pytest.approx((distance.to_truth + distance.from_truth) / 2)
    assert distance.maximum == pytest.approx(2.0, abs=1e-3)
    assert 0.9 < distance.within_0_2 < 0.96


def test_both_orders_agree():
    a, b = circle(5.0), circle(5.0) * [1.02, 0.97, 1] + [0, 0.1, 0.05]
    there, back = curve_distance(a, b), curve_distance(b, a)
    assert there.mean == pytest.approx(back.mean)
    assert there.to_truth == pytest.approx(back.from_truth)
    assert there.maximum == pytest.approx(back.maximum)
