"""A segmented panoramic in the HTML report."""

from __future__ import annotations

import json

import numpy as np
import pytest

from typodont.errors import FormatError
from typodont.records import Chart, Tooth
from typodont.records.radiograph import Radiograph
from typodont.tasks.output import Output
from typodont.tasks.panoramic.page import read_panoramic_page
from typodont.tasks.panoramic.result import PanoramicResult, write_result
from typodont.tasks.report import render_report


@pytest.fixture
def written(tmp_path):
    """``NAME.json`` of a picture with two teeth."""
    labels = np.zeros((40, 80), dtype=np.uint8)
    labels[5:15, 10:16], labels[25:35, 60:66] = 16, 36
    charts = {
        "upper": Chart("upper", (Tooth(16, 0.97, ((17, 0.02),)),), 3.0, (((17,), 3.0),)),
        "lower": Chart("lower", (Tooth(36, 0.4),)),
    }
    result = PanoramicResult("case", labels, charts, warnings=("low confidence: 36 (40%)",))
    with Output(tmp_path, "case") as output:
        write_result(result, Radiograph(np.full(labels.shape, 0.4, dtype=np.float32), "case"), output)
        output.path("_run.json").write_text(json.dumps({"seconds": {"network": 0.5}}))
    return tmp_path / "case.json"


def test_page_is_what_was_written(written):
    page = read_panoramic_page(written)
    assert [tooth.fdi for tooth in page.teeth] == [16, 36]
    assert page.charts["upper"].margin == 3.0
    assert page.charts["upper"].alternatives == (((17,), 3.0),)
    assert page.teeth[0].alternatives == ((17, 0.02),)
    assert page.picture.shape == (40 * 13, 80 * 13, 3)  # enlarged to at least 1000 pixels


def test_report_shows_both_jaws(written):
    text = render_report([read_panoramic_page(written)])
    for words in ("<span>panoramic</span>", "1040 × 520 pixels", "upper right first molar", "16 → 17", "36 (40%)"):
        assert words in text
    assert text.count("data:image/jpeg") == 1
    assert "jaw not scanned" not in text


@pytest.mark.parametrize("missing", ["_overlay.png", "_run.json", ".json"])
def test_missing_files_are_named(written, missing):
    written.with_name(f"case{missing}").unlink()
    with pytest.raises(FormatError, match=r"case.json: not a result"):
        read_panoramic_page(written)
