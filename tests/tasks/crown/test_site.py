"""Where a restoration goes, from what the scan job sees of one jaw or two; and which tooth is ground."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from typodont.errors import FrameError, NoArchError, NoPreparationError
from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import apply, random_rotation
from typodont.records.crown_case import CrownCase
from typodont.tasks.crown import site as job
from typodont.tasks.crown.arch import ArchPlaces
from typodont.tasks.crown.search import find_prepared_place, find_prepared_tooth
from typodont.tasks.crown.site import find_site
from typodont.tasks.scan.template import arch_template

MODELS: Any = None


def places_of(mesh: Mesh | None, jaw: str, *, plausibility: float = 0.9, turn: float = 0.0) -> ArchPlaces:
    """A jaw whose first molar stands in the origin of the scan, mesial +x, occlusal +z (lower) or -z (upper)."""
    usual = arch_template(jaw)
    molar, before, behind = (usual[k] for k in ((14, 13, 15) if jaw == "lower" else (6, 5, 7)))
    along = (before - behind)[:2] / np.linalg.norm((before - behind)[:2])
    pose = np.eye(4)
    pose[:2, :2] = np.stack([along, [-along[1], along[0]]], axis=1)
    if jaw == "upper":
        pose[:3, 1:3] *= -1  # occlusal looks down in the scan
    spin = np.eye(4)
    spin[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    pose = pose @ spin
    pose[:3, 3] = molar
    numbers = (46, 45, 47) if jaw == "lower" else (16, 15, 17)
    centres = {fdi: apply(pose, np.array([[9.0 * k, 0, 0]]))[0] for fdi, k in zip(numbers, (0, 1, -1), strict=True)}
    labels = None if mesh is None else mesh.vertex_attributes.get("label")
    return ArchPlaces(jaw, pose, centres, plausibility, float(jaw == "lower"), labels)


class Seen:
    """What the scan job says of each surface, told by the number of its faces."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.said: dict[int, ArchPlaces | None] = {}
        self.asked: list[str | None] = []
        monkeypatch.setattr(job, "find_places", self)

    def __call__(self, mesh: Mesh, models: Any, *, asked_jaw: str | None, name: str) -> ArchPlaces:
        self.asked.append(asked_jaw)
        found = self.said.get(len(mesh.faces))
        if found is None:
            raise NoArchError(f"{name}: nothing")
        return found


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    return Seen(monkeypatch)


@pytest.fixture
def lower(sheet: Callable[..., Mesh]) -> Mesh:
    return sheet(30.0)


@pytest.fixture
def upper(sheet: Callable[..., Mesh]) -> Mesh:
    """Fewer faces, so that the two are told apart."""
    mesh = sheet(24.0, height=2.0, down=True)
    return mesh.submesh(mesh.vertices[mesh.faces][:, :, 0].max(axis=1) < 11.9)


def both(one: Mesh, other: Mesh) -> Mesh:
    return Mesh(
        np.concatenate([one.vertices, other.vertices]), np.concatenate([one.faces, other.faces + len(one.vertices)])
    )


def test_a_named_tooth_in_one_jaw(seen: Seen, lower: Mesh) -> None:
    seen.said = {len(lower.faces): places_of(lower, "lower")}
    site = find_site(lower, MODELS, tooth=46)
    np.testing.assert_allclose(site.centre, 0, atol=1e-9)
    np.testing.assert_allclose(site.axis, [0, 0, 1], atol=1e-9)
    np.testing.assert_allclose(site.mesial, [1, 0, 0], atol=1e-9)
    assert (site.tooth, site.antagonist, site.warnings, seen.asked) == (46, None, (), ["lower"])
    np.testing.assert_allclose(site.at(np.array([0, 0, 1.0])).frame.points_in(np.array([[0, 0, 1.0]])), 0, atol=1e-9)


@pytest.mark.parametrize(("tooth", "down"), [(46, False), (16, True)])
def test_the_jaw_of_the_tooth_is_taken_of_two_in_one_file(
    seen: Seen, lower: Mesh, upper: Mesh, tooth: int, down: bool
) -> None:
    seen.said = {len(lower.faces): places_of(lower, "lower"), len(upper.faces): places_of(upper, "upper")}
    site = find_site(both(upper, lower), MODELS, tooth=tooth)
    assert site.antagonist is not None
    assert len(site.scan.faces) == len((upper if down else lower).faces)
    assert len(site.antagonist.faces) == len((lower if down else upper).faces)
    assert site.axis[2] == pytest.approx(-1 if down else 1)


