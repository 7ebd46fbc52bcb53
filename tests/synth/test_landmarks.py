import numpy as np

from typodont.geometry.mesh import Mesh
from typodont.geometry.voxels import signed_distance
from typodont.synth.landmarks import CLASSES, tooth_landmarks
from typodont.synth.scan import SyntheticScan


def landmarks(scan: SyntheticScan):
    pairs = zip(scan.dentition.teeth, scan.margins, strict=True)
    return [(tooth, neck, tooth_landmarks(tooth, neck)) for tooth, neck in pairs]


def test_every_class_on_every_tooth_and_cusps_by_type(scans: list[SyntheticScan]):
    for tooth, _, found in landmarks(scans[0]):
        assert tuple(found) == CLASSES
        assert all(len(found[kind]) == 1 for kind in CLASSES if kind != "Cusp")
        cusps = len(found["Cusp"])
        assert cusps == 0 if tooth.number <= 2 else 1 <= cusps <= 5


def test_crown_points_lie_on_the_crown_and_gum_points_on_the_margin(scans: list[SyntheticScan]):
    for tooth, neck, found in landmarks(scans[0]):
        crown = Mesh(tooth.vertices, tooth.faces)
        for kind in ("Mesial", "Distal", "Cusp", "FacialPoint"):
            assert np.abs(signed_distance(crown, found[kind])).max(initial=0) < 1e-6
        for kind in ("InnerPoint", "OuterPoint"):
            assert np.linalg.norm(neck.points() - found[kind], axis=1).min() < 1e-9


def test_mesial_is_nearer_the_midline_along_the_arch(scans: list[SyntheticScan]):
    for scan in scans:
        curve = scan.dentition.curve
        middle = np.argmin(np.abs(curve[:, 0]))

        def along(point, curve=curve, middle=middle):
            return abs(int(np.argmin(np.linalg.norm(curve[:, :2] - point[0, :2], axis=1))) - middle)

        turned = [tooth for tooth, _, found in landmarks(scan) if along(found["Mesial"]) >= along(found["Distal"])]
        assert all(tooth.number == 1 for tooth in turned) or len(turned) <= 1


def test_outer_is_on_the_cheeks_side_of_inner(scans: list[SyntheticScan]):
    for tooth, _, found in landmarks(scans[1]):
        assert tooth.local(found["OuterPoint"])[0, 1] > tooth.local(found["InnerPoint"])[0, 1] + 2


def test_landmarks_lie_near_the_scan(scans: list[SyntheticScan]):
    scan = scans[0]
    for tooth, _, found in landmarks(scan):
        if tooth.condition == "half erupted":
            continue
        for point in np.vstack([found["Cusp"], found["FacialPoint"], found["OuterPoint"]]):
            assert np.linalg.norm(scan.mesh.vertices - point, axis=1).min() < 1.5
