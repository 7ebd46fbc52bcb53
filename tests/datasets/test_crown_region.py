"""What the network for outer surfaces reads, and what it is to find."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import KDTree

from typodont.datasets.crown_region import (
    BAND_MM,
    BEYOND,
    CHANNELS,
    LEVELS,
    ON_CROWN,
    ON_TOOTH,
    Region,
    RegionGrid,
    make_truth,
    preparation_at,
    tooth_type,
)
from typodont.datasets.region_samples import (
    FrameJitter,
    case_frame,
    collate_regions,
    jittered,
    make_sample,
    read_sample,
    write_sample,
)
from typodont.errors import FormatError, MeshError
from typodont.geometry.closed_curve import even_points
from typodont.geometry.distance_field import nearest_places
from typodont.geometry.mesh import Mesh
from typodont.records.crown_case import CrownCase

Make = Callable[..., CrownCase]
GRID = RegionGrid.of_voxels(0.4)


def channel(region: Region, name: str) -> np.ndarray:
    """Millimetres."""
    return region.fields[CHANNELS.index(name)].astype(float) * BAND_MM / LEVELS


def at(volume: np.ndarray, *place: float) -> float:
    """The sample nearest to a place of the preparation frame, mm."""
    cell = np.rint((np.array(place) - GRID.grid.origin) / GRID.voxel_mm).astype(int)
    return float(volume[tuple(cell)])


def test_the_region_is_16_mm_whatever_the_voxels() -> None:
    for voxel in (0.2, 0.4):
        region = RegionGrid.of_voxels(voxel)
        assert region.size * voxel == pytest.approx(16)
        points = region.grid.points()
        assert points[:, :2].mean(axis=0) == pytest.approx([0, 0])
        assert points[:, 2].min() == -4.0


def test_fields_are_distances_to_what_they_are_called_after(molar_case: Make) -> None:
    case = molar_case()
    region = make_sample(case, GRID).region
    frame = case_frame(case)
    points = GRID.grid.points()
    for name, mesh in (("scan", case.scan), ("antagonist", case.antagonist)):
        assert mesh is not None
        truth = nearest_places(frame.mesh_in(Mesh(mesh.vertices, mesh.faces)), points).distance.reshape(GRID.grid.shape)
        close = np.abs(truth) < 0.8
        found = channel(region, name)
        assert np.quantile(np.abs(found - truth)[close], 0.99) < 0.1
        assert np.abs(found[np.abs(truth) > 1.1 * BAND_MM]).min() > 0.8 * BAND_MM
    assert case.margin is not None
    line = even_points(frame.points_in(case.margin), spacing=0.1)
    curve = KDTree(line).query(points)[0]
    found = channel(region, "margin").ravel()
    near = curve < 0.8 * BAND_MM  # farther away, cells that no distance was asked for are called as far as it goes
    assert found[near] == pytest.approx(curve[near], abs=0.12)
    assert found[~near].min() > 0.8 * BAND_MM - 0.12


def test_inside_tells_the_stump_from_what_stands_beside_it(molar_case: Make) -> None:
    region = make_sample(molar_case(), GRID).region
    inside = channel(region, "inside")
    scan = channel(region, "scan")
    assert at(inside, 0, 0, 11) == 0  # far above everything
    top = np.abs(scan[20, 20]).argmin()
    assert inside[20, 20, top] == pytest.approx(BAND_MM)  # over the middle of the margin
    assert at(inside, 7.5, 0, 2) == pytest.approx(-BAND_MM)  # the premolar


def test_the_truth_is_the_sound_tooth_and_knows_where_it_is_known(molar_case: Make) -> None:
    case = molar_case()
    truth = make_truth(case, case_frame(case), GRID)
    assert case.crown is not None
    tooth = Mesh(case.scan.vertices, case.scan.faces)
    height = case_frame(case).points_in(case.crown.vertices)[:, 2].max()
    assert at(truth.distance.astype(float), 0, 0, height + 1) > 0.3
    assert at(truth.distance.astype(float), 0, 0, 1) < -0.5
    near = np.abs(truth.distance) < 0.4
    assert set(np.unique(truth.weight)) == {BEYOND, ON_TOOTH, ON_CROWN}
    assert (truth.weight[near] == ON_CROWN).mean() > 0.5
    assert tooth.vertices[:, 2].min() < 0  # the case does go on below its margin
    below = GRID.grid.points()[:, 2].reshape(GRID.grid.shape) < -1.0
    assert (truth.weight[below & near] != ON_CROWN).all()


def test_a_sample_is_what_was_written(molar_case: Make, tmp_path) -> None:
    sample = make_sample(molar_case("inlay"), GRID)
    write_sample(sample, tmp_path / "one.npz")
    again = read_sample(tmp_path / "one.npz")
    assert (again.region.fields == sample.region.fields).all()
    assert (again.region.tooth_type, again.region.kind) == (13, 1)
    batch = collate_regions([sample, again])
    assert batch.volume.shape == (2, len(CHANNELS), *GRID.grid.shape)
    assert batch.volume.abs().max() <= 1
    assert batch.targets is not None
    assert batch.targets.weight.max() == 1
    (tmp_path / "bad.npz").write_bytes(b"no zip")
    with pytest.raises(FormatError, match="no sample of this version"):
        read_sample(tmp_path / "bad.npz")


def test_a_sample_of_a_jittered_frame_is_another_view_of_the_same_tooth(molar_case: Make) -> None:
    frame = case_frame(molar_case())
    off = jittered(frame, FrameJitter(2.0, 4.0, 0.2), np.random.default_rng(1))
    turn = off.to_site[:3, :3] @ frame.to_site[:3, :3].T
    assert turn @ turn.T == pytest.approx(np.eye(3))
    assert np.linalg.det(turn) == pytest.approx(1)
    assert 0.2 < np.degrees(np.arccos((np.trace(turn) - 1) / 2)) < 15
    still = jittered(frame, FrameJitter(0, 0, 0), np.random.default_rng(1))
    assert still.to_site == pytest.approx(frame.to_site)


def test_tooth_types() -> None:
    assert [tooth_type(fdi) for fdi in (11, 28, 31, 46, 55)] == [0, 7, 8, 13, 4]


def test_what_is_missing_is_said(molar_case: Make) -> None:
    case = molar_case()
    frame = case_frame(case)
    with pytest.raises(MeshError, match=r"found no truth to learn from, expected the sound surface \(crown.ply\)"):
        make_truth(replace(case, crown=None), frame, GRID)
    with pytest.raises(MeshError, match="found no margin line or no axis"):
        case_frame(replace(case, axis=None))
    assert case.margin is not None
    with pytest.raises(MeshError, match="the scan has no surface around the margin"):
        preparation_at(case.scan, None, case.margin + 100, kind="crown", tooth=36, frame=frame_at(case), region=GRID)


def frame_at(case: CrownCase):
    assert case.margin is not None
    return case_frame(replace(case, margin=case.margin + 100))
