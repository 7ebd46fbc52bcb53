import numpy as np
import pytest

from typodont.geometry.camera import fit_camera
from typodont.geometry.mesh import Mesh
from typodont.geometry.orientation import turned_over
from typodont.geometry.render import BACK, ambient_occlusion, contact_sheet, draw_labels, render_mesh

SMALL = (64, 48)


def test_a_ball_covers_its_disc_and_nothing_else(sphere):
    picture = render_mesh(sphere(5.0, 4), (200, 40, 40), size=(200, 200), background=(0, 0, 255))
    assert picture.shape == (200, 200, 3)
    assert picture.dtype == np.uint8
    ball = picture[..., 0] > picture[..., 2]
    assert ball.mean() == pytest.approx(np.pi * 0.45**2, rel=0.02)
    assert (picture[0, 0] == (0, 0, 255)).all()


def test_light_comes_from_above(sphere):
    picture = render_mesh(sphere(5.0), size=SMALL, background=(0, 0, 0)).astype(float).sum(axis=2)
    assert picture[8:16, 32].mean() > 1.2 * picture[-16:-8, 32].mean()


def test_colours_may_be_per_vertex_per_face_or_an_attribute(plate):
    mesh = plate(8)
    left = mesh.vertices[:, 0] < 0
    vertex_colors = np.where(left[:, None], (255, 0, 0), (0, 255, 0))
    face_colors = vertex_colors[mesh.faces[:, 0]]
    for picture in (
        render_mesh(mesh, vertex_colors, size=SMALL),
        render_mesh(mesh, face_colors, size=SMALL),
        render_mesh(mesh.with_vertex(color=vertex_colors.astype(np.uint8)), size=SMALL),
    ):
        assert picture[24, 20].argmax() == 0
        assert picture[24, 44].argmax() == 1
    with pytest.raises(ValueError, match="fit neither"):
        render_mesh(mesh, np.zeros((5, 3)), size=SMALL)


def test_the_inner_side_has_a_colour_of_its_own(plate):
    picture = render_mesh(turned_over(plate()), (255, 0, 0), size=SMALL)
    tint = picture[24, 32] / picture[24, 32].max()
    assert tint == pytest.approx(np.array(BACK) / max(BACK), abs=0.05)


def test_a_camera_may_be_given_and_perspective_shows_the_ball(sphere):
    mesh = sphere(5.0)
    camera = fit_camera(mesh.vertices, "front", size=SMALL, field_of_view=30)
    picture = render_mesh(mesh, view=camera, occlusion=np.ones(len(mesh.vertices)))
    assert picture.shape == (48, 64, 3)
    assert (picture[24, 32] != 255).any()


def test_a_mesh_without_faces_is_an_empty_picture():
    picture = render_mesh(Mesh(np.zeros((0, 3)), np.zeros((0, 3), dtype=int)), size=SMALL)
    assert (picture == 255).all()


def test_a_picture_of_a_mesh_far_away_is_the_same(sphere):
    mesh = sphere(5.0)
    moved = Mesh(mesh.vertices + [900.0, -400, 2000], mesh.faces)
    first, second = (render_mesh(m, size=SMALL).astype(int) for m in (mesh, moved))
    assert np.abs(first - second).mean() < 0.5


def test_occlusion_is_one_on_a_ball_and_half_in_a_right_angle(sphere, plate):
    assert ambient_occlusion(sphere()) == pytest.approx(1)
    floor = plate(20, 20.0)
    wall = floor.transformed(np.array([[0, 0, 1.0, 0], [0, 1, 0, 0], [-1, 0, 0, 10], [0, 0, 0, 1]]))
    corner = Mesh(
        np.concatenate([floor.vertices, wall.vertices]),
        np.concatenate([floor.faces, wall.faces + len(floor.vertices)]),
    )
    open_sky = ambient_occlusion(corner, radius=100.0)[: len(floor.vertices)]
    x, y = floor.vertices[:, 0], floor.vertices[:, 1]
    near = (np.abs(x) == 3) & (np.abs(y) < 2)
    far = (x == 10) & (np.abs(y) < 2)
    assert open_sky[near].mean() == pytest.approx(0.6, abs=0.06)
    assert open_sky[far].mean() > 0.8


def test_labels_are_drawn_where_asked():
    picture = np.full((40, 60, 3), 200, dtype=np.uint8)
    drawn = draw_labels(picture, ["36"], np.array([[30, 20]]), font_size=14)
    changed = np.argwhere((drawn != picture).any(axis=2))
    assert np.abs(changed.mean(axis=0) - (20, 30)).max() < 3
    assert (picture == 200).all()


def test_contact_sheet_places_row_by_row():
    images = [np.full((10, 20, 3), shade, dtype=np.uint8) for shade in (10, 60, 110)]
    sheet = contact_sheet(images, columns=2, gap=4)
    assert sheet.shape == (2 * 14 + 4, 2 * 24 + 4, 3)
    assert sheet[9, 14, 0] == 10
    assert sheet[9, 38, 0] == 60
    assert sheet[23, 14, 0] == 110
    assert contact_sheet(images, ["a", "b", "c"]).shape[0] > contact_sheet(images).shape[0]
    with pytest.raises(ValueError, match="at least one"):
        contact_sheet([])
