import pytest

from typodont.anatomy.colors import COLORS
from typodont.anatomy.findings import (
    FINDING_COLORS,
    FINDING_TITLES,
    FINDINGS,
    PHOTO_FINDINGS,
    XRAY_FINDINGS,
    finding_named,
)


def test_every_finding_has_a_title_and_a_colour_of_its_own():
    assert set(FINDINGS) == set(PHOTO_FINDINGS) | set(XRAY_FINDINGS) == set(FINDING_COLORS) == set(FINDING_TITLES)
    assert len(set(FINDING_COLORS.values()) - set(COLORS.values())) == len(FINDINGS)


def test_colours_are_easy_to_tell_apart():
    colors = [FINDING_COLORS[name] for name in FINDINGS]
    distances = [
        sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) ** 0.5
        for i, first in enumerate(colors)
        for second in colors[:i]
    ]
    assert min(distances) > 60


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Caries", "caries"),
        ("Fillings", "filling"),
        ("Impacted Tooth", "impacted_tooth"),
        ("impacted-teeth", "impacted_tooth"),
        (" Root  Fillings ", "root_filling"),
        ("Teeth", "tooth"),
        ("decay", None),
        ("", None),
        ("16", None),
    ],
)
def test_spelling_makes_no_difference(written, meant):
    assert finding_named(written) == meant


@pytest.mark.parametrize("name", FINDINGS)
def test_our_own_names_and_titles_are_understood(name):
    assert finding_named(name) == finding_named(FINDING_TITLES[name]) == name
