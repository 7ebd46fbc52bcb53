"""Light of a dental photograph: a flash at the lens, a little of the room, highlights on everything wet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.geometry.camera import Camera
from typodont.geometry.curvature import tangent_frame
from typodont.geometry.rays import hemisphere_directions
from typodont.synth.photo.scene import Scene
from typodont.synth.photo.surface import Surface
from typodont.types import Float, Int

_AO_RAYS = 8
_AO_MM = 14.0
_OFF_MM = 0.02


@dataclass(frozen=True)
class Flash:
    """Lamps around the lens.

    Args:
        lamps: (k, 3) places in the camera's axes about the lens, mm. powers: (k,) adding up to 1.
        shadows: lamps stand apart enough to throw shadows.
        room: share of light that comes from everywhere. tint: (3,) its colour.
        spread: how large the lamps look, added to the roughness of surfaces.
        depth: mm over which light dies away in the depth of the mouth.
    """

    lamps: Float
    powers: Float
    shadows: bool
    room: float
    tint: Float
    spread: float
    depth: float


def draw_flash(rng: np.random.Generator, shares: tuple[float, ...] = (0.4, 0.32, 0.16, 0.12)) -> Flash:
    """A ring, a pair of side lamps, one lamp beside the lens (telephones), or the chair's lamp from above; how often
    each is used say the `shares`.
    """
    kind = rng.choice(["ring", "twin", "single", "chair"], p=shares)
    if kind == "ring":
        angle = np.linspace(0, 2 * np.pi, 8, endpoint=False) + 0.3
        lamps = rng.uniform(28, 45) * np.stack([np.cos(angle), np.sin(angle), np.zeros(8)], axis=1)
    elif kind == "twin":
        reach, lift = rng.uniform(45, 120), rng.normal(0, 15)
        lamps = np.array([[-reach, lift, -10], [reach, lift, -10]])
    elif kind == "single":
        lamps = np.array([[*rng.normal(0, 15, 2), 0.0]])
    else:
        lamps = np.array([[rng.normal(0, 80), rng.uniform(150, 350), rng.uniform(-40, 120)]])
    return Flash(
        lamps,
        np.full(len(lamps), 1 / len(lamps)),
        kind in ("twin", "chair"),
        rng.uniform(0.25, 0.5),
        np.array([1.0, rng.uniform(0.9, 1.0), rng.uniform(0.82, 1.0)], dtype=np.float32),
        rng.uniform(0.0, 0.05),
        rng.uniform(25, 80),
    )


@dataclass(frozen=True)
class Hits:
    """Points that the camera sees.

    Args:
        position, direction, normal: (n, 3) float32 mouth frame; the normal points to the viewer, both unit.
        face: (n,) face of the scene's mesh. part: (n,) its part. weights: (n, 3) of the face's corners.
        distance: (n,) mm from the lens.
    """

    position: Float
    direction: Float
    normal: Float
    face: Int
    part: Int
    weights: Float
    distance: Float

    def take(self, which: Int) -> Hits:
        """Some of the points."""
        return Hits(**{name: values[which] for name, values in vars(self).items()})

    def vertex_values(self, scene: Scene, values: Float) -> Float:
        """(n, …) values of the vertices (V, …) between the corners of each face."""
        corners = scene.mesh.faces[self.face]
        weights = self.weights if values.ndim == 1 else self.weights[..., None]
        return (values[corners] * weights).sum(axis=1)


def cast(scene: Scene, origins: Float, directions: Float) -> tuple[Hits, Int]:
    """What rays meet first, and (n,) which of the rays met something."""
    distance, face, weights = scene.rays.first_hit_barycentric(origins, directions)
    seen = np.flatnonzero(face >= 0)
    face, weights, direction = face[seen], weights[seen], directions[seen]
    near = distance[seen].astype(np.float32)
    normals = scene.mesh.vertex_normals.astype(np.float32)
    normal = (normals[scene.mesh.faces[face]] * weights[..., None]).sum(axis=1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    flat = scene.mesh.face_normals[face].astype(np.float32)
    behind = np.einsum("ni,ni->n", flat, direction) > 0
    inner = behind & (np.einsum("ni,ni->n", normal, direction) > 0.15)  # worn edges have folded faces
    flat[behind] *= -1
    normal[np.einsum("ni,ni->n", normal, flat) < 0] *= -1
    position = origins[seen] + near[:, None] * direction
    part = scene.part[face]
    part[inner & scene.closed[part]] = scene.hollow
    return Hits(position, direction, normal, face, part, weights, near), seen


def openness(rng: np.random.Generator, scene: Scene, hits: Hits) -> Float:
    """(n,) float32 share of the half-space over each point from which light of the room arrives; noisy."""
    tangent, bitangent = tangent_frame(hits.normal)
    origin = hits.position + _OFF_MM * hits.normal
    free = np.zeros(len(hits.part), np.float32)
    turn = rng.uniform(0, 2 * np.pi, len(hits.part)).astype(np.float32)
    u = (np.cos(turn)[:, None] * tangent + np.sin(turn)[:, None] * bitangent).astype(np.float32)
    v = np.cross(hits.normal, u)
    for x, y, z in hemisphere_directions(_AO_RAYS, cosine_weighted=True).astype(np.float32):
        free += ~scene.rays.occluded(origin, x * u + y * v + z * hits.normal, max_distance=_AO_MM)
    return free / _AO_RAYS


def light(scene: Scene, hits: Hits, surface: Surface, free: Float, camera: Camera, flash: Flash) -> tuple[Float, Float]:
    """(n, 3) light that arrives and (n, 3) highlights, linear: seen is colour times the first, plus the second."""
    normal = hits.normal + surface.tilt
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    deep = np.maximum((hits.distance - hits.distance.min()) - 10, 0)
    fade = np.exp(-deep / flash.depth) * (0.35 + 0.65 * free)
    arriving = flash.room * free[:, None] * flash.tint
    highlight = np.zeros(len(free), np.float32)
    lobe = (surface.rough + flash.spread) ** 2
    for lamp, power in zip(flash.lamps, flash.powers, strict=True):
        toward = (camera.eye + lamp @ camera.rotation - hits.position).astype(np.float32)
        far = np.linalg.norm(toward, axis=1)
        toward /= far[:, None]
        cosine = np.einsum("ni,ni->n", normal, toward)
        lit = power * ((camera.distance or 1.0) / far) ** 2 * fade
        if flash.shadows:
            origin = hits.position + _OFF_MM * hits.normal
            lit = lit * np.where(scene.rays.occluded(origin, toward, max_distance=far - 1), 0.25, 1.0)
        arriving = arriving + (lit * np.maximum((cosine + 0.25) / 1.25, 0))[:, None]
        half = toward - hits.direction
        half /= np.linalg.norm(half, axis=1, keepdims=True)
        sharp = np.maximum(np.einsum("ni,ni->n", normal, half), 0)
        # the lobe of Trowbridge and Reitz, as tall as it is narrow
        lobes = lobe / (np.pi * (sharp * sharp * (lobe - 1) + 1) ** 2)
        highlight += lit * np.maximum(cosine, 0) ** 0.5 * lobes * (cosine > 0)
    grazing = 1 + 6 * np.clip(1 + np.einsum("ni,ni->n", normal, hits.direction), 0, 1) ** 5
    shine = 0.05 * surface.shine * highlight * grazing
    return arriving.astype(np.float32), np.repeat(shine[:, None], 3, axis=1).astype(np.float32)
