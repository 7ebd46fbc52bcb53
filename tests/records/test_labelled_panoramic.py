"""Labelled panoramics from COCO files and mask folders."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from typodont.errors import FormatError, LabelError
from typodont.records import LabelledPanoramic, LabelledTooth, find_labelled_panoramics, write_coco_panoramics

SHAPE = (40, 90)


def box(top: int, left: int, bottom: int, right: int) -> np.ndarray:
    mask = np.zeros(SHAPE, dtype=bool)
    mask[top:bottom, left:right] = True
    return mask


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    Image.fromarray(np.full(SHAPE, 90, dtype=np.uint8)).save(tmp_path / "images" / "a.png")
    return tmp_path


@pytest.fixture
def overlapping(folder: Path) -> LabelledPanoramic:
    teeth = (LabelledTooth(11, box(5, 10, 25, 30)), LabelledTooth(21, box(5, 26, 25, 46)))
    return LabelledPanoramic("a", folder / "images" / "a.png", SHAPE, teeth)


def test_overlap_goes_to_the_deeper_tooth(overlapping: LabelledPanoramic) -> None:
    labels = overlapping.label_map()
    # columns 26..29 are in both masks: the outer half of each mask's part belongs to the other tooth
    assert labels[15, 24:32].tolist() == [11, 11, 11, 11, 21, 21, 21, 21]
    assert not labels[~(overlapping.teeth[0].mask | overlapping.teeth[1].mask)].any()


def test_coco_keeps_overlaps(folder: Path, overlapping: LabelledPanoramic) -> None:
    write_coco_panoramics(folder / "set.json", [overlapping])
    (files,) = find_labelled_panoramics(folder / "set.json")
    back = files.read()
    assert [tooth.fdi for tooth in back.teeth] == [11, 21]
    for tooth, expected in zip(back.teeth, overlapping.teeth, strict=True):
        np.testing.assert_array_equal(tooth.mask, expected.mask)
    assert find_labelled_panoramics(folder)[0].name == "a"
    annotation = json.loads((folder / "set.json").read_text())["annotations"][1]
    assert annotation["bbox"] == [26, 5, 20, 20]
    assert annotation["area"] == 400


def test_masks_with_fdi_values(folder: Path, overlapping: LabelledPanoramic) -> None:
    (folder / "masks_fdi").mkdir()
    Image.fromarray(overlapping.label_map()).save(folder / "masks_fdi" / "a.png")
    (files,) = find_labelled_panoramics(folder)
    np.testing.assert_array_equal(files.read().label_map(), overlapping.label_map())


def test_grey_masks_need_a_map(folder: Path) -> None:
    (folder / "masks_grey").mkdir()
    mask = np.where(box(5, 10, 25, 30), 7, 0).astype(np.uint8)
    Image.fromarray(mask).save(folder / "masks_grey" / "a.png")
    with pytest.raises(FormatError, match="grey_to_fdi"):
        find_labelled_panoramics(folder)
    table = folder / "map.json"
    table.write_text('{"7": 36}')
    (files,) = find_labelled_panoramics(folder, numbers=table)
    assert [tooth.fdi for tooth in files.read().teeth] == [36]
    table.write_text('{"8": 36}')
    with pytest.raises(LabelError, match="grey value 7"):
        find_labelled_panoramics(folder, numbers=table)[0].read()
    table.write_text('{"7": 99}')
    with pytest.raises(LabelError, match="99"):
        find_labelled_panoramics(folder, numbers=table)


def test_folders_of_folders(folder: Path, overlapping: LabelledPanoramic) -> None:
    inner = folder / "inner"
    inner.mkdir()
    (folder / "images").rename(inner / "images")
    (inner / "masks_fdi").mkdir()
    Image.fromarray(overlapping.label_map()).save(inner / "masks_fdi" / "a.png")
    assert [files.name for files in find_labelled_panoramics(folder)] == ["a"]


def test_errors_name_what_is_wrong(folder: Path, overlapping: LabelledPanoramic) -> None:
    with pytest.raises(FormatError, match="no labelled panoramics"):
        find_labelled_panoramics(folder)
    with pytest.raises(FormatError, match="no such file"):
        find_labelled_panoramics(folder / "nothing")
    path = folder / "set.json"
    write_coco_panoramics(path, [overlapping])
    good = json.loads(path.read_text())

    def reading(change: dict[str, object]) -> None:
        path.write_text(json.dumps({**good, **change}))
        find_labelled_panoramics(path)[0].read()

    with pytest.raises(FormatError, match="picture 9"):
        reading({"annotations": [{**good["annotations"][0], "image_id": 9}]})
    with pytest.raises(FormatError, match="category 9"):
        reading({"annotations": [{**good["annotations"][0], "category_id": 9}]})
    with pytest.raises(LabelError, match="caries"):
        reading({"categories": [{**c, "name": "caries"} for c in good["categories"]]})
    with pytest.raises(FormatError, match="annotation 1 "):
        reading({"annotations": [{**good["annotations"][0], "segmentation": [[]]}]})
    with pytest.raises(FormatError, match="missing"):
        reading({"images": [{**good["images"][0], "file_name": "b.png"}]})
    with pytest.raises(FormatError, match="90 x 40 pixels"):
        reading({"images": [{**good["images"][0], "height": 41}]})


@pytest.mark.realdata
def test_real_sets(real_data: Path) -> None:
    assert len(find_labelled_panoramics(real_data / "panoramic_ufba" / "val.json")) == 40
    (first, *_) = hitl = find_labelled_panoramics(real_data / "panoramic_hitl")
    assert len(hitl) == 10
    labels = first.read().label_map()
    right, left = (np.nonzero(labels == fdi)[1].mean() for fdi in (48, 38))
    assert right < left
