import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from typodont import anatomy
from typodont.errors import LabelError
from typodont.records import Chart, Tooth

share = st.floats(0, 1)


@st.composite
def charts(draw):
    jaw = draw(st.sampled_from(anatomy.JAWS))
    numbers = [*anatomy.arch_order(jaw), *anatomy.arch_order(jaw, milk=True)]
    fdi = draw(st.lists(st.sampled_from(numbers), unique=True, max_size=16))
    others = st.lists(st.tuples(st.sampled_from([0, *numbers]), share), max_size=3).map(tuple)
    point = st.none() | st.tuples(share, share, share)
    teeth = tuple(
        Tooth(n, draw(share), draw(others), anatomy.is_milk(n) or None, draw(point), draw(st.integers(0, 9)))
        for n in fdi
    )
    chart = st.tuples(st.tuples(*[st.sampled_from(numbers)] * len(fdi)), share)
    return Chart(jaw, teeth, draw(st.none() | share), tuple(draw(st.lists(chart, max_size=2))))


@given(charts())
def test_survives_json(chart):
    assert Chart.from_dict(json.loads(json.dumps(chart.to_dict()))) == chart


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: Tooth(19, 1.0), "19 is no FDI tooth number"),
        (lambda: Tooth(55, 1.0, milk=False), "55 is a milk tooth number"),
        (lambda: Tooth(11, 1.0, ((99, 0.1),)), "99 is no FDI tooth number"),
        (lambda: Chart("upper", (Tooth(11, 1.0), Tooth(41, 1.0))), r"found the teeth \[41\] in the chart of"),
        (lambda: Chart("upper", (Tooth(11, 1.0), Tooth(11, 0.5))), "found a number twice"),
        (lambda: Chart("upper", (Tooth(11, 1.0),), 0.5, (((11, 12), 0.5),)), "has not 1 numbers"),
        (lambda: Chart("both", ()), "expected 'upper' or 'lower'"),
        (lambda: Chart.from_dict({"jaw": "upper"}), "no chart: 'teeth'"),
        (lambda: Chart.from_dict({"jaw": "upper", "teeth": [{"fdi": 11, "size": 3}]}), "no chart: .*size"),
    ],
)  # fmt: skip
def test_impossible_charts(make, match):
    with pytest.raises(LabelError, match=match):
        make()
