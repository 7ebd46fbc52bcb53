import numpy as np
import pytest

from typodont.geometry.registration import apply
from typodont.synth.patient import SyntheticPatient
from typodont.synth.tooth_field import tooth_cloud


def test_both_jaws_of_one_person(patient: SyntheticPatient):
    assert (patient.upper.jaw, patient.lower.jaw) == ("upper", "lower")
    widths = [np.ptp(scan.dentition.curve[:, 0]) for scan in (patient.upper, patient.lower)]
    assert abs(widths[0] - widths[1]) < 15


def test_the_bite_is_a_rigid_motion_that_turns_the_lower_jaw_over(patient: SyntheticPatient):
    turn = patient.bite[:3, :3]
    assert turn @ turn.T == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(turn) == pytest.approx(1)
    assert turn[2, 2] < -0.97


def test_the_teeth_touch_and_do_not_pass_through_each_other(patient: SyntheticPatient):
    crowns = tooth_cloud(patient.upper.dentition.teeth, patient.upper.margins)
    nearest = [
        crowns.signed_distance(apply(patient.bite, tooth.vertices[~tooth.cap])).min()
        for tooth in patient.lower.dentition.teeth
    ]
    assert sum(distance < 0.2 for distance in nearest) >= 3
    assert np.median(nearest) > -0.3
    assert min(nearest) > -1.2


def test_lower_incisors_bite_behind_the_upper_ones(patient: SyntheticPatient):
    front = {
        scan.jaw: np.mean([t.vertices[:, 1].max() for t in scan.dentition.teeth if t.number <= 2])
        for scan in (patient.upper, patient.lower)
    }
    lower = front["lower"] + patient.bite[1, 3]
    assert -0.5 < front["upper"] - lower < 6
