import contextlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from typodont.errors import ConfigError, FormatError, LabelError
from typodont.formats import encode_mask, read_image
from typodont.records.exif_turn import turned_mask, turned_points, upright_shape
from typodont.records.findings import Finding, PictureFindings, find_picture_findings, write_picture_findings

SHAPE = (30, 40)
SQUARE = [[5.0, 6.0, 15.0, 6.0, 15.0, 12.0, 5.0, 12.0]]
CATEGORIES = ("tooth", "caries")


def picture(folder: Path, name="a", findings=(), **more) -> PictureFindings:
    image = folder / "images" / f"{name}.png"
    image.parent.mkdir(exist_ok=True)
    Image.new("RGB", SHAPE[::-1]).save(image)
    return PictureFindings(name, image, SHAPE, tuple(findings), frozenset(more.pop("labelled", CATEGORIES)), **more)


def coco(folder: Path, annotations, categories=("Caries",), **image) -> Path:
    """A label file of one picture as other programs write it."""
    picture(folder)
    entry = {"id": 7, "file_name": "a.png", "height": SHAPE[0], "width": SHAPE[1]} | image
    content = {
        "categories": [{"id": i, "name": name} for i, name in enumerate(categories)],
        "images": [entry],
        "annotations": [{"id": i, "image_id": 7, "category_id": 0} | a for i, a in enumerate(annotations)],
    }
    path = folder / "labels.json"
    path.write_text(json.dumps(content))
    return path


def test_what_is_written_is_found_again(tmp_path):
    mask = np.zeros(SHAPE, dtype=bool)
    mask[3:9, 10:20] = True
    findings = (
        Finding("tooth", (10, 3, 20, 9), encode_mask(mask), fdi=16),
        Finding("caries", (5, 6, 15, 12), SQUARE, fdi=16, score=0.25),
        Finding("caries", (0.5, 1, 8, 9.25)),
    )
    said = {"view": "front", "patient": "p1", "labelled": {"caries"}}
    pictures = [picture(tmp_path, "a", findings, **said), picture(tmp_path, "b")]
    path = tmp_path / "sub" / "findings.json"
    write_picture_findings(iter(pictures), path, categories=CATEGORIES, info={"note": "made up"})
    found = find_picture_findings(path)
    assert [p.name for p in found] == ["a", "b"]
    assert found[0].findings == findings
    assert (found[0].view, found[0].patient, found[0].labelled) == ("front", "p1", frozenset({"caries"}))
    assert found[1].labelled == frozenset(CATEGORIES)
    assert found[0].image.samefile(pictures[0].image)
    np.testing.assert_array_equal(found[0].mask(found[0].findings[0]), mask)
    assert found[0].mask(found[0].findings[1]).sum() == 60
    with pytest.raises(LabelError, match="a caries has no mask, only a box"):
        found[0].mask(found[0].findings[2])


def test_regions_to_ignore_are_no_findings(tmp_path):
    region = Finding("caries", (5, 6, 15, 12), SQUARE)
    marked = picture(tmp_path, "a", [Finding("tooth", (0.5, 1, 8, 9.25))], ignored=(region,))
    write_picture_findings([marked], tmp_path / "findings.json", categories=CATEGORIES)
    found = find_picture_findings(tmp_path / "findings.json")[0]
    assert [finding.category for finding in found.findings] == ["tooth"]
    assert found.ignored == (region,)
    other = replace(marked, ignored=(replace(region, category="crack"),))
    with pytest.raises(LabelError, match=r"found crack in a, expected tooth, caries"):
        write_picture_findings([other], tmp_path / "other.json", categories=CATEGORIES)


def test_a_category_that_is_not_listed_is_not_written(tmp_path):
    found = picture(tmp_path, "a", [Finding("crack", (1, 1, 2, 2))])
    with pytest.raises(LabelError, match=r"found crack in a, expected tooth, caries"):
        write_picture_findings([found], tmp_path / "findings.json", categories=CATEGORIES)
    assert not (tmp_path / "findings.json").exists()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"box": (3, 1, 3, 2)}, "expected left < right"),
        ({"box": (3, 1, float("nan"), 2)}, "expected left < right"),
        ({"fdi": 19}, "found the tooth number 19"),
        ({"score": 1.5}, "found the score 1.5"),
    ],
)
def test_impossible_findings(values, message):
    with pytest.raises(LabelError, match=message):
        Finding(**({"category": "caries", "box": (0, 0, 1, 1)} | values))


