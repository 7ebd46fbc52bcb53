"""Rotations by a vector (axis times angle) and how a turned point moves with it."""

from __future__ import annotations

import numpy as np

from typodont.types import Float


def cross_matrix(vectors: Float) -> Float:
    """(..., 3, 3) matrices K with K @ p = v × p, of (..., 3) vectors."""
    vectors = np.asarray(vectors, dtype=float)
    out = np.zeros((*vectors.shape, 3))
    out[..., 0, 1], out[..., 0, 2], out[..., 1, 2] = -vectors[..., 2], vectors[..., 1], -vectors[..., 0]
    return out - np.swapaxes(out, -1, -2)


def turn(vector: Float) -> Float:
    """(3, 3) rotation by |vector| radians about the vector (Rodrigues)."""
    angle = float(np.linalg.norm(vector))
    cross = cross_matrix(vector)
    return np.eye(3) + np.sinc(angle / np.pi) * cross + 0.5 * np.sinc(angle / (2 * np.pi)) ** 2 * cross @ cross


def turn_derivative(vector: Float, points: Float) -> Float:
    """(n, 3, 3) how `turn(vector) @ p` of (n, 3) points moves with the vector: [n, i, j] = d p_i / d vector_j.

    Exact: the rotation's right Jacobian. Source: Gallego and Yezzi 2015; Chirikjian 2012.
    """
    return -turn(vector) @ cross_matrix(points) @ _right_jacobian(vector)


def turn_vector(rotation: Float) -> Float:
    """(3,) the vector of a (3, 3) rotation by less than 180 degrees; the inverse of `turn`."""
    odd = 0.5 * np.array(
        [rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1]]
    )
    sine, cosine = float(np.linalg.norm(odd)), 0.5 * (float(np.trace(rotation)) - 1)
    angle = float(np.arctan2(sine, cosine))
    return odd if sine < 1e-12 else odd * (angle / sine)


def nearest_rotation(matrix: Float) -> Float:
    """(3, 3) the rotation nearest to a matrix, for example to a mean of rotations."""
    u, _, vt = np.linalg.svd(matrix)
    return u @ np.diag([1, 1, np.sign(np.linalg.det(u @ vt))]) @ vt


def _right_jacobian(vector: Float) -> Float:
    """(3, 3) of the exponential map: turn(v + d) = turn(v) @ turn(J d) to first order."""
    angle = float(np.linalg.norm(vector))
    cross = cross_matrix(vector)
    if angle < 1e-4:
        return np.eye(3) - 0.5 * cross + cross @ cross / 6
    first, second = (1 - np.cos(angle)) / angle**2, (angle - np.sin(angle)) / angle**3
    return np.eye(3) - first * cross + second * cross @ cross
