"""What came with the package: its size, its sources, and the same figures on the card as in the docs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from typodont.tasks.panoramic.models import DEFAULT_WEIGHTS, SEGMENT, VIEW
from typodont.tasks.panoramic.ship import CARD_FIGURES, MOST_MB
from typodont.tasks.shipping import card_figures, check_size
from typodont.tasks.view.evaluate import view_card_figures
from typodont.training.weights import card_path, check_shippable, read_card

FILES = sorted(DEFAULT_WEIGHTS.glob("*.safetensors"))
pytestmark = pytest.mark.skipif(not FILES, reason="no shipped panoramic weights")


def test_shipped_weights_are_small_and_name_sources_that_allow_it():
    check_size(FILES, most_mb=MOST_MB)
    for file in FILES:
        card = read_card(file)
        assert card.shippable
        check_shippable(card.sources)


def test_no_card_holds_a_folder_of_the_machine_that_trained():
    def texts(value):
        if isinstance(value, dict | list):
            for item in value.values() if isinstance(value, dict) else value:
                yield from texts(item)
        elif isinstance(value, str):
            yield value

    for file in FILES:
        found = list(texts(json.loads(card_path(file).read_text(encoding="utf-8"))))
        assert not [text for text in found if Path(text).is_absolute()]


def test_the_card_carries_the_figures_of_the_docs(repo_root):
    results = json.loads((repo_root / "docs/reference/results/panoramic_shipped.json").read_text(encoding="utf-8"))
    card = read_card(DEFAULT_WEIGHTS / SEGMENT)
    assert results["weights"][SEGMENT]["date"] == card.date
    expected = card_figures(results["sets"], CARD_FIGURES, unit="pictures")
    assert {name: card.figures[name] for name in expected} == expected


def test_the_card_of_the_view_carries_its_figures(repo_root):
    results = json.loads((repo_root / "docs/reference/results/panoramic_shipped.json").read_text(encoding="utf-8"))
    card = read_card(DEFAULT_WEIGHTS / VIEW)
    expected = view_card_figures(results["view"])
    assert {report["kind"] for report in results["view"]} >= {"panoramic", "photo"}
    assert {name: card.figures[name] for name in expected} == expected
