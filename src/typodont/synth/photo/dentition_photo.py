"""Photographs of permanent teeth with the landmarks of every tooth."""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np

from typodont.anatomy.landmarks import DENTITION, DENTITION_LANDMARKS, DENTITION_TEETH, landmark_jaw
from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import apply
from typodont.records.landmarked_photo import LandmarkedPhoto
from typodont.synth.arch_landmarks import arch_landmarks
from typodont.synth.photo.exposure import Shoot, expose
from typodont.synth.photo.findings import draw_marks
from typodont.synth.photo.handheld import Aim, draw_handheld
from typodont.synth.photo.landmarked import MadePhoto, make_remarks, moved_camera, pinhole_of, told_focal, visible
from typodont.synth.photo.light import draw_flash
from typodont.synth.photo.look import Look, draw_look, draw_look_lens
from typodont.synth.photo.mark import Mark
from typodont.synth.photo.mirror import draw_mirror
from typodont.synth.photo.mouth import Jaw, Mouth, make_mouth
from typodont.synth.photo.paint import Palette, draw_palette
from typodont.synth.photo.scene import Scene, build_scene
from typodont.synth.photo.things import draw_things
from typodont.synth.photo.tooth_solid import make_solids
from typodont.synth.photo.viewpoint import BEHIND_MIRROR, Viewpoint, aim
from typodont.synth.photo_options import LandmarkedOptions
from typodont.types import Float

VIEWS = ("upper", "lower", "front", "left", "right")
_SHARES = (0.24, 0.24, 0.2, 0.16, 0.16)
_DISEASED = 0.25
_BRACKETS = 0.06
_GUM_STEP_MM = 0.5


def make_dentition_photo(seed: int, index: int, options: LandmarkedOptions) -> MadePhoto:
    """One photograph of a dentition; the same (seed, index) and options always give the same.

    The jaws are in bite where both show. The frame of everything is the upper jaw's arch frame, but for pictures of
    the lower jaw alone its own.
    """
    rng = np.random.default_rng([seed, index, 12])
    patient, turn = divmod(index, options.views)
    view = _view(seed, patient, turn, options.views)
    mouth = _mouth(seed, patient)
    if view in VIEWS[:2]:
        mouth = mouth.opened(float(rng.uniform(6, 20)))
    look = draw_look(rng, options.look)
    viewpoint = draw_handheld(rng, _aim(rng, mouth, view), look, longest=options.longest)
    shoot = _shoot(rng, mouth, viewpoint, look)
    image = expose(rng, shoot).image
    photo = _record(mouth, shoot, image, viewpoint, meshes=options.meshes)
    name = f"{DENTITION}_{seed}"
    about = make_remarks(viewpoint, look, shoot.mirror)
    return MadePhoto(
        photo(name=f"{name}_{index:05d}", patient=f"{name}_patient_{patient:05d}", remarks=about),
        shoot.lens.quality,
        told_focal(rng, pinhole_of(viewpoint), look),
    )


@lru_cache(maxsize=1)
def _mouth(seed: int, patient: int) -> Mouth:
    """The patient, in bite."""
    return make_mouth(np.random.default_rng([seed, patient, 11]), mixed=0.0, gum_step=_GUM_STEP_MM)


def _view(seed: int, patient: int, turn: int, views: int) -> str:
    """All views in their order, or different ones by how often they are taken."""
    if views == len(VIEWS):
        return VIEWS[turn]
    rng = np.random.default_rng([seed, patient, 15])
    return str(rng.choice(VIEWS, size=views, replace=False, p=_SHARES)[turn])


def _aim(rng: np.random.Generator, mouth: Mouth, view: str) -> Aim:
    return Aim(view, *aim(rng, mouth, view))


def _shoot(rng: np.random.Generator, mouth: Mouth, viewpoint: Viewpoint, look: Look) -> Shoot:
    palette = draw_palette(rng, mouth.health, gloves=look.glove, retractors=look.retractor)
    mirrored = viewpoint.kind in BEHIND_MIRROR and rng.random() < look.mirror
    return Shoot(
        _scene(rng, mouth, viewpoint, palette, look),
        viewpoint.camera,
        palette,
        draw_flash(rng, look.lamps),
        draw_look_lens(rng, look),
        draw_mirror(rng, palette.skin, palette.mucosa) if mirrored else None,
    )


def _scene(rng: np.random.Generator, mouth: Mouth, viewpoint: Viewpoint, palette: Palette, look: Look) -> Scene:
    solids = [solid for jaw in _shown(mouth, viewpoint) for solid in make_solids(jaw)]
    marks: list[list[Mark]] = [[] for _ in solids]
    if rng.random() < _DISEASED:
        marks = draw_marks(rng, solids, mouth.health, palette.enamel)
    brackets = bool(rng.random() < _BRACKETS)
    things = partial(draw_things, rng, mean=look.things)
    return build_scene(rng, mouth, solids, marks, viewpoint, brackets=brackets, things=things, fine=False)


def _shown(mouth: Mouth, viewpoint: Viewpoint) -> list[Jaw]:
    return [jaw for jaw in mouth.jaws if jaw.dentition.jaw in viewpoint.jaws]


def _record(
    mouth: Mouth, shoot: Shoot, image: np.ndarray, viewpoint: Viewpoint, *, meshes: bool
) -> partial[LandmarkedPhoto]:
    """All of a `LandmarkedPhoto` but its names and remarks."""
    shown = _shown(mouth, viewpoint)
    camera = pinhole_of(viewpoint)
    points = np.full((len(DENTITION_LANDMARKS), 3), np.nan)
    for jaw in shown:
        own = np.array([landmark_jaw(name) == jaw.dentition.jaw for name in DENTITION_LANDMARKS])
        points[own] = arch_landmarks(jaw.dentition, jaw.gum, place=jaw.place)[own]
    frame = mouth.lower.place if viewpoint.kind == "lower" else np.eye(4)
    to_frame = np.linalg.inv(frame)
    return partial(
        LandmarkedPhoto,
        image=image,
        subject=DENTITION,
        view=viewpoint.kind,
        names=DENTITION_LANDMARKS,
        points=camera.project(points),
        visible=visible(shoot.scene.rays, camera, points, shoot.mirror),
        camera=moved_camera(camera, frame),
        points_mm=apply(to_frame, points),
        mesh=_crowns(shown, to_frame) if meshes else None,
    )


def _crowns(jaws: list[Jaw], motion: Float) -> Mesh:
    """The crowns of all teeth that have landmarks, moved from the mouth frame."""
    vertices, faces, labels = [], [], []
    start = 0
    for jaw in jaws:
        for tooth in jaw.dentition.teeth:
            fdi = jaw.dentition.fdi(tooth)
            if fdi in DENTITION_TEETH:
                shown = np.logical_not(tooth.cap[tooth.faces].any(axis=1))
                crown = Mesh(tooth.vertices, tooth.faces).submesh(shown)
                vertices.append(apply(motion @ jaw.place, crown.vertices))
                faces.append(crown.faces + start)
                labels.append(np.full(len(crown.vertices), fdi))
                start += len(crown.vertices)
    return Mesh(np.vstack(vertices), np.vstack(faces), {"label": np.concatenate(labels)})
