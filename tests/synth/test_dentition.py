import numpy as np
import pytest

from typodont import anatomy
from typodont.synth.arch_form import ArchForm, arch_path
from typodont.synth.dentition import make_dentition
from typodont.synth.neck import NECK_ANGLES, neck_line
from typodont.synth.tooth_plan import ArchStyle, plan_teeth

CONDITIONS = {"sound", "worn", "broken", "prepared stump", "half erupted", "short crown"}


@pytest.mark.parametrize("jaw", anatomy.JAWS)
def test_an_arch_is_a_row_of_known_teeth(jaw: str):
    for seed in range(12):
        dentition = make_dentition(np.random.default_rng(seed), jaw)
        numbers = [dentition.fdi(tooth) for tooth in dentition.teeth]
        order = [
            fdi
            for fdi in anatomy.arch_order(jaw)
            for fdi in (fdi, anatomy.predecessor(fdi) if anatomy.number(fdi) <= 5 else fdi)
        ]
        assert numbers == [fdi for fdi in dict.fromkeys(order) if fdi in numbers]
        assert {tooth.condition for tooth in dentition.teeth} <= CONDITIONS


def test_all_conditions_occur():
    seen = {
        tooth.condition
        for seed in range(60)
        for tooth in make_dentition(np.random.default_rng(seed), ("upper", "lower")[seed % 2]).teeth
    }
    assert seen == CONDITIONS


def test_style_decides_which_teeth_there_are():
    grown = ArchStyle(mixed=0, erupting=0, wisdom=1, no_second_molars=0)
    plans = [plan_teeth(np.random.default_rng(seed), grown) for seed in range(40)]
    assert all(any(slot.number == 8 for slot in plan) for plan in plans)
    assert not any(slot.milk for plan in plans for slot in plan)
    assert 0 < sum(slot.missing for plan in plans for slot in plan) < 80
    young = [plan_teeth(np.random.default_rng(seed), ArchStyle(mixed=1)) for seed in range(20)]
    assert any(slot.milk for plan in young for slot in plan)
    assert all(slot.number <= 5 for plan in young for slot in plan if slot.milk)


def test_axes_are_those_of_the_tooth():
    """Mesial runs toward the midline along the arch, buccal away from its inside; rows are orthonormal."""
    style = ArchStyle(mixed=0, erupting=0, crowding_sd=0)
    dentition = make_dentition(np.random.default_rng(1), "upper", style)
    for tooth in dentition.teeth:
        assert tooth.axes @ tooth.axes.T == pytest.approx(np.eye(3), abs=1e-9)
        assert np.sign(np.linalg.det(tooth.axes)) == -tooth.side
        assert tooth.local(tooth.vertices @ np.eye(3)) @ tooth.axes + tooth.origin == pytest.approx(tooth.vertices)
        if tooth.number in (5, 6):
            assert tooth.axes[1, 0] * tooth.side > 0.5
            assert tooth.axes[0, 1] > 0.5


def test_a_symmetric_arch_path_mirrors():
    form = ArchForm(size=1, width=1, depth=1, taper=0, square=0, skew=0, midline=0)
    path = arch_path("lower", form)
    for s in (0.0, 5.0, 20.0, 60.0):
        (right, tangent), (left, other) = path(s), path(-s)
        assert right == pytest.approx(left * [-1, 1], abs=1e-9)
        assert tangent == pytest.approx(other * [1, -1], abs=1e-9)
        assert np.linalg.norm(tangent) == pytest.approx(1)


def test_neck_lines_ring_their_teeth():
    dentition = make_dentition(np.random.default_rng(2), "lower", ArchStyle(mixed=0, erupting=0))
    for tooth in dentition.teeth:
        neck = neck_line(tooth)
        assert neck.points().shape == (NECK_ANGLES, 3)
        assert neck.radius.min() > 0.4
        assert neck.radius.max() < 8
        if tooth.condition != "half erupted":
            assert neck.height.max() < tooth.vertices[:, 2].max() - 1
        for angle in (-3.0, 0.1, 2.0):
            assert neck.radius.min() <= neck.radius_at(angle) <= neck.radius.max()
