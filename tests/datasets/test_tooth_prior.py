"""The atlas tooth in its place: made to fit, it comes near the tooth that stood there."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from typodont.datasets import tooth_prior
from typodont.datasets.crown_region import Preparation, RegionGrid, preparation_at, prior_of
from typodont.datasets.region_samples import case_frame
from typodont.datasets.tooth_prior import inside_margin
from typodont.geometry.connectivity import boundary_edges
from typodont.geometry.distance_field import nearest_places
from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import rotation_about
from typodont.records.crown_case import CrownCase

Make = Callable[..., CrownCase]


def preparation(case: CrownCase) -> Preparation:
    assert case.margin is not None
    assert case.kind is not None
    return preparation_at(
        case.scan,
        case.antagonist,
        case.margin,
        kind=case.kind,
        tooth=case.tooth,
        frame=case_frame(case),
        region=RegionGrid(),
    )


def error(case: CrownCase, prior: Mesh) -> float:
    """Root mean square distance of the truth from the prior, mm."""
    assert case.crown is not None
    truth = case_frame(case).points_in(case.crown.vertices)
    return float(np.sqrt((nearest_places(prior, truth).distance ** 2).mean()))


@pytest.mark.parametrize(("kind", "limit"), [("crown", 0.55), ("inlay", 0.15)])
def test_an_atlas_tooth_is_found_again(molar_case: Make, kind: str, limit: float) -> None:
    case = molar_case(kind)
    prior = prior_of(preparation(case))
    assert not len(boundary_edges(prior))
    assert error(case, prior) < limit


@pytest.mark.parametrize(("ends", "taken"), [((90.0, 50.0, 20.0), 3.0), ((90.0, 70.0, 50.0), 1.0)])
def test_the_best_start_is_left_only_where_it_is_stuck(
    molar_case: Make, monkeypatch: pytest.MonkeyPatch, ends: tuple[float, float, float], taken: float
) -> None:
    def fitted(shape: object, start: np.ndarray, surroundings: object, reaches: tuple[float, ...]) -> tooth_prior._Fit:
        begun = reaches == tooth_prior._REACH[:4]
        return tooth_prior._Fit(start, start[3] if begun else ends[int(start[3]) - 1])

    inlay = preparation(molar_case("inlay"))
    monkeypatch.setattr(tooth_prior, "_fitted", fitted)
    monkeypatch.setattr(tooth_prior, "_starts", lambda *_: [np.r_[0, 0, 0, x, np.zeros(11)] for x in (4.0, 3, 2, 1)])
    found = prior_of(inlay).vertices
    monkeypatch.setattr(tooth_prior, "_starts", lambda *_: [np.r_[0, 0, 0, taken, np.zeros(11)]])
    assert prior_of(inlay).vertices == pytest.approx(found)


def test_it_moves_with_the_scan_and_mirrors_with_it(molar_case: Make) -> None:
    case = molar_case()
    prior = prior_of(preparation(case))
    motion = rotation_about(np.array([1.0, 2.0, 2.0]) / 3, 50.0)
    motion[:3, 3] = [30, -20, 10]
    assert prior_of(preparation(case.transformed(motion))).vertices == pytest.approx(prior.vertices, abs=1e-6)
    mirrored = case.transformed(np.diag([-1.0, 1, 1, 1]))
    labels = mirrored.scan.vertex_attributes["label"]
    other = replace(mirrored, tooth=46, scan=mirrored.scan.with_vertex(label=labels + 10))
    assert prior_of(preparation(other)).vertices == pytest.approx(prior.vertices, abs=1e-6)


def test_the_antagonist_limits_its_height(molar_case: Make) -> None:
    case = molar_case()
    assert case.antagonist is not None
    lower = case.antagonist.transformed(np.block([[np.eye(3), np.array([[0], [0], [-0.8]])], [0, 0, 0, 1]]))
    tall, short = (prior_of(preparation(replace(case, antagonist=plate))) for plate in (case.antagonist, lower))
    assert 0.3 < tall.vertices[:, 2].max() - short.vertices[:, 2].max() < 1.0


def test_without_an_antagonist_and_neighbours_there_still_is_one(molar_case: Make) -> None:
    case = molar_case()
    own = case.scan.vertex_attributes["label"][case.scan.faces[:, 0]] == 36
    whole = preparation(case)
    alone = replace(
        whole,
        scan=case_frame(case).mesh_in(Mesh(case.scan.vertices, case.scan.faces[own])),
        antagonist=Mesh(np.zeros((0, 3)), np.zeros((0, 3), dtype=int)),
    )
    middles = alone.scan.vertices[alone.scan.faces].mean(axis=1)
    alone = replace(alone, inside=inside_margin(middles, alone.margin))
    assert error(case, prior_of(alone)) < 0.6


def test_inside_the_margin_is_what_occlusal_sees_there() -> None:
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    margin = np.column_stack([3 * np.cos(angle), 2 * np.sin(angle), 0.3 * np.cos(2 * angle)])
    points = np.array([[0, 0, 2], [2.8, 0, 0], [0, 2.2, 0], [3.1, 0, 1], [0, 0, -1], [0, 0, -5.0]])
    assert inside_margin(points, margin).tolist() == [True, True, False, False, True, False]
