"""The speed benchmark's own preparations; its runs are not tested."""

import pytest

from typodont.formats import read_mesh


@pytest.fixture(scope="module")
def crown_speed(benchmark_module):
    return benchmark_module("crown_speed")


@pytest.mark.parametrize("n_faces", [3000, 40_000])
def test_the_case_is_written_at_the_size_that_was_asked_for(crown_speed, stump_case, tmp_path, n_faces):
    case = stump_case(around=60, step=0.4)
    words, size = crown_speed.command(case, n_faces, tmp_path)
    assert size == pytest.approx(n_faces, rel=0.02)
    assert words[:2] == ["crown", "design"]
    assert words[-2:] == ["--tooth", "36"]
    assert len(read_mesh(tmp_path / f"scan_{n_faces}.stl").faces) == size
