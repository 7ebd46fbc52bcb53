import base64
import io
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from typodont.errors import FormatError, LabelError
from typodont.formats import write_mesh
from typodont.geometry.registration import random_rotation
from typodont.records.chart import Chart, Tooth
from typodont.tasks import report
from typodont.tasks.report import ScanPage, read_scan_page, render_report, write_report
from typodont.tasks.scan_pictures import View

RUN = {
    "seconds": {"read": 0.5, "network": 1.5},
    "typodont": "9.8.7",
    "weights": [{"name": "scan-net", "sha256": "ab" * 32}],
    "libraries": {"numpy": "2.0"},
    "peak_memory_mib": 812.3,
}


@pytest.fixture(autouse=True)
def small_pictures(monkeypatch):
    views = (View("occlusal", (160, 120), "Occlusal"), View("front", (160, 90), "Front"))
    monkeypatch.setattr(report, "VIEWS", views)
    monkeypatch.setattr(report, "scan_pictures", lambda *a, **k: original(*a, **k, views=views))


original = report.scan_pictures


@pytest.fixture
def page(bumpy_arch):
    labels = bumpy_arch.vertex_attributes["label"]
    numbers = [int(fdi) for fdi in np.unique(labels) if fdi]
    teeth = tuple(Tooth(fdi, 0.5 if fdi == 23 else 0.95, ((fdi, 0.9), (24, 0.1), (0, 0.05))) for fdi in numbers)
    other = tuple(15 if fdi == 16 else fdi for fdi in numbers)
    chart = Chart("upper", teeth, 3.0, ((other, float(np.log(20))),))
    return ScanPage("scan <1>", bumpy_arch, labels, chart, warnings=("two & three",), run=RUN)


class Checker(HTMLParser):
    """Fails on tags that are not closed in order, and collects what a browser would load."""

    void = ("meta", "img", "line", "path", "rect", "i")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.sources: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.sources += [value for name, value in attrs if name in ("src", "href", "srcset", "data")]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_one_file_that_needs_nothing(page):
    text = render_report([page])
    checker = Checker(text)
    assert checker.open == []
    assert len(checker.sources) == 2
    assert all(source.startswith("data:image/jpeg;base64,") for source in checker.sources)
    assert not re.search(r"https?://|@import|url\(|<script", text)
    picture = Image.open(io.BytesIO(base64.b64decode(checker.sources[0].split(",")[1])))
    assert picture.size == (160, 120)


def test_what_a_reader_must_find_is_there(page):
    text = render_report([page], title="My cases")
    assert "Research software, not a medical device" in text
    assert "<h1>My cases</h1>" in text
    for expected in (
        "left canine",
        "50 %",
        "24 (10\u00a0%)",
        "no tooth (5\u00a0%)",
        "16 → 15",
        "scan-net",
        "9.8.7",
        "812 MiB",
    ):
        assert expected in text, expected
    assert re.search(r"Times less likely.*?>20<", text, re.DOTALL)
    assert "Time: 2.0 s" in text
    assert "width:75.00%" in text
    assert re.search(r"<b>9</b><span>teeth found", text)
    assert re.search(r"<b>1</b><span>uncertain", text)


def test_words_of_files_cannot_become_markup(page):
    text = render_report([page])
    assert "scan &lt;1&gt;" in text
    assert "scan <1>" not in text
    assert "two &amp; three" in text


def test_jaws_of_a_patient_share_a_chart_and_a_second_scan_of_a_jaw_does_not(page, bumpy_arch):
    lower = Chart("lower", (Tooth(36, 0.9),))
    labels = np.where(bumpy_arch.vertex_attributes["label"] == 16, 36, 0)
    first = ScanPage("a_lower", bumpy_arch, labels, lower, patient="P")
    second = ScanPage("a_upper", page.mesh, page.labels, page.chart, patient="P")
    third = ScanPage("b_upper", page.mesh, page.labels, page.chart, patient="P")
    text = render_report([first, second, third])
    assert re.findall(r"<h2>(.*?)</h2>", text) == ["P", "P (b_upper)"]
    assert re.findall(r"<h3>(.*?)</h3>", text) == ["a_upper", "a_lower", "b_upper"]
    assert "Versions and weights" not in text


def test_pictures_are_taken_in_the_arch_frame(page):
    motion = random_rotation(np.random.default_rng(0))
    motion[:3, 3] = 10, 20, 30
    moved = ScanPage(
        page.name,
        page.mesh.transformed(np.linalg.inv(motion)),
        page.labels,
        page.chart,
        motion,
        run=page.run,
        warnings=page.warnings,
    )
    shots = [
        np.asarray(Image.open(io.BytesIO(base64.b64decode(Checker(render_report([p])).sources[0].split(",")[1]))))
        for p in (page, moved)
    ]
    assert np.abs(shots[0].astype(int) - shots[1]).mean() < 2


@pytest.fixture
def result(tmp_path, bumpy_arch):
    """What a run leaves in its folder."""
    write_mesh(bumpy_arch, tmp_path / "case.ply")
    labels = bumpy_arch.vertex_attributes["label"].tolist()
    confidence = {str(fdi): 0.9 for fdi in set(labels) - {0}}
    values = {
        "id_patient": "P7",
        "jaw": "upper",
        "labels": labels,
        "instances": labels,
        "confidence": confidence,
        "pose": np.eye(4).tolist(),
        "warnings": ["partial arch"],
    }
    (tmp_path / "case.json").write_text(json.dumps(values))
    (tmp_path / "case_run.json").write_text(json.dumps(RUN))
    return tmp_path / "case.json"


def test_a_report_of_written_results(result, tmp_path):
    page = read_scan_page(result)
    assert (page.name, page.patient, page.chart.jaw) == ("case", "P7", "upper")
    assert {tooth.fdi: tooth.confidence for tooth in page.chart.teeth}[65] == 0.9
    assert page.chart.teeth[0].n_vertices > 0
    written = write_report([page], tmp_path / "new" / "report.html")
    text = written.read_text(encoding="utf-8")
    assert "partial arch" in text
    assert "left second milk molar" in text
    assert list(written.parent.iterdir()) == [written]


def test_a_chart_in_the_result_wins(result, page):
    values = json.loads(result.read_text())
    values["chart"] = page.chart.to_dict()
    del values["pose"]
    result.write_text(json.dumps(values))
    result.with_name("case_run.json").unlink()
    read = read_scan_page(result, mesh=result.with_suffix(".ply"))
    assert read.chart == page.chart
    assert read.pose is None
    assert read.run == {}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda v: v["labels"].pop(), LabelError, "found 8099 labels"),
        (lambda v: v.pop("jaw"), FormatError, "no jaw"),
    ],
)
def test_results_that_do_not_fit_are_named(result, change, error, message):
    values = json.loads(result.read_text())
    change(values)
    result.write_text(json.dumps(values))
    with pytest.raises(error, match=message):
        read_scan_page(result)


@pytest.mark.parametrize("text", ["", "[1]"])
def test_files_that_are_no_results_are_named(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(FormatError, match=r"x\.json"):
        read_scan_page(tmp_path / "x.json")