def test_a_scan_of_few_teeth_is_understood_through_its_antagonist(seen: Seen, lower: Mesh, upper: Mesh) -> None:
    seen.said = {len(lower.faces): places_of(lower, "lower")}
    site = find_site(upper, MODELS, tooth=16, antagonist=lower)
    np.testing.assert_allclose(site.axis, [0, 0, -1], atol=1e-9)
    assert site.mesial[0] > 0.9
    assert np.abs(site.centre[:2]).max() < 6.0
    assert site.places.labels is None
    assert "taken from the antagonist" in site.warnings[0]


def test_where_scan_and_antagonist_disagree_the_plainer_one_is_believed(seen: Seen, lower: Mesh, upper: Mesh) -> None:
    doubtful = replace(places_of(upper, "upper", plausibility=0.3, turn=np.pi), centres={})
    seen.said = {len(upper.faces): doubtful, len(lower.faces): places_of(lower, "lower")}
    site = find_site(upper, MODELS, tooth=16, antagonist=lower)
    assert site.mesial[0] > 0.9
    assert "disagree about where mesial is" in site.warnings[0]
    seen.said[len(upper.faces)] = replace(doubtful, plausibility=0.95)
    assert find_site(upper, MODELS, tooth=16, antagonist=lower).mesial[0] < -0.9


def test_nothing_to_go_by(seen: Seen, lower: Mesh, upper: Mesh) -> None:
    with pytest.raises(NoArchError, match=r"case.stl: no row of teeth found around tooth 46"):
        find_site(lower, MODELS, tooth=46, antagonist=upper, name="case.stl")


def test_an_antagonist_that_is_not_in_bite(seen: Seen, lower: Mesh, upper: Mesh) -> None:
    seen.said = {len(lower.faces): places_of(lower, "lower")}
    away = Mesh(upper.vertices + [0, 0, 25.0], upper.faces)
    with pytest.raises(FrameError, match="mm above the teeth around the preparation"):
        find_site(lower, MODELS, tooth=46, antagonist=away)


def test_neighbours_by_number_and_by_place(seen: Seen, stump_case: Callable[..., CrownCase]) -> None:
    scan = stump_case(around=60, step=0.5).transformed(np.diag([1.0, -1.0, 1.0, 1.0])).scan
    number = {0: 0, 36: 46, 35: 45, 37: 47}
    labelled = scan.with_vertex(label=np.array([number[int(fdi)] for fdi in scan.vertex_attributes["label"]]))
    seen.said = {len(scan.faces): places_of(labelled, "lower")}
    beside = find_site(scan, MODELS, tooth=46).neighbours()
    assert beside["mesial"].vertices[:, 0].min() > 8.5
    assert beside["distal"].vertices[:, 0].max() < -8.5
    seen.said = {len(scan.faces): places_of(None, "lower")}
    placed = find_site(scan, MODELS, tooth=46).at(np.array([0.0, 0, -2.0])).neighbours()
    assert placed["mesial"].vertices[:, 0].min() >= 2.5
    assert set(placed) == {"mesial", "distal"}


def test_what_is_left_of_the_last_tooth_and_the_gum_behind_it_are_no_neighbours(
    seen: Seen, stump_case: Callable[..., CrownCase]
) -> None:
    scan = stump_case(around=60, step=0.5).transformed(np.diag([1.0, -1.0, 1.0, 1.0])).scan
    number = {0: 0, 36: 46, 35: 45, 37: 0}
    labelled = scan.with_vertex(label=np.array([number[int(fdi)] for fdi in scan.vertex_attributes["label"]]))
    seen.said = {len(scan.faces): places_of(labelled, "lower")}
    site = find_site(scan, MODELS, tooth=46).at(np.array([0.0, 0, -2.0]))
    assert set(site.neighbours()) == {"mesial"}


def test_the_search_goes_through_both_jaws(seen: Seen, lower: Mesh, upper: Mesh) -> None:
    seen.said = {len(lower.faces): places_of(lower, "lower"), len(upper.faces): places_of(upper, "upper")}
    looked = []

    def search(mesh: Mesh, places: ArchPlaces) -> tuple[int, list[str]]:
        looked.append(places.jaw)
        if places.jaw == "lower":
            raise NoPreparationError("nothing ground here")
        return 16, ["taken for 16"]

    site = find_site(both(lower, upper), MODELS, search=search)
    assert (site.tooth, site.warnings, looked) == (16, ("taken for 16",), ["lower", "upper"])
    with pytest.raises(NoPreparationError, match="nothing ground here"):
        find_site(lower, MODELS, search=search)


class GroundAbove(torch.nn.Module):
    """Stands in for the margin network: what lies more than 0 mm above the place of the tooth was ground."""

    def forward(self, batch: Any) -> Any:
        height = batch.features[:, 2] * 5.0
        return SimpleNamespace(inside=torch.where(height > 0.0, 8.0, -8.0))


