"""Grinding teeth whose shape is known exactly."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from typodont.geometry.mesh import Mesh
from typodont.synth.preparation.carve import carve
from typodont.synth.preparation.cavity_plan import OcclusalPlan
from typodont.synth.preparation.crown_cut import CrownCut, Finish
from typodont.synth.preparation.cut import smooth_max, smooth_min
from typodont.synth.preparation.flaws import draw_flaws
from typodont.synth.preparation.inlay_cut import Box, InlayCut
from typodont.synth.preparation.onlay_cut import Cover, OnlayCut
from typodont.synth.preparation.options import CrownOptions
from typodont.synth.preparation.tooth_shape import ANGLES, Stand, ToothShape, at_angle, by_angle
from typodont.synth.tooth_field import FieldGrid
from typodont.types import Float

RADIUS, TOP, GUM = 4.0, 5.0, 0.0


def _cylinder(mirrored: bool = False) -> ToothShape:
    """An upright cylinder 5 mm above a flat gum, in the middle of a grid of 1/8 mm."""
    low, step = np.array([-6.0, -6.0, -2.0]), 0.125
    grid = FieldGrid(low, (97, 97, 65), step)
    x, y, z = np.meshgrid(*map(grid.axis, range(3)), indexing="ij")
    depth = np.maximum(np.hypot(x, y) - RADIUS, z - TOP)
    axes = np.diag([-1.0, 1, 1]) if mirrored else np.eye(3)
    stand = Stand(np.array([10.0, 20, 30]), axes)
    return ToothShape(6, "lower", stand, grid, depth, z - GUM, np.full(grid.shape, 9.0), (False, False))


@dataclass(frozen=True)
class Plane:
    """Everything above a plane is ground away."""

    normal: Float
    height: float
    remarks: dict[str, Any] = field(default_factory=dict)

    def distance(self, places: Float, depth: Float) -> Float:
        return self.height - places @ self.normal


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_level_cut_through_a_cylinder_has_a_circle_as_its_margin(mirrored: bool) -> None:
    preparation = carve(_cylinder(mirrored), Plane(np.array([0, 0, 1.0]), 2.03))
    assert preparation is not None
    margin, crown = preparation.margin, preparation.crown
    np.testing.assert_allclose(margin[:, 2], 2.03, atol=2e-3)
    np.testing.assert_allclose(np.hypot(*margin[:, :2].T), RADIUS, atol=2e-3)
    length = np.linalg.norm(margin - np.roll(margin, -1, axis=0), axis=1).sum()
    assert length == pytest.approx(2 * np.pi * RADIUS, rel=2e-3)
    wall = 2 * np.pi * RADIUS * (TOP - 2.03) + np.pi * RADIUS**2
    assert crown.face_areas.sum() == pytest.approx(wall, rel=0.01)  # the grid rounds the upper edge off
    placed = Mesh(preparation.shape.stand.placed(crown.vertices), crown.faces)
    assert placed.face_cross[:, 2].sum() / 2 == pytest.approx(np.pi * RADIUS**2, rel=0.01)  # outward, not inside out


def test_the_border_of_what_was_lost_is_the_margin() -> None:
    preparation = carve(_cylinder(), Plane(np.array([0.2, 0.1, 0.97]), 2.5))
    assert preparation is not None
    faces = preparation.crown.faces
    half = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    pairs, count = np.unique(np.sort(half, axis=1), axis=0, return_counts=True)
    border = {tuple(point) for point in preparation.crown.vertices[np.unique(pairs[count == 1])].round(9).tolist()}
    assert border == {tuple(point) for point in preparation.margin.round(9).tolist()}


def test_two_islands_of_lost_surface_make_no_preparation() -> None:
    @dataclass(frozen=True)
    class Sides:
        remarks: dict[str, Any] = field(default_factory=dict)

        def distance(self, places: Float, depth: Float) -> Float:
            return 3.5 - np.abs(places[:, 0])

    assert carve(_cylinder(), Sides()) is None
    assert carve(_cylinder(), Plane(np.array([0, 0, 1.0]), 99.0)) is None  # nothing is lost


def test_what_is_ground_is_told_from_what_is_sound() -> None:
    preparation = carve(_cylinder(), Plane(np.array([0, 0, 1.0]), 2.0))
    assert preparation is not None
    places = np.array([[0, 0, 2.0], [3.9, 0, 2.0], [4.0, 0, 1.0], [0, 4.0, -1.0]])
    assert preparation.is_prepared(places).tolist() == [True, True, False, False]


def _crown_cut(shape: ToothShape, *, finish: str = "shoulder", taper: float = 6.0, width: float = 1.0) -> CrownCut:
    slope = {"shoulder": 0.0, "chamfer": 0.7, "knife edge": 2.1}[finish]
    line = Finish(finish, np.full(len(ANGLES), width), slope, 0.3)
    top = np.full(shape.depth.shape[:2], TOP - 1.5)
    tangent = np.full(len(ANGLES), np.tan(np.radians(taper)))
    margin = np.full(len(ANGLES), 0.5)
    return CrownCut(margin, shape.radius(margin), line, tangent, 0.6, top, 0.3, shape, {})


def _outline(cut: CrownCut, height: float) -> float:
    """Distance from the axis at which a cut's surface lies at a height, on the x axis."""
    reach = np.linspace(0.5, RADIUS - 1e-3, 4000)
    places = np.column_stack([reach, 0 * reach, np.full(len(reach), height)])
    return float(reach[(cut.distance(places, reach - RADIUS) < 0).argmax()])


