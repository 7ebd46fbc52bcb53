"""Synthetic photographs: truths about masks, numbers, sides and files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from typodont.anatomy import is_tooth, jaw, side
from typodont.anatomy.findings import PHOTO_FINDINGS
from typodont.errors import ConfigError
from typodont.records.findings import find_picture_findings
from typodont.synth.photo import SyntheticPhoto, make_photo
from typodont.synth.photo.write import write_photo, write_photos

SEED = 7
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def series() -> list[SyntheticPhoto]:
    return [make_photo(SEED, index) for index in range(4)]


def test_same_numbers_give_the_same_picture(series: list[SyntheticPhoto]):
    again = make_photo(SEED, 1)
    np.testing.assert_array_equal(again.image, series[1].image)
    assert [(f.category, f.fdi) for f in again.findings] == [(f.category, f.fdi) for f in series[1].findings]
    assert series[0].image.shape != series[1].image.shape or (series[0].image != series[1].image).any()


def test_masks_are_of_the_picture_and_never_of_two_teeth(series: list[SyntheticPhoto]):
    for photo in series:
        taken = np.zeros(photo.image.shape[:2], int)
        for found in photo.findings:
            assert found.category in PHOTO_FINDINGS
            assert is_tooth(found.fdi)
            assert found.mask.shape == photo.image.shape[:2]
            assert found.mask.any()
            taken += found.mask * (found.category == "tooth")
        assert taken.max() == 1


def test_findings_lie_on_their_teeth(series: list[SyntheticPhoto]):
    for photo in series:
        teeth = {found.fdi: found.mask for found in photo.findings if found.category == "tooth"}
        for found in photo.findings:
            if found.category not in ("tooth", "bracket") and found.fdi in teeth:
                assert (found.mask & ~teeth[found.fdi]).sum() == 0


def test_teeth_are_lighter_than_the_rest(series: list[SyntheticPhoto]):
    for photo in series:
        on_teeth = np.any([f.mask for f in photo.findings if f.category == "tooth"], axis=0)
        assert photo.image[on_teeth].mean() > photo.image[~on_teeth].mean()


def _record(view: str) -> SyntheticPhoto:
    for index in range(60):
        photo = make_photo(SEED, index)
        if photo.viewpoint.kind == view:
            return photo
    raise AssertionError(f"no {view} among 60 pictures")


def test_patients_right_is_at_the_left_and_upper_teeth_above():
    photo = _record("front")
    teeth = [found for found in photo.findings if found.category == "tooth" and found.fdi % 10 <= 6]
    rows, columns = zip(*(np.argwhere(found.mask).mean(axis=0) for found in teeth), strict=True)
    right = [column for found, column in zip(teeth, columns, strict=True) if side(found.fdi) == "right"]
    left = [column for found, column in zip(teeth, columns, strict=True) if side(found.fdi) == "left"]
    assert max(right) < min(left) + 0.1 * photo.image.shape[1]
    above = [row for found, row in zip(teeth, rows, strict=True) if jaw(found.fdi) == "upper"]
    below = [row for found, row in zip(teeth, rows, strict=True) if jaw(found.fdi) == "lower"]
    assert np.mean(above) < np.mean(below)


def test_files_read_back_and_resume(tmp_path: Path, series: list[SyntheticPhoto]):
    for photo in series[:2]:
        write_photo(photo, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.jpg")}
    files = write_photos(2, SEED, tmp_path)
    assert {path: path.stat().st_mtime_ns for path in files} == before
    read = find_picture_findings(tmp_path)
    assert [picture.name for picture in read] == [photo.name for photo in series[:2]]
    for picture, photo in zip(read, series[:2], strict=True):
        assert (picture.view, picture.patient) == (photo.viewpoint.view, photo.patient)
        assert picture.labelled == frozenset(PHOTO_FINDINGS)
        with Image.open(picture.image) as image:
            assert image.size == photo.image.shape[1::-1]
        for found, truth in zip(picture.findings, photo.findings, strict=True):
            assert (found.category, found.fdi) == (truth.category, truth.fdi)
            np.testing.assert_array_equal(picture.mask(found), truth.mask)
    content = json.loads((tmp_path / "findings.json").read_text(encoding="utf-8"))
    assert [category["name"] for category in content["categories"]] == list(PHOTO_FINDINGS)


def test_nonsense_is_refused(tmp_path: Path):
    for n, seed, jobs, word in ((0, 0, 1, "n: found 0"), (1, -1, 1, "seed: found -1"), (1, 0, 0, "jobs: found 0")):
        with pytest.raises(ConfigError, match=word):
            write_photos(n, seed, tmp_path, jobs=jobs)
