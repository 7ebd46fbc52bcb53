"""The chart decoder against brute force, and on the rows that classifiers get wrong."""

import itertools
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from typodont.anatomy import arch_order, mirrored, size
from typodont.anatomy.chart import ChartDecoding, ToothCandidate, decode_chart
from typodont.anatomy.spacing import ChartPrior, midline_offsets

UPPER, LOWER = arch_order("upper"), arch_order("lower")
WITHOUT_WISDOM = UPPER[1:-1]


def votes(fdi, share=0.9, jaw="upper", second=None):
    """Log probabilities: `share` for one number, the rest for `second` or spread over the jaw."""
    if second is not None:
        return {fdi: math.log(share), second: math.log(1 - share)}
    others = [f for f in arch_order(jaw) if f != fdi]
    return {fdi: math.log(share), **{f: math.log((1 - share) / 15) for f in others}}


def row(teeth, *, jaw="upper", share=0.9, called=None, missing_space="open"):
    """Candidates for teeth standing side by side; the classifier takes them for `called`, the truth second."""
    order = arch_order(jaw)
    edge, previous, candidates = 0.0, None, []
    for tooth, name in zip(teeth, called or teeth, strict=True):
        if previous is not None and missing_space == "open":
            edge += sum(size(f).md_crown for f in order[order.index(previous) + 1 : order.index(tooth)])
        width = size(tooth).md_crown
        second = tooth if name != tooth else None
        candidates.append(ToothCandidate(votes(name, share, jaw, second), edge + width / 2, width))
        edge, previous = edge + width, tooth
    return candidates


def test_clear_votes_are_followed():
    for jaw in ("upper", "lower"):
        decoding = decode_chart(row(arch_order(jaw), jaw=jaw), jaw)
        assert decoding.fdi == arch_order(jaw)
        assert decoding.margin > 2
        assert min(chances[fdi] for chances, fdi in zip(decoding.posteriors, decoding.fdi, strict=True)) > 0.9


def test_duplicated_votes_are_spread_over_neighbours():
    called = [14 if fdi == 15 else fdi for fdi in WITHOUT_WISDOM]
    assert decode_chart(row(WITHOUT_WISDOM, called=called), "upper").fdi == WITHOUT_WISDOM


def test_votes_against_the_order_are_overruled():
    swap = {13: 14, 14: 13}
    called = [swap.get(fdi, fdi) for fdi in WITHOUT_WISDOM]
    assert decode_chart(row(WITHOUT_WISDOM, called=called), "upper").fdi == WITHOUT_WISDOM


def test_open_gap_of_a_missing_tooth():
    teeth = [fdi for fdi in WITHOUT_WISDOM if fdi != 16]
    # The classifier slid the last molar into the gap.
    called = [16 if fdi == 17 else fdi for fdi in teeth]
    assert decode_chart(row(teeth, called=called, share=0.6), "upper").fdi == tuple(teeth)


def test_closed_extraction_spaces_keep_their_numbers():
    teeth = [fdi for fdi in WITHOUT_WISDOM if fdi not in (14, 24)]
    decoding = decode_chart(row(teeth, missing_space="closed"), "upper")
    assert decoding.fdi == tuple(teeth)


def test_closed_extraction_space_with_one_uncertain_premolar():
    # 14 is extracted and closed; the remaining premolar looks like either. It must not push 16 and 17 along.
    teeth = [fdi for fdi in WITHOUT_WISDOM if fdi != 14]
    candidates = [
        ToothCandidate(votes(15, 0.55, second=14), c.position, c.width) if fdi == 15 else c
        for fdi, c in zip(teeth, row(teeth, missing_space="closed"), strict=True)
    ]
    decoding = decode_chart(candidates, "upper")
    assert decoding.fdi == tuple(teeth)
    place = teeth.index(15)
    assert {fdi for fdi, _ in decoding.alternatives(place, n=2)} == {14, 15}
    assert decoding.tooth_margins[place] < 2 < decoding.tooth_margins[0]


def test_missing_midline_incisor_does_not_move_the_midline():
    # 31 is missing with its space open and the incisors are called by someone who thinks 41 is 31.
    teeth = [fdi for fdi in LOWER[1:-1] if fdi != 31]
    slide = {41: 31, 42: 41}
    candidates = row(teeth, jaw="lower", share=0.6, called=[slide.get(f, f) for f in teeth])
    assert decode_chart(candidates, "lower").fdi == tuple(teeth)


def test_fragment_of_a_tooth_is_rejected_and_offered_for_merging():
    candidates = row(WITHOUT_WISDOM)
    whole = WITHOUT_WISDOM.index(14)
    middle = candidates[whole].position
    candidates.insert(whole + 1, ToothCandidate(votes(14), middle + 2.0, 3.0))
    candidates[whole] = ToothCandidate(votes(14, 0.95), middle - 1.0, 5.5)
    decoding = decode_chart(candidates, "upper")
    assert [f for f in decoding.fdi if f] == list(WITHOUT_WISDOM)
    assert decoding.merges in (((whole + 1, whole),), ((whole, whole + 1),))


