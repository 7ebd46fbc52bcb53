import pytest
from hypothesis import given
from hypothesis import strategies as st

from typodont import anatomy
from typodont.errors import LabelError

teeth = st.sampled_from(anatomy.TEETH)


@given(teeth)
def test_mirror_is_an_involution_that_swaps_only_the_side(fdi):
    other = anatomy.mirrored(fdi)
    assert anatomy.mirrored(other) == fdi
    assert anatomy.side(other) != anatomy.side(fdi)
    assert anatomy.jaw(other) == anatomy.jaw(fdi)
    assert anatomy.tooth_type(other) == anatomy.tooth_type(fdi)


@pytest.mark.parametrize(("fdi", "other"), [(11, 21), (46, 36), (54, 64), (85, 75)])
def test_mirror_examples(fdi, other):
    assert anatomy.mirrored(fdi) == other


@given(st.sampled_from(anatomy.JAWS), st.booleans())
def test_mirrored_arch_reads_backwards(jaw, milk):
    order = anatomy.arch_order(jaw, milk)
    assert tuple(anatomy.mirrored(fdi) for fdi in order) == order[::-1]


def test_arch_order():
    assert anatomy.arch_order("upper") == (18, 17, 16, 15, 14, 13, 12, 11, 21, 22, 23, 24, 25, 26, 27, 28)
    assert anatomy.arch_order("lower") == (38, 37, 36, 35, 34, 33, 32, 31, 41, 42, 43, 44, 45, 46, 47, 48)
    assert anatomy.arch_order("upper", milk=True) == (55, 54, 53, 52, 51, 61, 62, 63, 64, 65)
    assert anatomy.arch_order("lower", milk=True) == (75, 74, 73, 72, 71, 81, 82, 83, 84, 85)


@given(st.sampled_from(anatomy.JAWS))
def test_arch_frame_is_right_handed(jaw):
    # Axes (patient right, anterior, superior) are right-handed, so the cross product may be taken in them.
    anterior, occlusal = (0, 1, 0), (0, 0, -1 if jaw == "upper" else 1)
    x_right = anterior[1] * occlusal[2] - anterior[2] * occlusal[1]
    assert anatomy.side_at_positive_x(jaw) == ("right" if x_right > 0 else "left")
    assert anatomy.side_at_negative_x(jaw) != anatomy.side_at_positive_x(jaw)
    half = len(anatomy.arch_order(jaw)) // 2
    assert {anatomy.side(fdi) for fdi in anatomy.arch_order(jaw)[half:]} == {anatomy.side_at_positive_x(jaw)}


@given(teeth, teeth)
def test_neighbour_and_antagonist_relations_are_symmetric(a, b):
    assert (a in anatomy.neighbours(b)) == (b in anatomy.neighbours(a))
    assert (a in anatomy.antagonists(b)) == (b in anatomy.antagonists(a))


@pytest.mark.parametrize(
    ("fdi", "beside"), [(11, (21, 12)), (41, (31, 42)), (16, (15, 17)), (38, (37,)), (55, (54,)), (81, (71, 82))]
)
def test_neighbours_mesial_first(fdi, beside):
    assert anatomy.neighbours(fdi) == beside


@pytest.mark.parametrize(
    ("fdi", "opposing"), [(16, (46, 47)), (46, (16, 15)), (31, (21,)), (28, (38,)), (13, (43, 44)), (65, (75,))]
)
def test_antagonists(fdi, opposing):
    assert anatomy.antagonists(fdi) == opposing


@given(st.sampled_from(anatomy.MILK))
def test_successor_and_predecessor_are_inverse(fdi):
    successor = anatomy.successor(fdi)
    assert anatomy.predecessor(successor) == fdi
    assert (anatomy.jaw(successor), anatomy.side(successor)) == (anatomy.jaw(fdi), anatomy.side(fdi))


def test_milk_molars_are_replaced_by_premolars():
    assert anatomy.tooth_type(anatomy.successor(54)) == "first premolar"
    with pytest.raises(LabelError, match="no successor"):
        anatomy.successor(14)
    for fdi in (16, 54):
        with pytest.raises(LabelError, match="no predecessor"):
            anatomy.predecessor(fdi)
