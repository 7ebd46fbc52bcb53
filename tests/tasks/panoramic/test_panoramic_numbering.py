"""Instances and numbers on hand-made evidence, where the truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from typodont import anatomy
from typodont.datasets.flip import mirrored_fdi, unflip_log_classes
from typodont.tasks.panoramic.decode import FoundTeeth, number_teeth
from typodont.tasks.panoramic.evidence import PixelEvidence
from typodont.tasks.panoramic.find import find_instances

WITHOUT_WISDOM = tuple(fdi for fdi in anatomy.PERMANENT if anatomy.number(fdi) < 8)


def without(*missing):
    return tuple(fdi for fdi in WITHOUT_WISDOM if fdi not in missing)


def numbered(evidence: PixelEvidence) -> FoundTeeth:
    return number_teeth(evidence, find_instances(evidence))


def found(evidence: PixelEvidence) -> tuple[int, ...]:
    return tuple(sorted(int(fdi) for fdi in numbered(evidence).fdi if fdi))


def test_full_dentition(dentition):
    picture = dentition(anatomy.PERMANENT)
    teeth = numbered(picture.evidence())
    labels = picture.label_map()
    for instance, fdi in enumerate(teeth.fdi):
        assert set(np.unique(labels[teeth.instances.member == instance])) == {fdi}
    assert sorted(teeth.fdi) == list(anatomy.PERMANENT)
    assert min(row.posterior.min() for row in teeth.rows.values()) > 0.9
    assert teeth.scale == pytest.approx(2.2, rel=0.1)
    assert teeth.midline == pytest.approx(256, abs=3)


def test_open_gaps_keep_the_numbers(dentition):
    teeth = without(14, 36, 46, 11)
    assert found(dentition(teeth).evidence()) == teeth


def test_numbers_that_slid_into_a_gap_are_put_right(dentition):
    teeth = without(36)
    slid = {37: {36: 0.6, 37: 0.35}}
    assert found(dentition(teeth, slid).evidence()) == teeth


def test_no_number_twice(dentition):
    duplicated = {14: {15: 0.7, 14: 0.25}, 41: {31: 0.6, 41: 0.3}}
    assert found(dentition(WITHOUT_WISDOM, duplicated).evidence()) == WITHOUT_WISDOM


def test_tooth_in_two_hills_is_joined(dentition):
    picture = dentition(WITHOUT_WISDOM, split=(16, 33))
    evidence = picture.evidence()
    assert len(find_instances(evidence)) == len(WITHOUT_WISDOM) + 2
    teeth = numbered(evidence)
    assert sorted(teeth.fdi) == list(WITHOUT_WISDOM)
    whole = teeth.instances.member == int(np.flatnonzero(teeth.fdi == 16)[0])
    assert np.array_equal(whole, picture.label_map() == 16)


def test_two_teeth_in_one_hill_are_cut_by_their_numbers(dentition):
    picture = dentition(WITHOUT_WISDOM)
    evidence, labels = picture.evidence(), picture.label_map()
    both = np.isin(labels, (11, 21))
    both[90:100, np.flatnonzero(both.any(axis=0))[0] : np.flatnonzero(both.any(axis=0))[-1]] = True  # they touch
    tooth = np.where(both, 0.98, evidence.tooth)
    offset = evidence.offset.copy()
    rows, columns = np.nonzero(both)
    offset[:, both] = rows.mean() - rows, columns.mean() - columns
    one_hill = replace(evidence, tooth=tooth, offset=offset)
    assert len(find_instances(one_hill)) == len(WITHOUT_WISDOM) - 1
    assert found(one_hill) == WITHOUT_WISDOM


def test_empty_jaw(dentition):
    upper = tuple(fdi for fdi in WITHOUT_WISDOM if anatomy.jaw(fdi) == anatomy.UPPER)
    teeth = numbered(dentition(upper).evidence())
    assert sorted(teeth.fdi) == list(upper)
    assert len(teeth.rows["lower"]) == 0


def test_no_teeth_at_all(dentition):
    teeth = numbered(dentition(()).evidence())
    assert len(teeth.fdi) == 0
    assert teeth.midline is None
    assert [row.decoding.fdi for row in teeth.rows.values()] == [(), ()]


def test_single_teeth(dentition):
    assert found(dentition((17, 43)).evidence()) == (17, 43)


def test_mirror_image_has_the_numbers_of_the_other_side(dentition):
    teeth = without(16, 24, 31)
    evidence = dentition(teeth, {26: {25: 0.5, 26: 0.45}}).evidence()
    flipped = PixelEvidence(
        evidence.tooth[:, ::-1],
        unflip_log_classes(evidence.log_classes),
        evidence.offset[:, :, ::-1] * np.array([1, -1], dtype=np.float32)[:, None, None],
    )
    assert found(flipped) == tuple(sorted(mirrored_fdi(np.array(found(evidence))).tolist()))


def test_phantom_fragments_are_left_out(dentition):
    teeth = without(15)
    evidence = dentition(teeth).evidence()
    speck = slice(95, 100), slice(180, 185)
    assert (evidence.tooth[speck] < 0.5).all()
    evidence.tooth[speck] = 0.6
    evidence.log_classes[anatomy.to_index33(15)][speck] = np.log(0.4)
    assert found(evidence) == teeth


def test_fragment_at_a_tooth_becomes_part_of_it(dentition):
    picture = dentition((16, 11, 46))
    evidence = picture.evidence()
    labels = picture.label_map()
    top = np.nonzero(labels == 16)[0].min()
    corner = (labels == 16) & (np.arange(256)[:, None] < top + 5)
    offset = evidence.offset.copy()
    offset[:, corner] += 60.0
    instances = find_instances(replace(evidence, offset=offset))
    assert len(instances) == 3
    assert sorted(instances.area) == sorted(np.count_nonzero(labels == fdi) for fdi in (16, 11, 46))


def test_without_offsets_pieces_of_one_number_are_the_instances(dentition):
    evidence = dentition(WITHOUT_WISDOM).evidence()
    assert found(replace(evidence, offset=np.zeros_like(evidence.offset))) == WITHOUT_WISDOM


def test_lying_wisdom_tooth_is_as_wide_as_a_standing_one(dentition):
    evidence = dentition((48, 47)).evidence()
    standing = find_instances(evidence)
    lying = find_instances(
        PixelEvidence(
            evidence.tooth.T.copy(),
            evidence.log_classes.transpose(0, 2, 1).copy(),
            evidence.offset[::-1].transpose(0, 2, 1).copy(),
        )
    )
    assert sorted(lying.width) == pytest.approx(sorted(standing.width))
    assert sorted(lying.length) == pytest.approx(sorted(standing.length))
