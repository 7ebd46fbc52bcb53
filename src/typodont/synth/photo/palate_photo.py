"""Photographs of infants' upper jaws, with and without clefts, with their landmarks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from typodont.anatomy.landmarks import PALATE, PALATE_LANDMARKS
from typodont.records.landmarked_photo import LandmarkedPhoto
from typodont.synth.cleft.anatomy import draw_anatomy
from typodont.synth.cleft.surface import maxilla_surface
from typodont.synth.cleft.template import load_template
from typodont.synth.photo.exposure import Shoot, expose
from typodont.synth.photo.handheld import Aim, draw_handheld
from typodont.synth.photo.infant import infant_scene
from typodont.synth.photo.landmarked import MadePhoto, make_remarks, pinhole_of, told_focal, visible
from typodont.synth.photo.light import draw_flash
from typodont.synth.photo.look import draw_look, draw_look_lens
from typodont.synth.photo.mirror import draw_mirror
from typodont.synth.photo.mouth import Health
from typodont.synth.photo.paint import draw_palette
from typodont.synth.photo_options import LandmarkedOptions

_DIMMER = 0.72
"""Mucosa is darker than the teeth on which exposures are set."""
_MIRROR_SHARE = 0.3
"""Mirrors are seldom held into the mouths of infants."""


def make_palate_photo(seed: int, index: int, options: LandmarkedOptions) -> MadePhoto:
    """One photograph of an infant's upper jaw; the same (seed, index) and options always give the same.

    The frame of everything is the jaw's arch frame.
    """
    rng = np.random.default_rng([seed, index, 14])
    patient = index // options.views
    anatomy = draw_anatomy(np.random.default_rng([seed, patient, 13]))
    jaw = maxilla_surface(anatomy)
    look = draw_look(rng, options.look)
    toward = np.array([rng.normal(0, 0.12), rng.uniform(-0.25, 0.5), 1.0])
    aim = Aim("palate", ("upper",), jaw.vertices, toward, np.array([0.0, 1, 0]))
    viewpoint = draw_handheld(rng, aim, look, longest=options.longest)
    healthy = Health(0.0, 0.0, float(rng.uniform(0, 0.5)), 0.0, 0.0, 0.0)
    palette = draw_palette(rng, healthy, gloves=look.glove, retractors=0.0)
    palette = replace(palette, pigment=0.0)
    mirrored = rng.random() < _MIRROR_SHARE * look.mirror
    lens = draw_look_lens(rng, look)
    shoot = Shoot(
        infant_scene(rng, anatomy, jaw, viewpoint, look),
        viewpoint.camera,
        palette,
        draw_flash(rng, look.lamps),
        replace(lens, exposure=_DIMMER * lens.exposure),
        draw_mirror(rng, palette.skin, palette.mucosa) if mirrored else None,
    )
    points_mm = jaw.vertices[load_template().landmarks]
    camera = pinhole_of(viewpoint)
    photo = LandmarkedPhoto(
        name=f"{PALATE}_{seed}_{index:05d}",
        image=expose(rng, shoot).image,
        subject=PALATE,
        view=viewpoint.kind,
        names=PALATE_LANDMARKS,
        points=camera.project(points_mm),
        visible=visible(shoot.scene.rays, camera, points_mm, shoot.mirror),
        camera=camera,
        points_mm=points_mm,
        mesh=jaw if options.meshes else None,
        patient=f"{PALATE}_{seed}_patient_{patient:05d}",
        remarks=make_remarks(viewpoint, look, shoot.mirror) | {"cleft": anatomy.kind},
    )
    return MadePhoto(photo, shoot.lens.quality, told_focal(rng, camera, look))
