import pytest
from hypothesis import given
from hypothesis import strategies as st

from typodont import anatomy
from typodont.errors import LabelError

teeth = st.sampled_from(anatomy.TEETH)


def test_counts():
    assert len(anatomy.PERMANENT) == 32
    assert len(anatomy.MILK) == 20
    assert len(set(anatomy.TEETH)) == 52


@pytest.mark.parametrize(
    ("fdi", "name"),
    [
        (16, "upper right first molar"),
        (21, "upper left central incisor"),
        (33, "lower left canine"),
        (48, "lower right third molar"),
        (55, "upper right second milk molar"),
        (71, "lower left milk central incisor"),
    ],
)
def test_names(fdi, name):
    assert anatomy.tooth_name(fdi) == name


def test_names_are_unique():
    assert len({anatomy.tooth_name(fdi) for fdi in anatomy.TEETH}) == 52
    assert {anatomy.tooth_type(fdi) for fdi in anatomy.TEETH} == set(anatomy.TOOTH_TYPES)


@given(teeth)
def test_tooth_inverts_jaw_side_number(fdi):
    again = anatomy.tooth(anatomy.jaw(fdi), anatomy.side(fdi), anatomy.number(fdi), milk=anatomy.is_milk(fdi))
    assert again == fdi
    assert anatomy.quadrant(fdi) * 10 + anatomy.number(fdi) == fdi
    assert anatomy.is_permanent(fdi) != anatomy.is_milk(fdi)


@given(st.integers(-5, 200).filter(lambda n: n not in anatomy.TEETH))
def test_other_numbers_are_refused(n):
    assert not anatomy.is_tooth(n)
    for function in (
        anatomy.quadrant, anatomy.number, anatomy.jaw, anatomy.side, anatomy.is_milk, anatomy.is_permanent,
        anatomy.tooth_type, anatomy.tooth_name, anatomy.size, anatomy.to_universal, anatomy.to_palmer, anatomy.mirrored,
    ):  # fmt: skip
        with pytest.raises(LabelError, match="no FDI tooth number"):
            function(n)


def test_unknown_jaw_and_side():
    with pytest.raises(LabelError, match="expected 'upper' or 'lower'"):
        anatomy.check_jaw("maxilla")
    with pytest.raises(LabelError, match="of the patient"):
        anatomy.tooth("upper", "middle", 1)
    with pytest.raises(LabelError, match="no FDI"):
        anatomy.tooth("upper", "left", 6, milk=True)
