"""Votes to teeth, and teeth to numbers, with an oracle in place of the network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from typodont import anatomy
from typodont.tasks.scan.decode import candidate, number_teeth
from typodont.tasks.scan.evidence import joined
from typodont.tasks.scan.instances import cluster_votes, describe, find_instances
from typodont.tasks.scan.row import fit_row
from typodont.tasks.scan.template import arch_template


def true_numbers(scan) -> list[int]:
    return sorted(int(f) for f in np.unique(scan.mesh.vertex_attributes["label"]) if f)


def test_votes_around_four_centres_give_four_clusters():
    rng = np.random.default_rng(0)
    centres = np.array([[0, 0, 0], [4.5, 0, 0], [9, 1, 0], [30, -20, 3.0]])
    truth = np.repeat(np.arange(4), [300, 200, 100, 250])
    votes = centres[truth] + rng.normal(0, 0.6, (len(truth), 3))
    found = cluster_votes(votes)
    assert found.max() == 3
    for tooth in range(4):
        counts = np.bincount(found[truth == tooth])
        assert counts.max() > 0.97 * counts.sum()


def test_the_oracle_finds_every_tooth_once(arch, evidence):
    teeth = true_numbers(arch)
    found = number_teeth(evidence, find_instances(evidence), jaw=arch.jaw)
    assert sorted(found.fdi.tolist()) == teeth
    assert (found.posterior > 0.9).all()
    order = [anatomy.arch_order(arch.jaw).index(int(fdi)) for fdi in found.fdi]
    assert order == sorted(order)


def test_the_right_jaw_scores_higher(arch, evidence):
    instances = find_instances(evidence)
    score = {jaw: number_teeth(evidence, instances, jaw=jaw).decoding.charts[0].log_score for jaw in anatomy.JAWS}
    assert score[arch.jaw] > score["upper"] + 5


def test_one_tooth_that_the_network_misnames_is_put_right_by_the_row(arch, evidence):
    instances = find_instances(evidence)
    probability = instances.probability.copy()
    tooth = int(probability[:, 3].argmax())
    probability[tooth, [3, 4]] = probability[tooth, [3, 4]].sum() * np.array([0.35, 0.65])
    found = number_teeth(evidence, replace(instances, probability=probability), jaw=arch.jaw)
    assert sorted(found.fdi.tolist()) == true_numbers(arch)


def test_a_missing_tooth_leaves_a_gap(arch, evidence):
    gone = evidence.probability.argmax(axis=1) == 5
    some = replace(
        evidence,
        **{name: getattr(evidence, name)[~gone] for name in ("position", "normal", "probability", "offset", "milk")},
    )
    found = number_teeth(some, find_instances(some), jaw=arch.jaw)
    expected = set(true_numbers(arch)) - {anatomy.fdi_from_scan_class(5, arch.jaw)}
    assert set(found.fdi.tolist()) == expected


def test_a_network_without_offsets_gives_pieces_of_one_class(evidence):
    flat = replace(evidence, offset=np.zeros_like(evidence.offset))
    instances = find_instances(flat, min_area=15.0)
    names = instances.probability.argmax(axis=1)
    assert len(names) == len(set(names.tolist()))


def test_specks_become_gum_or_join_their_neighbour(evidence):
    instances = find_instances(evidence)
    assert (instances.area >= 6.0).all()
    assert set(np.unique(instances.member)) == set(range(-1, len(instances)))


def test_subset_renumbers(evidence):
    instances = find_instances(evidence)
    keep = np.ones(len(instances), dtype=bool)
    keep[1] = False
    some = instances.subset(keep)
    assert len(some) == len(instances) - 1
    assert (some.member[instances.member == 1] == -1).all()
    assert (some.member[instances.member == 2] == 1).all()
    assert np.allclose(some.centre, describe(evidence, some.member).centre)


def test_nothing_is_found_in_gum(evidence):
    gum = np.zeros_like(evidence.probability)
    gum[:, 0] = 1
    bare = replace(evidence, probability=gum)
    found = number_teeth(bare, find_instances(bare), jaw="upper")
    assert len(found) == 0


def test_two_looks_count_area_once(evidence):
    once, twice = find_instances(evidence), find_instances(joined([evidence, evidence]))
    assert twice.area.sum() == pytest.approx(once.area.sum(), rel=0.02)


def test_the_row_measures_along_the_arch():
    template = arch_template("upper")[1:]
    row = fit_row(template, np.ones(16), jaw="upper")
    place = row.position(template)
    assert np.allclose(place[:8], -place[8:], atol=0.2)
    assert (np.diff(place[8:]) > 4).all()
    front = place[8] - place[0]
    assert front == pytest.approx(8.6, abs=0.8)


def test_milk_teeth_vote_for_milk_numbers():
    probability = np.full(17, 1e-3)
    probability[5] = 0.9
    voted = candidate(probability, 0.9, "upper", position=-30.0, width=9.0, area=90.0)
    assert max(voted.log_probabilities, key=lambda fdi: voted.log_probabilities[fdi]) == 55
    assert 15 not in voted.log_probabilities
    assert 16 in voted.log_probabilities
