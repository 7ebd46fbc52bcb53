"""Findings drawn into given radiographs; synthetic ones, whose truth is known, stand for real ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from typodont.anatomy.findings import XRAY_FINDINGS
from typodont.cli import main
from typodont.errors import ConfigError
from typodont.records.findings import find_picture_findings
from typodont.records.panoramic_teeth import LabelledPanoramic, LabelledTooth, write_coco_panoramics
from typodont.synth.xray import onto_real
from typodont.synth.xray.clear_fillings import find_clear_fillings
from typodont.synth.xray.gaps import find_gaps
from typodont.synth.xray.onto_real import PastedPanoramic, draw_onto
from typodont.synth.xray.own_work import find_own_work
from typodont.synth.xray.real_panoramic import look_at
from typodont.synth.xray.write_onto_real import write_onto_real

ROWS, COLUMNS = 256, 460
SHAPE = (ROWS, COLUMNS)
# From left to right in the picture.
UPPER = (17, 16, 15, 14, 13, 12, 11, 21, 22, 23, 24, 25, 26, 27)
LOWER = tuple(fdi + 30 if fdi < 20 else fdi + 10 for fdi in UPPER)
GREY = {"air": 60.0, "bone": 95.0, "tooth": 150.0, "metal": 255.0}


def bar(fdi: int) -> np.ndarray:
    """A tooth as a bar that narrows toward its root; 26 columns of room for each."""
    upper = fdi < 30
    middle = 56 + 26 * (UPPER if upper else LOWER).index(fdi)
    rows, columns = np.mgrid[:ROWS, :COLUMNS]
    depth = (124 - rows) if upper else (rows - 132)  # from the top of the crown
    half = np.where(depth < 24, 11.0, 11.0 - 0.14 * (depth - 24))
    return (np.abs(columns - middle) <= half) & (depth >= 0) & (depth <= 66)


def drawing(missing: tuple[int, ...] = ()) -> tuple[np.ndarray, list[LabelledTooth]]:
    """Teeth of one grey in bone of another, dark between the jaws, with soft borders and some noise."""
    grey = np.full(SHAPE, GREY["bone"])
    grey[100:156] = GREY["air"]
    teeth = [LabelledTooth(fdi, bar(fdi)) for fdi in (*UPPER, *LOWER) if fdi not in missing]
    for tooth in teeth:
        grey[tooth.mask] = GREY["tooth"]
    return gaussian_filter(grey, 2.5) + np.random.default_rng(0).normal(0, 1, SHAPE), teeth


def spot(fdi: int, *, depth: int, size: int = 6) -> np.ndarray:
    """A square in the middle of a tooth, `depth` rows below its top."""
    rows, columns = np.nonzero(bar(fdi))
    middle, top = int(columns.mean()), (rows.max() - depth - size if fdi < 30 else rows.min() + depth)
    mask = np.zeros(SHAPE, dtype=bool)
    mask[top : top + size, middle - size // 2 : middle + size // 2] = True
    return mask


@pytest.fixture(scope="module", autouse=True)
def one_lender() -> Iterator[None]:
    """Every picture borrows the teeth of one synthetic mouth, because making mouths takes long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(onto_real, "_LENDERS", 1)
        yield


@pytest.fixture(scope="module")
def drawn() -> list[PastedPanoramic]:
    grey, teeth = drawing(missing=(46, 24))
    return [draw_onto(np.random.default_rng(seed), grey, teeth) for seed in range(3)]


def test_only_teeth_with_something_bright_are_touched():
    grey, teeth = drawing()
    filled = (16, 36, 11)
    for fdi in filled:
        grey[spot(fdi, depth=4)] = GREY["metal"]
    real = look_at(grey, teeth)
    assert {tooth.fdi for tooth in real.teeth if not tooth.bare} == set(filled)
    assert all(real.own.region[spot(fdi, depth=4)].all() for fdi in filled)
    assert real.per_unit > 0
    assert real.backdrop < GREY["bone"]


def test_metal_beside_teeth_is_ignored_too():
    grey, teeth = drawing(missing=(46,))
    grey[spot(46, depth=10, size=12)] = GREY["metal"]
    own = find_own_work(grey, [tooth.mask for tooth in teeth])
    assert not any(own.touched)
    assert own.region[spot(46, depth=10, size=12)].all()
    assert own.region.mean() < 0.02


def test_plain_metal_in_back_teeth_is_a_filling():
    grey, teeth = drawing()
    for fdi, depth in ((16, 4), (36, 4), (11, 4), (25, 40)):
        grey[spot(fdi, depth=depth)] = GREY["metal"]
    found = {filling.fdi: filling.mask for filling in find_clear_fillings(look_at(grey, teeth))}
    assert found.keys() == {16, 36}  # neither the front tooth nor what lies in a root
    for fdi, mask in found.items():
        truth = spot(fdi, depth=4)
        assert (mask & truth).sum() / (mask | truth).sum() > 0.5


def test_what_may_be_a_crown_or_an_appliance_is_no_filling():
    grey, teeth = drawing()
    grey[bar(16) & (np.arange(ROWS)[:, None] > 92)] = GREY["metal"]
    assert find_clear_fillings(look_at(grey, teeth)) == ()
    grey, teeth = drawing()
    for fdi in (16, 36, 11, 12, 13, 21, 22, 23):
        grey[spot(fdi, depth=6)] = GREY["metal"]
    assert find_clear_fillings(look_at(grey, teeth)) == ()


def test_teeth_far_below_the_row_have_not_come():
    grey, teeth = drawing(missing=(45,))
    sunk = LabelledTooth(45, np.roll(bar(45), 40, axis=0))
    low = next(tooth for tooth in look_at(grey, [*teeth, sunk]).teeth if tooth.fdi == 45)
    assert low.category is None
    assert not low.bare


