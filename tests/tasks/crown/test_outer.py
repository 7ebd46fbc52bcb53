"""Completing the outer surface: closed, along the margin, in the scan's own coordinates, and learnt by training."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from typodont.datasets.crown_region import RegionGrid, preparation_at
from typodont.datasets.region_samples import FrameJitter, case_frame
from typodont.errors import ConfigError, MeshError
from typodont.geometry.connectivity import boundary_edges, face_components
from typodont.geometry.distance_field import nearest_places
from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import rotation_about
from typodont.nets.crown_unet import CrownUNet
from typodont.records.crown_case import CrownCase, write_crown_case
from typodont.tasks.crown.config import CrownSource
from typodont.tasks.crown.outer import Outer, at_places, closed_surface, complete_outer, drawn_to, known_places
from typodont.tasks.crown.outer_config import OuterTrainConfig
from typodont.tasks.crown.outer_data import cached_sample
from typodont.tasks.crown.train import train
from typodont.training.fit import LoopConfig
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig
from typodont.training.weights import load_weights

Make = Callable[..., CrownCase]
REGION = RegionGrid.of_voxels(0.4)


def net() -> CrownUNet:
    """Fresh, so that it answers with the fitted atlas tooth."""
    torch.manual_seed(0)
    return CrownUNet(widths=(4, 6), voxel_mm=0.4).eval()


def complete(case: CrownCase) -> Outer:
    assert case.margin is not None
    assert case.kind is not None
    return complete_outer(
        case.scan, case.antagonist, case.margin, net(), kind=case.kind, tooth=case.tooth, frame=case_frame(case)
    )


def ball(radius: float) -> np.ndarray:
    far = np.linalg.norm(REGION.grid.points() - [0, 0, 4], axis=1).reshape(REGION.grid.shape)
    return far - radius


@pytest.mark.parametrize("kind", ["crown", "inlay"])
def test_a_closed_tooth_that_passes_along_the_margin(molar_case: Make, kind: str) -> None:
    case = molar_case(kind)
    outer = complete(case)
    assert not len(boundary_edges(outer.mesh))
    assert face_components(outer.mesh).max() == 0
    assert len(outer.sigma) == len(outer.mesh.vertices)
    assert ((outer.sigma > 0.05) & (outer.sigma < 0.6)).all()
    assert case.margin is not None
    off = np.abs(nearest_places(outer.mesh, case.margin).distance)
    assert off.mean() < 0.05
    assert case.crown is not None
    wrong = nearest_places(outer.mesh, case.crown.vertices).distance
    assert np.sqrt((wrong**2).mean()) < {"crown": 0.5, "inlay": 0.15}[kind]


def test_it_lies_where_the_scan_lies(molar_case: Make) -> None:
    case = molar_case()
    motion = rotation_about(np.array([2.0, 1.0, 2.0]) / 3, 130.0)
    motion[:3, 3] = [100, 5, -60]
    there = complete(case.transformed(motion)).mesh
    here = complete(case).mesh.transformed(motion)
    assert there.vertices == pytest.approx(here.vertices, abs=1e-4)
    mirrored = case.transformed(np.diag([-1.0, 1, 1, 1]))
    labels = mirrored.scan.vertex_attributes["label"]
    other = complete(replace(mirrored, tooth=46, scan=mirrored.scan.with_vertex(label=labels + 10))).mesh
    apart = nearest_places(complete(case).mesh, other.vertices * [-1, 1, 1]).distance
    assert np.abs(apart).max() < 0.02
    inside = np.einsum("fi,fi->", other.vertices[other.faces[:, 0]], other.face_cross)
    assert inside > 0  # faces outward in the mirrored quadrant, too


def test_a_margin_in_another_place_is_refused(molar_case: Make) -> None:
    case = molar_case()
    assert case.margin is not None
    with pytest.raises(MeshError, match="the scan has no surface around the margin"):
        complete(replace(case, margin=case.margin + 50))


def test_the_surface_is_drawn_through_known_places_and_stays_elsewhere() -> None:
    distance = ball(3.0)
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    wanted = np.column_stack([3.2 * np.cos(angle), 3.2 * np.sin(angle), np.full(60, 4.0)])
    drawn = drawn_to(wanted, distance, REGION.grid)
    assert np.abs(at_places(drawn, REGION.grid, wanted)).max() < 0.05
    assert at_places(drawn, REGION.grid, np.array([[0, 0, 7.0]])) == pytest.approx([0], abs=0.03)


def test_a_surface_through_samples_and_out_of_the_grid_is_closed() -> None:
    distance = np.round(ball(5.0), 1)  # many samples right on the surface, and its foot below the grid
    mesh = closed_surface(distance, REGION.grid)
    assert not len(boundary_edges(mesh))
    two = np.minimum(ball(1.5), np.linalg.norm(REGION.grid.points() - [6, 6, 10], axis=1).reshape(distance.shape) - 1)
    assert np.abs(closed_surface(two, REGION.grid).vertices - [0, 0, 4]).max() < 1.6


def test_of_a_partial_crown_the_tooth_around_it_is_known(molar_case: Make) -> None:
    case = molar_case("inlay")
    assert case.margin is not None
    frame = case_frame(case)
    preparation = preparation_at(
        case.scan, case.antagonist, case.margin, kind="inlay", tooth=36, frame=frame, region=REGION
    )
    sound = Mesh(frame.points_in(case.scan.vertices), case.scan.faces)
    distance = nearest_places(sound, REGION.grid.points()).distance.reshape(REGION.grid.shape)
    known = known_places(preparation, distance, REGION.grid)
    crown = replace(preparation, kind="crown")
    assert len(known) > len(known_places(crown, distance, REGION.grid)) + 20


@pytest.mark.slow
def test_training_learns_the_surface(molar_case: Make, tmp_path: Path) -> None:
    write_crown_case(molar_case(), tmp_path / "cases" / "one")
    config = OuterTrainConfig(
        name="t",
        runs=tmp_path / "runs",
        sources=(CrownSource(tmp_path / "cases"),),
        validation=CrownSource(tmp_path / "cases"),
        cache=tmp_path / "cache",
        region=REGION,
        net=NetConfig("crown_unet", {"widths": [8, 12], "voxel_mm": 0.4}),
        schedule=ScheduleConfig(max_steps=80, peak=5e-3, warmup_steps=5),
        loop=LoopConfig(batch=1, workers=0, validate_every=80),
    )
    folder = train(config)
    lines = (folder / "metrics.jsonl").read_text()
    assert "val/rms_mm" in lines
    trained, card = load_weights(folder)
    assert card.job == "crown"
    case = molar_case()
    assert case.margin is not None
    assert case.crown is not None

    def error(network: torch.nn.Module) -> float:
        mesh = complete_outer(
            case.scan, case.antagonist, case.margin, network, kind="crown", tooth=36, frame=case_frame(case)
        ).mesh
        return float(np.sqrt((nearest_places(mesh, case.crown.vertices).distance ** 2).mean()))

    assert error(trained) < 0.7 * error(net())


def test_a_sample_is_made_once_and_again_for_other_settings(molar_case: Make, tmp_path: Path) -> None:
    write_crown_case(molar_case("inlay"), tmp_path / "cases" / "one")
    case = tmp_path / "cases" / "one"
    first = cached_sample(case, cache=tmp_path / "cache", region=REGION, jitter=None)
    (made,) = (tmp_path / "cache").rglob("*.npz")
    time = made.stat().st_mtime_ns
    again = cached_sample(case, cache=tmp_path / "cache", region=REGION, jitter=None)
    assert made.stat().st_mtime_ns == time
    assert (again.region.fields == first.region.fields).all()
    other = cached_sample(case, cache=tmp_path / "cache", region=REGION, jitter=FrameJitter())
    assert (other.region.fields != first.region.fields).any()


def test_a_network_for_other_things_or_voxels_is_refused(molar_case: Make, tmp_path: Path) -> None:
    write_crown_case(molar_case("inlay"), tmp_path / "cases" / "one")
    config = OuterTrainConfig(runs=tmp_path, sources=(CrownSource(tmp_path / "cases"),), region=REGION)
    with pytest.raises(ConfigError, match=r"found 0\.4 and a network for 0\.2 mm"):
        train(config)
    with pytest.raises(ConfigError, match="expected a network of outer surfaces, as crown_unet"):
        train(replace(config, net=NetConfig("ct_cnn")))
