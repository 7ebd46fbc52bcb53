"""A segmented panoramic as the HTML report shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from typodont.errors import FormatError
from typodont.records import Chart, Tooth


@dataclass(frozen=True)
class PanoramicPage:
    """One panoramic.

    Args:
        name: Of the picture.
        picture: (H, W, 3) uint8, the radiograph with its teeth drawn in.
        charts: "upper" and "lower".
        patient: Whose it is; default: the name.
        warnings: For people.
        run: What ``NAME_run.json`` holds; empty where there is none.
    """

    name: str
    picture: np.ndarray
    charts: Mapping[str, Chart]
    patient: str = ""
    warnings: tuple[str, ...] = ()
    run: Mapping[str, Any] = field(default_factory=dict)

    @property
    def teeth(self) -> tuple[Tooth, ...]:
        """Of both jaws."""
        return tuple(tooth for chart in self.charts.values() for tooth in chart.teeth)


def read_panoramic_page(result: Path | str) -> PanoramicPage:
    """What ``typodont panoramic segment`` wrote for one picture.

    Args:
        result: ``NAME.json``, with ``NAME_overlay.png`` and ``NAME_run.json`` beside it.

    Raises:
        FormatError: a file is missing or not what it should be.
    """
    result = Path(result)
    try:
        found, run = (
            json.loads(result.with_name(f"{result.stem}{ending}").read_text(encoding="utf-8"))
            for ending in (".json", "_run.json")
        )
        with Image.open(result.with_name(f"{result.stem}_overlay.png")) as image:
            picture = np.asarray(image.convert("RGB"))
        teeth = {tooth["fdi"]: _tooth(tooth) for tooth in found["teeth"]}
        charts = {jaw: _chart(jaw, chart, teeth) for jaw, chart in found["charts"].items()}
        warnings = tuple(found["warnings"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FormatError(f"{result}: not a result of `typodont panoramic segment` ({error!r})") from None
    return PanoramicPage(result.stem, picture, charts, warnings=warnings, run=run)


def _tooth(found: Mapping[str, Any]) -> Tooth:
    others = tuple((other["fdi"], other["probability"]) for other in found["alternatives"])
    return Tooth(found["fdi"], found["confidence"], others)


def _chart(jaw: str, found: Mapping[str, Any], teeth: Mapping[int, Tooth]) -> Chart:
    best, *others = found["numberings"]
    alternatives = tuple((tuple(other["fdi"]), other["log_odds_behind"]) for other in others)
    return Chart(jaw, tuple(teeth[fdi] for fdi in best["fdi"]), found["margin"], alternatives)
