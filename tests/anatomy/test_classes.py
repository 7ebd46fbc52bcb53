import pytest
from hypothesis import given
from hypothesis import strategies as st

from typodont import anatomy
from typodont.errors import LabelError


@given(st.integers(0, 16), st.sampled_from(anatomy.JAWS))
def test_scan_classes_are_a_bijection_per_jaw(label, jaw):
    fdi = anatomy.fdi_from_scan_class(label, jaw)
    assert anatomy.scan_class(fdi) == label
    assert anatomy.SCAN_CLASS_OF_FDI[fdi] == label
    if fdi:
        assert anatomy.jaw(fdi) == jaw


@pytest.mark.parametrize(
    ("fdi", "label"), [(0, 0), (11, 1), (18, 8), (21, 9), (28, 16), (31, 1), (38, 8), (41, 9), (48, 16)]
)
def test_scan_class_examples(fdi, label):
    assert anatomy.scan_class(fdi) == label


@given(st.sampled_from(anatomy.MILK))
def test_milk_teeth_take_the_class_of_their_successor(fdi):
    assert anatomy.scan_class(fdi) == anatomy.scan_class(anatomy.successor(fdi))
    assert anatomy.SCAN_CLASS_OF_FDI[fdi] == anatomy.scan_class(fdi)


@given(st.sampled_from(anatomy.PERMANENT))
def test_mirroring_swaps_the_halves_of_the_class_space(fdi):
    assert abs(anatomy.scan_class(fdi) - anatomy.scan_class(anatomy.mirrored(fdi))) == 8


def test_classes_along_the_arch_are_the_same_for_both_jaws():
    along = [[anatomy.scan_class(fdi) for fdi in anatomy.arch_order(jaw)] for jaw in anatomy.JAWS]
    assert along[0] == along[1] == [8, 7, 6, 5, 4, 3, 2, 1, 9, 10, 11, 12, 13, 14, 15, 16]


def test_table_marks_unused_numbers():
    used = {fdi for fdi, label in enumerate(anatomy.SCAN_CLASS_OF_FDI) if label >= 0}
    assert used == {0, *anatomy.TEETH}


@given(st.integers(0, 32))
def test_panoramic_indices_are_a_bijection(index):
    assert anatomy.to_index33(anatomy.from_index33(index)) == index


def test_panoramic_order():
    assert [anatomy.from_index33(i) for i in (0, 1, 8, 9, 17, 25, 32)] == [0, 11, 18, 21, 31, 41, 48]


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: anatomy.scan_class(19), "no FDI"),
        (lambda: anatomy.fdi_from_scan_class(17, "upper"), r"expected 0\.\.16"),
        (lambda: anatomy.fdi_from_scan_class(-1, "upper"), r"expected 0\.\.16"),
        (lambda: anatomy.fdi_from_scan_class(3, "both"), "expected 'upper' or 'lower'"),
        (lambda: anatomy.to_index33(51), "no panoramic index"),
        (lambda: anatomy.from_index33(33), r"expected 0\.\.32"),
    ],
)
def test_refused(call, match):
    with pytest.raises(LabelError, match=match):
        call()
