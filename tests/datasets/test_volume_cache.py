import logging

import numpy as np
import pytest
import trimesh

from typodont.datasets import volume_cache
from typodont.datasets.volume_cache import cache_volumes
from typodont.datasets.volume_grid import VolumeGridConfig
from typodont.formats import write_mesh
from typodont.geometry.mesh import Mesh
from typodont.records.volume import find_volumes

MM = VolumeGridConfig(scale="mm", voxel_mm=0.5)


def box(path, x):
    shape = trimesh.creation.box(extents=(x, 2, 2))
    write_mesh(Mesh(np.array(shape.vertices), np.array(shape.faces)), path)


@pytest.fixture
def volumes(tmp_path):
    box(tmp_path / "in" / "a.stl", 2)
    box(tmp_path / "in" / "b.ply", 4)
    (tmp_path / "in" / "broken.stl").write_bytes(b"solid nothing")
    return tmp_path / "in"


@pytest.mark.parametrize("processes", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_what_cannot_be_read_is_named_and_passed_over(volumes, tmp_path, caplog, processes):
    with caplog.at_level(logging.WARNING):
        found = cache_volumes(find_volumes([volumes]), MM, tmp_path / "cache", processes=processes)
    assert [(v.name, v.read().shape) for v in found] == [("a", (5, 5, 5)), ("b", (9, 5, 5))]
    assert [v.source.name for v in found] == ["a.stl", "b.ply"]
    assert len(caplog.messages) == 1
    assert "broken.stl" in caplog.messages[0]
    assert caplog.messages[0].endswith("; passed over")


def test_nothing_is_read_twice_but_what_changed(volumes, tmp_path, monkeypatch):
    (volumes / "broken.stl").unlink()
    reads = []
    read = volume_cache.read_volume
    monkeypatch.setattr(volume_cache, "read_volume", lambda v, **k: reads.append(v.name) or read(v, **k))
    for expected in (["a", "b"], []):
        cache_volumes(find_volumes([volumes]), MM, tmp_path / "cache")
        assert reads == expected
        reads.clear()
    box(volumes / "a.stl", 3)
    found = cache_volumes(find_volumes([volumes]), MM, tmp_path / "cache")
    assert reads == ["a"]
    assert found[0].read().shape == (7, 5, 5)
    reads.clear()
    cache_volumes(find_volumes([volumes]), VolumeGridConfig(shape=(16, 16, 16)), tmp_path / "cache")
    assert reads == ["a", "b"]
