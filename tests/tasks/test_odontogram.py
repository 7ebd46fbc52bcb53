import itertools
import re
from xml.etree import ElementTree

import pytest

from typodont.anatomy import PERMANENT
from typodont.records.chart import Tooth
from typodont.tasks.odontogram import odontogram, percent


def states(svg: str) -> dict[str, list[str]]:
    """State -> numbers shown, left to right in each jaw."""
    found: dict[str, list[str]] = {}
    for group in ElementTree.fromstring(svg).iter("g"):
        number = next(text.text for text in group.iter("text") if text.get("class") == "number")
        found.setdefault(group.get("class").split()[1], []).append(number)
    return found


def test_every_place_is_drawn_once_in_the_order_the_dentist_sees():
    numbers = states(odontogram([], ["upper", "lower"]))["missing"]
    assert numbers == [
        *(["18", "17", "16", "15", "14", "13", "12", "11", "21", "22", "23", "24", "25", "26", "27", "28"]),
        *(["48", "47", "46", "45", "44", "43", "42", "41", "31", "32", "33", "34", "35", "36", "37", "38"]),
    ]
    assert {int(n) for n in numbers} == set(PERMANENT)


def test_states_of_teeth():
    svg = odontogram([Tooth(16, 0.97), Tooth(11, 0.55)], ["upper"])
    found = states(svg)
    assert found["present"] == ["16"]
    assert found["uncertain"] == ["11"]
    assert len(found["missing"]) == 14
    assert len(found["unscanned"]) == 16
    assert all(number[0] in "34" for number in found["unscanned"])
    assert ">97<" in svg
    assert ">55<" in svg


def test_a_milk_tooth_stands_in_its_successors_place():
    found = states(odontogram([Tooth(55, 0.9)], ["upper"]))
    assert found["present"] == ["55"]
    assert "15" not in found["missing"]


def test_nothing_overlaps_from_left_to_right():
    svg = odontogram([], ["upper", "lower"])
    crowns = re.findall(r'class="crown" transform="translate\(([\d.]+) [\d.]+\) scale\(([\d.]+) ', svg)
    places = [(float(x), float(width)) for x, width in crowns]
    total = float(re.search(r'viewBox="0 0 (\d+)', svg).group(1))
    for row in (places[:16], places[16:]):
        for (x, width), (following, _) in itertools.pairwise(row):
            assert x + width < following
        assert row[0][0] > 0
        assert row[-1][0] + row[-1][1] < total
        assert row[0][0] + row[-1][0] + row[-1][1] == pytest.approx(total, abs=1.5)  # centred on the midline


@pytest.mark.parametrize(("confidence", "text"), [(1.0, "100"), (0.999, "99"), (0.5, "50"), (0.0, "0")])
def test_only_certainty_is_a_hundred(confidence, text):
    assert percent(confidence) == text
