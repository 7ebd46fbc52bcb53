"""The official 3DTeethSeg figures: hand-worked arches, and the traps of the published program, measured."""

import math

import numpy as np
import pytest

from typodont.anatomy import arch_order
from typodont.errors import LabelError
from typodont.metrics import Teeth3DSegScore, mean_teeth3dseg, teeth3dseg

TEETH = [fdi for fdi in arch_order("upper") if fdi % 10 != 8]
TOOTH_SD = 2.0
N_GUM = 20_000


def make_jaw(n_per_tooth=1500, seed=0):
    """14 Gaussian blobs on a half ellipse and a gum below them: vertices (N, 3) mm and FDI labels (N,)."""
    rng = np.random.default_rng(seed)
    angle = np.linspace(np.pi, 0, len(TEETH))
    centres = np.stack([25 * np.cos(angle), 40 * np.sin(angle), np.zeros(len(TEETH))], axis=1)
    teeth = np.concatenate([c + TOOTH_SD * rng.standard_normal((n_per_tooth, 3)) for c in centres])
    gum = rng.uniform([-30, -5, -12], [30, 45, -6], (N_GUM, 3))
    labels = np.concatenate([np.repeat(TEETH, n_per_tooth), np.zeros(N_GUM, dtype=int)])
    return np.concatenate([teeth, gum]), labels


JAW = make_jaw()


def test_two_teeth_by_hand():
    # Tooth 11 at x = -1 and +1 (centre 0): size sqrt(1 + 1) = sqrt(2) along x; y and z the same by construction.
    # The prediction keeps one corner of it, (1, 1, 1): the shift over the size is 1/sqrt(2) per axis, its norm
    # sqrt(3/2) = 1.2247. Tooth 21 is perfect. TLA = 1.2247 / 2; TSA: 1 wrong vertex of 6; TIR: 11 is farther than 0.5.
    vertices = np.array([[-1, -1, -1], [1, 1, 1], [9, 9, 9], [11, 11, 11], [50, 0, 0], [60, 0, 0]], dtype=float)
    truth = np.array([11, 11, 21, 21, 0, 0])
    score = teeth3dseg(vertices, truth, np.array([0, 11, 21, 21, 0, 0]))
    assert score.tla == pytest.approx(math.sqrt(1.5) / 2)
    assert score.tsa == pytest.approx(5 / 6)
    assert score.tir == 0.5
    assert score.score == pytest.approx((math.exp(-math.sqrt(1.5) / 2) + 5 / 6 + 0.5) / 3)


def test_missed_tooth_costs_five_times_the_norm_of_its_size():
    # Size of tooth 21 is sqrt(2) per axis, its norm sqrt(6); TLA = (0 + 5 sqrt(6)) / 2.
    vertices = np.array([[-1, -1, -1], [1, 1, 1], [9, 9, 9], [11, 11, 11], [50, 0, 0]], dtype=float)
    score = teeth3dseg(vertices, np.array([11, 11, 21, 21, 0]), np.array([11, 11, 0, 0, 0]))
    assert score.tla == pytest.approx(2.5 * math.sqrt(6))
    assert score.tir == 1.0


def test_trap_perfect_prediction():
    score = teeth3dseg(*JAW, JAW[1])
    assert (score.exp_tla, score.tsa, score.tir, score.score) == (1, 1, 1, 1)


def test_trap_one_missed_tooth_zeroes_localisation_and_hides_from_identification():
    vertices, truth = JAW
    score = teeth3dseg(vertices, truth, np.where(truth == 16, 0, truth))
    assert score.exp_tla == pytest.approx(0.0, abs=1e-6)
    # 1500 of 41000 vertices are wrong.
    assert score.tsa == pytest.approx(1 - 1500 / 41000)
    assert score.tsa == pytest.approx(0.963, abs=5e-4)
    assert score.tir == 1.0
    assert score.score == pytest.approx(0.655, abs=1e-3)


@pytest.mark.parametrize(("number", "tir"), [(16, 1.0), (18, 13 / 14)])
def test_trap_one_junk_vertex_buys_the_missed_tooth_back(number, tir):
    vertices, truth = JAW
    predicted = np.where(truth == 16, 0, truth)
    centre = vertices[truth == 16].mean(axis=0)
    # One gum vertex 24 mm (12 sd) away: 12 sd over sd sqrt(1500) = .310, shared by 14 teeth: exp(-.0221) = .978.
    gum = np.flatnonzero(truth == 0)
    junk = gum[np.argmin(np.abs(np.linalg.norm(vertices[gum] - centre, axis=1) - 12 * TOOTH_SD))]
    predicted[junk] = number
    score = teeth3dseg(vertices, truth, predicted)
    assert score.exp_tla == pytest.approx(0.978, abs=1e-3)
    assert score.tsa == pytest.approx(0.963, abs=5e-4)
    assert score.tir == pytest.approx(tir)
    assert score.score == pytest.approx(0.981 - (1 - tir) / 3, abs=1e-3)


def test_trap_swapped_neighbours_only_cost_identification():
    vertices, truth = JAW
    predicted = np.select([truth == 14, truth == 15], [15, 14], truth)
    score = teeth3dseg(vertices, truth, predicted)
    assert (score.exp_tla, score.tsa) == (1, 1)
    assert score.tir == pytest.approx(12 / 14)
    assert score.score == pytest.approx(0.952, abs=1e-3)