def test_the_ground_tooth_is_found_among_its_neighbours(stump_case: Callable[..., CrownCase]) -> None:
    case = stump_case(around=80, step=0.4).transformed(np.diag([1.0, -1.0, 1.0, 1.0]))
    motion = random_rotation(np.random.default_rng(2))
    moved = case.scan.transformed(motion)
    seen = places_of(None, "lower")
    places = replace(seen, pose=seen.pose @ np.linalg.inv(motion))
    tooth, said = find_prepared_tooth(moved, places, GroundAbove(), name="scan")
    assert tooth == 46
    assert said == ["the prepared tooth was taken for 46; --tooth says which it is"]
    gone = replace(places, centres={fdi: centre for fdi, centre in places.centres.items() if fdi != 46})
    assert find_prepared_tooth(moved, gone, GroundAbove(), name="scan")[0] == 46  # a gap is looked at, too


def test_no_ground_tooth_anywhere(sheet: Callable[..., Mesh]) -> None:
    low = Mesh(sheet(30.0).vertices - [0, 0, 3.0], sheet(30.0).faces)
    with pytest.raises(NoPreparationError, match=r"no prepared tooth found among 45 46 47; name it \(--tooth\)"):
        find_prepared_tooth(low, places_of(None, "lower"), GroundAbove(), name="scan")


def test_a_ground_place_is_found_where_the_teeth_are_not_where_they_are_thought_to_be(
    stump_case: Callable[..., CrownCase],
) -> None:
    case = stump_case(around=80, step=0.4).transformed(np.diag([1.0, -1.0, 1.0, 1.0]))
    seen = places_of(None, "lower")
    assert find_prepared_place(case.scan, seen, 46, GroundAbove()) == pytest.approx(np.zeros(3), abs=1e-9)
    beside = np.eye(4)
    beside[:3, 3] = [40.0, 0, 0]
    lost = replace(seen, pose=beside @ seen.pose)
    found = find_prepared_place(case.scan, lost, 46, GroundAbove())
    assert found is not None
    assert np.linalg.norm(found[:2]) < 3.0


def test_no_ground_place_and_two_of_them(stump_case: Callable[..., CrownCase], sheet: Callable[..., Mesh]) -> None:
    low = Mesh(sheet(30.0).vertices - [0, 0, 30.0], sheet(30.0).faces)
    assert find_prepared_place(low, places_of(None, "lower"), 46, NothingGround()) is None
    stump = stump_case(around=80, step=0.4).scan
    again = Mesh(stump.vertices + [40.0, 0, 0], stump.faces)
    away = np.eye(4)
    away[:3, 3] = [0, 60.0, 0]
    seen = places_of(None, "lower")
    assert find_prepared_place(both(stump, again), replace(seen, pose=away @ seen.pose), 46, GroundAbove()) is None


class NothingGround(torch.nn.Module):
    """Stands in for the margin network: nothing was ground."""

    def forward(self, batch: Any) -> Any:
        return SimpleNamespace(inside=torch.full_like(batch.features[:, 2], -8.0))


@pytest.mark.parametrize("labels", [False, True])
def test_a_drawn_margin_says_where_a_tooth_stands_that_the_scan_does_not_show_well(
    seen: Seen, lower: Mesh, labels: bool
) -> None:
    shown = lower.with_vertex(label=np.zeros(len(lower.vertices), dtype=np.int64)) if labels else None
    seen.said = {len(lower.faces): places_of(shown, "lower")}
    line = np.array([[7.0, 0, 0], [8.0, 1, 0], [9.0, 0, 0], [8.0, -1, 0]])
    site = find_site(lower, MODELS, tooth=46, drawn=line)
    assert site.centre[0] == pytest.approx(0.0 if labels else 8.0, abs=1e-9)
    assert len(site.warnings) == (0 if labels else 1)
    far = find_site(lower, MODELS, tooth=46, drawn=line + [100.0, 0, 0])
    np.testing.assert_allclose(far.centre, 0, atol=1e-9)


def test_a_tooth_that_the_scan_does_not_show_well_stands_where_something_is_ground(seen: Seen, lower: Mesh) -> None:
    seen.said = {len(lower.faces): places_of(None, "lower")}
    place = np.array([9.0, 1.0, 0.0])
    site = find_site(lower, MODELS, tooth=46, look=lambda scan, places, tooth: place)
    np.testing.assert_allclose(site.centre, place)
    assert "46 is taken to stand where something is ground, 9 mm from" in site.warnings[0]
    assert find_site(lower, MODELS, tooth=46, look=lambda scan, places, tooth: None).warnings == ()
