"""How made-up photographs are taken: hands, lenses, and what gets in the way."""

from __future__ import annotations

import numpy as np
import pytest

from typodont.geometry.pinhole import Pinhole
from typodont.synth.photo.handheld import Aim, draw_handheld
from typodont.synth.photo.landmarked import told_focal
from typodont.synth.photo.lens import Lens, develop
from typodont.synth.photo.look import ANY, CLINIC, LOOKS, PHONE, Look, draw_look, draw_look_lens
from typodont.synth.photo.mouth import draw_health
from typodont.synth.photo.paint import draw_palette
from typodont.synth.photo.soft import Funnel, make_funnel
from typodont.synth.photo.things import KINDS, draw_feeding_tube, draw_things, paint_thing


@pytest.fixture
def aim() -> Aim:
    points = np.random.default_rng(0).uniform(-1, 1, (300, 3)) * (30, 25, 8)
    return Aim("upper", ("upper",), points, np.array([0.1, 0.2, 1.0]), np.array([0.0, 1, 0]))


def draw(seed: int, aim: Aim, look: Look) -> Pinhole:
    viewpoint = draw_handheld(np.random.default_rng(seed), aim, look, longest=160)
    return viewpoint.camera.pinhole  # type: ignore[attr-defined]


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_hands_hold_a_camera_so_that_it_shows_its_aim(aim: Aim, look: Look):
    for seed in range(40):
        camera = draw(seed, aim, look)
        local = camera.local(aim.points)
        assert look.nearest[0] - 1 < -local[:, 2].max() < look.nearest[1] + 1
        px = camera.project(aim.points)
        inside = ((px > 0) & (px < camera.size)).all(axis=1)
        assert inside.mean() > 0.6
        assert (np.ptp(px, axis=0) / camera.size).max() > 0.5
        assert max(camera.size) == 160


def test_telephones_are_nearer_and_bend_more(aim: Aim):
    phones, clinics = ([draw(seed, aim, look) for seed in range(40)] for look in (PHONE, CLINIC))

    def moved(camera: Pinhole) -> float:
        """Pixels by which the lens moves the corner."""
        straight = Pinhole(camera.focal_px, camera.centre_px, camera.size, camera.rotation, camera.position)
        corner = camera.position + camera.directions(np.zeros((1, 2)))
        return float(np.abs(straight.project(corner)).max())

    assert np.median([moved(camera) for camera in phones]) > 3 * np.median([moved(camera) for camera in clinics])
    assert np.median([camera.focal_px for camera in phones]) < np.median([camera.focal_px for camera in clinics])


def test_looks_are_drawn_by_name():
    rng = np.random.default_rng(0)
    assert draw_look(rng, "clinic") is CLINIC
    drawn = [draw_look(rng, ANY) for _ in range(60)]
    assert 25 < sum(look is PHONE for look in drawn) < 55
    noise = {look.name: np.median([draw_look_lens(rng, look).noise for _ in range(30)]) for look in LOOKS.values()}
    assert noise["phone"] > 3 * noise["clinic"]


def test_a_cut_picture_tells_no_focal_length(aim: Aim):
    rng = np.random.default_rng(1)
    cameras = [draw(seed, aim, PHONE) for seed in range(40)]
    told = [told_focal(rng, camera, PHONE) for camera in cameras]
    assert {value for value in told if value} <= {camera.focal_px for camera in cameras}
    middle = [np.allclose(camera.centre_px, 0.5 * (np.array(camera.size) - 1)) for camera in cameras]
    assert 5 < sum(not at for at in middle) < 20
    assert all(value is None for value, at in zip(told, middle, strict=True) if not at)
    assert sum(value is not None for value in told) > 10


def lens(shake: tuple[float, float]) -> Lens:
    return Lens(0.0, 0.0, 50.0, 0.01, 0.6, np.ones(3, np.float32), 0.0, 1.0, 0.0, 0.0, 90, shake)


def test_a_moving_hand_smears_along_its_way_and_keeps_the_light():
    light = np.zeros((41, 61, 3), np.float32)
    light[20, 30] = 20.0
    rng = np.random.default_rng(0)
    still, moved = (
        develop(rng, light, np.zeros((41, 61), np.float32), 1.0, lens(shake)).astype(float)
        for shake in ((0.0, 0.0), (12.0, 0.0))
    )
    assert (still > 20).any(axis=2).sum() == 1
    streak = np.argwhere((moved > 20).any(axis=2))
    assert np.ptp(streak[:, 0]) == 0
    assert 10 <= np.ptp(streak[:, 1]) <= 14
    flat = develop(rng, np.ones_like(light), np.zeros((41, 61), np.float32), 1.0, lens((5.0, 3.0)))
    assert np.ptp(flat) <= 1


@pytest.fixture
def funnel(aim: Aim) -> Funnel:
    viewpoint = draw_handheld(np.random.default_rng(2), aim, CLINIC, longest=160)
    return make_funnel(np.random.default_rng(2), viewpoint, aim.points)


def test_things_come_from_the_rim_and_stay_before_the_teeth(aim: Aim, funnel: Funnel):
    rng = np.random.default_rng(0)
    highest = funnel.viewpoint.local(aim.points)[:, 2].max()
    parts = [part for _ in range(20) for part in draw_things(rng, funnel, 1.0)]
    assert 10 < len(parts) < 40
    for part in parts:
        local = funnel.viewpoint.local(part.mesh.vertices)
        assert part.kind in KINDS
        assert local[:, 2].mean() > highest - 10
        assert np.linalg.norm(local[:, :2], axis=1).max() > 60  # out of the frame
    assert draw_things(rng, funnel, 0.0) == []


def test_a_feeding_tube_runs_from_the_throat_to_the_cheek(aim: Aim, funnel: Funnel):
    local = funnel.viewpoint.local(aim.points)
    part = draw_feeding_tube(np.random.default_rng(0), funnel, local)
    line = funnel.viewpoint.local(part.mesh.vertices).reshape(-1, 24, 3).mean(axis=1)
    radius = np.linalg.norm(part.rest[:, 1:], axis=1)
    assert 0.8 <= radius.min() <= radius.max() <= 1.4
    assert line[0, 2] == pytest.approx(local[:, 2].min(), abs=0.5)
    assert np.linalg.norm(line[-1, :2]) > 45


@pytest.mark.parametrize("kind", KINDS)
def test_things_have_a_colour_everywhere(kind: str):
    rng = np.random.default_rng(0)
    palette = draw_palette(rng, draw_health(rng), gloves=0.0)
    rest = rng.uniform(-8, 30, (200, 3))
    surface = paint_thing(kind, rest, rng.uniform(-1, 1, 200), palette)
    assert np.isfinite(surface.color).all()
    assert (surface.color >= 0).all()
    assert (surface.color < 1.5).all()
