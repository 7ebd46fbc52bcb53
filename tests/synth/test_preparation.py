"""Whole synthetic preparations: what a case promises."""

from __future__ import annotations

import json
from pathlib import Path

import igl
import numpy as np
import pytest

from typodont.anatomy import jaw
from typodont.errors import ConfigError
from typodont.geometry.mesh import Mesh
from typodont.geometry.rays import RayScene
from typodont.records.crown_case import KINDS, CrownCase, read_crown_case
from typodont.synth.preparation.case import make_crown_case
from typodont.synth.preparation.options import CrownOptions
from typodont.synth.preparation.write import write_crown_cases
from typodont.types import Float

pytestmark = pytest.mark.slow

SEED = 77
OPTIONS = {kind: CrownOptions(kind=kind, shown="few", flaws=0.0, pose=False) for kind in KINDS}


@pytest.fixture(scope="module", params=KINDS)
def case(request: pytest.FixtureRequest) -> CrownCase:
    return make_crown_case(SEED, 1, options=OPTIONS[request.param])


def _part(case: CrownCase, chosen: np.ndarray) -> Mesh:
    part = case.scan.submesh(chosen[case.scan.faces].all(axis=1))
    return Mesh(part.vertices, part.faces)


def _distance(points: Float, mesh: Mesh) -> Float:
    return np.sqrt(igl.point_mesh_squared_distance(points, mesh.vertices, mesh.faces)[0])


def _turns(curve: Float, axis: Float) -> float:
    return float(np.cross(curve, np.roll(curve, -1, axis=0)).sum(axis=0) @ axis)


def test_the_margin_lies_on_the_scan_and_runs_counter_clockwise(case: CrownCase) -> None:
    assert case.margin is not None
    assert case.axis is not None
    away = _distance(case.margin, case.scan)
    assert away.mean() < 0.04
    assert away.max() < 0.16
    steps = np.linalg.norm(case.margin - np.roll(case.margin, -1, axis=0), axis=1)
    assert steps.max() < 0.3
    assert _turns(case.margin - case.margin.mean(axis=0), case.axis) > 0


def test_the_prepared_part_ends_at_the_margin(case: CrownCase) -> None:
    assert case.margin is not None
    prepared = case.scan.vertex_attributes["prepared"]
    assert set(np.unique(prepared)) == {0, 1}
    assert (case.scan.vertex_attributes["label"][prepared == 1] == case.tooth).all()
    mixed = case.scan.faces[np.ptp(prepared[case.scan.faces], axis=1) > 0]
    ring = Mesh(np.vstack([case.margin, case.margin]), _strip(len(case.margin)))
    assert np.quantile(_distance(case.scan.vertices[np.unique(mixed)], ring), 0.98) < 0.4


def _strip(n: int) -> np.ndarray:
    """Faces without width along a closed curve that is given twice."""
    i = np.arange(n)
    return np.stack([i, (i + 1) % n, i + n], axis=1)


def test_the_truth_is_what_the_tooth_was(case: CrownCase) -> None:
    """The lost surface ends at the margin, lies over the ground one and faces outward."""
    assert case.crown is not None
    assert case.margin is not None
    assert case.axis is not None
    half = case.crown.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    pairs, count = np.unique(np.sort(half, axis=1), axis=0, return_counts=True)
    assert (np.sort(case.crown.vertices[np.unique(pairs[count == 1])], axis=0) == np.sort(case.margin, axis=0)).all()
    ground = _part(case, case.scan.vertex_attributes["prepared"] == 1)
    depth = _distance(case.crown.vertices, ground)
    assert 0.3 < np.median(depth) < 3.0
    assert case.crown.face_cross.sum(axis=0) @ case.axis > 0


