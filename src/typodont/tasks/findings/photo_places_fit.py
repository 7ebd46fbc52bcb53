"""Measure where teeth appear in photographs, and how large, on synthetic patients seen by a camera.

    python -m typodont.tasks.findings.photo_places_fit --out src/typodont/tasks/findings/photo_places.npz

Every patient's two arches are closed in bite, or opened about the hinge of the jaw, and looked at from the front, from
the sides and onto the biting surfaces, from the distances at which mouths are photographed. What shows of each tooth
gives its place and size; the mean and the spread over patients go into the table.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from typodont.anatomy import JAWS, LOWER, PERMANENT, UPPER, jaw
from typodont.atomic import atomic_path
from typodont.geometry.camera import Camera, look_rotation
from typodont.geometry.mesh import Mesh
from typodont.geometry.rays import RayScene
from typodont.progress import track
from typodont.synth.arch_form import draw_arch_form
from typodont.synth.dentition import make_dentition
from typodont.synth.patient import close_bite
from typodont.synth.tooth_plan import ArchStyle
from typodont.tasks.findings.photo_places import BINS, Bin, PhotoPlaces, ToothShape, shapes_of, write_places
from typodont.types import Float, Int

N_PATIENTS = 120
PIXEL_MM = 0.5
HALF_MM = (44.0, 34.0)
"""Half the width and height of the field that is looked at; an arch seen from the front is about 65 mm wide."""

DISTANCE_MM = (160.0, 450.0)
HINGE_MM = np.array([0.0, -62.0, -30.0])
"""The hinge of the jaw in the upper arch frame: behind the last teeth and above the biting plane."""

OPENING_DEGREES = (6.0, 24.0)
YAW_REACH, PITCH_SPREAD = 7.5, 5.0
LEAST_PIXELS = 16
"""What shows less of itself, in pixels, is not seen as a tooth."""

TURNED_AWAY = -0.1
"""A tooth whose cheek side points away from the camera by more than this cosine is hidden by gum or tongue, which are
not drawn; but lower teeth show their tongue side in an open mouth."""


@dataclass(frozen=True)
class PlacedCrown:
    """A crown in the upper arch frame.

    Args:
        vertices: (V, 3) mm.
        faces: (T, 3).
        buccal: (3,) unit vector toward cheek or lip.
    """

    vertices: Float
    faces: Int
    buccal: Float

    def moved(self, rotation: Float, about: Float) -> PlacedCrown:
        """Turned about a point."""
        return PlacedCrown((self.vertices - about) @ rotation.T + about, self.faces, rotation @ self.buccal)


@dataclass(frozen=True)
class Mouth:
    """The crowns of both jaws in the upper arch frame.

    Args:
        crowns: By FDI number.
    """

    crowns: Mapping[int, PlacedCrown]

    def opened(self, degrees: float) -> Mouth:
        """With the lower jaw turned about its hinge."""
        turn = np.radians(degrees)
        about_x = np.array([[1, 0, 0], [0, np.cos(turn), -np.sin(turn)], [0, np.sin(turn), np.cos(turn)]])
        lower = {fdi: crown.moved(about_x, HINGE_MM) for fdi, crown in self.only(LOWER).crowns.items()}
        return Mouth({**self.only(UPPER).crowns, **lower})

    def only(self, wanted: str) -> Mouth:
        """One jaw."""
        return Mouth({fdi: crown for fdi, crown in self.crowns.items() if jaw(fdi) == wanted})


def make_mouth(rng: np.random.Generator) -> Mouth:
    """A made-up permanent dentition, some teeth missing or crowded, closed in bite."""
    style = ArchStyle(mixed=0.0, erupting=0.05, crowding_sd=float(rng.uniform(0.2, 1.0)), form=draw_arch_form(rng))
    arches = {jaw: make_dentition(rng, jaw, style) for jaw in JAWS}
    bite = close_bite(rng, arches[UPPER], arches[LOWER])
    crowns: dict[int, PlacedCrown] = {}
    for name, arch in arches.items():
        motion = np.eye(4) if name == UPPER else bite
        for tooth in arch.teeth:
            vertices = tooth.vertices @ motion[:3, :3].T + motion[:3, 3]
            crowns[arch.fdi(tooth)] = PlacedCrown(vertices, tooth.faces, motion[:3, :3] @ tooth.axes[1])
    return Mouth(crowns)


def take_photo(rng: np.random.Generator, mouth: Mouth, seen: Bin) -> Int:
    """(H, W) int64: FDI number of what each pixel shows, 0 for no tooth; pixels are `PIXEL_MM` wide.

    Args:
        rng: Draws distance, direction within the bin, and how far the mouth is open.
        mouth: Closed in bite.
        seen: From where it is looked at.
    """
    if seen.jaw is not None:
        mouth = mouth.only(seen.jaw)
    elif seen.open:
        mouth = mouth.opened(rng.uniform(*OPENING_DEGREES))
    rotation = _rotation(rng, seen)
    mesh, numbers = _joined(mouth)
    local = mesh.vertices @ rotation.T
    size = int(2 * HALF_MM[0] / PIXEL_MM), int(2 * HALF_MM[1] / PIXEL_MM)
    centre = 0.5 * (local.min(axis=0) + local.max(axis=0)) @ rotation
    camera = Camera(rotation, centre, PIXEL_MM, size, float(rng.uniform(*DISTANCE_MM)))
    _, face = RayScene(mesh).first_hit(*camera.rays())
    picture = np.where(face >= 0, numbers[face], 0).reshape(size[1], size[0])
    for fdi, crown in mouth.crowns.items():
        tongue_side = seen.jaw is not None or (seen.open and jaw(fdi) == LOWER)
        if not tongue_side and crown.buccal @ rotation[2] < TURNED_AWAY:
            picture[picture == fdi] = 0
    return picture


def _joined(mouth: Mouth) -> tuple[Mesh, Int]:
    """All crowns as one surface with F faces, and (F,) the number of the tooth of each."""
    crowns = mouth.crowns.values()
    first = np.cumsum([0, *(len(crown.vertices) for crown in crowns)])
    faces = np.concatenate([crown.faces + start for crown, start in zip(crowns, first, strict=False)])
    numbers = np.concatenate([np.full(len(crown.faces), fdi) for fdi, crown in mouth.crowns.items()])
    return Mesh(np.concatenate([crown.vertices for crown in crowns]), faces), numbers


def _rotation(rng: np.random.Generator, seen: Bin) -> Float:
    """(3, 3) camera axes in the upper arch frame, where +z points down to the lower teeth."""
    pitch = np.radians(rng.normal(0, PITCH_SPREAD))
    yaw = np.radians(rng.uniform(-YAW_REACH, YAW_REACH))
    if seen.jaw is not None:
        toward = np.array([np.sin(yaw), np.sin(pitch), 1.0 if seen.jaw == UPPER else -1.0])
        up = np.array([0.0, 1.0 if seen.jaw == UPPER else -1.0, 0.0])
        return look_rotation(toward, up)
    yaw += np.radians(seen.yaw)
    toward = np.array([np.sin(yaw) * np.cos(pitch), np.cos(yaw) * np.cos(pitch), np.sin(pitch)])
    return look_rotation(toward, np.array([0.0, 0.0, -1.0]))


def measure_places(n_patients: int = N_PATIENTS, seed: int = 0) -> PhotoPlaces:
    """Mean and spread of what shows of every tooth in every bin; patients are laid over each other first."""
    found = {seen: [] for seen in BINS}
    for patient in track(range(n_patients), "photographs of synthetic patients"):
        rng = np.random.default_rng([seed, patient, 5])
        mouth = make_mouth(rng)
        for seen in BINS:
            picture = take_photo(rng, mouth, seen)
            found[seen].append(_row(shapes_of(picture, least_pixels=LEAST_PIXELS)))
    tables = [_mean_and_spread(np.array(found[seen])) for seen in BINS]
    return PhotoPlaces(*(np.stack(column) for column in zip(*tables, strict=True)))


def _row(shapes: Mapping[int, ToothShape]) -> Float:
    """(32, 4) x, y, log width, log height in mm of every permanent tooth; NaN where it does not show."""
    row = np.full((len(PERMANENT), 4), np.nan)
    for fdi, shape in shapes.items():
        row[PERMANENT.index(fdi)] = [*(PIXEL_MM * np.array(shape.centre)), *np.log(PIXEL_MM * np.array(shape.extent))]
    return row


def _mean_and_spread(rows: Float) -> tuple[Float, Float, Float]:
    """Of (P, 32, 4) rows of one bin: mean (32, 4), standard deviation (32, 4) and share of patients it shows in (32,).

    Each patient is moved and scaled onto the mean of all.
    """
    shows = np.isfinite(rows[..., 0]).mean(axis=0)
    usual = shows > 0.5
    middle = np.nanmean(rows[:, usual, :2], axis=1, keepdims=True)
    rows = np.concatenate([rows[..., :2] - middle, rows[..., 2:]], axis=-1)
    for _ in range(4):
        mean = np.nanmean(rows[:, usual], axis=0)
        rows = np.stack([_laid_onto(row, row[usual], mean) for row in rows])
    seen = np.isfinite(rows).sum(axis=0).clip(1)
    mean = np.nansum(rows, axis=0) / seen
    spread = np.sqrt(np.nansum((rows - mean) ** 2, axis=0) / seen)
    return mean, spread, shows


def _laid_onto(row: Float, usual: Float, mean: Float) -> Float:
    """One patient moved and scaled so that its usual teeth lie on the mean ones."""
    both = np.isfinite(usual[:, 0])
    place, goal = usual[both, :2], mean[both, :2]
    place_mid, goal_mid = place.mean(axis=0), goal.mean(axis=0)
    scale = float(((place - place_mid) * (goal - goal_mid)).sum() / ((place - place_mid) ** 2).sum())
    moved = (row[:, :2] - place_mid) * scale + goal_mid
    return np.concatenate([moved, row[:, 2:] + np.log(scale)], axis=1)


def main() -> None:
    """Make the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--patients", type=int, default=N_PATIENTS)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with atomic_path(asked.out) as temporary:
        write_places(measure_places(asked.patients, asked.seed), temporary)


if __name__ == "__main__":
    main()
