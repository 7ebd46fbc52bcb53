"""Linear and jointed surfaces: derivatives against small differences, landmarks on the surface, mirrored sides."""

import numpy as np
import pytest

from typodont.geometry.deformable import Deformable, LinearDeformable
from typodont.geometry.jointed_model import JointedModel, Piece, PieceLandmarks
from typodont.geometry.shape_model import fit_shape_model
from typodont.geometry.turning import turn

FACES = np.array([[0, 1, 2], [0, 2, 3], [0, 3, 1], [1, 3, 2]])


def linear() -> LinearDeformable:
    shapes = np.random.default_rng(3).normal(size=(6, 4, 3))
    return LinearDeformable(("a", "b"), fit_shape_model(shapes), FACES, np.array([0, 0, 1, 1]), np.array([2, 0]))


def jointed(spread: float = 0.3) -> JointedModel:
    """Two mirrored pieces above, two below; the second landmark slides."""
    rng = np.random.default_rng(5)
    mean, modes = rng.normal(size=(4, 3)), 0.2 * rng.normal(size=(2, 4, 3))
    places = {True: ([8.0, 1, 2], 0.4), False: ([7.0, 2, 1], -0.3)}
    pieces = tuple(
        Piece(
            label,
            mean,
            modes,
            FACES,
            np.array([True, False, False, False]),
            turn(np.array([0, 0, places[lower][1]])),
            np.array(places[lower][0]) * [-1, 1, 1],
            mirrored,
            lower,
        )
        for label, mirrored, lower in ((16, False, False), (26, True, False), (36, False, True), (46, True, True))
    )
    marks = PieceLandmarks(
        tuple(f"{piece.label} {point}" for piece in pieces for point in ("tip", "gum")),
        np.repeat(np.arange(4), 2),
        np.tile([3, 0], 4),
        np.tile([3, 1], 4),
        np.tile([-1, 0], 4),
    )
    bite = np.diag([-1.0, 1, -1, 1])
    bite[:3, 3] = [0, 0.5, 9]
    width = 4 * (2 + 6 + 1) + 6
    return JointedModel(pieces, marks, 1, bite, np.zeros(width), spread * rng.normal(size=(width, 7)), 0.0)


@pytest.mark.parametrize("model", [linear(), jointed()])
def test_derivatives_match_small_differences(model: Deformable):
    rng = np.random.default_rng(0)
    theta, step = rng.normal(size=model.n_parameters), 1e-6
    points, exact = model.landmarks(theta)
    vertices = np.arange(len(model.surface(theta).vertices))
    exact_vertices = model.vertex_jacobian(theta, vertices)
    assert points.shape == (len(model.names), 3)
    for k in range(model.n_parameters):
        change = step * np.eye(model.n_parameters)[k]
        ahead, behind = model.landmarks(theta + change)[0], model.landmarks(theta - change)[0]
        np.testing.assert_allclose(exact[:, :, k], (ahead - behind) / (2 * step), atol=1e-6)
        ahead, behind = model.surface(theta + change).vertices, model.surface(theta - change).vertices
        np.testing.assert_allclose(exact_vertices[:, :, k], (ahead - behind) / (2 * step), atol=1e-6)


def test_landmarks_of_a_linear_model_are_its_vertices():
    model = linear()
    theta = np.random.default_rng(2).normal(size=model.n_parameters)
    np.testing.assert_allclose(model.landmarks(theta)[0], model.surface(theta).vertices[[2, 0]])


def test_fixed_landmarks_of_pieces_are_vertices_and_sliding_ones_lie_between_two():
    model = jointed()
    theta = np.random.default_rng(2).normal(size=model.n_parameters)
    points, surface = model.landmarks(theta)[0], model.surface(theta)
    np.testing.assert_allclose(points[::2], surface.vertices[3::4])
    still = jointed(0.0)
    raw = still.raw(np.zeros(7))
    raw[8::9][:4] = 0.25
    base, tip = (still.surface(np.zeros(7)).vertices[i::4] for i in (0, 1))
    slid = JointedModel(still.pieces, still.marks, 1, still.bite, raw, still.basis, 0.0).landmarks(np.zeros(7))[0]
    np.testing.assert_allclose(slid[1::2], 0.75 * base + 0.25 * tip)


def test_mirrored_pieces_are_mirror_images_and_face_outward():
    model = jointed(0.0)
    mesh = model.surface(np.zeros(7))
    np.testing.assert_allclose(mesh.vertices[4:8], mesh.vertices[:4] * [-1, 1, 1])
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    volume = np.einsum("fi,fi->f", a, np.cross(b, c)).reshape(4, 4).sum(axis=1)
    assert len(np.unique(np.sign(volume))) == 1


def test_a_trimmed_model_leaves_out_what_its_last_parameters_did():
    model = jointed()
    small = model.trimmed(3)
    theta = np.array([1.0, -0.5, 0.3])
    np.testing.assert_allclose(small.landmarks(theta)[0], model.landmarks(np.r_[theta, np.zeros(4)])[0])
    lost = model.landmarks(np.zeros(7))[1][..., 3:]
    assert small.left_out_mm == pytest.approx(np.sqrt((lost**2).sum(axis=(1, 2)).mean()))
    assert linear().trimmed(2).left_out_mm > 0
