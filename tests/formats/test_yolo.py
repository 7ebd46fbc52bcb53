import numpy as np
import pytest
from PIL import Image

from typodont.errors import FormatError
from typodont.formats.yolo import is_yolo, read_yolo_labels, read_yolo_set, yolo_label_file

NAMES = ("tooth", "caries")
SHAPE = (100, 200)


def labels(tmp_path, text):
    path = tmp_path / "a.txt"
    path.write_text(text)
    return path


def pictures(folder, *names):
    folder.mkdir(parents=True)
    for name in names:
        Image.new("L", (4, 3)).save(folder / name)


def test_boxes_polygons_and_scores(tmp_path):
    path = labels(tmp_path, "1 0.5 0.5 0.25 0.1\n\n0 0.1 0.1 0.2 0.1 0.2 0.4\n1 0.5 0.5 0.25 0.1 0.75\n")
    box, polygon, scored = read_yolo_labels(path, NAMES, SHAPE)
    assert (box.category, box.box, box.segmentation, box.score) == ("caries", (75, 45, 125, 55), None, None)
    assert (polygon.category, polygon.box) == ("tooth", None)
    np.testing.assert_allclose(polygon.segmentation, [[20, 10, 40, 10, 40, 40]])
    assert (scored.box, scored.score) == (box.box, 0.75)


def test_an_empty_file_shows_nothing(tmp_path):
    assert read_yolo_labels(labels(tmp_path, ""), NAMES, SHAPE) == ()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2 0.5 0.5 0.1 0.1", r"line 1: found category 2, expected 0 to 1"),
        ("0.5 0.5 0.5 0.1 0.1", "found '0.5 0.5 0.5 0.1 0.1', expected numbers"),
        ("0 a b c d", "expected numbers only"),
        ("0 0.1 0.1 0.1", "found 3 numbers"),
        ("0 0.1 0.1 0.1 0.1 0.1 0.1 0.1", "found 7 numbers"),
        ("0 50 50 10 10", "found 50, expected shares"),
        ("0 nan 0.1 0.1 0.1", "expected shares"),
    ],
)
def test_damaged_lines(tmp_path, line, message):
    with pytest.raises(FormatError, match=message):
        read_yolo_labels(labels(tmp_path, line), NAMES, SHAPE)


@pytest.mark.parametrize("names", ["[tooth, caries]", "{1: caries, 0: tooth}"])
@pytest.mark.parametrize(("train", "folder"), [("../train/images", "train/images"), ("images/train", "images/train")])
def test_sets_of_several_programs(tmp_path, names, train, folder):
    pictures(tmp_path / folder, "b.png", "a.jpg")
    path = tmp_path / "data.yaml"
    path.write_text(f"train: {train}\nval: valid/images\ntest: ''\nnames: {names}\n")
    assert is_yolo(path)
    found = read_yolo_set(path)
    assert found.names == NAMES
    assert [picture.name for picture in found.pictures] == ["a.jpg", "b.png"]
    assert yolo_label_file(found.pictures[0]) == tmp_path / folder.replace("images", "labels") / "a.txt"


def test_lists_of_pictures(tmp_path):
    pictures(tmp_path / "images", "a.png")
    (tmp_path / "train.txt").write_text("images/a.png\n")
    (tmp_path / "data.yaml").write_text("train: [train.txt]\nnames: [tooth]\n")
    assert read_yolo_set(tmp_path / "data.yaml").pictures == (tmp_path / "images" / "a.png",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("train: images\nnames: 3\n", "found the names 3"),
        ("train: images\nnames: {1: caries}\n", "found the names"),
        ("train: images\nnames: [tooth]\n", "found none of the folders images"),
        ("- a\n", "found no keys"),
        ("a: [", "cannot be read as YAML"),
    ],
)
def test_damaged_sets(tmp_path, text, message):
    path = tmp_path / "data.yaml"
    path.write_text(text)
    with pytest.raises(FormatError, match=message):
        read_yolo_set(path)


def test_other_yaml_is_no_set(tmp_path):
    for text in ("names: [a]\n", "train: x\n", "a: [", "- 1"):
        (tmp_path / "a.yaml").write_text(text)
        assert not is_yolo(tmp_path / "a.yaml")
