"""The same picture with the same finding in every layout that is read."""

import json

import numpy as np
import pytest
from PIL import Image

from typodont.errors import ConfigError, FormatError, LabelError
from typodont.records.findings import find_picture_findings, find_usable_findings
from typodont.records.mask_pictures import mask_pieces

SHAPE = (60, 80)
BOX = (10, 12, 30, 24)
POLYGON = [10, 12, 30, 12, 30, 24, 10, 24]
HEAD = "filename,width,height,class,xmin,ymin,xmax,ymax\n"


def picture(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", SHAPE[::-1]).save(path)


def mask(path, *boxes, value=255):
    values = np.zeros(SHAPE, dtype=np.uint8)
    for left, top, right, bottom in boxes:
        values[top:bottom, left:right] = value
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)


def roboflow_coco(folder):
    picture(folder / "train" / "a.png")
    content = {
        "categories": [
            {"id": 0, "name": "teeth", "supercategory": "none"},
            {"id": 1, "name": "Caries", "supercategory": "teeth"},
        ],
        "images": [{"id": 0, "file_name": "a.png", "height": SHAPE[0], "width": SHAPE[1]}],
        "annotations": [
            {"id": 0, "image_id": 0, "category_id": 1, "bbox": [10, 12, 20, 12], "segmentation": [POLYGON]}
        ],
    }
    (folder / "train" / "_annotations.coco.json").write_text(json.dumps(content))


def yolo_polygons(folder):
    picture(folder / "train" / "images" / "a.png")
    shares = [value / side for value, side in zip(POLYGON, SHAPE[::-1] * 4, strict=True)]
    (folder / "train" / "labels").mkdir()
    (folder / "train" / "labels" / "a.txt").write_text("0 " + " ".join(map(str, shares)))
    (folder / "data.yaml").write_text("train: ../train/images\nval: ../valid/images\nnc: 1\nnames: ['caries']\n")


def yolo_boxes(folder):
    yolo_polygons(folder)
    (folder / "train" / "labels" / "a.txt").write_text("0 0.25 0.3 0.25 0.2")


def box_csv(folder):
    picture(folder / "a.png")
    (folder / "_annotations.csv").write_text(HEAD + "a.png,80,60,caries,10,12,30,24\n")
    (folder / "annotations.csv").write_text(HEAD + "a.png,80,60,caries,10,12,30,24\n")


def labelme(folder):
    picture(folder / "a.png")
    points = np.reshape(POLYGON, (-1, 2)).tolist()
    content = {"shapes": [{"label": "caries", "points": points}], "imagePath": "C:\\photos\\a.png"}
    (folder / "a.json").write_text(json.dumps(content | {"imageHeight": SHAPE[0], "imageWidth": SHAPE[1]}))


def masks(folder):
    picture(folder / "images" / "a.jpg")
    mask(folder / "masks_caries" / "a.png", BOX)


@pytest.mark.parametrize("write", [roboflow_coco, yolo_polygons, yolo_boxes, box_csv, labelme, masks])
def test_every_layout(tmp_path, write):
    write(tmp_path)
    found = find_picture_findings(tmp_path)
    assert [(p.name, p.shape, p.labelled) for p in found] == [("a", SHAPE, frozenset({"caries"}))]
    assert found[0].image.is_file()
    finding = found[0].findings[0]
    assert (finding.category, found[0].findings[1:]) == ("caries", ())
    np.testing.assert_allclose(finding.box, BOX)
    if write in (yolo_boxes, box_csv):
        assert finding.segmentation is None
    else:
        seen = found[0].mask(finding)
        assert seen[12:24, 10:30].all()
        assert seen.sum() == 240


def test_a_file_may_be_named_instead_of_its_folder(tmp_path):
    for write, name in ((yolo_boxes, "data.yaml"), (box_csv, "annotations.csv"), (labelme, "a.json")):
        folder = tmp_path / write.__name__
        write(folder)
        assert len(find_picture_findings(folder / name)[0].findings) == 1


def test_yolo_pictures_without_labels_show_nothing(tmp_path):
    yolo_boxes(tmp_path)
    picture(tmp_path / "train" / "images" / "b.png")
    assert [len(p.findings) for p in find_picture_findings(tmp_path)] == [1, 0]


def test_a_class_of_a_list_was_looked_for_in_all_its_pictures(tmp_path):
    box_csv(tmp_path)
    (tmp_path / "annotations.csv").unlink()
    picture(tmp_path / "b.png")
    with (tmp_path / "_annotations.csv").open("a") as file:
        file.write("b.png,80,60,Implant,1,1,9,9\n")
    assert {p.labelled for p in find_picture_findings(tmp_path)} == {frozenset({"caries", "implant"})}