def test_evidence_of_no_tooth_makes_rejection_cheap():
    candidates = [ToothCandidate({16: math.log(0.6)}), ToothCandidate({0: math.log(0.97), 15: math.log(0.03)})]
    assert decode_chart(candidates, "upper").fdi == (16, 0)
    assert decode_chart([ToothCandidate({16: math.log(0.6)}), ToothCandidate({15: math.log(0.5)})], "upper").fdi == (
        16,
        15,
    )


def test_milk_tooth_competes_for_its_place():
    candidates = [ToothCandidate(votes(54, 0.8, second=14)), ToothCandidate(votes(13)), ToothCandidate(votes(12))]
    assert decode_chart(candidates, "upper").fdi == (54, 13, 12)
    both = [ToothCandidate(votes(14, 0.9, second=54)), ToothCandidate(votes(54, 0.6, second=55))]
    assert len({f % 10 for f in decode_chart(both, "upper").fdi if f}) == len(
        [f for f in decode_chart(both, "upper").fdi if f]
    )


def test_part_of_an_arch_costs_little():
    teeth = (26, 27)
    assert decode_chart(row(teeth, share=0.5), "upper").fdi == teeth


def test_midline_holds_a_row_without_clear_votes():
    # A row of eight teeth that all could be one to the left or right: the midline decides.
    teeth = WITHOUT_WISDOM[3:11]
    offsets = midline_offsets(UPPER)
    flat = {fdi: math.log(1 / 16) for fdi in UPPER}
    for shift in (0.0, 100.0):
        candidates = [ToothCandidate(flat, offsets[fdi] + shift, size(fdi).md_crown) for fdi in teeth]
        assert decode_chart(candidates, "upper", midline=shift).fdi == teeth


def test_unit_does_not_matter():
    candidates = row([fdi for fdi in WITHOUT_WISDOM if fdi not in (12, 25)], share=0.5)
    pixels = [ToothCandidate(c.log_probabilities, c.position * 7.5, c.width * 7.5) for c in candidates]
    mm, px = (
        decode_chart(candidates, "upper", midline=57.0),
        decode_chart(pixels, "upper", scale=7.5, midline=57.0 * 7.5),
    )
    assert mm.fdi == px.fdi
    assert mm.charts[0].log_score == pytest.approx(px.charts[0].log_score)


def test_empty_row_and_other_jaw():
    assert decode_chart([], "upper").fdi == ()
    assert decode_chart([ToothCandidate(votes(36, jaw="lower"))], "upper").fdi == (0,)


@pytest.mark.parametrize(
    ("candidates", "options", "message"),
    [
        ([ToothCandidate({11: 0.0}, 5.0), ToothCandidate({21: 0.0}, 4.0)], {}, "must not fall"),
        ([ToothCandidate({11: math.nan})], {}, "log probability"),
        ([ToothCandidate({11: 0.0}, math.inf)], {}, "not finite"),
        ([ToothCandidate({11: 0.0}, 0.0, -1.0)], {}, "width"),
        ([], {"n_best": 0}, "positive"),
        ([], {"scale": 0.0}, "positive"),
    ],
)
def test_nonsense_is_refused(candidates, options, message):
    with pytest.raises(ValueError, match=message):
        decode_chart(candidates, "upper", **options)


def test_missing_votes_are_free_at_the_ends_and_third_molars_cost():
    # One candidate called 17 for sure: 18 is absent beyond it (free), 16..11 and 21..27 are at .3 each.
    decoding = decode_chart([ToothCandidate({17: 0.0})], "upper", n_best=1)
    assert decoding.charts[0].log_score == pytest.approx(-13 * 0.3)
    assert decoding.margin == math.inf
    # The same for 18: its own cost of 1 and 14 missing.
    assert decode_chart([ToothCandidate({18: 0.0})], "upper").charts[0].log_score == pytest.approx(-1 - 14 * 0.3)


def test_wide_edentulous_space_does_not_cost_the_tooth_beyond_it():
    # All that is left of an upper jaw: 13 and 26, where the network is sure.
    teeth = (13, 26)
    candidates = row(teeth)
    strict = ChartPrior(end_missing_cost=0.8, reject_cost=9.0)
    assert decode_chart(candidates, "upper", prior=strict).fdi.count(0) == 1
    assert decode_chart(candidates, "upper", prior=replace(strict, most_missing_cost=6.0)).fdi == teeth


def test_projected_teeth_may_lie_over_each_other():
    # 17 and 18 in a radiograph: 18 is tilted and covered in part, so the centres are half as far apart as on a scan.
    whole = row((16, 17, 18)[::-1])
    near = [replace(whole[0], position=whole[1].position - 5.0), *whole[1:]]
    projected = ChartPrior(overlap_share=0.15)
    loss = {
        prior: decode_chart(whole, "upper", prior=prior).charts[0].log_score
        - decode_chart(near, "upper", prior=prior).charts[0].log_score
        for prior in (ChartPrior(), projected)
    }
    assert loss[projected] < 3 < loss[ChartPrior()]
    assert decode_chart(near, "upper", prior=projected).fdi == (18, 17, 16)


