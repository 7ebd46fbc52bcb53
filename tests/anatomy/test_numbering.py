import pytest
from hypothesis import given
from hypothesis import strategies as st

from typodont import anatomy
from typodont.errors import LabelError

teeth = st.sampled_from(anatomy.TEETH)


@given(teeth)
def test_round_trips(fdi):
    assert anatomy.from_universal(anatomy.to_universal(fdi)) == fdi
    assert anatomy.from_universal(anatomy.to_universal(fdi).lower()) == fdi
    assert anatomy.from_palmer(anatomy.to_palmer(fdi)) == fdi
    assert anatomy.from_palmer(anatomy.to_palmer(fdi, ascii_only=True)) == fdi


def test_universal_is_a_bijection():
    assert {anatomy.to_universal(fdi) for fdi in anatomy.PERMANENT} == {str(n) for n in range(1, 33)}
    assert {anatomy.to_universal(fdi) for fdi in anatomy.MILK} == set("ABCDEFGHIJKLMNOPQRST")
    assert len({anatomy.to_palmer(fdi) for fdi in anatomy.TEETH}) == 52


@pytest.mark.parametrize(
    ("fdi", "universal"),
    [
        (18, 1), (11, 8), (21, 9), (28, 16), (38, 17), (31, 24), (41, 25), (48, 32),
        (55, "A"), (51, "E"), (61, "F"), (65, "J"), (75, "K"), (71, "O"), (81, "P"), (85, "T"),
    ],
)  # fmt: skip
def test_universal_corners_of_each_quadrant(fdi, universal):
    assert anatomy.from_universal(universal) == fdi


@pytest.mark.parametrize(
    ("fdi", "palmer", "plain"),
    [(16, "6┘", "UR6"), (26, "└6", "UL6"), (36, "┌6", "LL6"), (46, "6┐", "LR6"), (55, "E┘", "URE"), (71, "┌A", "LLA")],
)
def test_palmer_quadrants(fdi, palmer, plain):
    assert anatomy.to_palmer(fdi) == palmer
    assert anatomy.to_palmer(fdi, ascii_only=True) == plain
    assert anatomy.from_palmer(plain.lower()) == fdi


@pytest.mark.parametrize("text", ["0", "33", "U", "", 0, "1.5"])
def test_bad_universal(text):
    with pytest.raises(LabelError, match=r"expected 1\.\.32 or A\.\.T"):
        anatomy.from_universal(text)


@pytest.mark.parametrize("text", ["", "6", "└", "┘6", "6└", "9┘", "UR0", "URF", "66", "6UR", "²┘"])
def test_bad_palmer(text):
    with pytest.raises(LabelError):
        anatomy.from_palmer(text)