def test_lists_that_do_not_agree(tmp_path):
    box_csv(tmp_path)
    (tmp_path / "annotations.csv").write_text(HEAD + "a.png,80,60,caries,10,12,30,25\n")
    with pytest.raises(LabelError, match=r"annotations\.csv: found labels of a\.png that .*csv labels, too"):
        find_picture_findings(tmp_path)


def test_every_piece_of_a_mask_is_one_thing(tmp_path):
    picture(tmp_path / "images" / "a.jpg")
    mask(tmp_path / "masks" / "a.png", (1, 1, 5, 5), (5, 5, 8, 8), (40, 40, 50, 50), value=1)
    found = find_picture_findings(tmp_path, rename={"mask": "caries"})[0]
    assert [f.box for f in found.findings] == [(1, 1, 8, 8), (40, 40, 50, 50)]
    with pytest.raises(ConfigError, match=r"found masks in masks/, whose name does not say of what; rename 'mask'"):
        find_picture_findings(tmp_path)


def test_crumbs_are_left_out():
    crumbs = np.zeros((1000, 1000), dtype=bool)
    crumbs[0, 0], crumbs[500, :9], crumbs[700:710, 10] = True, True, True
    assert [piece.sum() for piece in mask_pieces(crumbs)] == [10]
    assert len(list(mask_pieces(crumbs, least=0))) == 3


def test_folders_of_masks_are_joined(tmp_path):
    picture(tmp_path / "images" / "a.jpg")
    picture(tmp_path / "images" / "b.jpg")
    mask(tmp_path / "masks_caries" / "a.png", BOX)
    mask(tmp_path / "masks_filling" / "a.png", (40, 40, 50, 50))
    mask(tmp_path / "masks_fdi" / "a.png", (1, 1, 30, 30), value=16)
    mask(tmp_path / "masks_filling" / "b.png")
    a, b = sorted(find_picture_findings(tmp_path), key=lambda p: p.name)
    assert [(f.category, f.fdi) for f in a.findings] == [("tooth", 16), ("caries", None), ("filling", None)]
    assert (a.labelled, b.labelled) == ({"tooth", "caries", "filling"}, {"filling"})
    assert b.findings == ()


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_masks_with_values_in_between(tmp_path, name):
    picture(tmp_path / "images" / "a.png")
    values = np.linspace(0, 255, 80).astype(np.uint8)[None].repeat(60, axis=0)
    (tmp_path / "masks_caries").mkdir()
    Image.fromarray(values).save(tmp_path / "masks_caries" / name)
    message = "found a mask as .jpg" if name.endswith("jpg") else r"found 80 values \(0, 3, 6, 9, 12 …\), expected two"
    with pytest.raises(FormatError, match=message):
        find_picture_findings(tmp_path)


def test_a_mask_without_its_picture(tmp_path):
    masks(tmp_path)
    mask(tmp_path / "masks_caries" / "b.png", BOX)
    with pytest.raises(FormatError, match=r"b\.png: found no picture for this mask, expected .*images.b\.png"):
        find_picture_findings(tmp_path)


def test_a_mask_of_another_size(tmp_path):
    masks(tmp_path)
    Image.new("RGB", (40, 30)).save(tmp_path / "images" / "a.jpg")
    with pytest.raises(LabelError, match=r"found labels for 80 × 60 pixels of a\.jpg, which has 40 × 30"):
        find_picture_findings(tmp_path)


def test_what_is_damaged_can_be_left_out(tmp_path):
    box_csv(tmp_path)
    (tmp_path / "annotations.csv").unlink()
    with (tmp_path / "_annotations.csv").open("a") as file:
        file.write("a.png,80,60,caries,70,12,90,24\nmissing.png,80,60,caries,1,1,9,9\n")
    found, problems = find_usable_findings(tmp_path)
    assert [(p.name, len(p.findings)) for p in found] == [("a", 1)]
    assert ["outside the picture" in problems[0], "found no such picture" in problems[1]] == [True, True]


@pytest.mark.realdata
def test_real_boxes_and_masks(real_data):
    boxes = find_picture_findings(real_data / "xray_boxes_eval", rename={"Cavity": "caries"})
    assert (len(boxes), sum(len(p.findings) for p in boxes)) == (121, 780)
    assert boxes[0].labelled == {"caries", "filling", "implant", "impacted_tooth"}
    caries = find_picture_findings(real_data / "xray_caries_eval", rename={"mask": "caries"})
    assert (len(caries), {f.category for p in caries for f in p.findings}) == (30, {"caries"})
