"""The whole chain on a round stump, with truth in place of the networks: files, coordinates, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from typodont.errors import ConfigError, FrameError, NoArchError, NoPreparationError, WeightsError
from typodont.formats import read_curve, read_mesh, write_curve, write_mesh
from typodont.geometry.connectivity import boundary_edges
from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import apply, random_rotation
from typodont.records.crown_case import CrownCase
from typodont.tasks.crown import design, predict, result, site
from typodont.tasks.crown.arch import ArchPlaces
from typodont.tasks.crown.kind import KindAnswer
from typodont.tasks.crown.models import load_models
from typodont.tasks.crown.options import DesignFiles, DesignOptions
from typodont.tasks.crown.outer import Outer
from typodont.tasks.crown.predict import design_crown
from typodont.tasks.crown.restoration import (
    INTAGLIO,
    OUTER,
    CementGap,
    Restoration,
    Undercut,
    UnsoundRestorationError,
)
from typodont.tasks.scan.template import arch_template

AROUND = 48
ENDINGS = (".json", "_crown.stl", "_fit.html", "_fit.json", "_fit.ply", "_margin.mrk.json", "_run.json")


def turned(profile: list[tuple[float, float]]) -> Mesh:
    """A surface of revolution about z that begins or ends on the axis; its outside is right of (radius, height)."""
    angle = np.arange(AROUND) / AROUND * 2 * np.pi
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points = np.concatenate([np.column_stack([radius * ring, np.full(AROUND, height)]) for radius, height in profile])
    row, column = np.divmod(np.arange((len(profile) - 1) * AROUND), AROUND)
    a, b = row * AROUND + column, row * AROUND + (column + 1) % AROUND
    faces = np.concatenate([np.stack([a, b, b + AROUND], axis=1), np.stack([a, b + AROUND, a + AROUND], axis=1)])
    first, place = np.unique(points.round(9), axis=0, return_inverse=True)
    mesh = Mesh(first, place.reshape(-1)[faces])
    return mesh.submesh(mesh.face_areas > 1e-9)


def crown_on_stump() -> Restoration:
    """What is to come out: walls about 1 mm thick, 0.05 mm of cement."""
    outer = turned([(4.8, 0.0), (5.1, 2.0), (5.0, 5.0), (4.0, 6.0), (0.0, 6.0)])
    inner = turned([(0.0, 4.55), (3.35, 4.55), (3.85, 0.05), (4.7, 0.05), (4.8, 0.0)])
    points, place = np.unique(np.concatenate([outer.vertices, inner.vertices]).round(9), axis=0, return_inverse=True)
    faces = place.reshape(-1)[np.concatenate([outer.faces, inner.faces + len(outer.vertices)])]
    zone = np.repeat([OUTER, INTAGLIO], [len(outer.faces), len(inner.faces)])
    stump = turned([(4.8, 0.0), (3.8, 0.0), (3.3, 4.5), (0.0, 4.5)])
    angle = np.arange(AROUND) / AROUND * 2 * np.pi
    margin = 4.8 * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    return Restoration(
        mesh=Mesh(points, faces, {}, {"zone": zone}),
        preparation=stump,
        margin=margin,
        axis=np.array([0.0, 0, 1]),
        undercut=Undercut(0.0, 0.0, 0.0, 0.0),
        options=design.build_options(DesignOptions(), "crown"),
    )


class Chain:
    """The stump in some pose on disk, and stand-ins for what networks and the boolean operations do."""

    def __init__(self, case: CrownCase, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.case, self.folder, self.seen = case, folder, {}
        self.motion = random_rotation(np.random.default_rng(5))
        self.motion[:3, 3] = (20.0, -4.0, 7.0)
        self.moved = case.transformed(self.motion)
        assert self.moved.margin is not None
        self.scan, self.margin = folder / "lower.ply", folder / "line.mrk.json"
        write_mesh(self.moved.scan, self.scan)
        write_curve(self.margin, self.moved.margin[::5])
        self.places = self.told_places(self.moved.scan)
        monkeypatch.setattr(site, "find_places", lambda mesh, *_, **__: self.places)
        monkeypatch.setattr(design, "complete_outer", self.complete)
        monkeypatch.setattr(design, "build_restoration", self.build)
        monkeypatch.setattr(result, "write_fit_page", lambda report, path, name: path.write_text(name))
        self.weights = folder / "weights"
        self.weights.mkdir()
        self.patch = monkeypatch

    def told_places(self, mesh: Mesh) -> ArchPlaces:
        """The arch frame in which the stump is tooth 36."""
        usual = arch_template("lower")[[14, 13, 15]]
        back = np.linalg.inv(self.motion)
        along = usual[1] - usual[2]
        x = np.array([along[0], along[1], 0.0]) / np.linalg.norm(along[:2])
        turn = np.eye(4)
        turn[:3, :3] = np.stack([x, [-x[1], x[0], 0.0], [0.0, 0.0, 1.0]], axis=1)
        turn[:3, 3] = usual[0]
        centres = {fdi: apply(turn, np.array([[place, 0.0, 1.0]]))[0] for fdi, place in ((36, 0), (35, 9), (37, -9))}
        return ArchPlaces("lower", turn @ back, centres, 0.9, 1.0, mesh.vertex_attributes["label"])

    def complete(self, scan: Mesh, antagonist: Mesh | None, margin: np.ndarray, net: object, **told: object) -> Outer:
        self.seen |= told
        outer = turned([(4.8, 0.0), (5.1, 2.0), (5.0, 5.0), (4.0, 6.0), (0.0, 6.0)]).transformed(self.motion)
        return Outer(outer, np.full(len(outer.vertices), 0.1))

    def build(self, scan: Mesh, margin: np.ndarray, **told: object) -> Restoration:
        self.seen |= told
        made = crown_on_stump()
        turn = self.motion[:3, :3]
        return replace(
            made,
            mesh=made.mesh.transformed(self.motion),
            preparation=made.preparation.transformed(self.motion),
            margin=apply(self.motion, made.margin),
            axis=turn @ made.axis,
        )

    def run(self, *, margin: bool = True, antagonist: Path | None = None, force: bool = False, **options: object):
        files = DesignFiles(self.scan, antagonist, self.margin if margin else None)
        asked = DesignOptions(**{"tooth": 36, "kind": "crown", **options})  # type: ignore[arg-type]
        self.patch.setattr(predict, "load_models", lambda weights: _Models(self.weights))
        return design_crown(files, self.folder / "out", options=asked, weights=self.weights, force=force)

    @property
    def written(self) -> list[str]:
        out = self.folder / "out"
        return sorted(path.name for path in out.iterdir()) if out.exists() else []


class _Models:
    """Networks that are never asked."""

    scan = margin = outer = kind = None

    def __init__(self, folder: Path) -> None:
        self.folder, self.files = folder, {}


@pytest.fixture
def chain(stump_case: Callable[..., CrownCase], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Chain:
    return Chain(stump_case(around=100, step=0.3), tmp_path, monkeypatch)


def test_everything_is_written_in_the_coordinates_of_the_scan(chain: Chain) -> None:
    done = chain.run()
    assert done.ok, done.failed
    assert chain.written == sorted(f"lower{ending}" for ending in ENDINGS)
    out = chain.folder / "out"
    crown = read_mesh(out / "lower_crown.stl")
    assert not len(boundary_edges(crown))
    local = crown.transformed(np.linalg.inv(chain.motion)).vertices
    np.testing.assert_allclose([local[:, 2].min(), local[:, 2].max()], [0.0, 6.0], atol=1e-4)
    line = apply(np.linalg.inv(chain.motion), read_curve(out / "lower_margin.mrk.json"))
    np.testing.assert_allclose(np.linalg.norm(line[:, :2], axis=1), 4.8, atol=0.03)
    about = json.loads((out / "lower.json").read_text())
    assert (about["tooth"], about["kind"], about["margin"]["drawn"]) == (36, "crown", True)
    assert about["margin"]["length_mm"] == pytest.approx(2 * np.pi * 4.8, rel=0.01)
    np.testing.assert_allclose(about["axis"], chain.motion[:3, 2], atol=0.05)
    record = json.loads((out / "lower_run.json").read_text())
    assert set(record["seconds"]) == {"read", "site", "margin", "kind", "outer", "build", "fit", "write"}
    assert record["settings"]["margin"] == str(chain.margin)
    fit = json.loads((out / "lower_fit.json").read_text())
    assert {line["name"] for line in fit["lines"]} >= {"watertight", "margin_max", "thickness_axial"}


def test_a_result_is_kept_unless_force_is_given(chain: Chain) -> None:
    assert chain.run().ok
    (message,) = chain.run().failed.values()
    assert "--force" in message
    assert chain.run(force=True).ok


def test_what_was_asked_reaches_the_parts(chain: Chain) -> None:
    chain.run(contact_mm=0.03, gap=CementGap(margin_mm=0.02, rest_mm=0.09), material="lithium-disilicate")
    options = chain.seen["options"]
    assert (options.contact_mm, options.gap.margin_mm, options.gap.rest_mm) == (0.03, 0.02, 0.09)
    assert options.min_thickness_mm == 1.0  # the least of that material
    assert (chain.seen["kind"], chain.seen["tooth"]) == ("crown", 36)
    frame = chain.seen["frame"]
    np.testing.assert_allclose(frame.points_back(np.zeros((1, 3)))[0], chain.motion[:3, 3], atol=0.05)
    np.testing.assert_allclose(frame.to_scan[:3, 0], chain.motion[:3, 0], atol=0.05)  # mesial
    chain.run(min_thickness_mm=0.4, force=True)
    assert chain.seen["options"].min_thickness_mm == 0.4


def test_the_axis_that_was_asked_for_is_taken(chain: Chain) -> None:
    lean = chain.motion[:3, :3] @ [0.1, 0.0, 1.0]
    assert chain.run(axis=tuple(lean)).ok
    np.testing.assert_allclose(chain.seen["axis"], lean / np.linalg.norm(lean))
    (message,) = chain.run(axis=tuple(-lean), force=True).failed.values()
    assert "lower.ply" in message
    assert "degrees from that of the preparation, expected less than 45" in message


def test_the_kind_is_decided_where_it_is_not_told(chain: Chain) -> None:
    said = KindAnswer({"crown": 0.2, "inlay": 0.7, "onlay": 0.1})
    chain.patch.setattr(design, "kind_at", lambda *_: said)
    done = chain.run(kind="auto")
    assert done.ok, done.failed
    about = json.loads((chain.folder / "out" / "lower.json").read_text())
    assert (about["kind"], about["kind_probability"]) == ("inlay", 0.7)
    assert any("the kind of restoration is uncertain (70%)" in warning for warning in about["warnings"])


def test_an_unsound_restoration_is_kept_as_partial_and_nothing_else(chain: Chain) -> None:
    def unsound(scan: Mesh, margin: np.ndarray, **_: object) -> Restoration:
        raise UnsoundRestorationError("the restoration is no sound solid: it crosses itself", chain.moved.scan)

    chain.patch.setattr(design, "build_restoration", unsound)
    (message,) = chain.run().failed.values()
    assert "it crosses itself; what was made is kept in" in message
    assert chain.written == ["lower_partial.stl"]
    assert len(read_mesh(chain.folder / "out" / "lower_partial.stl").faces) == len(chain.moved.scan.faces)


@pytest.mark.parametrize(
    ("named", "error"),
    [
        ("find_margin", NoPreparationError("lower: no prepared surface found")),
        ("complete_outer", FrameError("lower: no tooth there")),
        ("fit_report", ConfigError("lower: no such material")),
    ],
)
def test_nothing_is_half_written(chain: Chain, named: str, error: Exception) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    chain.patch.setattr(design, named, fail)
    (message,) = chain.run(margin=named != "find_margin").failed.values()
    assert str(error) in message
    assert chain.written == []


def test_no_tooth_in_that_place_is_told_with_those_that_are_there(chain: Chain) -> None:
    def none(*_: object, **__: object) -> None:
        raise NoPreparationError("no prepared surface found within 10 mm")

    chain.patch.setattr(design, "find_margin", none)
    (message,) = chain.run(margin=False, tooth=34).failed.values()
    assert "found no tooth 34, only 35 36 37, and no preparation in its place" in message


def test_a_scan_in_another_unit_is_refused_until_the_unit_is_named(chain: Chain) -> None:
    write_mesh(Mesh(chain.moved.scan.vertices / 1000, chain.moved.scan.faces), chain.scan)
    assert chain.moved.margin is not None
    write_curve(chain.margin, chain.moved.margin[::5] / 1000)
    (message,) = chain.run().failed.values()
    assert "lower.ply: the size of the scan says that its coordinates are in m, expected mm" in message
    assert "--unit m" in message
    chain.places = replace(chain.places, labels=None)
    assert chain.run(unit="m").ok
    crown = read_mesh(chain.folder / "out" / "lower_crown.stl")
    assert np.ptp(crown.vertices, axis=0).max() < 0.02  # in metres, as the scan


def test_an_antagonist_in_another_unit_or_place_is_refused(chain: Chain) -> None:
    plate = chain.moved.scan.transformed(chain.motion @ np.diag([1, 1, -1.0, 1]) @ np.linalg.inv(chain.motion))
    for name, vertices in (("metres", plate.vertices / 1000), ("away", plate.vertices + 25 * chain.motion[:3, 2])):
        write_mesh(Mesh(vertices, plate.faces), chain.folder / f"{name}.stl")
    (message,) = chain.run(antagonist=chain.folder / "metres.stl").failed.values()
    assert "metres.stl: the size of the antagonist says m, that of the scan mm" in message
    (message,) = chain.run(antagonist=chain.folder / "away.stl").failed.values()
    assert "mm above the teeth around the preparation, expected contact" in message


def test_a_margin_that_is_open_or_off_the_scan_is_refused(chain: Chain) -> None:
    assert chain.moved.margin is not None
    write_curve(chain.margin, chain.moved.margin[::5], closed=False)
    (message,) = chain.run().failed.values()
    assert "line.mrk.json: found an open curve" in message
    write_curve(chain.margin, chain.moved.margin[::5] + 1.5 * chain.motion[:3, 2])
    (message,) = chain.run().failed.values()
    assert "off the scan's surface" in message


def test_no_row_of_teeth(chain: Chain) -> None:
    def none(*_: object, **__: object) -> ArchPlaces:
        raise NoArchError("nothing")

    chain.patch.setattr(site, "find_places", none)
    (message,) = chain.run().failed.values()
    assert "no row of teeth found around tooth 36" in message


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"tooth": 39}, "tooth is 39, expected an FDI number"),
        ({"kind": "bridge"}, "kind is 'bridge', expected one of auto, crown, inlay, onlay"),
        ({"material": "gold"}, "material is 'gold'"),
        ({"axis": (0.0, 0.0, 0.0)}, "axis is"),
        ({"contact_mm": 2.0}, "contact_mm is 2.0, expected -1 to 0.3 mm"),
        ({"gap": CementGap(rest_mm=0.9)}, "rest_mm is 0.9, expected 0 to 0.5 mm"),
        ({"min_thickness_mm": -0.1}, "min_thickness_mm is -0.1"),
        ({"bur_radius_mm": 0.0}, "bur_radius_mm is 0.0"),
    ],
)
def test_options_that_make_no_restoration(options: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        DesignOptions(**options)  # type: ignore[arg-type]


def test_weights_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"no such folder; expected one with margin\.safetensors"):
        load_models(tmp_path / "none")
    with pytest.raises(WeightsError, match=r"outer\.safetensors: no such weights; train them .* --stage outer"):
        load_models(tmp_path).outer  # noqa: B018
