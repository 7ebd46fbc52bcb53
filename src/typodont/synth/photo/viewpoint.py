"""From where a photograph is taken: the five standard views and close-ups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.geometry.camera import Camera, look_rotation
from typodont.geometry.registration import apply, rotation_about
from typodont.synth.dentition import Tooth
from typodont.synth.photo.mouth import Jaw, Mouth
from typodont.types import Float

KINDS = ("front", "left", "right", "upper", "lower", "facial", "lingual", "occlusal")
"""The five views of a record, and three kinds of close-ups."""
BEHIND_MIRROR = ("upper", "lower", "lingual", "occlusal")
"""What is mostly seen in a mirror."""
_SHARES = (0.17, 0.08, 0.08, 0.11, 0.12, 0.2, 0.14, 0.1)
_SIZES = ((720, 540), (720, 480), (640, 640), (800, 450), (560, 560), (480, 640))
_SIZE_SHARES = (0.36, 0.36, 0.08, 0.06, 0.08, 0.06)
_DOWN = np.array([0.0, 0.0, 1.0])  # mouth frame
_FRONT = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True)
class Viewpoint:
    """A camera before a mouth.

    Args:
        kind: one of `KINDS`, or "palate" for an infant's. camera: mouth frame.
        jaws: "upper", "lower" or both; what is in the way is left out, as behind a mirror.
        target: (2, 3) corners of the box of the teeth that are meant, camera axes about the camera's centre, mm.
    """

    kind: str
    camera: Camera
    jaws: tuple[str, ...]
    target: Float

    @property
    def view(self) -> str:
        """What the record calls it: front, left, right, upper, lower, palate or close-up."""
        return self.kind if self.kind in (*KINDS[:5], "palate") else "close-up"

    def local(self, points: Float) -> Float:
        """(n, 3) points of the mouth frame along the camera's axes about its centre."""
        return (points - self.camera.centre) @ self.camera.rotation.T


def draw_kind(rng: np.random.Generator) -> tuple[str, float]:
    """Which kind of picture, and how far the mouth is open for it, degrees."""
    kind = KINDS[int(rng.choice(len(KINDS), p=_SHARES))]
    closed = {"front": 0.55, "left": 0.75, "right": 0.75, "facial": 0.45}.get(kind, 0.0)
    return kind, 0.0 if rng.random() < closed else float(rng.uniform(2, 20))


def draw_viewpoint(rng: np.random.Generator, mouth: Mouth, kind: str) -> Viewpoint:
    """A camera that shows what this kind of picture shows, held by a human hand."""
    size = _SIZES[int(rng.choice(len(_SIZES), p=_SIZE_SHARES))]
    jaws, points, toward, up = aim(rng, mouth, kind)
    toward = toward / np.linalg.norm(toward) + rng.normal(0, 0.06, 3)
    rotation = look_rotation(toward, up)
    roll = rng.normal(0, 3.5)
    if kind in KINDS[5:] and rng.random() < 0.12:
        roll += rng.choice([-90, 90, 180])
    rotation = rotation_about(np.array([0, 0, 1.0]), roll)[:3, :3] @ rotation
    local = points @ rotation.T
    low, high = local.min(axis=0), local.max(axis=0)
    wide, tall = (high - low)[:2]
    scale = max(wide / size[0], tall / size[1]) / rng.uniform(*FILL[kind])
    jitter = rng.normal(0, 0.04, 2) * np.array(size) * scale
    centre = 0.5 * (low + high) + np.r_[jitter, 0]
    camera = Camera(rotation, centre @ rotation, float(scale), size, float(rng.uniform(130, 420)))
    return Viewpoint(kind, camera, jaws, np.stack([low, high]) - centre)


FILL = {
    "front": (0.6, 1.15),
    "left": (0.7, 1.1),
    "right": (0.7, 1.1),
    "upper": (0.75, 1.05),
    "lower": (0.75, 1.05),
    "facial": (0.6, 1.1),
    "lingual": (0.6, 1.1),
    "occlusal": (0.6, 1.0),
    "palate": (0.55, 1.05),
}
"""What share of the picture the target fills, by kind; above 1 it is cut."""