@pytest.mark.parametrize("taper", [2.0, 6.0, 10.0])
def test_the_walls_of_a_crown_preparation_have_the_taper_asked_for(taper: float) -> None:
    cut = _crown_cut(_cylinder(), taper=taper)
    low, high = _outline(cut, 1.3), _outline(cut, 2.9)
    assert np.degrees(np.arctan2(low - high, 1.6)) == pytest.approx(taper, abs=0.1)


@pytest.mark.parametrize("width", [0.5, 1.0])
def test_a_shoulder_is_as_wide_as_asked_for(width: float) -> None:
    cut = _crown_cut(_cylinder(), width=width, taper=0.0)
    assert _outline(cut, 2.0) == pytest.approx(RADIUS - width, abs=0.01)


@pytest.mark.parametrize("finish", ["shoulder", "chamfer", "knife edge"])
def test_the_margin_of_a_crown_is_where_the_finish_line_was_put(finish: str) -> None:
    preparation = carve(_cylinder(), _crown_cut(_cylinder(), finish=finish))
    assert preparation is not None
    np.testing.assert_allclose(preparation.margin[:, 2], 0.5, atol=0.01)
    assert preparation.crown.vertices[:, 2].min() > 0.49


def _cavity(boxes: tuple[Box, ...] = ()) -> InlayCut:
    plan = OcclusalPlan(
        np.array([0.0, 0, 0]), TOP, np.array([-2.5, 2.5]), np.array([-4.0, 4.0]), np.zeros(2), np.zeros(2), 0.0
    )
    end = 4.0 if boxes else 2.0
    return InlayCut(plan, (-2.0, end), 1.0, 3.0, np.empty((0, 3)), boxes, np.tan(np.radians(8.0)), 0.3, {})


def test_a_cavity_has_its_floor_and_its_divergence() -> None:
    cut = _cavity()
    z = np.linspace(2.0, 4.9, 2901)
    middle = np.column_stack([0 * z, 0 * z, z])
    floor = z[(cut.distance(middle, z - TOP) < 0).argmax()]
    assert floor == pytest.approx(3.0, abs=0.01)
    y = np.linspace(0, 3, 3001)
    half = [y[(cut.distance(np.column_stack([0 * y, y, 0 * y + z]), 0 * y - 1) > 0).argmax()] for z in (3.6, 4.6)]
    assert np.degrees(np.arctan2(half[1] - half[0], 1.0)) == pytest.approx(8.0, abs=0.1)


def test_an_occlusal_cavity_stays_inside_and_a_box_opens_through_the_wall() -> None:
    closed, box = carve(_cylinder(), _cavity()), Box(side=1, axial=2.6, middle=0.0, half=1.4, floor=1.5)
    opened = carve(_cylinder(), _cavity((box,)))
    assert closed is not None
    assert opened is not None
    assert closed.margin[:, 2].min() > TOP - 0.05
    assert opened.margin[:, 2].min() == pytest.approx(1.5, abs=0.02)
    lowest = opened.margin[opened.margin[:, 2] < 2.5]
    assert (lowest[:, 0] > 3.5).all()


