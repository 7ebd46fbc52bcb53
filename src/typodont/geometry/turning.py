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


def turn(vectors: Float) -> Float:
    """(..., 3, 3) rotations by |v| radians about the vectors (..., 3) (Rodrigues)."""
    half = 0.5 * np.linalg.norm(vectors, axis=-1)[..., None, None]
    cross = cross_matrix(vectors)
    return np.eye(3) + _sine_share(2 * half) * cross + 0.5 * _sine_share(half) ** 2 * cross @ cross


def turn_derivative(vectors: Float, points: Float) -> Float:
    """(..., 3, 3) how `turn(v) @ p` moves with v: [..., i, j] = d p_i / d v_j; vectors and points (..., 3) broadcast.

    Exact: the rotation's right Jacobian. Source: Gallego and Yezzi 2015; Chirikjian 2012.
    """
    return -turn(vectors) @ cross_matrix(points) @ _right_jacobian(vectors)


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


def _right_jacobian(vectors: Float) -> Float:
    """(..., 3, 3) of the exponential map: turn(v + d) = turn(v) @ turn(J d) to first order."""
    angle = np.linalg.norm(vectors, axis=-1)[..., None, None]
    cross = cross_matrix(vectors)
    safe = np.maximum(angle, 1e-4)
    third = np.where(angle > 1e-4, (safe - np.sin(safe)) / safe**3, 1 / 6)
    return np.eye(3) - 0.5 * _sine_share(0.5 * angle) ** 2 * cross + third * cross @ cross


def _sine_share(angle: Float) -> Float:
    """sin(a) / a, 1 at 0."""
    safe = np.maximum(angle, 1e-12)
    return np.where(angle > 1e-12, np.sin(safe) / safe, 1.0)
