"""The benchmark of tooth numbers in photographs, in miniature, and on the real patient where the data are at hand."""

import pytest


@pytest.fixture(scope="module")
def photo_numbers(benchmark_module):
    return benchmark_module("photo_numbers")


def test_counts_add_up(photo_numbers):
    found = photo_numbers.measure(photo_numbers.synthetic_cases(1, seed=4))
    assert found["all"]["photos"] == photo_numbers.PHOTOS
    for row in found.values():
        assert row["right"] + row["none"] + row["wrong"] == row["teeth"]
    parts = [row["teeth"] for name, row in found.items() if name != "all"]
    assert sum(parts) == found["all"]["teeth"] > 0


@pytest.mark.realdata
def test_real_outlines_get_right_numbers_or_none(photo_numbers, real_data):
    found = photo_numbers.measure(photo_numbers.patient_cases(real_data / "photos" / "patient0"))["all"]
    assert found["teeth"] == 70
    assert found["right_view"] == 5
    assert found["right"] >= 60
    assert found["wrong"] <= 3