def test_an_onlay_takes_the_cusps_that_it_names_and_leaves_the_others() -> None:
    shape = _cylinder()
    top = np.full(shape.depth.shape[:2], TOP - 1.6)
    cut = OnlayCut(_cavity(), (Cover("MB", 1, 1, 0.0, 0.0),), top, 0.0, shape, {})
    places = np.array([[2.0, 2.5, 4.5], [-2.0, 2.5, 4.5], [2.0, -2.5, 4.5], [2.0, 2.5, 3.0]])
    removed = cut.distance(places, np.full(4, -0.5)) < 0
    assert removed.tolist() == [True, False, False, False]
    with_ledge = OnlayCut(_cavity(), (Cover("MB", 1, 1, 0.8, 2.2),), top, 0.0, shape, {})
    outside = np.array([[2.6, 2.6, 3.0]])
    assert with_ledge.distance(outside, np.array([-0.3])) < 0
    assert cut.distance(outside, np.array([-0.3])) > 0
    assert with_ledge.distance(outside, np.array([-1.2])) > 0


def test_an_undercut_lies_in_a_wall_and_a_chip_moves_the_margin() -> None:
    shape = _cylinder()
    preparation = carve(shape, _crown_cut(shape))
    assert preparation is not None
    found = {"undercuts": 0, "chips": 0}
    for seed in range(8):
        flaws, remarks = draw_flaws(np.random.default_rng(seed), preparation)
        assert len(flaws) == len(remarks["undercuts"]) + len(remarks["chips"])
        for x, y, z, radius in flaws[: len(remarks["undercuts"])]:
            assert 0.5 < z < TOP
            assert np.hypot(x, y) + 0.05 > RADIUS - 1.0 - 3.5 * np.tan(np.radians(6)) - radius
        for name in found:
            found[name] += len(remarks[name])
        if remarks["chips"] and min(found.values()):
            break
    assert min(found.values()) > 0
    again = carve(shape, preparation.cut, flaws, remarks)
    assert again is not None
    assert again.remarks["chips"] == remarks["chips"]
    assert np.ptp(again.margin[:, 2]) > np.ptp(preparation.margin[:, 2]) + 0.05


def test_nothing_but_a_flaw_undercuts() -> None:
    """What overhangs a place that was ground away goes too."""

    @dataclass(frozen=True)
    class Groove:
        remarks: dict[str, Any] = field(default_factory=dict)

        def distance(self, places: Float, depth: Float) -> Float:
            groove = np.maximum(np.abs(places[:, 2] - 2.0) - 0.5, 3.0 - np.hypot(places[:, 0], places[:, 1]))
            return np.minimum(groove, 4.0 - places[:, 2])

    shape = _cylinder()
    ball = np.array([[3.0, 0.0, 2.5, 0.7]])
    sound, flawed = carve(shape, Groove()), carve(shape, Plane(np.array([0, 0, 1.0]), 4.0), ball)
    assert sound is None or sound.is_prepared(np.array([[3.5, 0, 3.0]])).all()
    assert flawed is not None
    inside = flawed.removed[72, 48, :] < 0  # the column over x = 3, y = 0
    assert np.flatnonzero(np.diff(inside.astype(int)) == -1).size == 1


def test_smooth_unions_only_round_the_edge() -> None:
    a, b = np.array([1.0, 0.0, -2.0]), np.array([-1.0, 0.0, 3.0])
    np.testing.assert_allclose(smooth_max(a, b, 0.5), [1.0, 0.125, 3.0])
    np.testing.assert_allclose(smooth_min(a, b, 0.5), [-1.0, -0.125, -2.0])


def test_heights_by_angle_come_back_at_their_angles() -> None:
    angle = np.linspace(-np.pi, np.pi, 400, endpoint=False)
    ring = np.column_stack([3 * np.cos(angle), 3 * np.sin(angle), np.sin(angle)])
    np.testing.assert_allclose(at_angle(by_angle(ring), angle), np.sin(angle), atol=0.02)


def test_shapes_know_their_radius_top_and_gum_line() -> None:
    shape = _cylinder()
    np.testing.assert_allclose(shape.radius(np.full(len(ANGLES), 2.0)), RADIUS, atol=0.01)
    np.testing.assert_allclose(shape.gum_line, GUM, atol=0.01)
    assert np.nanmax(shape.top) == pytest.approx(TOP, abs=0.01)
    assert shape.smooth_top(0.5)[48, 48] == pytest.approx(TOP, abs=0.01)


def test_options_out_of_range_are_refused() -> None:
    from typodont.errors import ConfigError

    with pytest.raises(ConfigError, match=r"flaws: found 1\.5"):
        CrownOptions(flaws=1.5)
