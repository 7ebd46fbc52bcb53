import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from typodont import anatomy
from typodont.geometry.connectivity import boundary_edges, face_components
from typodont.geometry.mesh import Mesh
from typodont.geometry.orientation import enclosed_volume
from typodont.synth import atlas_fit
from typodont.synth.atlas import N_MODES, ToothTemplate, load_atlas
from typodont.synth.atlas_measure import fit_template
from typodont.synth.dentition import make_dentition

SYNTH = files("typodont.synth")


def test_templates_are_closed_crowns_of_one_piece():
    assert set(load_atlas()) == {(jaw, number) for jaw in anatomy.JAWS for number in range(1, 9)}
    for template in load_atlas().values():
        mesh = Mesh(template.vertices, template.faces)
        assert len(boundary_edges(mesh)) == 0
        assert face_components(mesh).max() == 0
        assert enclosed_volume(mesh) > 50
        assert template.modes.shape == (N_MODES, *template.vertices.shape)
        assert 0.05 < template.cap.mean() < 0.45
        assert template.vertices[template.cap, 2].max() < template.vertices[:, 2].max()


def test_sizes_are_near_the_textbooks():
    for (jaw, number), template in load_atlas().items():
        fdi = {"upper": 10, "lower": 30}[jaw] + number
        across = np.ptp(template.vertices[:, 0])
        assert across == pytest.approx(anatomy.size(fdi).md_crown, rel=0.22)


def test_instances_differ_by_their_modes():
    template = load_atlas()["lower", 6]
    assert template.instance(np.zeros(3)) == pytest.approx(template.vertices)
    bent = template.instance([0, 2.0])
    assert bent - template.vertices == pytest.approx(2 * template.modes[1])


def test_left_and_right_are_mirror_images():
    """With the same numbers drawn for both sides, a tooth at x > 0 is the one at x < 0 in a mirror, faces outward."""
    dentition = make_dentition(np.random.default_rng(0), "upper")
    for tooth in dentition.teeth:
        assert enclosed_volume(Mesh(tooth.vertices, tooth.faces)) > 10
        local = tooth.local(tooth.vertices)
        turned = tooth.faces if tooth.side < 0 else tooth.faces[:, ::-1]
        assert enclosed_volume(Mesh(local, turned)) == pytest.approx(
            enclosed_volume(Mesh(tooth.vertices, tooth.faces)), rel=1e-6
        )


def test_the_shipped_files_are_small_and_name_their_licences():
    assert len((SYNTH / "atlas.npz").read_bytes()) < 5e6
    card = json.loads((SYNTH / "atlas_card.json").read_text())
    assert {source["licence"] for source in card["sources"]} == {"MIT", "Apache-2.0"}
    by_modes = card["figures"]["source_samples_mm"]["other side"]
    assert by_modes["20 modes"] < by_modes["10 modes"] < by_modes["0 modes"] < 0.3


def test_a_template_fits_its_own_instance_in_another_place():
    template = load_atlas()["upper", 4]
    rng = np.random.default_rng(0)
    weights = np.clip(rng.standard_normal(N_MODES), -2, 2)
    angle = np.radians(8)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    points = template.instance(weights) @ turn.T + [0.4, -0.3, 0.5]
    fit = fit_template(template, points)
    assert fit.distance < 0.03
    assert fit.distance < 0.5 * fit_template(template, points, n_modes=0).distance
    assert fit.weights[:3] == pytest.approx(weights[:3], abs=0.4)


def ellipsoid(n: int = 1500) -> np.ndarray:
    turn = np.pi * (3 - np.sqrt(5)) * np.arange(n)
    z = 1 - (2 * np.arange(n) + 1) / n
    ring = np.sqrt(1 - z**2)
    return np.stack([4 * ring * np.cos(turn), 3 * ring * np.sin(turn), 3.5 * z], axis=1)


def test_a_surface_through_an_ellipsoids_points():
    mesh = atlas_fit.template_surface(ellipsoid())
    assert len(mesh.faces) == pytest.approx(atlas_fit.TEMPLATE_FACES, rel=0.02)
    assert enclosed_volume(mesh) == pytest.approx(4 / 3 * np.pi * 4 * 3 * 3.5, rel=0.03)
    linear = ellipsoid()[None] @ np.diag([0.1, 0.2, 0.0])
    carried = atlas_fit.carry(linear, ellipsoid(), mesh.vertices)
    assert carried[0] == pytest.approx(mesh.vertices @ np.diag([0.1, 0.2, 0.0]), abs=0.1)
    cap = atlas_fit.underside(mesh)
    assert mesh.vertices[cap, 2].max() < 0.9
    assert 0.15 < cap.mean() < 0.4


def test_a_wrong_source_is_refused(tmp_path: Path):
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(atlas_fit.FormatError, match=r"expected tooth_ssm\.npz"):
        atlas_fit.read_source(tmp_path / "other.npz")


@pytest.mark.realdata
def test_the_shipped_atlas_is_what_the_command_makes(real_data: Path):
    """One tooth; simplification may take other edges on another processor, the surface stays."""
    ssm = atlas_fit.read_source(real_data / "tooth_shapes" / "tooth_ssm.npz")
    teeth, centres = atlas_fit.source_teeth(ssm, "lower")
    shipped: ToothTemplate = load_atlas()["lower", 2]
    assert shipped.centre == pytest.approx(centres[1], abs=1e-4)
    made = atlas_fit.template_surface(teeth[1].mean)
    template = ToothTemplate(made.vertices, made.faces, shipped.modes, shipped.cap, shipped.centre)
    assert fit_template(template, shipped.vertices, n_modes=0).distance < 0.02
