"""The page about the fit report names the lines that there are, and the limits of the materials."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from typodont.tasks.crown import fit_knowledge, fit_lines, fit_measure
from typodont.tasks.crown.fit import BUR_RADIUS_MM
from typodont.tasks.crown.materials import MATERIALS, ZONES


@pytest.fixture(scope="module")
def page(repo_root: Path) -> str:
    return (repo_root / "docs/reference/fit-report.md").read_text(encoding="utf-8")


def test_limits_of_materials(page: str) -> None:
    rows = re.findall(r"^\| ([a-z-]+) \| (\w+) \| ([\d.]+) \| ([\d.]+) \|", page, re.MULTILINE)
    limits = {(material, zone): (float(least), float(wanted)) for material, zone, least, wanted in rows}
    expected = {
        (name, zone): (material.crown[zone].least, material.crown[zone].wanted)
        for name, material in MATERIALS.items()
        for zone in ZONES
    }
    assert limits == expected
    inlay = MATERIALS["lithium-disilicate"]
    assert {inlay.limit("inlay", zone).wanted for zone in ("occlusal", "axial")} == {1.0}
    assert (inlay.limit("onlay", "occlusal").wanted, inlay.limit("onlay", "axial").wanted) == (1.5, 1.0)


def test_it_names_every_line(page: str) -> None:
    table = page.split("## The lines")[1].split("## ")[0]
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)*)`", table))
    source = Path(fit_lines.__file__).read_text(encoding="utf-8")
    patterns = re.findall(r'FitLine\(\s*f?"([a-z_{}.]+)"', source) + re.findall(r'own = .*?f"([a-z_{}.]+)"', source)
    assert len(patterns) >= 10
    for pattern in patterns:
        wanted = re.compile(re.sub(r"\{.*?\}", "[a-z]+", pattern))
        assert any(wanted.fullmatch(name) for name in named), pattern


def test_its_lengths_are_those_of_the_code(page: str) -> None:
    start, end = fit_measure.MARGIN_ZONE_MM
    for words in (
        f"*margin* is {start:g} to {end:.1f} mm from the margin line",
        f"less than {fit_measure.OCCLUSAL_DEGREES:g}° from the axis",
        f"within {1000 * fit_measure.BAND_MM:.0f} µm of the antagonist",
        f"over itself blurred by {fit_measure.SCALE_MM:g} mm",
        f"within {fit_knowledge.HELD_MM:g} mm of the antagonist",
        f"| {fit_knowledge.SCANNER_MM:g} mm, the local error",
        f"Default {BUR_RADIUS_MM:g} mm",
    ):
        assert words in page, words
