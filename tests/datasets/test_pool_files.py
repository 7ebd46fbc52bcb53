"""Pools on disk and the endless streams drawn from them."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from typodont.datasets.pool_dataset import PoolDataset, PoolSource, StreamSampler
from typodont.datasets.pool_store import SUFFIX, list_pools, read_pool, write_pool
from typodont.datasets.scan_faces import make_face_pool
from typodont.datasets.scan_points import PointPool
from typodont.errors import ConfigError, FormatError
from typodont.synth.scan import SyntheticScan


def name_and_chance(pool: PointPool, rng: np.random.Generator) -> tuple[int, float]:
    return len(pool.position), float(rng.random())


def write_marked(pool: PointPool, folder: Path, number: int) -> None:
    """A pool that can be told from others by its number of points."""
    short = {field.name: getattr(pool, field.name) for field in fields(pool)}
    for name in ("position", "normal", "curvature", "fdi", "tooth", "gum_distance"):
        short[name] = short[name][:number]
    write_pool(PointPool(**short), folder / f"{number}{SUFFIX}")


def test_round_trip(pool: PointPool, tmp_path: Path) -> None:
    write_pool(pool, tmp_path / f"a{SUFFIX}")
    back = read_pool(list_pools(tmp_path)[0])
    for field in fields(PointPool):
        before, after = getattr(pool, field.name), getattr(back, field.name)
        if isinstance(before, np.ndarray):
            assert after.dtype == before.dtype, field.name
            np.testing.assert_allclose(after, before, atol=0.05, rtol=1e-3, err_msg=field.name)
        else:
            assert after == before, field.name


def test_faces_keep_their_corners(scan: SyntheticScan, tmp_path: Path) -> None:
    pool = make_face_pool(scan.mesh, np.random.default_rng(0), n_points=500)
    write_pool(pool, tmp_path / f"a{SUFFIX}")
    np.testing.assert_allclose(read_pool(tmp_path / f"a{SUFFIX}").corners, pool.corners, atol=0.01)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04"])
def test_damaged_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / f"a{SUFFIX}"
    path.write_bytes(content)
    with pytest.raises(FormatError, match="delete it"):
        read_pool(path)


def test_pool_of_another_version(tmp_path: Path) -> None:
    path = tmp_path / f"a{SUFFIX}"
    with path.open("wb") as file:
        np.savez(file, position=np.zeros((2, 3)), jaw=0)
    with pytest.raises(FormatError, match="version"):
        read_pool(path)


def test_items_follow_from_seed_and_number(pool: PointPool, tmp_path: Path) -> None:
    for number in (50, 60, 70):
        write_marked(pool, tmp_path, number)
    sources = [PoolSource(tmp_path)]
    one, two = PoolDataset(sources, name_and_chance, seed=1), PoolDataset(sources, name_and_chance, seed=1)
    backwards = [two[item] for item in reversed(range(20))]
    assert [one[item] for item in range(20)] == backwards[::-1]
    assert len({one[item][0] for item in range(20)}) == 3
    other = PoolDataset(sources, name_and_chance, seed=2)
    assert [one[item] for item in range(20)] != [other[item] for item in range(20)]


def test_weights_and_growth(pool: PointPool, tmp_path: Path) -> None:
    write_marked(pool, tmp_path / "a", 50)
    sources = [PoolSource(tmp_path / "a", 1.0), PoolSource(tmp_path / "b", 9.0)]
    dataset = PoolDataset(sources, name_and_chance, relist=100)
    assert {dataset[item][0] for item in range(100)} == {50}, "an empty source is passed over"
    write_marked(pool, tmp_path / "b", 60)
    share = np.mean([dataset[item][0] == 60 for item in range(100, 200)])
    assert 0.8 < share < 1.0


def test_nothing_to_train_on(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no training scans"):
        PoolDataset([PoolSource(tmp_path / "missing")], name_and_chance)


def test_sampler_goes_on_where_training_stopped() -> None:
    sampler = StreamSampler(4, lambda: 10)
    assert list(sampler) == [10, 11, 12, 13]
    assert len(sampler) == 4