def brute_force(candidates, jaw, prior):
    """All charts with their scores, straight from the definition."""
    order = arch_order(jaw)
    charts = {}
    for fdi in itertools.product((0, *order), repeat=len(candidates)):
        places = [order.index(f) for f in fdi if f]
        if places != sorted(set(places)):
            continue
        score = 0.0
        for c, f in zip(candidates, fdi, strict=True):
            if not f:
                none = max(c.log_probabilities.get(0, -math.inf), prior.min_log_probability)
                score += math.log(math.exp(none) + math.exp(-prior.reject_cost))
                continue
            score += max(c.log_probabilities.get(f, -math.inf), prior.min_log_probability)
            score += prior.log_width(c.width, f) - prior.wisdom_cost * (f % 10 == 8)
        kept = [(c, f) for c, f in zip(candidates, fdi, strict=True) if f]
        first, last = (places[0], places[-1]) if places else (16, 16)
        score -= prior.end_missing_cost * sum(f % 10 != 8 for f in order[:first] + order[last + 1 :])
        for (a, f), (b, g) in itertools.pairwise(kept):
            between = order[order.index(f) + 1 : order.index(g)]
            score -= min(prior.most_missing_cost, sum(prior.missing_cost[h % 10 - 1] for h in between))
            room = sum(size(h).md_crown for h in between)
            score += prior.log_spacing(b.position - a.position, (a.width + b.width) / 2, room, len(between))
        charts[fdi] = score
    return charts


probabilities = st.dictionaries(st.sampled_from((0, *UPPER)), st.floats(-6, 0), max_size=5)
rows = st.lists(st.tuples(probabilities, st.floats(0.5, 12), st.floats(3, 12)), min_size=1, max_size=3)


def candidates_from(drawn):
    edges = list(itertools.accumulate(step for _, step, _ in drawn))
    return [ToothCandidate(p, edge, width) for (p, _, width), edge in zip(drawn, edges, strict=True)]


@settings(max_examples=25, deadline=None)
@given(rows, st.sampled_from((ChartPrior(), ChartPrior(most_missing_cost=5.0, overlap_share=0.15))))
def test_equals_brute_force(drawn, prior):
    candidates = candidates_from(drawn)
    truth = brute_force(candidates, "upper", prior)
    decoding = decode_chart(candidates, "upper", n_best=5, prior=prior)
    assert len({chart.fdi for chart in decoding.charts}) == 5
    best = sorted(truth.values(), reverse=True)[:5]
    assert [chart.log_score for chart in decoding.charts] == pytest.approx(best, abs=1e-9)
    for chart in decoding.charts:
        assert chart.log_score == pytest.approx(truth[chart.fdi], abs=1e-9)
    top = max(truth.values())
    total = sum(math.exp(s - top) for s in truth.values())
    for i in range(len(candidates)):
        for fdi, chance in decoding.posteriors[i].items():
            share = sum(math.exp(s - top) for chart, s in truth.items() if chart[i] == fdi) / total
            assert chance == pytest.approx(share, abs=1e-9)
        rival = max(s for chart, s in truth.items() if chart[i] != decoding.fdi[i])
        assert decoding.tooth_margins[i] == pytest.approx(top - rival, abs=1e-9)


wild_rows = st.lists(st.tuples(probabilities, st.floats(0, 15), st.floats(2, 14)), max_size=8)


@settings(max_examples=30, deadline=None)
@given(wild_rows)
def test_no_number_twice_order_kept_and_mirrored_rows_mirror(drawn):
    candidates = candidates_from(drawn)
    decoding = decode_chart(candidates, "upper")
    for chart in decoding.charts:
        places = [UPPER.index(fdi) for fdi in chart.fdi if fdi]
        assert places == sorted(set(places))
    for chances in decoding.posteriors:
        assert sum(chances.values()) == pytest.approx(1.0)
    flipped = decode_chart([flip(c) for c in reversed(candidates)], "upper")
    assert flipped.charts[0].log_score == pytest.approx(decoding.charts[0].log_score)
    if decoding.margin > 1e-6:
        assert flipped.fdi == tuple(mirrored(f) if f else 0 for f in reversed(decoding.fdi))


def flip(candidate):
    log_probabilities = {mirrored(f) if f else 0: p for f, p in candidate.log_probabilities.items()}
    return ToothCandidate(log_probabilities, -candidate.position, candidate.width)


def test_best_chart_is_the_face_of_the_decoding():
    decoding = decode_chart(row((12, 11)), "upper")
    assert isinstance(decoding, ChartDecoding)
    assert decoding.fdi == decoding.charts[0].fdi
    assert decoding.charts[0].log_score >= decoding.charts[1].log_score
