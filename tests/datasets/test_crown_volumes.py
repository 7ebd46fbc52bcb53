"""Preparations as volumes: millimetres are kept, poses and sides do not matter, the published cut is as published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from scipy.spatial.transform import Rotation

from typodont.datasets import crown_volumes
from typodont.datasets.crown_volumes import (
    KindVolume,
    RegionAugment,
    case_kind,
    case_volume,
    collate_kinds,
    keep_case,
    moved_region,
    plain_region,
    tooth_volume,
)
from typodont.datasets.volume_cache import keep_volume
from typodont.datasets.volume_grid import VolumeGridConfig
from typodont.errors import MeshError
from typodont.geometry.mesh import Mesh
from typodont.nets.volume_batch import VolumeKinds
from typodont.records.crown_case import CrownCase, write_crown_case

MM = VolumeGridConfig(scale="mm", shape=(28, 28, 24), voxel_mm=0.5)
STILL = RegionAugment(tilt_deg=0, turn_deg=0, shift_mm=0, mirror=False)
Make = Callable[..., CrownCase]


def shown(stored: np.ndarray, grid: VolumeGridConfig = MM) -> np.ndarray:
    """What a network sees of a stored region, 0 or 1."""
    spare = [(n - side) // 2 for n, side in zip(stored.shape, grid.shape, strict=True)]
    return stored[tuple(slice(s, s + side) for s, side in zip(spare, grid.shape, strict=True))] > 127


def posed(case: CrownCase, seed: int = 3) -> CrownCase:
    place = np.eye(4)
    place[:3, :3] = Rotation.random(random_state=seed).as_matrix()
    place[:3, 3] = (30, -50, 12)
    return case.transformed(place)


def test_a_region_keeps_millimetres_and_hangs_from_the_highest_tooth(hill_case: Make) -> None:
    inside = shown(case_volume(hill_case("inlay"), MM))
    # 14 x 14 x 12 mm: 2 mm above the tops, which stand 6 mm above the gum, and 4 mm below it
    assert inside.shape == (28, 28, 24)
    assert not inside[:, :, 20:].any()
    assert inside[14, 20, 8:19].all()  # the wall of the cavity, up to its top
    assert not inside[14, 14, 16:].any()  # 2.5 mm of cavity above the floor
    assert inside[14, 14, 8:14].all()
    volume = 0.5**3 * inside[7:21, 7:21, 9:].sum()
    assert volume == pytest.approx(7 * 7 * 5.5 - 3 * 7 * 2.5, rel=0.1)  # of the tooth without its rim
    higher = shown(case_volume(hill_case("inlay", height=8.0), MM))
    assert (higher[:, :, 8:] == inside[:, :, 8:]).mean() > 0.97  # seen from the top it is the same tooth


@pytest.mark.parametrize("kind", ["inlay", "onlay", "crown"])
def test_neither_the_pose_of_the_file_nor_the_height_of_the_margin_matters(hill_case: Make, kind: str) -> None:
    case = hill_case(kind)
    assert case.margin is not None
    still = shown(case_volume(case, MM))
    assert (shown(case_volume(posed(case), MM)) != still).mean() < 0.01
    lower = replace(case, margin=case.margin - (0, 0, 1.5))
    assert (shown(case_volume(lower, MM)) == still).all()


def test_both_sides_of_the_mouth_look_alike(hill_case: Make) -> None:
    left, right = hill_case("onlay", 36), hill_case("onlay", 46)
    high = [case.scan.vertices[case.scan.vertices[:, 2] > 5] for case in (left, right)]
    cusps = [points[np.abs(points[:, 0]) < 4, 1].mean() for points in high]
    assert cusps[0] == pytest.approx(-cusps[1])
    assert abs(cusps[0]) > 1
    assert (shown(case_volume(left, MM)) != shown(case_volume(right, MM))).mean() < 0.01


def test_the_published_volume_is_the_tooth_alone_with_its_top_cut_off(hill_case: Make) -> None:
    grid = VolumeGridConfig()
    stored = case_volume(hill_case("inlay"), grid)
    assert stored.shape == (128, 128, 50)
    assert stored.dtype == np.uint8
    # 64 slices over its height, the first 50 of them kept: what is left ends below four fifths of it
    box = trimesh.creation.box(extents=(8, 6, 12))
    low = Mesh(np.array(box.vertices), np.array(box.faces))
    corners = low.vertices.copy()
    top = trimesh.creation.cylinder(radius=1, height=3).vertices + (0, 0, 7.5)
    both = Mesh(
        np.concatenate([corners, top]),
        np.concatenate([low.faces, trimesh.creation.cylinder(radius=1, height=3).faces + len(corners)]),
    )
    wide = (tooth_volume(both, grid) > 127).sum(axis=(0, 1))
    assert wide[49] == pytest.approx(wide[0], rel=0.1)  # the pin on top, the upper fifth, is not seen


def test_a_tooth_by_itself_in_millimetres(hill_case: Make) -> None:
    case = hill_case("inlay")
    faces = np.all(case.scan.vertex_attributes["label"][case.scan.faces] == 36, axis=1)
    alone = case.scan.submesh(faces).transformed(
        np.array([[1, 0, 0, 40], [0, 1, 0, 9], [0, 0, 1, -70], [0, 0, 0, 1.0]])
    )
    inside = shown(tooth_volume(alone, MM))
    assert not inside[:, :, 20:].any()
    assert inside[14, 20, 17]
    assert not inside[14, 14, 17]


def test_a_sample_that_is_not_moved_is_the_region(hill_case: Make, tmp_path: Path) -> None:
    stored = keep_volume("a", (Path(__file__),), MM, tmp_path, lambda: case_volume(hill_case("onlay"), MM))
    volume = KindVolume(stored, 1)
    plain = plain_region(volume, grid=MM)
    same = moved_region(volume, np.random.default_rng(0), augment=STILL, grid=MM)
    assert (plain.values == same.values).all()
    assert plain.values.dtype == same.values.dtype == np.float32
    assert plain.kind == same.kind == 1
    moved = moved_region(volume, np.random.default_rng(0), augment=RegionAugment(), grid=MM)
    assert moved.values.shape == MM.shape
    assert 0.03 < np.abs(moved.values - plain.values).mean() < 0.4
    mirrored = {
        tuple(np.flatnonzero([(np.flip(plain.values, axes) == said).all() for axes in ((), 0, 1, (0, 1))]))
        for seed in range(20)
        for said in [
            moved_region(volume, np.random.default_rng(seed), augment=replace(STILL, mirror=True), grid=MM).values
        ]
    }
    assert len(mirrored) == 4
    assert () not in mirrored
    batch = collate_kinds([plain, moved])
    assert batch.volume.shape == (2, 1, *MM.shape)
    assert isinstance(batch.targets, VolumeKinds)
    assert batch.targets.kind.tolist() == [1, 1]


def test_a_case_is_put_on_the_grid_once(hill_case: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_crown_case(hill_case("inlay"), tmp_path / "inlay_36")
    assert case_kind(folder) == "inlay"
    first = keep_case(folder, MM, tmp_path / "cache")
    monkeypatch.setattr(crown_volumes, "case_volume", lambda *_: pytest.fail("made again"))
    again = keep_case(folder, MM, tmp_path / "cache")
    assert again == first
    assert again.name == "inlay_36"
    assert again.read().shape == (40, 40, 36)


def test_what_is_no_preparation(hill_case: Make) -> None:
    case = hill_case("inlay")
    with pytest.raises(MeshError, match="inlay_36: found no axis or no margin, expected both"):
        case_volume(replace(case, axis=None), MM)
    far = replace(case, margin=np.asarray(case.margin) + (500, 0, 0))
    with pytest.raises(MeshError, match=r"found no surface around the prepared tooth, .* is the scan in mm"):
        case_volume(far, MM)
    labels = case.scan.vertex_attributes["label"]
    unlabelled = case.scan.with_vertex(label=np.where(labels == 36, 0, labels))
    with pytest.raises(MeshError, match="found no vertex of tooth 36"):
        case_volume(replace(case, scan=unlabelled), VolumeGridConfig())
