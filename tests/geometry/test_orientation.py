import numpy as np
import pytest
from scipy.spatial import KDTree

from typodont.errors import MeshError
from typodont.formats import read_mesh
from typodont.formats.teeth3ds import read_labels
from typodont.geometry.mesh import Mesh
from typodont.geometry.orientation import enclosed_volume, is_inside_out, sky_share, turned_over
from typodont.geometry.registration import random_rotation


def bumpy_sheet(n: int = 60) -> Mesh:
    """A stand-in for a scan without base: a thin open sheet with eight bumps, facing +z."""
    axis = np.linspace(-20, 20, n)
    x, y = np.meshgrid(axis, axis, indexing="ij")
    z = sum(
        5 * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 8)
        for cx, cy in [(8 * i, 12 * j) for i in (-2, -1, 1, 2) for j in (-1, 1)]
    )
    corner = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).ravel()
    a, b, c, d = corner, corner + n, corner + n + 1, corner + 1
    faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    return Mesh(np.stack([x, y, z], axis=-1).reshape(-1, 3), faces)


@pytest.mark.parametrize("seed", range(4))
def test_an_open_bumpy_sheet_in_any_pose(seed):
    motion = random_rotation(np.random.default_rng(seed))
    motion[:3, 3] = 100, 200, -300
    mesh = bumpy_sheet().transformed(motion)
    facing, turned = is_inside_out(mesh), is_inside_out(turned_over(mesh))
    assert not facing.inside_out
    assert turned.inside_out
    assert facing.certainty > 0.2
    assert turned.certainty > 0.2


def test_a_closed_box_is_certain(box):
    assert is_inside_out(box(1, 2, 3)) == (False, pytest.approx(1, abs=0.1))
    assert is_inside_out(turned_over(box(1, 2, 3))) == (True, pytest.approx(1, abs=0.1))


def test_a_flat_plate_has_no_outside(plate):
    assert is_inside_out(plate()).certainty < 0.05


def test_the_unit_does_not_matter():
    metres = Mesh(bumpy_sheet().vertices / 1000, bumpy_sheet().faces)
    assert is_inside_out(metres).certainty == pytest.approx(is_inside_out(bumpy_sheet()).certainty, abs=0.05)


def test_sky_over_a_ball_and_in_it(sphere):
    front, back = sky_share(sphere())
    assert front == pytest.approx(1)
    assert back == 0


def test_volumes(box, torus, cylinder):
    assert enclosed_volume(box(1, 2, 3)) == pytest.approx(6)
    assert enclosed_volume(turned_over(box(1, 2, 3))) == pytest.approx(-6)
    assert enclosed_volume(torus(3, 1, 200, 100)) == pytest.approx(2 * np.pi**2 * 3, rel=0.005)
    assert enclosed_volume(cylinder(2.0, 5.0)) == pytest.approx(20 * np.pi, rel=0.005)  # open ends are closed by fans
    with pytest.raises(MeshError, match="encloses nothing"):
        enclosed_volume(Mesh(np.zeros((1, 3)), np.zeros((0, 3), dtype=int)))


@pytest.mark.realdata
def test_every_real_arch_and_every_real_arch_turned_over(real_data):
    files = sorted((real_data / "scans_teeth3ds").glob("*.obj"))
    assert files
    for file in files:
        mesh = read_mesh(file)
        for shown, inside_out in ((mesh, False), (turned_over(mesh), True)):
            found = is_inside_out(shown, samples=600)
            assert found.inside_out == inside_out, file.name
            assert found.certainty > 0.5, file.name


@pytest.mark.realdata
def test_parts_of_real_arches_with_thin_gum(real_data):
    for file in sorted((real_data / "scans_teeth3ds").glob("*.obj")):
        mesh = read_mesh(file)
        tooth = read_labels(file.with_suffix(".json")).labels > 0
        near = (KDTree(mesh.vertices[tooth]).query(mesh.vertices)[0] < 2)[mesh.faces].all(axis=1)
        centres = mesh.vertices[mesh.faces].mean(axis=1)
        left = centres[:, 0] > mesh.vertices[tooth].mean(axis=0)[0]
        for part in (near, near & left, near & ~left):
            shown = mesh.submesh(part)
            assert not is_inside_out(shown, samples=600).inside_out, file.name
            assert is_inside_out(turned_over(shown), samples=600).inside_out, file.name
