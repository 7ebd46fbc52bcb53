"""Strips around a margin that is a circle."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from typodont.datasets.margin_strips import (
    HALF_WIDTH_MM,
    STEP_MM,
    band_of,
    line_offsets,
    made_strips,
    margin_strip,
    read_strips,
    strip_collate,
    strip_features,
    varied_strip,
    write_strips,
)
from typodont.errors import FormatError, MeshError
from typodont.nets.line_net import LineBatch, LineNet
from typodont.training.line_losses import line_losses, line_scores

MIDDLE = round(HALF_WIDTH_MM / STEP_MM)


@pytest.fixture(scope="module")
def case(stump_case):
    return stump_case()


def ring(radius, height, n=200):
    angle = np.arange(n) / n * 2 * np.pi
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle), np.full(n, height)])


def test_the_margin_lies_where_the_line_is_off(case):
    line = ring(4.5, 0.0)  # on the shoulder, 0.3 mm inside the margin
    surface = band_of(case.scan, case.margin)
    strip = margin_strip(surface, line)
    offset = line_offsets(strip, case.margin)
    np.testing.assert_allclose(offset, MIDDLE - 0.3 / STEP_MM, atol=0.25)


def test_rows_that_miss_the_margin_are_not_known(case):
    surface = band_of(case.scan, case.margin)
    strip = margin_strip(surface, case.margin)
    lifted = case.margin + [0, 0, 0.5]
    assert np.isnan(line_offsets(strip, lifted)).all()


def test_features_do_not_depend_on_the_pose(case):
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = Rotation.from_rotvec([1.0, 0.3, -0.8]).as_matrix(), [5, 60, -20]
    moved = case.transformed(pose)
    here, there = (
        strip_features(surface, margin_strip(surface, c.margin))
        for c, surface in ((c, band_of(c.scan, c.margin)) for c in (case, moved))
    )
    assert here.shape[0] == LineNet().stem.in_channels
    np.testing.assert_allclose(np.median(np.abs(here - there)), 0, atol=1e-5)


def test_made_strips_stray_and_know_the_margin(case):
    strips = made_strips(case, np.random.default_rng(0), 3)
    for strip in strips[::2]:  # the one between lies on a simplified mesh, which makes a coarse polygon of the circle
        known = np.isfinite(strip.offset)
        assert known.mean() > 0.9
        off = (strip.offset[known] - MIDDLE) * STEP_MM
        assert 0.03 < off.std() < 0.5
    assert not np.array_equal(strips[0].features, strips[1].features)


def test_a_varied_strip_is_the_same_begun_elsewhere(case):
    strip = made_strips(case, np.random.default_rng(0), 1)[0]
    other = varied_strip(strip, np.random.default_rng(1))
    np.testing.assert_allclose(np.sort(other.offset), np.sort(strip.offset))
    assert np.abs(other.features).mean() == pytest.approx(np.abs(strip.features).mean(), rel=0.2)


def test_the_network_closes_on_itself():
    torch.manual_seed(0)
    net = LineNet(width=8, dilations=(1, 2)).eval()
    rng = np.random.default_rng(0)
    features = torch.from_numpy(rng.normal(size=(1, 6, 30, 9)).astype(np.float32))
    here = net(LineBatch(features)).logits
    there = net(LineBatch(features.roll(11, dims=2))).logits
    torch.testing.assert_close(there, here.roll(11, dims=1), rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_the_network_learns_the_line(case):
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    batch = strip_collate(made_strips(case, rng, 2))
    assert batch.features.shape[0] == len(batch) == 2
    net = LineNet(width=8, dilations=(1, 2))
    optimizer = torch.optim.Adam(net.parameters(), 1e-2)
    before = line_scores(net(batch), batch)["line_mm"]
    for _ in range(25):
        optimizer.zero_grad()
        line_losses(net(batch), batch)["loss"].backward()
        optimizer.step()
    after = line_scores(net(batch), batch)["line_mm"]
    assert after < 0.1 < before


def test_strips_on_disk(case, tmp_path):
    strips = made_strips(case, np.random.default_rng(0), 2)
    write_strips(strips, tmp_path / "a.npz")
    again = read_strips(tmp_path / "a.npz")
    np.testing.assert_array_equal(again[1].offset, strips[1].offset)
    np.testing.assert_allclose(again[1].features, strips[1].features, atol=2e-3)
    with pytest.raises(FormatError, match=r"b\.npz: no strips of this version"):
        read_strips(tmp_path / "b.npz")


def test_a_line_far_from_the_surface_is_told(case):
    with pytest.raises(MeshError, match=r"found no surface within 1\.5 mm of the line"):
        band_of(case.scan, case.margin + [100.0, 0, 0])
