"""Left and right change together: the field's classic bug is to forget one of them."""

import numpy as np

from typodont.anatomy import SCAN_CLASS_OF_FDI, jaw, mirrored, number, side
from typodont.datasets.flip import flip_pool, mirrored_fdi
from typodont.datasets.scan_augment import plain
from typodont.datasets.scan_faces import make_face_pool, plain_faces
from typodont.datasets.scan_points import PointPool
from typodont.synth.scan import SyntheticScan


def test_numbers_change_sides() -> None:
    assert mirrored_fdi(np.array([0, 11, 26, 48, 75])).tolist() == [0, 21, 16, 38, 85]


def test_twice_is_nothing(pool: PointPool) -> None:
    back = flip_pool(flip_pool(pool))
    np.testing.assert_array_equal(back.position, pool.position)
    np.testing.assert_array_equal(back.fdi, pool.fdi)
    np.testing.assert_array_equal(back.whole, pool.whole)


def test_teeth_stay_on_the_side_that_their_number_says(pool: PointPool) -> None:
    for fdi in np.unique(pool.fdi[pool.fdi > 0]).tolist():
        before = pool.position[pool.fdi == fdi].mean(axis=0)
        flipped = flip_pool(pool)
        after = flipped.position[flipped.fdi == mirrored(fdi)].mean(axis=0)
        np.testing.assert_allclose(after, before * [-1, 1, 1], atol=1e-4)
        assert (jaw(mirrored(fdi)), number(mirrored(fdi))) == (jaw(fdi), number(fdi))
        assert side(mirrored(fdi)) != side(fdi)


def test_classes_swap_halves(pool: PointPool) -> None:
    classes = np.array(SCAN_CLASS_OF_FDI)
    before, after = classes[pool.fdi], classes[flip_pool(pool).fdi]
    tooth = before > 0
    assert (after[~tooth] == 0).all()
    assert (np.abs(after[tooth] - before[tooth]) == 8).all()


def test_offsets_follow(pool: PointPool) -> None:
    sample, flipped = plain(pool)[0], plain(flip_pool(pool))[0]
    mean = [np.nanmean(np.abs(s.offset), axis=0) for s in (sample, flipped)]
    np.testing.assert_allclose(mean[0], mean[1], rtol=0.05)


def test_mirrored_faces_still_look_outward(scan: SyntheticScan) -> None:
    labels = scan.mesh.vertex_attributes["label"]
    pool = flip_pool(make_face_pool(scan.mesh, np.random.default_rng(0), fdi=labels, jaw="lower", n_points=2000))
    corners = plain_faces(pool)[0].features[:, 3:12].reshape(-1, 3, 3)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert ((normal * pool.normal).sum(axis=1) > 0).all()
