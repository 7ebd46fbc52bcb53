"""The page of a fit report: what stands on it, that its pictures and colours are right, and that it works."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from typodont.geometry.decimation import subdivide
from typodont.geometry.mesh import Mesh
from typodont.tasks.crown.fit import FitReport, fit_report
from typodont.tasks.crown.fit_colors import IVORY, NONE, scales, whole
from typodont.tasks.crown.fit_page import render_fit_page, write_fit_page
from typodont.tasks.crown.fit_pictures import PART_COLORS, fit_pictures
from typodont.tasks.crown.fit_scene import ANTAGONIST, JAW, NEIGHBOURS, PREPARATION, RESTORATION, fit_scene, joined


@pytest.fixture(scope="module")
def report(shapes) -> FitReport:
    """A crown between two neighbours that belong to the scan, under an antagonist."""
    crown = replace(shapes["crown"](step=1.0, around=48), notes=("a note with <signs> & more",))
    walls = {"mesial": shapes["wall"](5.03), "distal": shapes["wall"](-5.2, facing=1.0)}
    around = shapes["around"](
        crown,
        neighbours=walls,
        scan=joined([crown.preparation, *walls.values()]),
        antagonist=shapes["ball"](5.0, (0.0, 0.0, 11.47), rows=40),
    )
    return fit_report(crown, around, outer=crown.mesh, sigma=np.full(len(crown.mesh.vertices), 0.12))


@pytest.fixture(scope="module")
def page(report) -> str:
    return render_fit_page(report, name="case <1>")


class Page(HTMLParser):
    """Collects every element with its attributes, and fails on tags that are not closed in order."""

    alone = ("meta", "img", "input", "br")

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

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [facts for name, facts in self.elements if name == tag]


def scene_of(page: str) -> dict:
    return json.loads(re.search(r'<script id="scene" type="application/json">(.*?)</script>', page, re.DOTALL)[1])


def test_the_page_is_one_file_that_needs_nothing(page):
    parsed = Page(page)
    assert parsed.open == []
    assert not re.search(r"https?://|@import|url\(| src=\"(?!data:)", page)
    assert "case &lt;1&gt;: crown on tooth 36" in page
    assert "a note with &lt;signs&gt; &amp; more" in page
    assert "<1>" not in page


def test_every_line_stands_on_it_with_its_verdict(page, report):
    rows = [facts for facts in Page(page).all("tr") if "data-name" in facts]
    assert [row["data-name"] for row in rows] == [line.name for line in report.lines]
    verdicts = re.findall(r'<span class="verdict (\w+)">', page)
    assert verdicts == [line.verdict for line in report.lines]


def test_contacts_are_listed_by_place(page):
    cells = re.findall(r"<tr><td>(.*?)</td><td>(.*?)</td><td class=\"n\">([\d.]+) mm²</td>", page)
    assert [cell[:2] for cell in cells] == [("mesial neighbour", "mesial"), ("antagonist", "central")]


def test_six_pictures_lie_in_it(page):
    images = Page(page).all("img")
    assert len(images) == 6
    pixels = Image.open(io.BytesIO(base64.b64decode(images[0]["src"].split(",")[1])))
    assert pixels.size == (int(images[0]["width"]), int(images[0]["height"]))


def test_what_the_script_reads_is_the_restoration(page, report):
    scene = scene_of(page)
    assert [part["name"] for part in scene["parts"]] == [RESTORATION, PREPARATION, NEIGHBOURS, ANTAGONIST]
    vertices = np.frombuffer(base64.b64decode(scene["parts"][0]["vertices"]), dtype="<i2").reshape(-1, 3) / 1000
    faces = np.frombuffer(base64.b64decode(scene["parts"][0]["faces"]), dtype="<u4").reshape(-1, 3)
    mesh = report.restoration.mesh
    middle = 0.5 * (mesh.vertices.min(axis=0) + mesh.vertices.max(axis=0))
    shown = fit_scene(report).vertices
    assert sorted(shown) == list(range(len(mesh.vertices)))
    assert vertices + middle == pytest.approx(mesh.vertices[shown], abs=6e-4)
    assert (shown[faces] == mesh.faces).all()
    said = next(scale for scale in scene["scales"] if scale["name"] == "thickness")
    values = np.frombuffer(base64.b64decode(said["values"]), dtype="<i2")
    known = values != NONE
    thickness = report.measures.vertices.thickness[shown]
    assert values[known] / 1000 == pytest.approx(thickness[known], abs=6e-4)
    assert (known == ~np.isnan(thickness)).all()


def test_neighbours_are_not_shown_twice(report):
    """The scan holds the neighbours, too; as a part of the jaw they are left out."""
    scene = fit_scene(report)
    assert np.abs(scene.parts[PREPARATION].vertices[:, 0]).max() <= 5.0 + 1e-9
    assert scene.parts[NEIGHBOURS].vertices[:, 0].max() == pytest.approx(5.03)


def test_gum_and_preparation_are_two_parts_of_two_colours(report, shapes):
    gum = shapes["wall"](0.0, low=-9.0, height=-1.0)
    around = replace(report.around, scan=joined([report.around.scan, gum]))
    scene = fit_scene(replace(report, around=around))
    assert scene.parts[JAW].vertices == pytest.approx(gum.vertices)
    assert len(scene.parts[PREPARATION].faces) == len(report.restoration.preparation.faces)
    assert np.abs(np.subtract(PART_COLORS[JAW], PART_COLORS[PREPARATION])).max() > 40


def test_sides_look_from_where_they_say(report):
    rotations = fit_scene(report).rotations
    assert rotations["occlusal"][2] == pytest.approx([0, 0, 1], abs=1e-9)
    assert rotations["inside"][2] == pytest.approx([0, 0, -1], abs=1e-9)
    assert rotations["mesial"][2] @ [1, 0, 0] > 0.98
    assert rotations["distal"][2] @ [-1, 0, 0] > 0.98
    assert rotations["buccal"][2] @ rotations["lingual"][2] < -0.9
    assert rotations["buccal"][1] @ [0, 0, 1] > 0.9
    for rotation in rotations.values():
        assert np.linalg.det(rotation) == pytest.approx(1)


def test_upper_teeth_hang_down_and_have_a_palatal_side(report):
    upper = replace(report, tooth=16, around=replace(report.around, tooth=16))
    scene = fit_scene(upper)
    assert scene.rotations["buccal"][1] @ [0, 0, 1] < -0.9
    assert scene.titles["lingual"] == "Palatal"


def test_far_surfaces_are_left_out_and_fine_ones_thinned(report, crown):
    far = replace(report.around, antagonist=Mesh(crown.mesh.vertices + [0, 0, 60.0], crown.mesh.faces))
    assert ANTAGONIST not in fit_scene(replace(report, around=far)).parts
    fine = replace(report.around, antagonist=subdivide(report.around.antagonist, 2))
    shown = fit_scene(replace(report, around=fine)).parts[ANTAGONIST]
    assert len(shown.faces) == pytest.approx(14_000, rel=0.01)


def test_a_fine_restoration_is_shown_coarser_with_its_own_figures(report, monkeypatch):
    monkeypatch.setattr("typodont.tasks.crown.fit_scene.MOST_RESTORATION_FACES", 1500)
    scene = fit_scene(report)
    coarse, mesh = scene.parts[RESTORATION], report.restoration.mesh
    assert len(coarse.faces) == pytest.approx(1500, rel=0.01)
    assert np.linalg.norm(coarse.vertices - mesh.vertices[scene.vertices], axis=1).max() < 0.6


def test_pictures_show_what_they_name(report):
    pictures = {picture.side: picture for picture in fit_pictures(report, size=(120, 100))}
    assert list(pictures) == ["occlusal", "buccal", "lingual", "mesial", "distal", "inside"]
    assert "distance to the antagonist" in pictures["occlusal"].title
    assert "cement gap" in pictures["inside"].title
    red, _, blue = pictures["occlusal"].pixels[50, 60].astype(int)
    assert red > blue + 60  # the contact in the middle of the chewing side
    top, side = pictures["buccal"].pixels[5, 60].astype(int), pictures["buccal"].pixels[60, 60].astype(int)
    assert top[2] > top[0]  # the bluish antagonist above
    assert side[0] > side[2]  # the ivory crown
    assert PART_COLORS[RESTORATION] == IVORY


def test_colours_of_values(report):
    found = scales(report)
    assert set(found) == {"thickness", "antagonist", "neighbour", "gap", "leftover", "error", "knowledge"}
    scale, _ = found["thickness"]
    thin, thick, nothing = scale.colors(np.array([100, 3000, NONE], dtype=np.int16)).astype(int)
    assert thin[0] > thin[2]
    assert thick[2] > thick[0]
    assert tuple(nothing) == IVORY
    for scale, values in found.values():
        stops = [stop for stop, _ in scale.stops]
        assert stops == sorted(stops)
        assert values.dtype == np.int16


def test_whole_micrometres():
    assert whole(np.array([0.0305, -0.2, np.nan, np.inf, 99.0])).tolist() == [30, -200, NONE, 32767, 32767]


def test_without_antagonist_and_error_their_scales_are_missing(crown, shapes):
    names = set(scales(fit_report(crown, shapes["around"](crown))))
    assert names == {"thickness", "gap", "leftover", "error", "knowledge"}


LOOK = """
<pre id="seen"></pre>
<script>
const done = () => {
  drawNow();
  const pixel = new Uint8Array(4 * canvas.width * canvas.height);
  gl.readPixels(0, 0, canvas.width, canvas.height, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
  let covered = 0, colored = 0;
  for (let i = 0; i < pixel.length; i += 4) {
    covered += pixel[i + 3] > 0;
    colored += pixel[i + 3] > 0 && Math.abs(pixel[i] - pixel[i + 2]) > 60;
  }
  return { covered: covered / (canvas.width * canvas.height), colored: colored / (canvas.width * canvas.height) };
};
const click = what => document.querySelector(what).click();
const steps = { first: done() };
click("input[data-part=antagonist]");
steps.antagonist = done();
click("input[data-part=antagonist]");
for (const part of ["preparation", "neighbours"]) click(`input[data-part=${part}]`);
steps.alone = done();
const box = canvas.getBoundingClientRect();
tell(pick(box.left + box.width / 2, box.top + box.height / 2));
steps.said = hint.textContent;
steps.missed = pick(box.left + 2, box.top + 2);
const select = document.getElementById("scale");
select.value = "antagonist";
select.dispatchEvent(new Event("change"));
steps.contact = done();
select.value = "knowledge";
select.dispatchEvent(new Event("change"));
steps.words = document.getElementById("marks").textContent;
const cut = document.getElementById("cut");
cut.value = 50;
cut.dispatchEvent(new Event("input"));
steps.half = done();
cut.value = 0;
cut.dispatchEvent(new Event("input"));
for (const side of ["buccal", "inside"]) { click(`button[data-side=${side}]`); steps[side] = done(); }
steps.error = gl.getError();
document.getElementById("seen").textContent = JSON.stringify(steps);
</script>
</body>"""


@pytest.mark.browser
def test_the_restoration_is_turned_coloured_and_cut_in_a_browser(report, tmp_path: Path):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium")
    path = write_fit_page(report, tmp_path / "fit.html", name="case")
    path.write_text(path.read_text(encoding="utf-8").replace("</body>", LOOK), encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    flags += ["--disable-background-networking", "--window-size=1300,1600", "--dump-dom"]
    done = subprocess.run([chromium, *flags, path.as_uri()], capture_output=True, text=True, timeout=300, check=True)
    steps = json.loads(re.search(r'<pre id="seen">(.*?)</pre>', done.stdout)[1])
    assert steps["error"] == 0
    assert 0.05 < steps["alone"]["covered"] < steps["first"]["covered"] < steps["antagonist"]["covered"] <= 1
    assert "wall thickness 1.44 mm" in steps["said"]
    assert "from the antagonist" in steps["said"]
    assert steps["missed"] is None
    assert steps["contact"]["colored"] > 0.01
    assert steps["words"].split() == ["measured", "from", "the", "antagonist", "guessed"]
    assert steps["half"]["covered"] == pytest.approx(steps["alone"]["covered"] / 2, rel=0.1)
    assert steps["inside"]["covered"] == pytest.approx(steps["alone"]["covered"], rel=0.15)
    assert steps["buccal"]["covered"] < steps["alone"]["covered"]
