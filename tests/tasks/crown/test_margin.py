"""Margin lines on a stump whose margin is a circle; stand-ins for the networks read the truth off its shape."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from typodont.datasets.preparation_frame import preparation_frame
from typodont.errors import FrameError, MeshError, NoPreparationError, WeightsError
from typodont.geometry.closed_curve import enclosed_vector
from typodont.geometry.surface_places import Surface
from typodont.metrics import curve_distance
from typodont.nets.line_net import LineOutput
from typodont.nets.margin_net import MarginOutput
from typodont.tasks.crown.margin import drawn_margin, find_margin
from typodont.tasks.crown.margin_models import MarginModels, load_margin_models

RADIUS = 4.8
UP = np.array([0.0, 0, 1])


class StumpPoints(torch.nn.Module):
    """Knows the stump: its top is a flat disc 4.5 mm above the margin. `off` mm are added to what it says."""

    def __init__(self, off=0.0, prepared=True):
        super().__init__()
        self.off, self.prepared = off, prepared

    def forward(self, batch):
        position = batch.levels[0].position
        flat = batch.levels[0].normal[:, 2] > 0.95
        top = position[flat & (position[:, 2] > position[:, 2].max() - 1.0)]
        x, y, z = (position - top.mean(dim=0) + torch.tensor([0.0, 0, 4.5])).T
        away = torch.hypot(torch.hypot(x, y) - RADIUS, z)
        inside = (z > 0.05) | ((z > -0.05) & (torch.hypot(x, y) < RADIUS - 0.02))
        distance = torch.where(inside, away, -away) + self.off
        if not self.prepared:
            distance = -torch.ones_like(distance)
        return MarginOutput(inside=10 * distance, distance=distance.clamp(-1.5, 1.5))


class Ridge(torch.nn.Module):
    """Likes where the surface bends most across the line."""

    def forward(self, batch):
        bend = torch.zeros_like(batch.features[:, 3])
        bend[:, :, 2:-2] = batch.features[:, 3, :, 4:] - batch.features[:, 3, :, :-4]
        return LineOutput(8 * bend)


def models(**arguments):
    return MarginModels(StumpPoints(**arguments), Ridge(), {})


def frame_of(case, shift=(0.0, 0, 0), lean=0.0):
    axis = Rotation.from_rotvec([np.radians(lean), 0, 0]).apply(UP)
    return preparation_frame(case.tooth, np.array(shift), axis=axis, mesial=np.array([1.0, 0, 0]))


@pytest.fixture(scope="module")
def case(stump_case):
    return stump_case()


def test_the_line_lies_on_the_circle_and_on_the_scan(case):
    found = find_margin(case.scan, frame_of(case), models())
    distance = curve_distance(found.curve, case.margin)
    assert distance.mean < 0.04
    assert distance.maximum < 0.08
    on = Surface(case.scan).nearest(found.curve).points
    np.testing.assert_allclose(np.linalg.norm(on - found.curve, axis=1), 0, atol=0.01)
    steps = np.linalg.norm(np.roll(found.curve, -1, axis=0) - found.curve, axis=1)
    assert 0.05 < steps.min() < steps.max() < 0.2
    assert enclosed_vector(found.curve) @ UP > 0
    assert len(found.sigma) == len(found.curve)
    assert found.axis @ UP > np.cos(np.radians(2))
    assert np.abs(found.inside - (case.scan.vertex_attributes["prepared"] > 0)).mean() < 0.02


def test_a_rough_site_and_axis_and_a_network_that_is_off_do(case):
    found = find_margin(case.scan, frame_of(case, shift=(1.5, -1.5, 2.0), lean=5.0), models(off=0.25))
    assert curve_distance(found.curve, case.margin).mean < 0.05
    assert found.axis @ UP > np.cos(np.radians(2))


@pytest.mark.parametrize("tooth", [36, 46])
def test_the_line_moves_with_the_scan_in_every_quadrant(case, tooth):
    turn = Rotation.from_rotvec([0.3, -0.9, 2.0])
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = turn.as_matrix(), [40.0, -3, 7]
    scan = case.scan.transformed(pose)
    frame = preparation_frame(tooth, pose[:3, 3], axis=turn.apply(UP), mesial=turn.apply([1.0, 0, 0]))
    found = find_margin(scan, frame, models())
    truth = case.margin @ pose[:3, :3].T + pose[:3, 3]
    assert curve_distance(found.curve, truth).mean < 0.04
    assert enclosed_vector(found.curve) @ turn.apply(UP) > 0
    prepared = case.scan.vertex_attributes["prepared"] > 0
    off = np.abs(np.linalg.norm(case.scan.vertices, axis=1) - RADIUS) > 0.3
    np.testing.assert_array_equal((found.inside > 0.5)[off], prepared[off])
    assert found.axis @ turn.apply(UP) > np.cos(np.radians(2))


def test_nothing_prepared(case):
    with pytest.raises(NoPreparationError, match=r"scan: no prepared surface found within 10 mm"):
        find_margin(case.scan, frame_of(case), models(prepared=False))
    with pytest.raises(NoPreparationError, match=r"a\.stl: found no surface within"):
        find_margin(case.scan, frame_of(case, shift=(90.0, 0, 0)), models(), name="a.stl")


def test_a_scan_that_ends_at_the_margin(case):
    cut = case.scan.submesh((case.scan.vertices[:, 0] < 4.0)[case.scan.faces].all(axis=1))
    with pytest.raises(NoPreparationError, match=r"no closed margin line found: the line runs into the edge"):
        find_margin(cut, frame_of(case), models())


def drawn_points(n=16, radius=RADIUS, height=0.0):
    angle = np.arange(n) / n * 2 * np.pi
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle), np.full(n, height)])


def test_a_drawn_line_is_put_on_the_scan(case):
    for points in (drawn_points(), drawn_points()[::-1]):
        found = drawn_margin(case.scan, frame_of(case), points)
        distance = curve_distance(found.curve, case.margin)
        assert distance.maximum < 0.03
        assert enclosed_vector(found.curve) @ UP > 0
        assert found.axis @ UP > np.cos(np.radians(2))
        assert set(np.unique(found.inside)) == {0.0, 1.0}
        assert found.confidence == 1.0
        assert not found.sigma.any()


@pytest.mark.parametrize(
    ("points", "match"),
    [
        (drawn_points(height=0.8), r"m\.json: found point \d+ of the margin 0\.\d\d mm off the scan's surface"),
        (drawn_points() / 10, r"found a margin 3 mm long, expected 6 to 60 mm; look at the unit"),
        (drawn_points() * 25.4, r"found a margin 761 mm long"),
        (drawn_points() + [6.0, 0, 0], r"whose middle lies 6\.0 mm from the tooth"),
    ],
)
def test_a_drawn_line_that_cannot_be_the_margin(case, points, match):
    with pytest.raises(FrameError, match=match):
        drawn_margin(case.scan, frame_of(case), points, name="m.json")


def test_a_drawn_line_that_encloses_nothing(case):
    angle = np.arange(40) / 40 * 2 * np.pi
    there_and_back = np.column_stack([3.6 * np.cos(np.pi * np.sin(angle)), 3.6 * np.sin(np.pi * np.sin(angle))])
    flat = np.column_stack([there_and_back, np.full(40, 0.0)])
    with pytest.raises(MeshError, match=r"m\.json"):
        drawn_margin(case.scan, frame_of(case), flat * [1.1, 1.1, 1], name="m.json")


def test_weights_that_are_missing(tmp_path: Path):
    with pytest.raises(WeightsError, match=r"margin\.safetensors: no weights for the margin line; expected those of"):
        load_margin_models(tmp_path)
