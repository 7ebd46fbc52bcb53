import numpy as np
import pytest

from typodont.geometry.connectivity import boundary_loops
from typodont.geometry.distance_field import nearest_places
from typodont.geometry.solids import faults, volume
from typodont.synth.known_preparations import make_box_cavity, make_stump


@pytest.mark.parametrize("settings", [{}, {"shoulder": 0.0}, {"groove": 0.3}])
def test_a_stump_is_what_it_says(settings):
    case = make_stump(**settings)
    assert np.abs(nearest_places(case.scan, case.margin).distance).max() < 0.002
    assert case.scan.vertices[:, 2].max() == pytest.approx(5)
    assert len(boundary_loops(case.scan)) == 1
    upper = case.scan.vertices[case.scan.faces].mean(axis=1)[:, 2] > 4.9
    assert (case.scan.face_normals[upper][:, 2] > -0.01).all()
    radius = np.hypot(*case.scan.vertices[np.isclose(case.scan.vertices[:, 2], 5), :2].T).max()
    assert radius == pytest.approx(3.0)


def test_box_cavities_hold_what_they_should():
    for proximal in (False, True):
        case = make_box_cavity(proximal=proximal, edge=0.5)
        assert faults(case.scan) == []
        assert np.abs(nearest_places(case.scan, case.margin).distance).max() < 1e-9
    case = make_box_cavity(divergence_deg=0.0, edge=0.5)
    assert volume(case.crown) - volume(case.scan) == pytest.approx(5 * 3 * 2)