def test_the_preparation_can_be_left_along_its_axis(case: CrownCase) -> None:
    """Without flaws the restoration comes off: seen along the axis, nothing hides below something else."""
    assert case.axis is not None
    ground = _part(case, case.scan.vertex_attributes["prepared"] == 1)
    middle = ground.vertices[ground.faces].mean(axis=1)
    inward = -0.1 * ground.face_normals  # 0.1 mm deep inside the tooth: noise is no undercut
    hit = RayScene(ground).occluded(middle - inward, np.tile(case.axis, (len(middle), 1)))
    assert ground.face_areas[hit].sum() / ground.face_areas.sum() < 0.02


def test_the_tooth_stands_among_its_neighbours_and_under_its_antagonist(case: CrownCase) -> None:
    assert case.crown is not None
    assert case.antagonist is not None
    assert case.axis is not None
    labels = set(np.unique(case.scan.vertex_attributes["label"]).tolist())
    assert {0, case.tooth} < labels
    assert {jaw(label) for label in labels - {0}} == {jaw(case.tooth)}
    over = case.antagonist.vertices[np.linalg.norm(case.antagonist.vertices - case.margin.mean(axis=0), axis=1) < 15]
    assert ((over - case.margin.mean(axis=0)) @ case.axis).mean() > 2


def test_the_scan_is_fine_at_the_preparation_and_coarser_elsewhere(case: CrownCase) -> None:
    mesh = case.scan
    ends = mesh.vertices[mesh.edges]
    length = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)
    inside = mesh.vertex_attributes["prepared"][mesh.edges].all(axis=1)
    assert 0.08 < np.median(length[inside]) < 0.22
    assert np.quantile(length[inside], 0.95) < 0.35
    assert np.quantile(length, 0.95) > np.quantile(length[inside], 0.95)
    _, count = np.unique(np.sort(mesh.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1), axis=0, return_counts=True)
    assert count.max() == 2


def test_the_same_seed_gives_the_same_case() -> None:
    one, two = (make_crown_case(SEED, 3, options=OPTIONS["crown"]) for _ in range(2))
    assert (one.name, one.tooth, one.remarks) == (two.name, two.tooth, two.remarks)
    np.testing.assert_array_equal(one.scan.vertices, two.scan.vertices)
    np.testing.assert_array_equal(one.margin, two.margin)


def test_a_random_pose_moves_everything_together() -> None:
    still = make_crown_case(SEED, 3, options=OPTIONS["crown"])
    moved = make_crown_case(SEED, 3, options=CrownOptions(kind="crown", shown="few", flaws=0.0, pose=True))
    assert still.margin is not None
    assert moved.margin is not None
    gap = np.linalg.norm(still.scan.vertices[:50, None] - still.margin[:20], axis=2)
    np.testing.assert_allclose(
        np.linalg.norm(moved.scan.vertices[:50, None] - moved.margin[:20], axis=2), gap, atol=1e-6
    )
    assert np.linalg.norm(moved.margin - still.margin, axis=1).min() > 1


def test_a_series_goes_on_where_it_stopped_and_keeps_to_its_options(tmp_path: Path) -> None:
    options = CrownOptions(kind="inlay", shown="few")
    (first,) = write_crown_cases(1, SEED, tmp_path, options=options)
    before = (first / "scan.ply").stat().st_mtime_ns
    (first / "case.json").unlink()
    assert write_crown_cases(1, SEED, tmp_path, options=options) == [first]
    assert (first / "scan.ply").stat().st_mtime_ns > before  # broken off, so made again
    made = (first / "scan.ply").stat().st_mtime_ns
    write_crown_cases(1, SEED, tmp_path, options=options)
    assert (first / "scan.ply").stat().st_mtime_ns == made
    case = read_crown_case(first)
    assert (case.kind, json.loads((first / "case.json").read_text())["remarks"]["shown"]) == ("inlay", "few")
    with pytest.raises(ConfigError, match="made with"):
        write_crown_cases(1, SEED, tmp_path, options=CrownOptions(kind="onlay"))
