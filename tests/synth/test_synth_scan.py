import subprocess
import sys

import numpy as np
import pytest

from typodont import anatomy
from typodont.geometry.connectivity import boundary_edges
from typodont.geometry.mesh import Mesh
from typodont.geometry.orientation import is_inside_out
from typodont.geometry.voxels import signed_distance
from typodont.synth.scan import SyntheticScan, cut_partial, make_scan, random_pose


def labels_of(scan: SyntheticScan) -> np.ndarray:
    return scan.mesh.vertex_attributes["label"]


def test_the_same_seed_gives_the_same_scan_and_another_one_another():
    first, again = (make_scan(8, 5, n_faces=5_000) for _ in range(2))
    assert (first.mesh.vertices == again.mesh.vertices).all()
    assert (first.mesh.faces == again.mesh.faces).all()
    assert (labels_of(first) == labels_of(again)).all()
    other = make_scan(8, 6, n_faces=5_000)
    assert other.mesh.vertices.shape != first.mesh.vertices.shape or (other.mesh.vertices != first.mesh.vertices).any()


def test_labels_are_those_of_the_arch(scans: list[SyntheticScan]):
    for scan in scans:
        found = set(np.unique(labels_of(scan)).tolist()) - {anatomy.GINGIVA}
        numbers = [scan.dentition.fdi(tooth) for tooth in scan.dentition.teeth]
        assert len(numbers) == len(set(numbers))
        assert found <= set(numbers)
        assert all(anatomy.jaw(number) == scan.jaw for number in found)
        of_instance = np.array([0, *numbers])[scan.instance + 1]
        assert (of_instance == labels_of(scan)).all()


def test_every_erupted_tooth_is_seen(scans: list[SyntheticScan]):
    for scan in scans:
        seen = np.bincount(scan.instance[scan.instance >= 0], minlength=len(scan.dentition.teeth))
        erupted = [tooth.condition not in ("half erupted", "broken") for tooth in scan.dentition.teeth]
        assert seen[np.array(erupted)].min() > 20


def test_teeth_stand_on_their_side_and_in_order(scans: list[SyntheticScan]):
    """x < 0 is the patient's right above and left below."""
    scan = scans[0]
    x = {fdi: scan.mesh.vertices[labels_of(scan) == fdi, 0].mean() for fdi in np.unique(labels_of(scan)) if fdi}
    assert all((x[fdi] < 0) == (anatomy.side(fdi) == "right") for fdi in x if anatomy.number(fdi) > 1)
    lower = scans[1]
    x = {fdi: lower.mesh.vertices[labels_of(lower) == fdi, 0].mean() for fdi in np.unique(labels_of(lower)) if fdi}
    assert all((x[fdi] < 0) == (anatomy.side(fdi) == "left") for fdi in x if anatomy.number(fdi) > 1)


def test_labelled_vertices_lie_on_their_tooth(scans: list[SyntheticScan]):
    """Within the scanner's faults (blur, decimation, noise, spikes); a little farther where the neck is bare."""
    for scan in scans[:2]:
        off = []
        for index, tooth in enumerate(scan.dentition.teeth):
            mine = scan.mesh.vertices[scan.instance == index]
            off.append(np.abs(signed_distance(Mesh(tooth.vertices, tooth.faces), mine)) if len(mine) else np.zeros(0))
        distance = np.concatenate(off)
        assert np.median(distance) < 0.12
        assert np.quantile(distance, 0.95) < 0.6


def test_gum_lies_outside_the_crowns_above_it(scans: list[SyntheticScan]):
    """No gum vertex sits on the upper half of a crown."""
    for scan in scans[:2]:
        gum = scan.mesh.vertices[scan.instance < 0]
        for tooth in scan.dentition.teeth:
            if tooth.condition == "half erupted":
                continue
            local = tooth.local(gum)
            top = tooth.local(tooth.vertices)[:, 2].max()
            inside = (np.abs(local[:, :2]) < 1.0).all(axis=1) & (local[:, 2] > 0.7 * top)
            assert not inside.any()


def test_faces_look_outward(scans: list[SyntheticScan]):
    for scan in scans:
        assert not is_inside_out(scan.mesh, samples=400).inside_out
        on_tooth = (scan.instance[scan.mesh.faces] >= 0).all(axis=1)
        up = scan.mesh.face_normals[on_tooth, 2]
        assert (up * scan.mesh.face_areas[on_tooth]).sum() > 0.2 * scan.mesh.face_areas[on_tooth].sum()


def test_number_of_faces(scans: list[SyntheticScan]):
    for scan in scans:
        assert 0.8 * 16_000 < len(scan.mesh.faces) < 1.25 * 16_000
    assert 4_500 < len(make_scan(8, 5, n_faces=5_000, base=0).mesh.faces) < 5_500


@pytest.mark.slow
def test_half_a_million_faces_in_bounded_memory():
    """In a process of its own, because the peak of a process never falls."""
    program = (
        "from typodont.environment import peak_memory_mib; from typodont.synth.scan import make_scan; "
        "scan = make_scan(21, 1, jaw='lower', n_faces=500_000, base=0); "
        "print(len(scan.mesh.faces), peak_memory_mib())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    faces, megabytes = map(float, done.stdout.split())
    assert 400_000 < faces <= 510_000
    assert megabytes < 3_000


def test_a_model_base_has_walls(scans: list[SyntheticScan]):
    raw, base = scans[0], scans[1]
    assert np.ptp(base.mesh.vertices[:, 2]) > 15
    lowest = base.mesh.vertices[:, 2].min()
    border = np.unique(boundary_edges(base.mesh))
    assert (base.mesh.vertices[border, 2] < lowest + 1).mean() > 0.6
    assert len(np.unique(boundary_edges(raw.mesh))) > 100


def test_brackets_carry_their_tooths_label(scans: list[SyntheticScan]):
    scan = scans[2]
    assert scan.brackets
    for bracket in scan.brackets:
        tooth = scan.dentition.teeth[bracket.owner]
        assert tooth.number <= 5
        assert not tooth.milk
        tips = bracket.centre + bracket.axes[1] * 1.8
        near = np.linalg.norm(scan.mesh.vertices - tips, axis=1) < 1.2
        assert near.sum() >= 3
        assert (scan.instance[near] == bracket.owner).mean() > 0.8
    assert not scans[0].brackets


def test_a_partial_scan_is_a_part(scans: list[SyntheticScan]):
    mesh = scans[0].mesh
    for seed in range(6):
        part = cut_partial(np.random.default_rng(seed), mesh)
        assert 0.1 * len(mesh.faces) < len(part.faces) < 0.85 * len(mesh.faces)
        assert set(part.vertex_attributes) == {"label"}
        teeth = set(np.unique(part.vertex_attributes["label"])) - {0}
        assert 3 <= len(teeth) < len(scans[0].dentition.teeth)


def test_a_random_pose_is_a_rigid_motion():
    pose = random_pose(np.random.default_rng(0))
    assert pose[:3, :3] @ pose[:3, :3].T == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(pose[:3, :3]) == pytest.approx(1)
