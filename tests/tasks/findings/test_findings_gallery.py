"""The page to look at findings: what stands on it, and that its switches work in a browser."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from typodont.cli import main
from typodont.errors import ConfigError
from typodont.formats import encode_mask
from typodont.records.findings import Finding, PictureFindings, write_picture_findings
from typodont.tasks.findings.gallery import write_gallery

SHAPE = (90, 160)
NAMES = ("tooth", "caries", "calculus", "odd <thing>")


def disc(row: int, column: int, radius: int) -> np.ndarray:
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return (rows - row) ** 2 + (columns - column) ** 2 <= radius**2


def marked(category: str, row: int, column: int, radius: int, **facts) -> Finding:
    box = (column - radius, row - radius, column + radius + 1, row + radius + 1)
    return Finding(category, tuple(map(float, box)), encode_mask(disc(row, column, radius)), **facts)


FOUND = (
    marked("caries", 40, 50, 6, score=0.8, fdi=36),
    marked("tooth", 40, 50, 20, score=0.95, fdi=36),
    marked("calculus", 60, 110, 8, score=0.3),
    Finding("odd <thing>", (1.0, 1.0, 20.0, 20.0), score=0.5),
)
TRUE = (marked("caries", 41, 50, 6), marked("tooth", 40, 110, 20, fdi=37))


@pytest.fixture
def sets(tmp_path) -> tuple[Path, Path]:
    """Results of two pictures, and the truth of one of them."""
    pictures = []
    for name in ("a", "b"):
        path = tmp_path / "images" / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.random.default_rng(1).integers(0, 255, (*SHAPE, 3), dtype=np.uint8)).save(path)
        pictures.append(path)
    found = [PictureFindings(p.stem, p, SHAPE, FOUND if p.stem == "a" else (), frozenset(NAMES)) for p in pictures]
    true = PictureFindings("a", pictures[0], SHAPE, TRUE, frozenset(NAMES))
    write_picture_findings(found, tmp_path / "found.json", categories=NAMES)
    write_picture_findings([true], tmp_path / "true.json", categories=NAMES)
    return tmp_path / "found.json", tmp_path / "true.json"


class Page(HTMLParser):
    """Collects every element with its attributes, and fails on tags that are not closed in order."""

    alone = ("meta", "img", "input", "path", "rect")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.alone:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [facts for name, facts in self.elements if name == tag]


def test_the_page_is_one_file_that_needs_nothing(sets, tmp_path):
    text = write_gallery(sets[0], tmp_path / "page.html", truth=sets[1]).read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    assert not re.search(r"https?://|@import|url\(", text)
    images = page.all("img")
    assert [bool(image.get("src")) for image in images] == [True, False, True]  # the truth shows the same picture
    pixels = Image.open(io.BytesIO(base64.b64decode(images[0]["src"].split(",")[1])))
    assert pixels.size == (SHAPE[1], SHAPE[0])
    assert "odd <thing>" not in text
    assert "odd &lt;thing&gt;" in text


def test_findings_lie_where_they_were_found(sets, tmp_path):
    page = Page(write_gallery(sets[0], tmp_path / "page.html", truth=sets[1]).read_text(encoding="utf-8"))
    groups = [facts for facts in page.all("g") if "finding" in facts["class"]]
    assert [facts["data-category"] for facts in groups[:4]] == ["tooth", "caries", "calculus", "odd <thing>"]
    assert [facts["data-score"] for facts in groups] == ["0.9500", "0.8000", "0.3000", "0.5000", "", ""]
    outline = page.all("path")[1]["d"]
    points = np.array([[float(x) for x in pair.split()] for pair in outline.strip("MZ").split("L")])
    away = np.hypot(points[:, 0] - 50.5, points[:, 1] - 40.5)  # the middle of a pixel
    assert np.abs(away - 6.3).max() < 1
    assert page.all("rect")[1]["x"] == "44.0"


def test_what_detect_said_stands_beside_the_picture(sets, tmp_path):
    content = json.loads(sets[0].read_text())
    said = {"modality": "photo", "view": "front", "operating_point": {"name": "screening"}, "warnings": ["two & three"]}
    sets[0].write_text(json.dumps(content | said))
    text = write_gallery(sets[0], tmp_path / "page.html").read_text(encoding="utf-8")
    assert all(f'<span class="pill">{fact}</span>' in text for fact in ("photo", "front", "screening"))
    assert "two &amp; three" in text
    assert "Truth" not in text


def test_truth_of_other_pictures_is_refused(sets, tmp_path):
    path = tmp_path / "other" / "c.png"
    path.parent.mkdir()
    Image.fromarray(np.zeros(SHAPE, dtype=np.uint8)).save(path)
    other = PictureFindings("c", path, SHAPE, TRUE, frozenset(NAMES))
    write_picture_findings([other], tmp_path / "other" / "c.json", categories=NAMES)
    with pytest.raises(ConfigError, match=r"c\.json: found no truth for any of the 2 pictures .* such as a"):
        write_gallery(sets[0], tmp_path / "page.html", truth=tmp_path / "other" / "c.json")


def test_command(sets, tmp_path, capsys):
    words = ["findings", "view", str(sets[0]), "--out", str(tmp_path / "page.html"), "--truth", str(sets[1])]
    assert main([*words, "--rename", "caries=calculus", "--title", "My <set>"]) == 0
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert text.count('data-category="calculus"') == 3  # the switch, one found, one renamed
    assert "<h1>My &lt;set&gt;</h1>" in text
    assert str(tmp_path / "page.html") in capsys.readouterr().out


LOOK = """
<pre id="seen"></pre>
<script>
const seen = () => ({
  masks: all(".mask").filter(one => one.getClientRects().length).length,
  boxes: all(".box").filter(one => one.getClientRects().length).length,
  labels: all(".label").filter(one => one.getClientRects().length).length,
  truth: all(".truth").filter(one => one.getClientRects().length).length,
  counts: all(".count").map(one => one.textContent),
});
const steps = { first: seen() };
for (const id of ["masks", "boxes", "labels", "truth"]) {
  document.getElementById(id).click();
  steps[id] = seen();
  document.getElementById(id).click();
}
document.querySelector("input[data-category=caries]").click();
steps.without_caries = seen();
document.querySelector("input[data-category=caries]").click();
slider.value = 60;
slider.dispatchEvent(new Event("input"));
steps.from_60 = seen();
steps.same_picture = all("img")[1].src === all("img")[0].src;
document.getElementById("seen").textContent = JSON.stringify(steps);
</script>
</body>"""


@pytest.mark.browser
def test_switches_and_filters_in_a_browser(sets, tmp_path):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium")
    page = write_gallery(sets[0], tmp_path / "page.html", truth=sets[1])
    page.write_text(page.read_text(encoding="utf-8").replace("</body>", LOOK), encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--dump-dom"]
    done = subprocess.run([chromium, *flags, page.as_uri()], capture_output=True, text=True, timeout=300, check=True)
    steps = json.loads(re.search(r'<pre id="seen">(.*?)</pre>', done.stdout)[1])
    first = steps["first"]
    # five masks of six findings; one box stands for a finding without a mask; the second picture has neither
    assert first == {"masks": 5, "boxes": 1, "labels": 6, "truth": 1, "counts": ["4", "0"]}
    assert steps["masks"] == first | {"masks": 0}
    assert steps["boxes"] == first | {"boxes": 6}
    assert steps["labels"] == first | {"labels": 0}
    assert steps["truth"] == first | {"masks": 3, "labels": 4, "truth": 0}
    assert steps["without_caries"] == first | {"masks": 3, "labels": 4, "counts": ["3", "0"]}
    assert steps["from_60"] == first | {"masks": 4, "boxes": 0, "labels": 4, "counts": ["2", "0"]}
    assert steps["same_picture"]