def test_names_of_other_programs(tmp_path):
    names = ("Fillings", "tooth_16", "Decay", "Other")
    path = coco(tmp_path, [{"category_id": i, "segmentation": SQUARE} for i in range(4)], names)
    found = find_picture_findings(path, rename={"Decay": "caries", "Other": ""})[0]
    assert [(f.category, f.fdi) for f in found.findings] == [("filling", None), ("tooth", 16), ("caries", None)]
    assert found.labelled == {"filling", "tooth", "caries"}
    assert find_picture_findings(path)[0].findings[2].category == "Decay"
    with pytest.raises(ConfigError, match=r"found no category 'decay' to rename; its categories are 'Decay', 'Fill"):
        find_picture_findings(path, rename={"decay": "caries"})


def test_the_placeholder_and_the_double_names_of_roboflow(tmp_path):
    path = coco(tmp_path, [{"category_id": 1, "segmentation": SQUARE, "bbox": [5, 6, 10, 6]}])
    content = json.loads(path.read_text())
    content["categories"] = [
        {"id": 0, "name": "dental-7yegp", "supercategory": "none"},
        {"id": 1, "name": "Caries", "supercategory": "dental-7yegp"},
        {"id": 2, "name": "Caries", "supercategory": "dental-7yegp"},
    ]
    path.write_text(json.dumps(content))
    assert find_picture_findings(path)[0].labelled == {"caries"}


def test_boxes_without_masks(tmp_path):
    found = find_picture_findings(coco(tmp_path, [{"bbox": [2, 3, 10, 6], "segmentation": []}]))[0]
    assert found.findings == (Finding("caries", (2, 3, 12, 9)),)


def test_a_mark_over_the_border_is_cut_off(tmp_path):
    found = find_picture_findings(coco(tmp_path, [{"bbox": [-0.5, 25, 10, 5.4]}]))[0]
    assert found.findings[0].box == (0, 25, 9.5, 30)


RUNS = {"size": [40, 30], "counts": [0, 1200]}
DAMAGES = [
    ({"segmentation": [[1, 2, 3, 4]]}, r"annotation 0 \(Caries\): found a polygon of 4 numbers"),
    ({"segmentation": [[]]}, "found a polygon of 0 numbers"),
    ({"segmentation": [["a"] * 6]}, "something else than numbers"),
    ({"segmentation": [[5, 5, 5, 5, 5, 5]]}, "expected left < right"),
    ({"bbox": [30, 5, 40, 5]}, r"found a mark from \(30, 5\) to \(70, 10\), outside the picture of 40 × 30"),
    ({"segmentation": RUNS}, r"found run lengths of size \[40, 30\], expected \[30, 40\]"),
    ({"segmentation": "text", "bbox": [1, 1, 5, 5]}, "found the segmentation 'text'"),
    ({"segmentation": []}, "found the segmentation|empty list of polygons"),
]


@pytest.mark.parametrize(("annotation", "message"), DAMAGES)
def test_damaged_marks_are_named(tmp_path, annotation, message):
    path = coco(tmp_path, [annotation])
    with pytest.raises(LabelError, match=rf"labels\.json: a\.png: .*{message}"):
        find_picture_findings(path)


def test_many_damaged_marks_are_counted(tmp_path):
    path = coco(tmp_path, [{"segmentation": [[1, 2]]}] * 9)
    with pytest.raises(LabelError, match=r"… and 4 more\n9 damaged; mend them"):
        find_picture_findings(path)


def test_labels_that_do_not_fit_their_picture(tmp_path):
    path = coco(tmp_path, [], height=60, width=80)
    with pytest.raises(LabelError, match=r"labels\.json: found labels for 80 × 60 pixels of a\.png, which has 40 × 30"):
        find_picture_findings(path)
    path = coco(tmp_path, [], file_name="b.png")
    with pytest.raises(LabelError, match=r"b\.png: found no such picture, which .*labels\.json labels"):
        find_picture_findings(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"category_id": 5}, "found category 5 at annotation 0"), ({"image_id": 5}, "found picture 5 at annotation 0")],
)
def test_wrong_ids(tmp_path, change, message):
    with pytest.raises(FormatError, match=message):
        find_picture_findings(coco(tmp_path, [change]))


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
@pytest.mark.parametrize("kind", ["polygons", "runs", "box"])
def test_labels_of_a_picture_without_its_turn_are_turned_with_it(tmp_path, caplog, orientation, kind):
    mask = np.zeros(SHAPE, dtype=bool)
    mask[6:12, 5:15] = True
    marks = {"polygons": {"segmentation": SQUARE}, "runs": {"segmentation": encode_mask(mask)}, "box": {}}[kind]
    path = coco(tmp_path, [{"bbox": [5, 6, 10, 6]} | marks])
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    Image.fromarray(mask.astype(np.uint8) * 255).save(tmp_path / "images" / "a.png", exif=exif)
    found = find_picture_findings(path)[0]
    seen = read_image(found.image).grey > 0.5
    assert found.shape == seen.shape == SHAPE[::-1]
    left, top, right, bottom = map(int, found.findings[0].box)
    assert seen[top:bottom, left:right].all()
    assert seen.sum() == (bottom - top) * (right - left)
    if kind != "box":
        np.testing.assert_array_equal(found.mask(found.findings[0]), seen)
    assert "labels were drawn without the turn in the EXIF data of 1 pictures" in caplog.text