def test_a_lying_wisdom_tooth_is_impacted():
    grey, teeth = drawing()
    lying = np.zeros(SHAPE, dtype=bool)
    lying[170:190, 8:44] = True
    wisdom = next(tooth for tooth in look_at(grey, [*teeth, LabelledTooth(48, lying)]).teeth if tooth.fdi == 48)
    assert (wisdom.category, wisdom.frame) == ("impacted_tooth", None)


def test_gaps_are_where_teeth_are_missing_and_nothing_stands():
    grey, teeth = drawing(missing=(46, 24, 25, 11, 27))
    grey[bar(11)] = GREY["tooth"]  # a tooth that nobody outlined
    gaps = find_gaps(look_at(grey, teeth))
    assert sorted([place.fdi for place in gap.places] for gap in gaps) == [[24, 25], [27], [46]]
    place = next(gap for gap in gaps if len(gap.ends) == 2 and gap.places[0].fdi == 46).places[0]
    middle = np.argwhere(bar(46)).mean(axis=0)
    assert np.abs(place.frame.points(np.array(0.5), np.array(0.0)) - middle).max() < 6


@pytest.mark.slow
def test_the_same_numbers_draw_the_same():
    grey, teeth = drawing()
    one, two = (draw_onto(np.random.default_rng(5), grey, teeth) for _ in range(2))
    np.testing.assert_array_equal(one.image, two.image)
    assert [found.category for found in one.findings] == [found.category for found in two.findings]


@pytest.mark.slow
def test_what_is_drawn_shows_where_it_is_marked(drawn):
    grey, _ = drawing(missing=(46, 24))
    counts = dict.fromkeys(XRAY_FINDINGS, 0)
    for picture in drawn:
        change = picture.image - grey
        marked = np.zeros(SHAPE, dtype=bool)
        filled = {found.fdi for found in picture.findings if found.category in ("filling", "crown", "root_filling")}
        for found in picture.findings:
            counts[found.category] += 1
            if found.category in ("crown", "implant"):
                assert change[found.mask].mean() > 20
            if found.category in ("caries", "periapical_lesion") and found.fdi not in filled:
                assert change[found.mask].mean() < -5
            if found.category != "tooth":
                marked |= found.mask
        changed = np.abs(change) > 40
        assert (changed & marked).sum() > 0.7 * changed.sum()
    assert min(counts[name] for name in ("tooth", "caries", "filling", "crown")) > 0


@pytest.mark.slow
def test_findings_lie_in_the_outlined_teeth(drawn):
    for picture in drawn:
        for found in picture.findings:
            if found.category in ("caries", "filling", "root_filling"):
                assert not (found.mask & ~bar(found.fdi)).any()
            if found.category == "implant":
                assert found.fdi in (46, 24)


def test_teeth_with_work_stay_as_they_are():
    grey, teeth = drawing()
    for tooth in teeth:
        grey[spot(tooth.fdi, depth=6)] = GREY["metal"]
    same = draw_onto(np.random.default_rng(1), grey, teeth)
    np.testing.assert_array_equal(same.image, np.clip(np.rint(grey), 0, 255))
    assert {found.category for found in same.findings} == {"tooth"}
    assert same.unknown["filling"].any()


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """A labelled panoramic that is stored squeezed into a square, and one without a tooth."""
    grey, teeth = drawing(missing=(46,))
    (tmp_path / "images").mkdir()
    rows = []
    for name, outlined in (("child_1", teeth), ("empty", [])):
        image = tmp_path / "images" / f"{name}.png"
        Image.fromarray(grey.clip(0, 255).astype(np.uint8)).resize((ROWS, ROWS)).save(image)
        small = (LabelledTooth(t.fdi, np.asarray(Image.fromarray(t.mask).resize((ROWS, ROWS), 0))) for t in outlined)
        rows.append(LabelledPanoramic(name, image, (ROWS, ROWS), tuple(small)))
    write_coco_panoramics(rows, tmp_path / "teeth.json")
    return tmp_path / "teeth.json"


@pytest.mark.slow
def test_the_command_writes_pictures_and_labels_that_are_read_again(real, tmp_path, capsys):
    out = tmp_path / "out"
    words = ["synth", "onto-xray", str(real), "--out", str(out), "-n", "2", "--incomplete", "child*"]
    assert main(words) == 0
    assert "panoramics in" in capsys.readouterr().out
    found = find_picture_findings(out / "findings.json")
    assert [picture.name for picture in found] == ["child_1_0_0", "child_1_0_1"]
    for picture in found:
        assert picture.shape == (256, 461)  # stretched back
        assert picture.patient == "child_1"
        assert picture.labelled == set(XRAY_FINDINGS) - {"tooth"}
    before = {path: path.stat().st_mtime_ns for path in (out / "images").iterdir()}
    assert main(words) == 0
    assert {path: path.stat().st_mtime_ns for path in (out / "images").iterdir()} == before


def test_names_must_be_unique(real, tmp_path):
    content = json.loads(real.read_text())
    content["images"][1]["file_name"] = content["images"][0]["file_name"]
    real.write_text(json.dumps(content))
    with pytest.raises(ConfigError, match="have the same name"):
        write_onto_real(real, tmp_path / "out")


@pytest.mark.parametrize(("option", "found"), [({"copies": 0}, "0"), ({"jobs": 0}, "0"), ({"seed": -1}, "-1")])
def test_impossible_series(real, tmp_path, option, found):
    with pytest.raises(ConfigError, match=f"found {found}, expected"):
        write_onto_real(real, tmp_path / "out", **option)
