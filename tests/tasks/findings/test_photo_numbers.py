"""Numbers of teeth in photographs: synthetic mouths seen by a camera, where the truth is known."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from typodont.anatomy import PERMANENT, mirrored
from typodont.tasks.findings.photo_fit import best_layings
from typodont.tasks.findings.photo_numbers import number_photo, stray, unrolled, view_of
from typodont.tasks.findings.photo_places import BINS, Bin, ToothShape, load_places, shape_of, shapes_of, write_places
from typodont.tasks.findings.photo_places_fit import make_mouth, measure_places, take_photo

FRONT, RIGHT, LEFT = Bin(), Bin(-60.0), Bin(60.0)
UPPER, LOWER = Bin(jaw="upper"), Bin(jaw="lower")


@cache
def photo(seen: Bin) -> tuple[tuple[int, ...], tuple[ToothShape, ...], tuple[int, int]]:
    """Numbers and shapes of the teeth of one mouth, and the size of the picture."""
    rng = np.random.default_rng(4)
    picture = take_photo(rng, make_mouth(rng), seen)
    shapes = shapes_of(picture, least_pixels=16)
    return tuple(shapes), tuple(shapes.values()), picture.shape


def changed(shapes, *, scale: float = 1.0, flip: float | None = None, turn: tuple[int, int] | None = None):
    """The same teeth in a picture of another size, in the mirror (its width), or upside down (height, width)."""
    moved = []
    for (x, y), (w, h) in shapes:
        x = x if flip is None else flip - 1 - x
        x, y = (x, y) if turn is None else (turn[1] - 1 - x, turn[0] - 1 - y)
        moved.append(ToothShape((scale * x, scale * y), (scale * w, scale * h)))
    return moved


def right_and_wrong(numbers, truth) -> tuple[int, int]:
    pairs = list(zip(numbers, truth, strict=True))
    return sum(a == b for a, b in pairs), sum(a is not None and a != b for a, b in pairs)


@pytest.mark.parametrize(
    ("seen", "view"), [(FRONT, "front"), (RIGHT, "right"), (LEFT, "left"), (UPPER, "upper"), (LOWER, "lower")]
)
def test_views_are_recognised_and_most_teeth_numbered(seen, view):
    truth, shapes, size = photo(seen)
    found = number_photo(shapes, size)
    right, wrong = right_and_wrong(found.numbers, truth)
    assert found.view == view == view_of(seen)
    assert right >= 0.75 * len(truth)
    assert wrong <= 0.2 * len(truth)


def test_the_size_of_the_picture_does_not_matter():
    truth, shapes, size = photo(UPPER)
    once = number_photo(shapes, size)
    large = number_photo(changed(shapes, scale=7.0), (7 * size[0], 7 * size[1]))
    assert once.numbers == large.numbers
    assert right_and_wrong(once.numbers, truth)[0] >= 12


def test_an_uncorrected_picture_of_a_mirror_gives_the_same_numbers_when_said_so():
    truth, shapes, size = photo(UPPER)
    once = number_photo(shapes, size)
    flipped = changed(shapes, flip=size[1])
    assert number_photo(flipped, size, mirrored=True).numbers == once.numbers
    blind = number_photo(flipped, size)
    assert right_and_wrong(blind.numbers, [mirrored(fdi) for fdi in truth])[0] >= 12


def test_a_biting_surface_that_lies_upside_down_is_turned_when_the_view_is_given():
    truth, shapes, size = photo(LOWER)
    found = number_photo(changed(shapes, turn=size), size, view="lower")
    assert right_and_wrong(found.numbers, truth)[0] >= 12


def test_no_number_is_given_twice():
    for seen in (FRONT, RIGHT, UPPER):
        given = [fdi for fdi in number_photo(*photo(seen)[1:]).numbers if fdi is not None]
        assert len(given) == len(set(given))


def test_two_teeth_in_a_close_up_may_be_any():
    teeth = [ToothShape((300.0, 300.0), (250.0, 280.0)), ToothShape((560.0, 300.0), (250.0, 280.0))]
    found = number_photo(teeth, (600, 800))
    assert found.numbers == (None, None)
    assert max(found.probability) < 0.6


def test_what_lies_away_from_the_rows_takes_no_part():
    truth, shapes, size = photo(UPPER)
    glove = ToothShape((-60.0, 10.0), (12.0, 14.0))
    assert stray([*shapes, glove]).tolist() == [False] * len(shapes) + [True]
    found = number_photo([glove, *shapes], size)
    assert found.numbers == (None, *number_photo(shapes, size).numbers)
    assert right_and_wrong(found.numbers[1:], truth)[0] >= 12
    assert not stray(shapes[:3]).any()  # a close-up


def test_no_teeth_no_numbers():
    found = number_photo([], (600, 800))
    assert found.numbers == ()
    assert found.view is None
    assert number_photo([], (600, 800), view="left").view == "left"


def test_votes_are_probabilities():
    _, shapes, size = photo(FRONT)
    for laying in best_layings(shapes, size):
        total = np.logaddexp(np.logaddexp.reduce(laying.votes, axis=1), laying.none)
        assert np.allclose(total, 0, atol=1e-9)


def test_touching_teeth_are_unrolled_by_their_true_widths_and_a_gap_in_their_scale():
    def tooth(x: float, width: float) -> ToothShape:
        return ToothShape((x, 0.0), (width, 10.0))

    row = [tooth(0, 10), tooth(10, 10), tooth(17.5, 5), tooth(22.5, 5)]  # the last two are seen at half their width
    assert unrolled(row, np.full(4, 8.0)) == pytest.approx([0, 8, 16, 24])
    apart = [tooth(0, 10), tooth(20, 10)]  # room for one between them
    assert unrolled(apart, np.full(2, 8.0)) == pytest.approx([0, 16])
    hidden = [tooth(0, 10), tooth(4, 10)]  # one in front of the other is no narrow tooth
    assert unrolled(hidden, np.full(2, 8.0)) == pytest.approx([0, 8])


def test_shape_of_a_rectangle():
    mask = np.zeros((20, 30), dtype=bool)
    mask[4:10, 5:17] = True
    shape = shape_of(mask, (100, 200))
    assert shape.centre == (110.5, 206.5)
    assert shape.extent == pytest.approx((12, 6))


def test_the_table_knows_left_from_right():
    places = load_places()
    assert places.mean.shape == (len(BINS), 32, 4)
    front = BINS.index(FRONT)
    x = dict(zip(PERMANENT, places.mean[front, :, 0], strict=True))
    y = dict(zip(PERMANENT, places.mean[front, :, 1], strict=True))
    assert x[13] < x[12] < x[11] < x[21] < x[22] < x[23]  # the patient's right is at the left
    assert x[43] < x[41] < x[31] < x[33]
    assert y[11] < y[41]
    patients_left = BINS.index(LEFT)
    shows = dict(zip(PERMANENT, places.shows[patients_left], strict=True))
    assert shows[26] > 0.9
    assert shows[16] < 0.05


@pytest.mark.slow
def test_the_table_is_what_its_command_measures(tmp_path):
    few = measure_places(3, seed=0)
    assert few.mean.shape == load_places().mean.shape
    usual = load_places().shows > 0.9
    both = usual & (few.shows > 0.9)
    assert np.abs(few.mean - load_places().mean)[both][:, :2].mean() < 3.0  # mm, three patients against many
    write_places(few, tmp_path / "places.npz")
    with np.load(tmp_path / "places.npz") as arrays:
        assert np.allclose(arrays["mean"], few.mean, atol=1e-4)
