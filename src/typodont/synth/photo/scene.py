"""Everything that a camera may see in a mouth, as one mesh whose faces know what they belong to.

The mesh, the camera and the numbers of the teeth are known exactly, so a scene also serves whoever wants to learn shape
from photographs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.ndimage import gaussian_filter, zoom
from scipy.spatial import KDTree

from typodont.geometry.mesh import Mesh
from typodont.geometry.rays import RayScene
from typodont.geometry.registration import apply
from typodont.synth.brackets import place_brackets
from typodont.synth.height_map import HeightMap
from typodont.synth.photo.appliance import bracket_mesh, in_order, wire_mesh
from typodont.synth.photo.mark import Mark
from typodont.synth.photo.mouth import Jaw, Mouth
from typodont.synth.photo.soft import Funnel, make_funnel, make_tongue
from typodont.synth.photo.tooth_solid import ToothSolid
from typodont.synth.photo.viewpoint import Viewpoint
from typodont.types import Bool, Float, Int

_FAR_FROM_MARGIN = 30.0
_BURIED_MM = -1.2


@dataclass(frozen=True)
class Part:
    """One thing in a scene.

    Args:
        kind: "tooth", "gum", "palate", "funnel", "tongue", "bracket", "wire", one of `things.KINDS`; "hollow" has no
            mesh of its own, it is the inner side of gums and teeth, where a ray gets behind them.
        mesh: mouth frame, mm.
        rest: (V, 3) coordinates that its paint refers to, mm.
        extra: (V,) one more value for its paint: grooves of a tooth, distance from the margin of the gum, place along
            the funnel.
        solid: the tooth that it is. fdi: number of the tooth that it is or sits on, 0 for others.
        marks: findings on the tooth.
        jaw: whose.
    """

    kind: str
    mesh: Mesh
    rest: Float
    extra: Float
    solid: ToothSolid | None = None
    fdi: int = 0
    marks: tuple[Mark, ...] = ()
    jaw: Jaw | None = None


@dataclass(frozen=True)
class Scene:
    """A mouth before a camera.

    Args:
        parts: what there is. mesh: all of it, mouth frame. part: (F,) index of each face's part.
        rest: (V, 3), extra: (V,) as in `Part`. funnel: lips and cheeks. rays: the mesh, ready for rays.
    """

    parts: list[Part]
    mesh: Mesh
    part: Int
    rest: Float
    extra: Float
    funnel: Funnel
    rays: RayScene

    @cached_property
    def closed(self) -> Bool:
        """(P,) parts whose inner side is a hollow."""
        return np.array([part.kind in ("tooth", "gum") for part in self.parts])

    @cached_property
    def hollow(self) -> int:
        """Index of the part that stands for inner sides."""
        return next(i for i, part in enumerate(self.parts) if part.kind == "hollow")


def build_scene(
    rng: np.random.Generator,
    mouth: Mouth,
    solids: list[ToothSolid],
    marks: list[list[Mark]],
    viewpoint: Viewpoint,
    *,
    brackets: bool,
    things: Callable[[Funnel], list[Part]] | None = None,
    fine: bool = True,
) -> Scene:
    """What stands before the camera: teeth with their findings, gums, lips and cheeks, perhaps tongue and brackets.

    Args:
        rng: draws what is left to chance.
        mouth, solids, marks: the patient's teeth, and the findings of each.
        viewpoint: from where; the jaws that it does not mean are left out.
        brackets: whether there are any.
        things: makes what reaches into the opening of lips and cheeks, such as fingers.
        fine: gum margins twice as fine; small pictures do without.
    """
    jaws = [jaw for jaw in mouth.jaws if jaw.dentition.jaw in viewpoint.jaws]
    shown = [(solid, found) for solid, found in zip(solids, marks, strict=True) if any(solid.jaw is j for j in jaws)]
    parts = [_tooth(solid, found) for solid, found in shown]
    funnel = make_funnel(rng, viewpoint, np.vstack([part.mesh.vertices[::7] for part in parts]))
    parts += [_gum(jaw, funnel, fine=fine) for jaw in jaws]
    parts.append(Part("hollow", Mesh(np.zeros((0, 3)), np.zeros((0, 3), np.int64)), np.zeros((0, 3)), np.zeros(0)))
    parts.append(Part("funnel", funnel.mesh, funnel.mesh.vertices, funnel.along))
    lower = next((jaw for jaw in jaws if jaw is mouth.lower), None)
    if lower and viewpoint.kind != "lingual" and (mouth.open_degrees > 3 or viewpoint.kind == "lower"):
        tongue = make_tongue(rng, lower)
        parts.append(Part("tongue", tongue, tongue.vertices, np.zeros(len(tongue.vertices))))
    if brackets:
        parts += [part for jaw in jaws for part in _appliance(rng, jaw, solids)]
    if things is not None:
        parts += things(funnel)
    return join_parts(parts, funnel)


def join_parts(parts: list[Part], funnel: Funnel) -> Scene:
    """The parts as one scene."""
    starts = np.cumsum([0] + [len(part.mesh.vertices) for part in parts])
    faces = np.vstack([part.mesh.faces + start for part, start in zip(parts, starts[:-1], strict=True)])
    mesh = Mesh(np.vstack([part.mesh.vertices for part in parts]), faces)
    owner = np.repeat(np.arange(len(parts)), [len(part.mesh.faces) for part in parts])
    rest, extra = np.vstack([part.rest for part in parts]), np.concatenate([part.extra for part in parts])
    return Scene(parts, mesh, owner, rest.astype(np.float32), extra.astype(np.float32), funnel, RayScene(mesh))


def _tooth(solid: ToothSolid, marks: list[Mark]) -> Part:
    """The tooth without what the gum hides, its surface raised and carved by what is on it, finer where it is."""
    raised = [mark for mark in marks if mark.needs_relief]
    shown = solid.at_vertices().rise > _BURIED_MM
    solid = replace(solid, faces=solid.faces[shown[solid.faces].any(axis=1)])
    for level in range(3):
        finer = [mark for mark in raised if level < 2 or mark.category == "cavity"]
        if finer:
            points = solid.at_vertices()
            near = np.max([mark.strength(points) for mark in finer], axis=0) > -0.4
            solid = solid.finer(near[solid.faces].any(axis=1))
    points = solid.at_vertices()
    for mark in raised:
        solid = solid.moved(mark.relief(points, mark.strength(points)))
    return Part("tooth", solid.in_mouth(), solid.rest, solid.groove, solid, solid.fdi, tuple(marks), solid.jaw)


def _gum(jaw: Jaw, funnel: Funnel, *, fine: bool) -> Part:
    """The gum as far as it is in the opening, with the distance of each point from the nearest margin, mm.

    With `fine` twice as fine around the margins, where it is as steep as a wall; the two meshes overlap a little.
    """
    gum = jaw.gum
    even = replace(gum, values=gaussian_filter(gum.values, 0.7) + 0.1 * np.exp(-np.abs(gum.reached)))
    pieces = ((1, 1.0, np.inf), (2, -0.9, 1.4)) if fine else ((1, -0.9, np.inf),)
    kept = []
    for times, low, high in pieces:
        mesh, reached = _height_mesh(even, times)
        inside = funnel.contains(apply(jaw.place, mesh.vertices), 0.25)
        keep = (inside & (reached > low) & (reached < high))[mesh.faces]
        kept.append(mesh.submesh(np.any(keep, axis=1)))
    starts = np.cumsum([0] + [len(mesh.vertices) for mesh in kept])
    points = np.vstack([mesh.vertices for mesh in kept])
    faces = np.vstack([mesh.faces + start for mesh, start in zip(kept, starts[:-1], strict=True)])
    margin = np.vstack([neck.points() for neck in jaw.necks])
    away = np.asarray(KDTree(margin).query(points, distance_upper_bound=_FAR_FROM_MARGIN)[0])
    away = np.where(gum.at(points, "outside") < 0, -1, 1) * np.minimum(away, _FAR_FROM_MARGIN)
    placed = funnel.behind_lips(apply(jaw.place, points))
    return Part("gum", Mesh(placed, faces), points, away, jaw=jaw)


def _enlarged(layer: Float, shape: tuple[int, int]) -> Float:
    return np.asarray(zoom(layer, (shape[0] / layer.shape[0], shape[1] / layer.shape[1]), order=3))


def _height_mesh(gum: HeightMap, times: int) -> tuple[Mesh, Float]:
    """A height map as a surface, arch frame, `times` as fine as the map; and `reached` of its vertices."""
    nx, ny = ((side - 1) * times + 1 for side in gum.values.shape)
    values, reached = (_enlarged(layer, (nx, ny)) for layer in (gum.values, gum.reached))
    step = gum.step / times
    x, y = gum.origin[0] + step * np.arange(nx), gum.origin[1] + step * np.arange(ny)
    points = np.stack([*np.meshgrid(x, y, indexing="ij"), values], axis=2).reshape(-1, 3)
    cell = np.arange(nx * ny).reshape(nx, ny)
    a, b, c, d = (part.ravel() for part in (cell[:-1, :-1], cell[1:, :-1], cell[:-1, 1:], cell[1:, 1:]))
    return Mesh(points, np.concatenate([np.stack([a, b, c], axis=1), np.stack([b, d, c], axis=1)])), reached.ravel()


def _appliance(rng: np.random.Generator, jaw: Jaw, solids: list[ToothSolid]) -> list[Part]:
    bonded = place_brackets(rng, jaw.dentition, jaw.necks)
    own = [solid for solid in solids if solid.jaw is jaw]
    parts = [_metal("bracket", bracket_mesh(bracket), jaw, own[bracket.owner].fdi) for bracket in bonded]
    radius = rng.uniform(0.18, 0.28)
    wires = [wire_mesh(run, radius) for run in in_order(bonded)] if rng.random() < 0.9 else []
    return parts + [_metal("wire", wire, jaw, 0) for wire in wires if wire]


def _metal(kind: str, mesh: Mesh, jaw: Jaw, fdi: int) -> Part:
    placed = mesh.transformed(jaw.place)
    return Part(kind, placed, placed.vertices, np.zeros(len(placed.vertices)), fdi=fdi, jaw=jaw)
