import numpy as np
import pytest

from typodont.datasets.volume_grid import VolumeGridConfig, on_grid
from typodont.records.volume import Volume


def ct(values, spacing=(0.5, 0.5, 1.0)):
    return Volume(values.astype(np.float32), spacing, "ct", "a")


def test_the_published_grid_and_window():
    values = np.full((200, 180, 70), -3000.0)
    values[100:] = 1500
    values[50:100] = -300
    found = on_grid(ct(values), VolumeGridConfig())
    assert found.shape == (128, 128, 50)
    assert found.dtype == np.uint8
    assert set(np.unique(found[10])) == {0}
    assert set(np.unique(found[50])) == {round(255 * 700 / 1400)}
    assert set(np.unique(found[100])) == {255}


def test_a_ct_is_stretched_linearly():
    x, y, z = np.meshgrid(np.linspace(0, 1, 40), np.linspace(0, 1, 30), np.linspace(0, 1, 20), indexing="ij")
    found = on_grid(ct(-1000 + 1400 * (x + y + z) / 3), VolumeGridConfig(shape=(20, 60, 10)))
    x, y, z = np.meshgrid(np.linspace(0, 1, 20), np.linspace(0, 1, 60), np.linspace(0, 1, 10), indexing="ij")
    np.testing.assert_allclose(found / 255, (x + y + z) / 3, atol=1 / 255)


def test_of_a_surface_the_published_grid_keeps_the_lowest_slices():
    values = np.zeros((30, 40, 64), dtype=np.float32)
    values[:, :, 49] = 1
    values[:, :, 60] = 1
    found = on_grid(Volume(values, (0.1, 0.1, 0.1), "shape", "a"), VolumeGridConfig())
    assert found.shape == (128, 128, 50)
    assert (found[:, :, 49] == 255).all()
    assert not found[:, :, :49].any()


def test_a_low_surface_fills_the_grid():
    found = on_grid(Volume(np.ones((8, 8, 20), dtype=np.float32), (1.0, 1, 1), "shape", "a"), VolumeGridConfig())
    assert found.shape == (128, 128, 50)
    assert (found == 255).all()


def test_millimetres_are_kept():
    config = VolumeGridConfig(scale="mm", voxel_mm=0.4, window=(-1000, 3000))
    rod = np.full((100, 40, 30), -1000.0)
    rod[25:75] = 3000  # 25 mm
    found = on_grid(ct(rod), config)
    assert found.shape == (125, 50, 75)
    assert (found[:, 25, 35] / 255.0).sum() * 0.4 == pytest.approx(25, abs=0.1)
    assert config.surface_mm == 0.4
    assert VolumeGridConfig().surface_mm is None
