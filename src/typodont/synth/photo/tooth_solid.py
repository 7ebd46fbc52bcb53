"""A tooth as a camera sees it: crown and root as one surface, and where on the tooth each point of it lies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import apply
from typodont.synth.dentition import Tooth
from typodont.synth.neck import ANGLES, NeckLine
from typodont.synth.photo.mouth import Jaw
from typodont.synth.relax import relax
from typodont.types import Float, Int

_ROOT_MM = 9.0
_RINGS = np.linspace(-0.25, _ROOT_MM, 14)


@dataclass(frozen=True)
class ToothPoints:
    """Points on a tooth with what findings and paint ask about them.

    Args:
        local: (n, 3) the tooth's frame before anything was lost or added: mesial, buccal, occlusal, mm.
        rise: (n,) mm above the gum margin. enamel: (n,) mm above the end of the enamel, negative on the root.
        groove: (n,) mm below the smoothed crown: positive in fissures, negative on cusps.
        across, outward: (n,) -1 distal, lingual to +1 mesial, buccal edge of the crown.
        up: (n,) 0 at the neck to 1 at the highest cusp.
    """

    local: Float
    rise: Float
    enamel: Float
    groove: Float
    across: Float
    outward: Float
    up: Float

    def __getitem__(self, which: np.ndarray) -> ToothPoints:
        return ToothPoints(**{name: values[which] for name, values in vars(self).items()})


@dataclass(frozen=True)
class ToothSolid:
    """One tooth, closed, in its arch frame.

    Args:
        fdi: FDI number. tooth, neck, jaw: whose.
        vertices: (V, 3) arch frame, mm. faces: (T, 3) outward.
        rest: (V, 3) the tooth's frame: where each vertex was on the sound tooth, mm.
        groove: (V,) as in `ToothPoints`.
    """

    fdi: int
    tooth: Tooth
    neck: NeckLine
    jaw: Jaw
    vertices: Float
    faces: Int
    rest: Float
    groove: Float

    @cached_property
    def sizes(self) -> tuple[Float, Float]:
        """Lowest and highest corner of the crown's box in the tooth's frame, mm."""
        crown = self.tooth.local(self.tooth.vertices[~self.tooth.cap])
        return crown.min(axis=0), crown.max(axis=0)

    def points(self, rest: Float, groove: Float) -> ToothPoints:
        """What is known about points given by their place on the sound tooth."""
        placed = rest @ self.tooth.axes + self.tooth.origin
        offset = placed[:, :2] - self.neck.centre
        margin = self.neck.height_at(np.arctan2(offset[:, 1], offset[:, 0]))
        rise = placed[:, 2] - margin
        low, high = self.sizes
        middle, half = 0.5 * (low + high), 0.5 * (high - low)
        relative = (rest - middle) / half
        return ToothPoints(
            local=rest,
            rise=rise,
            enamel=rise + self.tooth.margin_shift,
            groove=groove,
            across=relative[:, 0],
            outward=relative[:, 1],
            up=0.5 + 0.5 * relative[:, 2],
        )

    def at_vertices(self) -> ToothPoints:
        """All vertices."""
        return self.points(self.rest, self.groove)

    def normals(self) -> Float:
        """(V, 3) arch frame."""
        return Mesh(self.vertices, self.faces).vertex_normals

    def finer(self, chosen: np.ndarray | None = None) -> ToothSolid:
        """With every face (or those where `chosen` (T,) is true) cut into four; others may get a T-junction, which no
        camera sees because new points lie on the old edges until they are moved.
        """
        split = np.ones(len(self.faces), bool) if chosen is None else chosen
        faces = self.faces[split]
        ends = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
        key, place = np.unique(ends[:, 0] * len(self.vertices) + ends[:, 1], return_inverse=True)
        a, b = key // len(self.vertices), key % len(self.vertices)
        ab, bc, ca = len(self.vertices) + place.reshape(3, -1)
        one, two, three = faces.T
        quarters = [(one, ab, ca), (ab, two, bc), (ca, bc, three), (ab, bc, ca)]
        new = np.concatenate([np.stack(corner, axis=1) for corner in quarters])
        return replace(
            self,
            vertices=np.vstack([self.vertices, 0.5 * (self.vertices[a] + self.vertices[b])]),
            faces=np.vstack([self.faces[~split], new]),
            rest=np.vstack([self.rest, 0.5 * (self.rest[a] + self.rest[b])]),
            groove=np.r_[self.groove, 0.5 * (self.groove[a] + self.groove[b])],
        )

    def moved(self, outward: Float) -> ToothSolid:
        """With vertices moved by `outward` (V,) mm along the normals; `rest` stays."""
        return replace(self, vertices=self.vertices + outward[:, None] * self.normals())

    def in_mouth(self) -> Mesh:
        """The surface in the mouth frame."""
        return Mesh(apply(self.jaw.place, self.vertices), self.faces)


def make_solids(jaw: Jaw) -> list[ToothSolid]:
    """All teeth of a jaw, each with a stump of root as long as gums go back."""
    return [_solid(jaw, tooth, neck) for tooth, neck in zip(jaw.dentition.teeth, jaw.necks, strict=True)]


def _solid(jaw: Jaw, tooth: Tooth, neck: NeckLine) -> ToothSolid:
    root, root_faces = _root(tooth, neck)
    vertices = np.vstack([tooth.vertices, root])
    faces = np.vstack([tooth.faces, root_faces + len(tooth.vertices)])
    local = tooth.local(vertices)
    crown = Mesh(tooth.vertices, tooth.faces)
    smooth = relax(tooth.vertices, tooth.faces, share=0.5, rounds=8)
    groove = np.einsum("vi,vi->v", smooth - tooth.vertices, crown.vertex_normals)
    groove = np.r_[np.where(tooth.cap, 0, groove), np.zeros(len(root))]
    return ToothSolid(jaw.dentition.fdi(tooth), tooth, neck, jaw, vertices, faces, local, groove)


def _root(tooth: Tooth, neck: NeckLine) -> tuple[Float, Int]:
    """A tapering tube below the neck, arch frame."""
    count = len(ANGLES)
    ring = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
    radius = np.maximum(neck.radius * (0.985 - 0.04 * np.maximum(_RINGS, 0)[:, None]), 0.6)
    plane = neck.centre + radius[..., None] * ring
    height = neck.height - tooth.margin_shift - _RINGS[:, None]
    points = np.concatenate([plane, height[..., None]], axis=2).reshape(-1, 3)
    row, angle = np.meshgrid(np.arange(len(_RINGS) - 1), np.arange(count), indexing="ij")
    a, b = (row * count + angle).ravel(), (row * count + (angle + 1) % count).ravel()
    c, d = a + count, b + count
    return points, np.concatenate([np.stack([a, c, b], axis=1), np.stack([b, c, d], axis=1)])
