"""The mirror in which many pictures are taken: its rim cuts the view, and what lies beyond it is not meant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, zoom

from typodont.synth.photo.surface import linear
from typodont.types import Float

_RIM_PX = 5.0


@dataclass(frozen=True)
class Mirror:
    """A mirror of glass or steel, whose edges cut off parts of the picture.

    The picture is shown as clinics keep it: turned back, so that the patient's right is at the left.

    Args:
        edges: (k, 3) unit normal (2) and distance of each edge from the picture's middle, in half picture heights.
        dark: 0..1 how dark it is beyond. field: (5, 5, 3) linear colours of what is beyond, out of focus.
    """

    edges: Float
    dark: float
    field: Float

    def inside(self, shape: tuple[int, int]) -> Float:
        """(H, W) pixels from the rim, positive on the mirror; corners are rounded."""
        height, width = shape
        y, x = np.mgrid[:height, :width].astype(np.float32)
        half = 0.5 * height
        x, y = (x - 0.5 * width) / half, (0.5 * height - y) / half
        room = np.stack([distance - nx * x - ny * y for nx, ny, distance in self.edges])
        soft = 0.12
        return half * (-soft * np.log(np.exp(-np.clip(room / soft, -30, 30)).sum(axis=0)))

    def frame(self, radiance: Float, inside: Float, light: float) -> Float:
        """(H, W, 3) the picture with its rim and what is beyond it, in light of about the teeth's strength."""
        height, width = inside.shape
        field = np.asarray(zoom(self.field, (height / 5, width / 5, 1), order=1))
        field = light * (1 - self.dark) * gaussian_filter(field, (0.04 * height, 0.04 * height, 0))
        out = np.where((inside < 0)[..., None], field.astype(np.float32), radiance)
        out *= np.clip(np.abs(inside) / _RIM_PX, 0.15, 1)[..., None]
        glint = np.exp(-(((inside + _RIM_PX) / 1.5) ** 2))
        return (out + 0.5 * light * glint[..., None]).astype(np.float32)


def draw_mirror(rng: np.random.Generator, skin: Float, mucosa: Float) -> Mirror:
    """One to three edges in sight."""
    count = int(rng.integers(1, 4))
    angles = rng.uniform(0, 2 * np.pi) + np.arange(count) * rng.uniform(1.2, 2.4)
    distance = rng.uniform(0.7, 1.15, count)
    edges = np.column_stack([np.cos(angles), np.sin(angles), distance])
    colors = np.stack([skin, mucosa, linear(30, 28, 28), linear(190, 188, 186)])
    field = colors[rng.choice(4, (5, 5), p=[0.35, 0.3, 0.25, 0.1])] * rng.uniform(0.5, 1.1, (5, 5, 1))
    return Mirror(edges, rng.uniform(0, 1) ** 2, field)
