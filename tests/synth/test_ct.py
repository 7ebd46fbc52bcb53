"""Chest-like CT: what lies where, healthy against clouded, and the layout on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from typodont.cli import main
from typodont.errors import ConfigError
from typodont.records.volume import find_volumes, read_volume
from typodont.synth.ct.chest import SHAPE, SPACING, make_chest
from typodont.synth.ct.vessels import lung_vessels
from typodont.synth.ct.write import CLASSES, write_chests


@pytest.fixture(scope="module")
def pairs() -> list[tuple[np.ndarray, np.ndarray]]:
    """Two patients, each healthy and with opacities."""
    return [(make_chest(3, i, opacities=False), make_chest(3, i, opacities=True)) for i in range(2)]


def lung(volume: np.ndarray) -> np.ndarray:
    """What is air inside the trunk, in the slices that hold both lungs."""
    inner = np.zeros(SHAPE, dtype=bool)
    inner[24:104, 40:88, 14:28] = True
    return inner & (volume < -600)


def test_the_same_numbers_give_the_same_patient(pairs: list[tuple[np.ndarray, np.ndarray]]) -> None:
    assert np.array_equal(make_chest(3, 0, opacities=False), pairs[0][0])
    assert not np.array_equal(make_chest(3, 1, opacities=False), pairs[0][0])


def test_hounsfield_units_are_those_of_a_chest(pairs: list[tuple[np.ndarray, np.ndarray]]) -> None:
    for healthy, _ in pairs:
        assert healthy.shape == SHAPE
        assert -1024 <= healthy.min() < -950
        assert 300 < healthy.max() <= 1500  # bone
        assert np.median(healthy[:, :8]) < -950  # air in front of the patient
        assert -950 < np.median(healthy[lung(healthy)]) < -780
        assert 0 < np.median(healthy[60:68, 30:60, 14:18]) < 80  # between the lungs


def test_opacities_cloud_a_quarter_to_a_half_of_the_lungs_and_nothing_else(
    pairs: list[tuple[np.ndarray, np.ndarray]],
) -> None:
    for healthy, sick in pairs:
        air = healthy < -700
        trunk = np.zeros(SHAPE, dtype=bool)
        trunk[20:108, 36:92] = True
        clouded = (sick - healthy > 100) & air & trunk
        assert 0.1 < clouded.sum() / (air & trunk).sum() < 0.6
        outside = ~trunk
        outside[:, 30:98] = False  # blur of the clouded lung reaches the wall
        assert np.abs((sick - healthy)[outside]).max() < 1e-3


def test_vessels_branch_inside_the_picture_from_the_roots_of_both_lungs() -> None:
    lungs = np.zeros(SHAPE, dtype=bool)
    lungs[20:50, 40:90, 8:32] = True
    lungs[78:108, 40:90, 8:32] = True
    share = lung_vessels(np.random.default_rng(0), lungs, SPACING)
    assert share.min() >= 0
    assert share.max() <= 1
    roots = share[44:84, 56:72, 16:24].mean()
    assert roots > 2 * share[lungs].mean() > 0


def test_the_layout_is_that_of_the_public_chest_ct_and_what_is_there_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["synth", "ct", "-n", "1", "--seed", "7", "--out", str(tmp_path)]
    assert main(words) == 0
    assert capsys.readouterr().out == f"volumes in {tmp_path}: 2\n"
    files = [tmp_path / name / "S7N00000.nii.gz" for name in CLASSES]
    before = [file.stat().st_mtime_ns for file in files]
    assert main(words) == 0
    assert [file.stat().st_mtime_ns for file in files] == before
    for sick, file in enumerate(files):
        (found,) = find_volumes([file])
        volume = read_volume(found)
        assert volume.spacing == pytest.approx(SPACING)
        assert np.abs(volume.values - make_chest(7, sick, opacities=bool(sick))).max() <= 0.5


def test_no_volumes_asked_for(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="n: found 0, expected 1 or more"):
        write_chests(0, 0, tmp_path)
