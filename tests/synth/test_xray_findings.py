"""Findings of synthetic panoramics: what is drawn is marked, what cannot be seen is not."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from typodont.anatomy import JAWS, arch_order, jaw
from typodont.anatomy.findings import XRAY_FINDINGS
from typodont.records.findings import find_picture_findings
from typodont.synth.xray import SyntheticPanoramic, make_panoramic
from typodont.synth.xray.canvas import Canvas, wide_blur
from typodont.synth.xray.device import draw_device, expose
from typodont.synth.xray.disease import add_findings
from typodont.synth.xray.findings import find_findings
from typodont.synth.xray.mouth import Mouth, PictureTooth, make_mouth
from typodont.synth.xray.panoramic import panoramic_name
from typodont.synth.xray.teeth import ToothShadow, cast_shadow
from typodont.synth.xray.write import write_panoramic

SHAPE = (256, 480)


@pytest.fixture(scope="module")
def picture() -> SyntheticPanoramic:
    return make_panoramic(4, 2, findings="rich", shape=SHAPE)


def _molar(mouth: Mouth) -> PictureTooth:
    return next(tooth for tooth in mouth.teeth if tooth.fdi in (16, 46, 26, 36) and tooth.fate == "present")


def _cast(mouth: Mouth, tooth: PictureTooth, seed: int = 0) -> ToothShadow:
    canvas = Canvas(SHAPE, scale=3.0, middle=(0.0, -mouth.level))
    shadow = cast_shadow(np.random.default_rng(seed), tooth, mouth.troughs[jaw(tooth.fdi)].unroll, canvas)
    assert shadow is not None
    return shadow


def test_every_tooth_is_a_finding(picture: SyntheticPanoramic):
    teeth = {f.fdi: f.mask for f in picture.findings if f.category in ("tooth", "impacted_tooth")}
    assert teeth.keys() <= picture.teeth.keys()
    assert len(teeth) > 0.9 * len(picture.teeth)
    for fdi, mask in teeth.items():
        np.testing.assert_array_equal(mask, picture.teeth[fdi])


def test_findings_lie_on_their_tooth(picture: SyntheticPanoramic):
    assert {f.category for f in picture.findings} <= set(XRAY_FINDINGS)
    for found in picture.findings:
        assert found.mask.shape == SHAPE
        if found.category in ("caries", "filling", "root_filling"):
            near = picture.teeth[found.fdi]
            assert (found.mask & near).sum() > 0.4 * found.mask.sum()


@pytest.fixture(scope="module")
def mouths() -> list[Mouth]:
    """One mouth as it is, then after different lives."""
    usual = make_mouth(np.random.default_rng(5))
    return [usual, *(add_findings(np.random.default_rng(k), usual) for k in range(40))]


def test_rich_mouths_are_the_same_patients_with_more_work(mouths: list[Mouth]):
    usual, *rich = mouths
    assert all([t.fdi for t in mouth.teeth] == [t.fdi for t in usual.teeth] for mouth in rich)
    work = [sum(len(tooth.work) for tooth in mouth.teeth) for mouth in rich]
    assert np.mean(work) > 1.5 * sum(len(tooth.work) for tooth in usual.teeth)
    fates = {tooth.fate for mouth in rich for tooth in mouth.teeth}
    assert {"implant", "pontic", "stump", "unerupted"} <= fates


def test_bridges_hang_between_crowned_teeth(mouths: list[Mouth]):
    bridges = 0
    for mouth in mouths[1:]:
        here = {tooth.fdi: tooth for tooth in mouth.teeth}
        for name in JAWS:
            row = [here[fdi] for fdi in arch_order(name) if fdi in here]
            for is_bridge, run in groupby(range(len(row)), key=lambda at: row[at].fate == "pontic"):
                places = list(run)
                if is_bridge:
                    bridges += 1
                    ends = (row[places[0] - 1], row[places[-1] + 1])
                    assert all(end.fate == "present" and "crown" in end.work for end in ends)
    assert bridges > 0


def test_pictures_are_named_after_what_they_show(picture: SyntheticPanoramic):
    assert picture.name == "findings_4_00002"
    assert panoramic_name(4, 2, "usual") == "panoramic_4_00002"


def test_two_pictures_of_one_exposure_share_their_noise():
    rng = np.random.default_rng(0)
    head = gaussian_filter(rng.standard_normal((64, 96)), 3).astype(np.float32)
    darker = head.copy()
    darker[20:30, 40:50] -= 0.3
    device = replace(draw_device(rng), flatten=0.0, sharpen=0.0)
    same, shown = expose(rng, head.copy(), head, device=device)
    np.testing.assert_array_equal(same, shown)
    sound, shown = expose(rng, head, darker, device=device)
    change = sound.astype(int) - shown
    assert change[22:28, 42:48].min() > 0
    assert not change[:12].any()


@pytest.mark.parametrize(
    ("work", "category"),
    [("filling", "filling"), ("root filling", "root_filling"), ("crown", "crown"), ("bracket", None)],
)
def test_bright_work_is_brighter_where_it_is_marked(picture: SyntheticPanoramic, work: str, category: str | None):
    molar = _molar(picture.patient)
    plain = _cast(picture.patient, replace(molar, work=frozenset()))
    worked = _cast(picture.patient, replace(molar, work=frozenset({work})))
    if category is None:
        assert not worked.marks.keys() - {"tooth", "periapical_lesion"}
        return
    mark = worked.marks[category]
    assert mark.any()
    added = worked.absorbed - plain.absorbed
    assert added[mark].mean() > 0.5
    assert added[mark].mean() > 10 * added[~mark].mean()


def test_decay_is_darker_where_it_is_marked(picture: SyntheticPanoramic):
    molar = _molar(picture.patient)
    for seed in range(6):
        shadow = _cast(picture.patient, replace(molar, work=frozenset({"decay"})), seed)
        mark = shadow.marks["caries"]
        assert mark.any()
        assert (shadow.decayed >= -1e-6).all()
        assert shadow.decayed[mark].mean() > 10 * shadow.decayed[~mark].mean()


def test_only_disease_that_darkens_the_picture_counts(picture: SyntheticPanoramic):
    molar = _molar(picture.patient)
    shadow = _cast(picture.patient, replace(molar, work=frozenset({"decay"})))
    darkening = np.zeros(SHAPE, np.float32)
    assert "caries" not in {f.category for f in find_findings([shadow], darkening)}
    darkening[shadow.window] = 40 * shadow.marks["caries"]
    found = [f for f in find_findings([shadow], darkening) if f.category == "caries"]
    assert found
    assert all(f.fdi == molar.fdi for f in found)
    covered = _cast(picture.patient, replace(molar, work=frozenset({"decay", "crown"})))
    assert not (covered.marks["caries"] & covered.marks["crown"]).any()


def test_implants_are_marked_with_what_they_carry(picture: SyntheticPanoramic):
    implant = replace(_molar(picture.patient), fate="implant", work=frozenset())
    marks = _cast(picture.patient, implant).marks
    assert marks.keys() == {"implant", "crown"}
    assert (marks["crown"] & ~marks["implant"]).sum() == 0
    covered = _cast(picture.patient, replace(implant, work=frozenset({"cover screw"}))).marks
    assert covered.keys() == {"implant"}
    assert covered["implant"].sum() < marks["implant"].sum()


def test_wisdom_teeth_that_are_due_or_askew_are_impacted(picture: SyntheticPanoramic):
    molar = _molar(picture.patient)
    upright = replace(molar, fate="unerupted")
    young, due = (replace(upright, fdi=18, body=replace(molar.body, formed=formed)) for formed in (0.3, 0.9))
    assert not upright.impacted
    assert not young.impacted
    assert due.impacted
    assert not replace(due, fate="present").impacted
    assert replace(upright, work=frozenset({"kept back"})).impacted
    lying = molar.motion @ np.array([[0, 0, 1.0, 0], [0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 0, 1]])
    assert replace(upright, motion=lying).impacted
    assert set(_cast(picture.patient, replace(upright, motion=lying)).marks) == {"impacted_tooth", "periapical_lesion"}


def test_written_findings_are_read_back(tmp_path: Path, picture: SyntheticPanoramic):
    write_panoramic(picture, tmp_path)
    (row,) = find_picture_findings(tmp_path / "findings")
    assert row.image.is_file()
    assert row.labelled == set(XRAY_FINDINGS)
    assert [(f.category, f.fdi) for f in row.findings] == [(f.category, f.fdi) for f in picture.findings]
    for written, made in zip(row.findings, picture.findings, strict=True):
        np.testing.assert_array_equal(row.mask(written), made.mask)


def test_wide_blurs_move_nothing():
    ramp = 0.3 * np.arange(202)[:, None] + 0.1 * np.arange(303)
    wide = wide_blur(ramp.astype(np.float32), np.array([12, 20]))
    assert wide.shape == ramp.shape
    np.testing.assert_allclose(wide[60:-60, 90:-90], ramp[60:-60, 90:-90], rtol=1e-4)
