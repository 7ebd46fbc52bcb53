"""What the page about the margin line says is what the code does."""

from pathlib import Path

import pytest

from typodont.datasets import margin_points, margin_strips
from typodont.tasks.crown import margin
from typodont.tasks.crown.config import stage
from typodont.tasks.crown.train import load_part
from typodont.training.config import load_config


@pytest.mark.parametrize(("name", "stage_name"), [("crown_margin", "margin"), ("crown_line", "line")])
def test_the_configs_are_those_of_the_stages(repo_root: Path, name: str, stage_name: str) -> None:
    settings = load_part(stage(stage_name).settings)
    config = load_config(settings, repo_root / f"docs/how-to/weights/{name}.yaml")
    assert (config.stage, config.net) == (stage_name, settings().net)
    page = (repo_root / "docs/concepts/margin-line.md").read_text()
    assert f"typodont train crown docs/how-to/weights/{name}.yaml" in page


def test_the_page_says_the_settings(repo_root: Path) -> None:
    page = (repo_root / "docs/concepts/margin-line.md").read_text()
    assert f"within {margin_points.REGION_MM:g} mm of the tooth's place" in page
    assert f"up to {margin_strips.HALF_WIDTH_MM:g} mm to both sides" in page
    assert f"every {margin_strips.SPACING_MM:g} mm along\n   and one column every {margin_strips.STEP_MM:g} mm" in page
    assert "smoothed over 0.12 mm" in page
    drawn = (repo_root / "docs/how-to/make-a-crown.md").read_text()
    assert f"more than {margin.OFF_MESH_MM:g} mm off the scan" in drawn