def test_labels_of_an_upright_picture_stay(tmp_path, caplog):
    path = coco(tmp_path, [{"segmentation": SQUARE}])
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    Image.new("L", SHAPE).save(tmp_path / "images" / "a.png", exif=exif)
    assert find_picture_findings(path)[0].findings[0].segmentation == SQUARE
    assert not caplog.text


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 8), st.integers(1, 9), st.integers(1, 9), st.data())
def test_points_and_masks_turn_alike(orientation, height, width, data):
    row, column = data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))
    mask = np.zeros((height, width), dtype=bool)
    mask[row, column] = True
    turned = turned_mask(mask, orientation)
    assert turned.shape == upright_shape((height, width), orientation)
    point = turned_points(np.array([[column + 0.5, row + 0.5]]), (height, width), orientation)[0]
    assert turned[int(point[1]), int(point[0])]


def test_folders_of_an_export_count_together(tmp_path):
    for part in ("train", "valid", "test"):
        (tmp_path / part).mkdir()
        coco(tmp_path / part, [{"segmentation": SQUARE}])
    assert [p.labels.parent.name for p in find_picture_findings(tmp_path)] == ["test", "train", "valid"]


def test_findings_json_counts_alone(tmp_path):
    coco(tmp_path, [{"segmentation": SQUARE}])
    write_picture_findings([picture(tmp_path)], tmp_path / "findings.json", categories=CATEGORIES)
    assert [p.findings for p in find_picture_findings(tmp_path)] == [()]


def test_nothing_there(tmp_path):
    with pytest.raises(ConfigError, match="found no such file or folder"):
        find_picture_findings(tmp_path / "x")
    with pytest.raises(ConfigError, match="found no labelled pictures"):
        find_picture_findings(tmp_path)


@pytest.mark.realdata
def test_real_exports(real_data):
    calculus = find_picture_findings(real_data / "photo_calculus")
    assert (len(calculus), sum(len(p.findings) for p in calculus)) == (223, 773)
    assert {f.category for p in calculus for f in p.findings} == {"calculus"}
    teeth = find_picture_findings(real_data / "panoramic_ufba" / "val.json")
    assert {p.labelled for p in teeth} == {frozenset({"tooth"})}
    assert all(f.fdi for p in teeth for f in p.findings)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 50),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.integers(-3, 50), max_size=5),
    st.lists(st.lists(st.integers(-3, 50), max_size=8), max_size=2),
    st.dictionaries(st.sampled_from(["size", "counts"]), st.lists(st.integers(), max_size=3), max_size=2),
)


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_any_value_anywhere_is_read_or_refused(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("any")
    runs = {"size": list(SHAPE), "counts": [0, SHAPE[0] * SHAPE[1]]}
    extra = {"fdi": 16, "score": 0.5, "iscrowd": 0}
    path = coco(folder, [{"bbox": [1, 1, 5, 5], "segmentation": SQUARE} | extra, {"segmentation": runs}])
    content = json.loads(path.read_text())
    content["images"][0] |= {"view": "front", "patient": "p", "labelled": ["Caries"]}
    entry = data.draw(st.sampled_from([row for key in ("categories", "images", "annotations") for row in content[key]]))
    entry[data.draw(st.sampled_from(sorted(entry)))] = data.draw(VALUES)
    path.write_text(json.dumps(content))
    with contextlib.suppress(FormatError, LabelError):
        for found in find_picture_findings(path):
            for finding in found.findings:
                if finding.segmentation is not None:
                    found.mask(finding)
