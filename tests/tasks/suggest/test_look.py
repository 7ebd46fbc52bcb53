"""Doubt and features of one case."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from typodont.datasets.scan_faces import make_face_pool
from typodont.datasets.scan_points import make_pool
from typodont.nets.dgcnn import DGCNN
from typodont.nets.point_unet import PointUNet
from typodont.nets.tooth_unet import ToothUNet
from typodont.tasks.suggest.look import doubt, mean_doubt, pooled, tinted
from typodont.tasks.suggest.panoramics import look_at_canvas
from typodont.tasks.suggest.scans import look_at_pool

SURE, SPLIT, NO_IDEA = [0, 1, 0, 0], [0, 0.5, 0.5, 0], [0.25] * 4


def test_doubt_of_known_answers():
    np.testing.assert_allclose(doubt(np.array([SURE, SPLIT, NO_IDEA])), [0, 0.5, 1], atol=1e-6)


def test_the_gum_does_not_count():
    gum = [[1.0, 0, 0, 0]] * 100
    assert mean_doubt(np.array([SPLIT, SURE, *gum])) == pytest.approx(0.25, abs=1e-6)


def test_where_nothing_may_be_a_tooth_everything_is_open():
    assert mean_doubt(np.array([[1.0, 0, 0, 0]])) == 1


def test_features_are_those_of_the_teeth():
    features = np.array([[1.0, 5.0], [3.0, 5.0], [100.0, -100.0]])
    np.testing.assert_allclose(pooled(features, np.array([1.0, 1.0, 0.0])), [2, 5, 1, 0], atol=0.2)


def test_the_doubtful_turn_red():
    colors = tinted(np.full((2, 3), 200.0), np.array([0.0, 1.0]))
    np.testing.assert_allclose(colors, [[200, 200, 200], [214, 39, 40]])


@pytest.fixture(scope="module")
def scans(bumpy_arch):
    makers = {"points": make_pool, "faces": make_face_pool}
    return {
        kind: make(
            bumpy_arch, np.random.default_rng(0), fdi=bumpy_arch.vertex_attributes["label"], jaw="upper", n_points=900
        )
        for kind, make in makers.items()
    }


@pytest.mark.parametrize(
    "make_net",
    [
        lambda: PointUNet(widths=(16, 16, 16, 16), encoder_blocks=(1, 1, 1, 1), attention_layers=1),
        lambda: DGCNN(k=5),
    ],
    ids=["points", "faces"],
)
def test_a_look_at_a_scan_is_the_same_twice_and_blind_to_labels(make_net, scans):
    torch.manual_seed(0)
    net = make_net().eval()
    pool = scans[net.reads]
    look = look_at_pool(net, pool)
    assert 0.3 < look.uncertainty <= 1
    assert look.features.shape == (2 * net.feature_channels,)
    again = look_at_pool(net, replace(pool, fdi=np.zeros_like(pool.fdi)))
    assert again.uncertainty == look.uncertainty
    np.testing.assert_array_equal(again.features, look.features)


def test_a_look_at_a_panoramic():
    torch.manual_seed(0)
    net = ToothUNet(widths=(4, 8), depths=(0, 1)).eval()
    canvas = np.random.default_rng(0).normal(size=(32, 64)).astype(np.float32)
    look = look_at_canvas(net, canvas)
    assert 0.3 < look.uncertainty <= 1
    assert look.features.shape == (8,)
    assert np.abs(look_at_canvas(net, -canvas).features - look.features).max() > 1e-3
