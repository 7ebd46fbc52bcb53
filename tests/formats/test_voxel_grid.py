from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest

from typodont.errors import FormatError
from typodont.formats.voxel_grid import along_patient, check_voxels

PATH = Path("a.nii")


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("signs", list(product((1, -1), repeat=3)))
def test_however_the_axes_lie_the_volume_is_the_same(order, signs):
    values, spacing = np.arange(24.0).reshape(2, 3, 4), np.array([0.5, 0.6, 0.7])
    directions = np.zeros((3, 3))
    for axis, (toward, sign) in enumerate(zip(order, signs, strict=True)):
        directions[toward, axis] = sign * spacing[toward]
    # flips were given by the axes of the truth, so swap first
    by_toward = dict(zip(order, signs, strict=True))
    stored = np.flip(values, [toward for toward in range(3) if by_toward[toward] < 0]).transpose(order)
    found, found_spacing = along_patient(stored, directions, PATH)
    np.testing.assert_array_equal(found, values)
    assert found_spacing == pytest.approx(spacing)


def test_a_slanted_volume_keeps_its_axes_and_steps():
    slant = np.radians(20)
    turn = np.array([[1, 0, 0], [0, np.cos(slant), -np.sin(slant)], [0, np.sin(slant), np.cos(slant)]])
    values = np.arange(24.0).reshape(2, 3, 4)
    found, spacing = along_patient(values, turn * [0.3, 0.4, 0.5], PATH)
    np.testing.assert_array_equal(found, values)
    assert spacing == pytest.approx((0.3, 0.4, 0.5))


@pytest.mark.parametrize(
    "directions",
    [np.zeros((3, 3)), np.full((3, 3), np.nan), np.diag([1.0, 1, 0]), np.array([[1.0, 1, 0], [0, 0, 1], [0, 0, 0]])],
)
def test_axes_that_are_none(directions):
    with pytest.raises(FormatError, match=r"a\.nii: the file says no usable axes .*; export it again"):
        along_patient(np.zeros((2, 2, 2)), directions, PATH)


def test_what_is_no_volume():
    for shape in ((5, 5), (5, 5, 1), (5, 5, 5, 3)):
        with pytest.raises(FormatError, match=r"a\.nii: found 5 × 5.* expected a volume with three axes"):
            check_voxels(shape, PATH)
    with pytest.raises(FormatError, match=r"30000 × 30000 × 30000 voxels, expected at most"):
        check_voxels((30000, 30000, 30000), PATH)