def aim(rng: np.random.Generator, mouth: Mouth, kind: str) -> tuple[tuple[str, ...], Float, Float, Float]:
    """What a kind of picture means.

    Returns:
        Jaws that are shown, (n, 3) points that are meant, direction toward the camera, what is up; mouth frame.
    """
    both = ("upper", "lower")
    if kind == "front":
        last = int(rng.choice([4, 6, 7]))
        return both, _crowns(mouth.jaws, last), np.array([0, 1, rng.normal(0.02, 0.12)]), -_DOWN
    if kind in ("left", "right"):
        side = 1.0 if kind == "left" else -1.0
        yaw = np.radians(rng.uniform(40, 80))
        toward = np.array([side * np.sin(yaw), np.cos(yaw), rng.normal(0, 0.1)])
        return both, _crowns(mouth.jaws, int(rng.choice([6, 7])), side), toward, -_DOWN
    if kind == "upper":
        return ("upper",), _crowns([mouth.upper], 8), np.array([0, rng.uniform(-0.15, 0.5), 1.0]), _FRONT
    if kind == "lower":
        tilt = rotation_about(np.array([1.0, 0, 0]), mouth.open_degrees)[:3, :3]
        return ("lower",), _crowns([mouth.lower], 8), tilt @ [0, rng.uniform(-0.3, 0.5), -1.0], -_FRONT
    return _aim_close(rng, mouth, kind)


def _aim_close(rng: np.random.Generator, mouth: Mouth, kind: str) -> tuple[tuple[str, ...], Float, Float, Float]:
    """A few neighbouring teeth from the cheek, the tongue or above; lower front teeth most often."""
    jaw = mouth.lower if rng.random() < (0.75 if kind == "lingual" else 0.6) else mouth.upper
    teeth = jaw.dentition.teeth
    front = rng.random() < (0.2 if kind == "occlusal" else 0.65)
    wanted = [i for i, tooth in enumerate(teeth) if (tooth.number <= 3) == front] or list(range(len(teeth)))
    middle = wanted[int(rng.integers(len(wanted)))]
    reach = int(rng.choice([1, 2, 3], p=[0.25, 0.4, 0.35]))
    group = teeth[max(middle - reach, 0) : middle + reach + 1]
    points = apply(jaw.place, np.vstack([tooth.vertices[~tooth.cap] for tooth in group]))
    outward, occlusal = (jaw.place[:3, :3] @ axis for axis in _axes(group))
    if kind == "facial":
        return ("upper", "lower"), points, outward + rng.normal(0, 0.2) * occlusal, -_DOWN
    if kind == "lingual":
        return (jaw.dentition.jaw,), points, -outward + rng.uniform(0.35, 1.3) * occlusal, -_DOWN
    toward = occlusal + rng.normal(0, 0.25) * outward
    return (jaw.dentition.jaw,), points, toward, _FRONT if jaw is mouth.upper else -_FRONT


def _axes(teeth: list[Tooth]) -> tuple[Float, Float]:
    """Mean buccal and occlusal direction, arch frame, unit."""
    buccal = np.sum([tooth.axes[1] for tooth in teeth], axis=0) * [1, 1, 0]
    return buccal / np.linalg.norm(buccal), np.array([0, 0, 1.0])


def _crowns(jaws: tuple[Jaw, ...] | list[Jaw], last: int, side: float = 0.0) -> Float:
    """(n, 3) points of the crowns up to a number, of one side if it is not 0, mouth frame."""
    found = []
    for jaw in jaws:
        for tooth in jaw.dentition.teeth:
            across = (jaw.place[:3, :3] @ [tooth.side, 0, 0])[0]
            if tooth.number <= last and (not side or across * side > 0):
                found.append(apply(jaw.place, tooth.vertices[~tooth.cap]))
    return np.vstack(found) if found else _crowns(jaws, 8)
