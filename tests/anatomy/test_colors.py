import pytest

from typodont import anatomy


def difference(a, b):
    """Perceived distance of two 8-bit colours, about 0..765 ("redmean" approximation)."""
    (r1, g1, b1), (r2, g2, b2) = anatomy.COLORS[a], anatomy.COLORS[b]
    red = (r1 + r2) / 2
    return ((2 + red / 256) * (r1 - r2) ** 2 + 4 * (g1 - g2) ** 2 + (2 + (255 - red) / 256) * (b1 - b2) ** 2) ** 0.5


def test_every_number_has_its_own_valid_color():
    assert set(anatomy.COLORS) == {0, *anatomy.TEETH}
    assert len(set(anatomy.COLORS.values())) == 53
    assert all(0 <= channel <= 255 for color in anatomy.COLORS.values() for channel in color)


@pytest.mark.parametrize("fdi", anatomy.TEETH)
def test_teeth_differ_from_their_neighbours_and_from_the_gum(fdi):
    assert difference(fdi, 0) > 75
    assert all(difference(fdi, other) > 100 for other in anatomy.neighbours(fdi))
