"""Parts of a tooth projected onto the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from typodont.geometry.mesh import Mesh
from typodont.geometry.thickness import thickness
from typodont.synth.xray.body import place
from typodont.synth.xray.canvas import Canvas
from typodont.synth.xray.mouth import PictureTooth
from typodont.types import Float

# Around a tooth: for its follicle, and for disease in the bone.
_MARGIN_MM, _WIDE_MARGIN_MM = 4.0, 9.0

Unroll = Callable[[Float], Float]


@dataclass(frozen=True)
class Caster:
    """Projects parts of one tooth into the part of the picture around it.

    Args:
        tooth: whose parts. unroll: head to trough. canvas: the picture.
        corner: row and column of the part's first pixel. shape: its rows and columns.
        depth: how far the tooth stands from the sharp layer, mm.
    """

    tooth: PictureTooth
    unroll: Unroll
    canvas: Canvas
    corner: tuple[int, int]
    shape: tuple[int, int]
    depth: float

    @classmethod
    def around(cls, tooth: PictureTooth, unroll: Unroll, canvas: Canvas) -> Caster | None:
        """For all parts of a tooth; None where it lies outside the picture."""
        parts = np.vstack([mesh.vertices for mesh in (tooth.body.crown, *tooth.body.roots)])
        places = unroll(parts @ tooth.motion[:3, :3].T + tooth.motion[:3, 3])
        margin = (_WIDE_MARGIN_MM if "lesion" in tooth.work else _MARGIN_MM) * canvas.scale
        pixels = canvas.pixels(places)
        low = np.maximum(np.floor(pixels.min(axis=0) - margin), 0).astype(int)
        high = np.minimum(np.ceil(pixels.max(axis=0) + margin) + 1, canvas.shape).astype(int)
        if (high - low).min() < 1 or (pixels.max(axis=0) < 0).any() or (pixels.min(axis=0) >= canvas.shape).any():
            return None
        corner, shape = (int(low[0]), int(low[1])), (int(high[0] - low[0]), int(high[1] - low[1]))
        return cls(tooth, unroll, canvas, corner, shape, float(np.abs(places[:, 2]).mean()))

    def cast(self, meshes: list[Mesh]) -> Float:
        """(h, w) mm of beam inside the meshes, which are summed."""
        total = np.zeros(self.shape, np.float32)
        for mesh in meshes:
            places = self.unroll(place(mesh, self.tooth.motion).vertices)
            pixels = self.canvas.pixels(places) - self.corner
            part, (row, column) = thickness(Mesh(np.column_stack([pixels, places[:, 2]]), mesh.faces), self.shape)
            total[row : row + part.shape[0], column : column + part.shape[1]] += part
        return total

    def crown(self) -> Float:
        """(h, w) mm of beam inside the crown."""
        return self.cast([self.tooth.body.crown])

    def shell(self) -> Float:
        """(h, w) mm of beam inside what stands above the gum, where artificial crowns end."""
        crown, body = self.tooth.body.crown, self.tooth.body
        margin = body.neck + 0.3 * (body.top - body.neck)
        above = np.column_stack([crown.vertices[:, :2], np.maximum(crown.vertices[:, 2], margin)])
        return self.cast([Mesh(above, crown.faces)])

    def roots(self) -> Float:
        """(h, w) mm of beam inside the roots; several behind each other, but never more than a tooth is deep."""
        return np.minimum(self.cast(self.tooth.body.roots), 1.5 * self.tooth.body.half[1])

    def blur(self, image: Float) -> Float:
        """What does not lie in the trough moves over the film: blurred, mostly sideways."""
        far = 0.035 * self.depth
        return gaussian_filter(image, (0.4 * far * self.canvas.scale, far * self.canvas.scale), truncate=3)
