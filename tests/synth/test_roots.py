import numpy as np
import pytest

from typodont import anatomy
from typodont.geometry.connectivity import boundary_edges
from typodont.geometry.orientation import enclosed_volume
from typodont.synth.dentition import make_dentition
from typodont.synth.neck import neck_line
from typodont.synth.roots import root_plan, tooth_roots
from typodont.synth.tooth_plan import ArchStyle


def test_number_of_roots():
    counts = {fdi: len(root_plan(fdi)) for fdi in (11, 13, 14, 15, 16, 28, 31, 34, 36, 48, 55, 74)}
    assert counts == {11: 1, 13: 1, 14: 2, 15: 1, 16: 3, 28: 3, 31: 1, 34: 1, 36: 2, 48: 2, 55: 3, 74: 2}


@pytest.mark.parametrize("jaw", anatomy.JAWS)
def test_roots_are_closed_and_as_long_as_in_the_textbook(jaw: str):
    dentition = make_dentition(np.random.default_rng(3), jaw, ArchStyle(crowding_sd=0.1))
    for tooth in dentition.teeth:
        fdi = dentition.fdi(tooth)
        neck = neck_line(tooth)
        roots = tooth_roots(tooth, neck, fdi)
        assert len(roots) == len(root_plan(fdi))
        level = np.median(tooth.local(neck.points() - [0, 0, tooth.margin_shift])[:, 2])
        reach = []
        for root in roots:
            assert len(boundary_edges(root)) == 0
            assert enclosed_volume(root) > 5
            local = tooth.local(root.vertices)
            reach.append(level - local[:, 2].min())
            assert local[:, 2].max() < tooth.local(tooth.vertices)[:, 2].max()
        assert max(reach) == pytest.approx(anatomy.size(fdi).root_length, rel=0.05)


def test_roots_lie_within_the_neck_where_they_begin_and_bend_distally():
    dentition = make_dentition(np.random.default_rng(3), "lower", ArchStyle(mixed=0, erupting=0))
    for tooth in dentition.teeth:
        neck = neck_line(tooth)
        line = tooth.local(neck.points())
        half, middle = 0.5 * np.ptp(line[:, :2], axis=0), line[:, :2].mean(axis=0)
        for root in tooth_roots(tooth, neck, dentition.fdi(tooth)):
            local = tooth.local(root.vertices)
            begin = local[local[:, 2] > local[:, 2].max() - 0.01]
            apex = local[local[:, 2].argmin()]
            assert (np.abs(begin[:, :2] - middle) < half).all()
            if len(root_plan(dentition.fdi(tooth))) == 1:
                assert apex[0] < begin[:, 0].mean()
