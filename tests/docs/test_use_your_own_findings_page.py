"""What the page promises is what the code does."""

import re

import pytest
from PIL import Image

from typodont.anatomy.findings import PHOTO_FINDINGS, XRAY_FINDINGS
from typodont.records.findings import Finding, PictureFindings, write_picture_findings


@pytest.fixture(scope="module")
def page(repo_root):
    return (repo_root / "docs" / "how-to" / "use-your-own-findings.md").read_text(encoding="utf-8")


def test_our_names_are_on_the_page(page):
    for names in (PHOTO_FINDINGS, XRAY_FINDINGS):
        assert f"`{' '.join(names)}`" in page


def test_the_python_of_the_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (40, 30)).save(tmp_path / "a.png")
    findings = (Finding("Cavity", (1, 1, 9, 9), [[1, 1, 9, 1, 9, 9]]), Finding("tooth", (1, 1, 20, 20)))
    picture = PictureFindings("a", tmp_path / "a.png", (30, 40), findings, frozenset({"Cavity", "tooth"}))
    write_picture_findings([picture], tmp_path / "my_set" / "set.json", categories=["Cavity", "tooth"])
    said: dict = {}
    exec(re.search(r"```python\n(.*?)```", page, re.DOTALL)[1], said)
    assert [mask.sum() > 20 for mask in said["masks"]] == [True]
    assert (tmp_path / "labels.json").is_file()
