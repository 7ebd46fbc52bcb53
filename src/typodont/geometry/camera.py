"""Where a picture is taken from: named dental views, framing, and projection to pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.types import Float

VIEWS = ("occlusal", "front", "left", "right", "oblique", "back", "below")

_TOWARD = {
    "occlusal": (0.0, 0.0, 1.0),
    "front": (0.0, 1.0, 0.12),
    "left": (-1.0, 0.25, 0.12),
    "right": (1.0, 0.25, 0.12),
    "oblique": (-0.35, 0.7, 0.75),
    "back": (0.0, -1.0, 0.35),
    "below": (0.0, 0.0, -1.0),
}


def view_rotation(view: str, *, jaw: str | None = None) -> Float:
    """(3, 3) float: rows are the camera's right, up and toward-the-viewer axes in the arch frame.

    In the arch frame +z is occlusal for both jaws, so a picture from the side would show upper teeth standing
    up: with ``jaw="upper"`` side views are turned so that they hang down, as the dentist sees them. "left" and
    "right" are the patient's sides, which lie on opposite x for the two jaws. Without a jaw, as for a lower one.
    """
    if view not in _TOWARD:
        raise ValueError(f"unknown view {view!r}; known are {', '.join(VIEWS)}")
    toward = np.array(_TOWARD[view])
    up = np.array([0.0, 1.0, 0.0]) if abs(toward[2]) == 1 else np.array([0.0, 0.0, 1.0])
    if jaw == "upper" and abs(toward[2]) < 1:
        up = -up
        toward = toward * (-1, 1, 1)
    return look_rotation(toward, up)


def look_rotation(toward: Float, up: Float) -> Float:
    """(3, 3) float: camera axes as rows, from the direction toward the viewer and a rough up direction."""
    toward = np.asarray(toward, dtype=float) / np.linalg.norm(toward)
    right = np.cross(up, toward)
    right = right / np.linalg.norm(right)
    return np.stack([right, np.cross(toward, right), toward])


@dataclass(frozen=True)
class Camera:
    """A pinhole or parallel camera that looks at `centre`.

    Args:
        rotation: (3, 3) rows right, up, toward the viewer.
        centre: (3,) the point in the middle of the picture, mm.
        mm_per_pixel: scale at the centre.
        size: width, height in pixels.
        distance: from the viewer to the centre, mm; None for a parallel (orthographic) projection.
    """

    rotation: Float
    centre: Float
    mm_per_pixel: float
    size: tuple[int, int]
    distance: float | None = None

    def rays(self, *, supersample: int = 1, depth: float = 1000.0) -> tuple[Float, Float]:
        """(n, 3) float32 origins and unit directions, row by row from the top left; parallel rays start
        `depth` mm before the centre."""
        width, height = self.size[0] * supersample, self.size[1] * supersample
        step = self.mm_per_pixel / supersample
        x = (np.arange(width, dtype=np.float32) - (width - 1) / 2) * step
        y = ((height - 1) / 2 - np.arange(height, dtype=np.float32)) * step
        grid_x, grid_y = np.meshgrid(x, y)
        right, up, toward = self.rotation.astype(np.float32)
        plane = grid_x.reshape(-1, 1) * right + grid_y.reshape(-1, 1) * up
        if self.distance is None:
            origins = plane + (self.centre + depth * self.rotation[2]).astype(np.float32)
            return origins, np.broadcast_to(-toward, origins.shape)
        directions = plane - np.float32(self.distance) * toward
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        return np.broadcast_to(self.eye.astype(np.float32), directions.shape), directions

    @property
    def eye(self) -> Float:
        """(3,) where a pinhole camera's lens is, mm; of a parallel one the centre."""
        return self.centre + (self.distance or 0.0) * self.rotation[2]

    def rays_at(self, x: Float, y: Float) -> tuple[Float, Float]:
        """(n, 3) float32 origins and unit directions through places of a pinhole camera's picture, pixels."""
        far = self.distance or 0.0
        across = (x - (self.size[0] - 1) / 2) * self.mm_per_pixel
        up = ((self.size[1] - 1) / 2 - y) * self.mm_per_pixel
        directions = (np.stack([across, up, np.full(len(x), -far)], axis=1) @ self.rotation).astype(np.float32)
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        return np.broadcast_to(self.eye.astype(np.float32), directions.shape), directions

    def project(self, points: Float) -> tuple[Float, Float]:
        """Pixels (n, 2) of world points (x right, y down, centre of the first pixel at 0, 0), and their height
        (n,) mm above the centre plane, larger nearer to the viewer."""
        local = (np.asarray(points, dtype=float) - self.centre) @ self.rotation.T
        scale = np.ones(len(local)) if self.distance is None else self.distance / (self.distance - local[:, 2])
        x = local[:, 0] * scale / self.mm_per_pixel + (self.size[0] - 1) / 2
        y = (self.size[1] - 1) / 2 - local[:, 1] * scale / self.mm_per_pixel
        return np.stack([x, y], axis=1), local[:, 2]


def fit_camera(
    points: Float,
    view: str | Float,
    *,
    size: tuple[int, int] = (800, 600),
    jaw: str | None = None,
    field_of_view: float | None = None,
    margin: float = 0.05,
    mm_per_pixel: float | None = None,
) -> Camera:
    """A camera that shows all points.

    Args:
        points: (n, 3) float: mm, arch frame for named views.
        view: a name from `VIEWS`; or a (3, 3) rotation with rows right, up, toward the viewer; or a (4, 4) rigid
            motion from world to camera, whose origin then is the middle of the picture.
        size: width, height in pixels.
        jaw: see `view_rotation`.
        field_of_view: degrees, vertical, for a perspective picture; None for a parallel one.
        margin: share of the picture left free on each side.
        mm_per_pixel: fixed scale instead of one that fits.
    """
    matrix = view_rotation(view, jaw=jaw) if isinstance(view, str) else np.asarray(view, dtype=float)
    rotation = matrix[:3, :3]
    local = points @ rotation.T
    low, high = (local.min(axis=0), local.max(axis=0)) if len(local) else (np.zeros(3), np.ones(3))
    centre = 0.5 * (low + high) @ rotation
    if matrix.shape == (4, 4):
        centre = -rotation.T @ matrix[:3, 3]
    reach = np.maximum(np.abs(low - centre @ rotation.T), np.abs(high - centre @ rotation.T))
    usable = np.array(size) * (1 - 2 * margin)
    scale = mm_per_pixel or float(max(2 * reach[0] / usable[0], 2 * reach[1] / usable[1], 1e-6))
    distance = None
    if field_of_view is not None:
        half = np.tan(np.radians(field_of_view) / 2)
        # what is nearer than the centre plane looks larger: step back until the nearest point fits as well
        if mm_per_pixel is None:
            scale += float(reach[2]) * half / (0.5 * size[1])
        distance = float(0.5 * size[1] * scale / half)
    return Camera(rotation, centre, scale, size, distance)
