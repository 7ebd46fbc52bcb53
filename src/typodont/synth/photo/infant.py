"""An infant's mouth before a camera: the upper jaw, perhaps cleft, what it goes on into, lips and cheeks."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from typodont.geometry.connectivity import boundary_loops
from typodont.geometry.mesh import Mesh
from typodont.synth.cleft.anatomy import MaxillaAnatomy
from typodont.synth.cleft.template import CLEFT, REGIONS, load_template
from typodont.synth.photo.look import Look
from typodont.synth.photo.noise import smoothstep
from typodont.synth.photo.scene import Part, Scene, join_parts
from typodont.synth.photo.soft import Funnel, LipCleft, make_funnel, tongue_hill
from typodont.synth.photo.things import draw_feeding_tube, draw_things
from typodont.synth.photo.viewpoint import Viewpoint
from typodont.synth.relax import relax
from typodont.types import Float, Int

_RAW = {"vestibule": 0.5, "vomer": 0.9, "cleft floor": 1.0}
"""How red and wet the regions are; ridges and shelves are 0."""
_FEEDING_TUBE, _LIP_CLEFT, _TONGUE = 0.3, 0.75, 0.35
# (mm away from the jaw, mm toward the tongue): from the vestibule into lips and cheeks, from the palate into the throat
_CHEEK = np.array([[0.8, -0.4], [2.0, -0.5], [3.5, 0.0], [5.0, 1.0], [6.0, 2.0], [7.0, 3.0]])
_THROAT = np.array([[2.0, 0.0], [4.5, 0.2], [7.0, 0.6], [9.5, 1.2], [12.0, 2.0], [14.0, 3.0]])


def infant_scene(
    rng: np.random.Generator, anatomy: MaxillaAnatomy, jaw: Mesh, viewpoint: Viewpoint, look: Look
) -> Scene:
    """What stands before the camera; the mouth frame is the jaw's arch frame."""
    funnel = make_funnel(rng, viewpoint, jaw.vertices, _lip_clefts(rng, anatomy, jaw, viewpoint))
    parts = [
        _palate(jaw, funnel),
        Part("hollow", Mesh(np.zeros((0, 3)), np.zeros((0, 3), np.int64)), np.zeros((0, 3)), np.zeros(0)),
        Part("funnel", funnel.mesh, funnel.mesh.vertices, funnel.along),
        *_things(rng, funnel, jaw, look),
    ]
    if rng.random() < _TONGUE:
        tongue = _tongue(rng, jaw)
        parts.append(Part("tongue", tongue, tongue.vertices, np.zeros(len(tongue.vertices))))
    return join_parts(parts, funnel)


def _things(rng: np.random.Generator, funnel: Funnel, jaw: Mesh, look: Look) -> list[Part]:
    things = draw_things(rng, funnel, look.things)
    if rng.random() < _FEEDING_TUBE:
        things.append(draw_feeding_tube(rng, funnel, funnel.viewpoint.local(jaw.vertices)))
    return things


def _tongue(rng: np.random.Generator, jaw: Mesh) -> Mesh:
    """Between the camera and the back of the palate."""
    back, half = jaw.vertices[:, 1].min(), 0.5 * np.ptp(jaw.vertices[:, 0])
    middle = np.array([rng.normal(0, 2), back - rng.uniform(-1, 9), rng.uniform(4, 12)])
    return tongue_hill(rng, middle, np.array([rng.uniform(0.45, 0.75) * half, rng.uniform(8, 13), rng.uniform(5, 9)]))


def _palate(jaw: Mesh, funnel: Funnel) -> Part:
    """The jaw, and around it the tissue that it goes on into, as far as it is behind the lips."""
    redness = _redness(jaw)
    loop = max(boundary_loops(jaw), key=len)
    rim = jaw.vertices[loop]
    outward = rim[:, :2] - jaw.vertices[:, :2].mean(axis=0)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    behind = smoothstep(-0.35, -0.75, outward[:, 1])[:, None]
    rings, faces, before = [], [jaw.faces], np.asarray(loop)
    for number, (cheek, throat) in enumerate(zip(_CHEEK, _THROAT, strict=True)):
        away, rise = np.split((1 - behind) * cheek + behind * throat, 2, axis=1)
        ring = np.column_stack([rim[:, :2] + away * outward, rim[:, 2:] + rise])
        rings.append(gaussian_filter1d(ring, 1.5 * number + 0.5, axis=0, mode="wrap"))
        after = len(jaw.vertices) + number * len(loop) + np.arange(len(loop))
        a, b, c, d = before, np.roll(before, -1), np.roll(after, -1), after
        faces.append(np.concatenate([np.stack([b, a, d], axis=1), np.stack([b, d, c], axis=1)]))
        before = after
    vertices = np.vstack([jaw.vertices, funnel.behind_lips(np.vstack(rings))])
    inside = funnel.contains(vertices, 0.15)
    inside[: len(jaw.vertices)] = True
    triangles = np.vstack(faces)
    extra = np.r_[redness, np.tile(np.maximum(redness[loop], 0.6), len(rings))]
    return Part("palate", Mesh(vertices, triangles[inside[triangles].all(axis=1)]), vertices, extra)


def _redness(jaw: Mesh) -> Float:
    """(V,) how red and wet the jaw is; what is a closed seam of the template is as its surroundings."""
    raw = np.zeros(len(REGIONS))
    raw[[REGIONS.index(name) for name in _RAW]] = list(_RAW.values())
    template = load_template()
    gaps = [
        (template.right_arm, _wide(jaw, template.right_arm)),
        (template.left_arm, _wide(jaw, template.left_arm)),
        (template.stem.T, _wide(jaw, template.stem.T[:CLEFT]) + _wide(jaw, template.stem.T[-CLEFT:])),
    ]
    share = np.ones(len(jaw.vertices))
    for strip, wide in gaps:
        share[strip] = np.minimum(share[strip], smoothstep(0.6, 2.5, wide))
    red = share * raw[jaw.vertex_attributes["label"]]
    return relax(np.repeat(red[:, None], 3, axis=1), jaw.faces, share=0.6, rounds=4)[:, 0]


def _wide(jaw: Mesh, strip: Int) -> Float:
    """(n,) mm from the first to the last row of a patch (m, n) of vertices."""
    return np.linalg.norm(jaw.vertices[strip[0]] - jaw.vertices[strip[-1]], axis=1)


def _lip_clefts(rng: np.random.Generator, anatomy: MaxillaAnatomy, jaw: Mesh, viewpoint: Viewpoint) -> list[LipCleft]:
    """Where the upper lip is cleft: before the clefts of the ridge, unless it is closed already."""
    if rng.random() > _LIP_CLEFT:
        return []
    local = viewpoint.local(jaw.vertices)
    middle = 0.5 * (local.min(axis=0) + local.max(axis=0))[:2]
    found = []
    for side, is_open in zip((-1.0, 1.0), anatomy.open_sides, strict=True):
        if is_open:
            place = viewpoint.local(np.array([[side * rng.uniform(3, 8), jaw.vertices[:, 1].max(), 0.0]]))[0, :2]
            angle = float(np.arctan2(*(place - middle)[::-1]))
            found.append(LipCleft(angle, rng.uniform(0.12, 0.25), rng.uniform(3, 10)))
    return found