def test_trap_random_teeth_keep_full_segmentation_accuracy():
    vertices, truth = JAW
    teeth = truth != 0
    predicted = truth.copy()
    predicted[teeth] = np.random.default_rng(1).choice(TEETH, teeth.sum())
    score = teeth3dseg(vertices, truth, predicted)
    assert score.tsa == 1.0
    assert score.exp_tla > 0.5
    assert score.tir < 0.4


@pytest.mark.parametrize(
    ("n_per_tooth", "exp_tla", "tsa"), [(300, 0.955, 0.913), (1500, 0.980, 0.745), (6000, 0.990, 0.596)]
)
def test_trap_half_of_every_tooth_lost_looks_better_on_finer_meshes(n_per_tooth, exp_tla, tsa):
    # The centre of half a Gaussian lies sqrt(2/pi) = .798 sd aside; over the size sd sqrt(n) that is .046, .021, .010.
    vertices, truth = make_jaw(n_per_tooth)
    predicted = truth.copy()
    for fdi in TEETH:
        members = np.flatnonzero(truth == fdi)
        predicted[members[vertices[members, 2] < vertices[members, 2].mean()]] = 0
    score = teeth3dseg(vertices, truth, predicted)
    assert score.exp_tla == pytest.approx(exp_tla, abs=1.5e-3)
    assert score.exp_tla == pytest.approx(math.exp(-math.sqrt(2 / math.pi / n_per_tooth)), abs=1e-3)
    assert score.tsa == pytest.approx(tsa, abs=4e-3)
    assert score.tir == 1.0


def test_trap_instance_with_two_numbers_becomes_gum():
    vertices, truth = JAW
    instances = truth.copy()
    predicted = truth.copy()
    predicted[np.flatnonzero(truth == 16)[0]] = 17
    score = teeth3dseg(vertices, truth, predicted, predicted_instances=instances)
    assert score.tsa == pytest.approx(1 - 1500 / 41000)
    assert score.exp_tla == pytest.approx(0.0, abs=1e-6)


def test_trap_invented_teeth_cost_only_their_vertices():
    vertices, truth = JAW
    predicted = truth.copy()
    predicted[np.flatnonzero(truth == 0)[:10]] = 18
    score = teeth3dseg(vertices, truth, predicted)
    assert (score.exp_tla, score.tir) == (1, 1)
    assert score.tsa == pytest.approx(1 - 10 / 41000)


def test_no_predicted_tooth_is_the_zero_of_a_missing_file():
    vertices, truth = JAW
    score = teeth3dseg(vertices, truth, np.zeros_like(truth))
    assert (score.exp_tla, score.tsa, score.tir) == (0, 0, 0)


def test_vertex_order_and_instance_ids_do_not_matter():
    vertices, truth = make_jaw(50)
    rng = np.random.default_rng(3)
    predicted = np.where(rng.random(len(truth)) < 0.1, 0, truth)
    expected = teeth3dseg(vertices, truth, predicted)
    order = rng.permutation(len(truth))
    moved = teeth3dseg(
        vertices[order],
        truth[order],
        predicted[order],
        truth_instances=100 - truth[order] * (truth[order] > 0) - 100 * (truth[order] == 0),
    )
    assert (moved.tla, moved.tsa, moved.tir) == pytest.approx((expected.tla, expected.tsa, expected.tir))


def test_mirrored_arch_scores_the_same():
    vertices, truth = make_jaw(50)
    predicted = np.where(np.random.default_rng(4).random(len(truth)) < 0.1, 0, truth)
    mirror = np.vectorize(lambda fdi: fdi and (fdi + 10 if fdi < 20 else fdi - 10))
    expected = teeth3dseg(vertices, truth, predicted)
    flipped = teeth3dseg(vertices * [-1, 1, 1], mirror(truth), mirror(predicted))
    assert (flipped.tla, flipped.tsa, flipped.tir) == pytest.approx((expected.tla, expected.tsa, expected.tir))


def test_mean_averages_arches_not_tla():
    # exp(0) = 1 and exp(-inf) = 0 average to one half; exp of the mean TLA would be 0.
    line = mean_teeth3dseg([Teeth3DSegScore(0, 1, 1), Teeth3DSegScore(math.inf, 0, 0)])
    assert line == {"exp_tla": 0.5, "tsa": 0.5, "tir": 0.5, "score": 0.5}
    with pytest.raises(LabelError, match="no arches"):
        mean_teeth3dseg([])


def test_truth_without_teeth_or_with_mixed_instances_is_refused():
    vertices = np.zeros((2, 3))
    with pytest.raises(LabelError, match="no tooth"):
        teeth3dseg(vertices, np.array([0, 0]), np.array([0, 11]))
    with pytest.raises(LabelError, match="two numbers"):
        teeth3dseg(
            np.zeros((3, 3)), np.array([11, 12, 13]), np.array([11, 12, 13]), truth_instances=np.array([1, 1, 2])
        )


def test_flat_tooth_gives_no_false_comfort():
    vertices = np.array([[0, 0, 0], [1, 0, 0.0]])
    assert math.isnan(teeth3dseg(vertices, np.array([11, 0]), np.array([11, 0])).tla)
