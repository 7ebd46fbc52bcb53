"""Synthetic intra-oral photographs: one call makes one picture with the exact mask of all that shows in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.synth.photo.exposure import Shoot, expose
from typodont.synth.photo.findings import draw_marks
from typodont.synth.photo.lens import draw_lens
from typodont.synth.photo.light import draw_flash
from typodont.synth.photo.mirror import Mirror, draw_mirror
from typodont.synth.photo.mouth import Mouth, make_mouth
from typodont.synth.photo.paint import Palette, draw_palette
from typodont.synth.photo.scene import Scene, build_scene
from typodont.synth.photo.tooth_solid import make_solids
from typodont.synth.photo.viewpoint import BEHIND_MIRROR, Viewpoint, draw_kind, draw_viewpoint
from typodont.synth.photo.visible import PhotoFinding, visible_findings

_MIRROR, _BRACKETS = 0.5, 0.12


@dataclass(frozen=True)
class SyntheticPhoto:
    """A made-up photograph with its truth.

    Args:
        name: "photo_SEED_INDEX". patient: "photo_patient_SEED_INDEX".
        image: (H, W, 3) uint8. findings: what shows, teeth first. viewpoint: from where; its camera is known.
        scene: what stood before the camera. quality: of the JPEG in which to keep it.
    """

    name: str
    patient: str
    image: np.ndarray
    findings: tuple[PhotoFinding, ...]
    viewpoint: Viewpoint
    scene: Scene
    quality: int


def make_photo(seed: int, index: int = 0) -> SyntheticPhoto:
    """One synthetic photograph; the same (seed, index) always gives the same picture."""
    rng = np.random.default_rng([seed, index, 5])
    kind, degrees = draw_kind(rng)
    mouth = make_mouth(rng, open_degrees=degrees)
    viewpoint = draw_viewpoint(rng, mouth, kind)
    palette = draw_palette(rng, mouth.health)
    scene = _draw_scene(rng, mouth, viewpoint, palette)
    mirror = _draw_mirror(rng, viewpoint, palette)
    shoot = Shoot(scene, viewpoint.camera, palette, draw_flash(rng), draw_lens(rng), mirror)
    exposure = expose(rng, shoot)
    return SyntheticPhoto(
        name=f"photo_{seed}_{index:05d}",
        patient=f"photo_patient_{seed}_{index:05d}",
        image=exposure.image,
        findings=visible_findings(exposure, shoot),
        viewpoint=viewpoint,
        scene=scene,
        quality=shoot.lens.quality,
    )


def _draw_scene(rng: np.random.Generator, mouth: Mouth, viewpoint: Viewpoint, palette: Palette) -> Scene:
    solids = [solid for jaw in mouth.jaws for solid in make_solids(jaw)]
    marks = draw_marks(rng, solids, mouth.health, palette.enamel)
    return build_scene(rng, mouth, solids, marks, viewpoint, brackets=bool(rng.random() < _BRACKETS))


def _draw_mirror(rng: np.random.Generator, viewpoint: Viewpoint, palette: Palette) -> Mirror | None:
    if viewpoint.kind not in BEHIND_MIRROR or rng.random() > _MIRROR:
        return None
    return draw_mirror(rng, palette.skin, palette.mucosa)
