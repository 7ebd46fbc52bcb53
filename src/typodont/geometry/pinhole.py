"""A photographer's camera: focal length in pixels, where it stood, how its lens bends; with exact derivatives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from typodont.types import Float

_ROUNDS = 12
_LEAST_DEPTH = 1e-6


class Projection(NamedTuple):
    """Places in the picture, and how they move; all NaN for points that are NaN or not before the lens.

    Args:
        px: (n, 2) x to the right, y down, the centre of the first pixel at 0, 0.
        by_point: (n, 2, 3) change per mm of the point, along the world's axes.
        by_pose: (n, 2, 6) change per radian and mm of `Pinhole.moved`.
        by_log_focal: (n, 2) change per unit of the logarithm of the focal length.
    """

    px: Float
    by_point: Float
    by_pose: Float
    by_log_focal: Float


@dataclass(frozen=True)
class Pinhole:
    """A perspective camera in a world of mm.

    Args:
        focal_px: focal length in pixels: a thing of 1 mm at 1 mm before the lens would be so large.
        centre_px: (2,) where the line of sight meets the picture, pixels.
        size: width, height in pixels.
        rotation: (3, 3) rows right, up, toward the viewer, as `camera.look_rotation` gives them.
        position: (3,) of the lens, mm, world frame.
        k1, k2: radial distortion: a point at the tangent r from the line of sight is seen at r (1 + k1 r² + k2 r⁴);
            negative k1 is a barrel.

    Source of the distortion: Brown 1966.
    """

    focal_px: float
    centre_px: Float
    size: tuple[int, int]
    rotation: Float
    position: Float
    k1: float = 0.0
    k2: float = 0.0

    @property
    def translation(self) -> Float:
        """(3,) the world's origin along the camera's axes about the lens, mm."""
        return -self.rotation @ self.position

    def local(self, points: Float) -> Float:
        """(n, 3) world points along the camera's axes about the lens, mm; the third is negative before the lens."""
        return (np.asarray(points, dtype=float) - self.position) @ self.rotation.T

    def project(self, points: Float) -> Float:
        """(n, 2) pixels of (n, 3) world points; NaN for those that are NaN or not before the lens."""
        return self._seen(self.local(points))[0]

    def project_with_derivatives(self, points: Float) -> Projection:
        """`project`, and the exact derivatives of every pixel by the point, the pose and the focal length."""
        local = self.local(points)
        px, flat, stretch = self._seen(local)
        x, y, depth = *flat.T, -local[:, 2]
        squared = x * x + y * y
        slope = 2 * self.k1 + 4 * self.k2 * squared
        # (n, 2, 2): how the bent tangents change with the straight ones
        bent = stretch[:, None, None] * np.eye(2) + slope[:, None, None] * flat[:, :, None] * flat[:, None, :]
        straight = np.zeros((len(local), 2, 3))
        straight[:, 0, 0] = straight[:, 1, 1] = 1
        straight[:, :, 2] = flat
        down = np.array([1.0, -1.0])
        by_local = self.focal_px * down[:, None] * (bent @ straight) / depth[:, None, None]
        offset = local - self.translation
        by_turn = -by_local @ _crosses(offset)
        return Projection(
            px,
            by_local @ self.rotation,
            np.concatenate([by_turn, by_local], axis=2),
            px - self.centre_px,
        )

    def _seen(self, local: Float) -> tuple[Float, Float, Float]:
        """Pixels (n, 2), tangents from the line of sight (n, 2) and their stretch by the lens (n,)."""
        depth = np.where(-local[:, 2] > _LEAST_DEPTH, -local[:, 2], np.nan)
        flat = local[:, :2] / depth[:, None]
        squared = (flat**2).sum(axis=1)
        stretch = 1 + squared * (self.k1 + self.k2 * squared)
        px = self.centre_px + self.focal_px * np.array([1.0, -1.0]) * stretch[:, None] * flat
        return px, flat, stretch

    def directions(self, px: Float) -> Float:
        """(n, 3) unit vectors from the lens through places of the picture (n, 2), world frame; undoes the distortion.

        Only as far from the middle as the lens still maps larger angles to larger radii.
        """
        bent = (np.asarray(px, dtype=float) - self.centre_px) * [1.0, -1.0] / self.focal_px
        far = np.linalg.norm(bent, axis=1)
        radius = far.copy()
        for _ in range(_ROUNDS if self.k1 or self.k2 else 0):
            squared = radius**2
            value = radius * (1 + squared * (self.k1 + self.k2 * squared)) - far
            radius -= value / (1 + squared * (3 * self.k1 + 5 * self.k2 * squared))
        flat = bent * np.divide(radius, far, out=np.ones_like(far), where=far > 0)[:, None]
        toward = np.column_stack([flat, -np.ones(len(flat))]) @ self.rotation
        return toward / np.linalg.norm(toward, axis=1, keepdims=True)

    def moved(self, step: Float) -> Pinhole:
        """The world turned and shifted before this camera.

        Args:
            step: (6,) a rotation vector (radians) about the world's origin, then a shift (mm), along the camera's axes.
        """
        turn = _turn(np.asarray(step[:3], dtype=float))
        rotation = turn @ self.rotation
        return replace(self, rotation=rotation, position=-rotation.T @ (self.translation + step[3:]))

    def zoomed(self, log_focal: float) -> Pinhole:
        """With the focal length times exp(`log_focal`)."""
        return replace(self, focal_px=float(self.focal_px * np.exp(log_focal)))

    def resized(self, factor: float) -> Pinhole:
        """For the same picture made `factor` times as large, pixel areas laid on pixel areas."""
        width, height = self.size
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        return replace(
            self, focal_px=self.focal_px * factor, centre_px=(self.centre_px + 0.5) * factor - 0.5, size=size
        )


def middle_px(size: tuple[int, int]) -> Float:
    """(2,) the middle of a picture of (width, height), pixels: where the line of sight of an uncropped one meets it."""
    return 0.5 * (np.array(size, dtype=float) - 1)


def _crosses(vectors: Float) -> Float:
    """(n, 3, 3) matrices that multiply like the cross product with (n, 3) vectors."""
    x, y, z = vectors.T
    zero = np.zeros_like(x)
    return np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=1).reshape(-1, 3, 3)


def _turn(vector: Float) -> Float:
    """(3, 3) rotation by a rotation vector, radians (Rodrigues)."""
    angle = float(np.linalg.norm(vector))
    cross = _crosses(vector[None])[0]
    sine = np.sinc(angle / np.pi)
    half = np.sinc(0.5 * angle / np.pi)
    return np.eye(3) + sine * cross + 0.5 * half**2 * cross @ cross
