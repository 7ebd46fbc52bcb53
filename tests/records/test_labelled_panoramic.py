"""Labelled panoramics from COCO files and mask folders."""

import json
import pickle

import numpy as np
import pytest
from PIL import Image

from typodont.errors import ConfigError, FormatError, LabelError
from typodont.records import LabelledPanoramic, LabelledTooth, find_labelled_panoramics, write_coco_panoramics

SHAPE = (40, 90)


def box(top, left, bottom, right):
    mask = np.zeros(SHAPE, dtype=bool)
    mask[top:bottom, left:right] = True
    return mask


def save(values, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)


@pytest.fixture
def folder(tmp_path):
    save(np.full(SHAPE, 90, dtype=np.uint8), tmp_path / "images" / "a.png")
    return tmp_path


@pytest.fixture
def overlapping(folder):
    teeth = (LabelledTooth(11, box(5, 10, 25, 30)), LabelledTooth(21, box(5, 26, 25, 46)))
    return LabelledPanoramic("a", folder / "images" / "a.png", SHAPE, teeth, 1.8)


@pytest.fixture
def coco(folder, overlapping):
    """A function of changes to the content of a good COCO file -> what reading its first picture gives."""
    path = folder / "set.json"
    write_coco_panoramics([overlapping], path)
    good = json.loads(path.read_text())

    def read(list_name=None, **change):
        if list_name is not None:
            change = {list_name: [{**good[list_name][0], **change}, *good[list_name][1:]]}
        path.write_text(json.dumps({**good, **change}))
        return find_labelled_panoramics(path)[0].read()

    return read


def test_coco_keeps_overlaps(folder, overlapping):
    path = folder / "set.json"
    write_coco_panoramics([overlapping], path, info={"note": "made up"})
    (files,) = find_labelled_panoramics(folder)
    back = pickle.loads(pickle.dumps(files)).read()
    assert (back.name, back.image, back.shape, back.aspect) == ("a", overlapping.image, SHAPE, 1.8)
    assert [tooth.fdi for tooth in back.teeth] == [11, 21]
    for tooth, expected in zip(back.teeth, overlapping.teeth, strict=True):
        np.testing.assert_array_equal(tooth.mask, expected.mask)
    content = json.loads(path.read_text())
    assert content["images"][0]["file_name"] == "images/a.png"
    assert (content["annotations"][1]["bbox"], content["annotations"][1]["area"]) == ([26, 5, 20, 20], 400)
    assert content["annotations"][1]["category_id"] == 21


def test_one_number_twice_is_kept(folder, overlapping):
    twice = LabelledPanoramic("a", overlapping.image, SHAPE, overlapping.teeth[:1] * 2)
    write_coco_panoramics([twice], folder / "set.json")
    assert [tooth.fdi for tooth in find_labelled_panoramics(folder)[0].read().teeth] == [11, 11]


def test_masks_with_fdi_values(folder, overlapping):
    save(overlapping.label_map(), folder / "masks_fdi" / "a.png")
    (files,) = find_labelled_panoramics(folder)
    np.testing.assert_array_equal(files.read().label_map(), overlapping.label_map())


def test_what_the_segmentation_wrote_can_be_corrected_and_read(folder, overlapping):
    save(overlapping.label_map(), folder / "masks_fdi" / "a_fdi.png")
    assert [files.name for files in find_labelled_panoramics(folder)] == ["a"]


def test_grey_masks_need_a_map(folder):
    save(np.where(box(5, 10, 25, 30), 7, 0).astype(np.uint8), folder / "masks_grey" / "a.png")
    with pytest.raises(ConfigError, match=r"found masks_grey/ but no grey_to_fdi\.json"):
        find_labelled_panoramics(folder)
    (folder / "grey_to_fdi.json").write_text('{"7": 36}')
    assert [tooth.fdi for tooth in find_labelled_panoramics(folder)[0].read().teeth] == [36]
    table = folder / "other.txt"
    table.write_text('{"7": 46}')
    (files,) = find_labelled_panoramics(folder, numbers=table)
    assert [tooth.fdi for tooth in files.read().teeth] == [46]


def test_several_values_of_one_tooth_and_values_without(folder):
    values = (2 * box(0, 0, 4, 4) + 3 * box(0, 4, 4, 8) + 9 * box(8, 8, 9, 9)).astype(np.uint8)
    save(values, folder / "masks_grey" / "a.png")
    (folder / "grey_to_fdi.json").write_text('{"2": 36, "3": 36, "9": 0, "77": 48}')
    (tooth,) = find_labelled_panoramics(folder)[0].read().teeth
    np.testing.assert_array_equal(tooth.mask, box(0, 0, 4, 8))


@pytest.mark.parametrize(
    ("table", "match"),
    [
        ('{"8": 36}', r"a\.png: a: grey value 7 \(400 pixels\) is not in .*grey_to_fdi\.json; add it"),
        ('{"7": 99}', r"grey_to_fdi\.json maps '7' to 99, expected 0 or FDI"),
    ],
)
def test_values_that_the_map_does_not_explain(folder, table, match):
    save(np.where(box(5, 10, 25, 30), 7, 0).astype(np.uint8), folder / "masks_grey" / "a.png")
    (folder / "grey_to_fdi.json").write_text(table)
    with pytest.raises(LabelError, match=match):
        find_labelled_panoramics(folder)[0].read()


@pytest.mark.parametrize("table", ["[7]", '{"7": "36"}', '{"7": 36', ""])
def test_damaged_map(folder, table):
    save(np.where(box(5, 10, 25, 30), 7, 0).astype(np.uint8), folder / "masks_grey" / "a.png")
    (folder / "grey_to_fdi.json").write_text(table)
    with pytest.raises(FormatError, match=r"grey_to_fdi\.json: found no"):
        find_labelled_panoramics(folder)


def test_folders_of_folders(folder, overlapping):
    for name in ("one", "two"):
        save(np.zeros(SHAPE, dtype=np.uint8), folder / name / "images" / f"{name}.png")
        save(overlapping.label_map(), folder / name / "masks_fdi" / f"{name}.png")
    assert [files.name for files in find_labelled_panoramics(folder)] == ["one", "two"]


def test_category_names(coco):
    def numbers(name):
        return [tooth.fdi for tooth in coco("categories", id=11, name=name).teeth]

    for name in ("11", "tooth 11", "FDI_11", "Tooth-11", " 11 "):
        assert numbers(name) == [11, 21]
    for name in ("caries", "19", "1", "111", "tooth"):
        with pytest.raises(LabelError, match=rf"set\.json: found masks of the category '{name}', expected FDI tooth"):
            numbers(name)


def test_category_map(folder, coco):
    with pytest.raises(LabelError, match="or give a map file from category name to FDI number"):
        coco("categories", id=11, name="8")
    table = folder / "universal.txt"
    table.write_text('{"8": 11, "21": 0}')
    (files,) = find_labelled_panoramics(folder / "set.json", numbers=table)
    assert [tooth.fdi for tooth in files.read().teeth] == [11]
    table.write_text('{"8": 11}')
    with pytest.raises(LabelError, match=r"set\.json: category '21' is not in .*universal\.txt"):
        find_labelled_panoramics(folder / "set.json", numbers=table)


def test_a_region_of_many_teeth_is_no_tooth(coco):
    assert [tooth.fdi for tooth in coco("annotations", iscrowd=1).teeth] == [21]


def test_pictures_without_a_tooth_are_kept(coco):
    assert coco(annotations=[]).teeth == ()


def test_pictures_are_found_in_images_beside_the_file(coco, folder):
    for name in ("a.png", "images\\a.png", "elsewhere/a.png"):
        assert coco("images", file_name=name).image == folder / "images" / "a.png"


@pytest.mark.parametrize(
    ("list_name", "change", "error", "match"),
    [
        ("annotations", {"image_id": 9}, FormatError, "found picture 9 at annotation 1, which 'images' does not list"),
        ("annotations", {"category_id": 9}, FormatError, "found category 9 at annotation 1, which 'categories'"),
        ("annotations", {"segmentation": []}, FormatError, r"a: annotation 1 \(11\): found an empty list of polygons"),
        ("annotations", {"segmentation": [[]]}, FormatError, r"annotation 1 \(11\): found a polygon that is empty"),
        ("annotations", {"segmentation": None}, FormatError, r"annotation 1 \(11\): found the segmentation 'None'"),
        (
            "annotations",
            {"segmentation": {"size": [40, 90], "counts": [3600]}},
            LabelError,
            "a: found a mask of tooth 11 without a pixel; draw the tooth or delete its entry",
        ),
        ("annotations", {"image_id": [1]}, FormatError, "found an entry that is no object with an id"),
        ("images", {"file_name": "b.png"}, FormatError, r"b\.png: found no such picture, which .*set\.json labels"),
        ("images", {"height": 41}, LabelError, "a: found labels for 90 × 41 pixels, expected 90 × 40"),
        ("images", {"height": "40"}, FormatError, r"found the height and width \('40', 90\)"),
        ("images", {"aspect": 0}, FormatError, "found the aspect 0 of images/a.png"),
        ("categories", {"id": [1]}, FormatError, "found an entry that is no object with an id"),
    ],
)
def test_damaged_coco(coco, list_name, change, error, match, folder):
    with pytest.raises(error, match=match) as caught:
        coco(list_name, **change)
    assert str(folder) in str(caught.value)


@pytest.mark.parametrize("content", ["", "{", '{"images": []}', "[]", '{"images": [{}], "annotations": []}'])
def test_no_coco(tmp_path, content):
    path = tmp_path / "set.json"
    path.write_text(content)
    with pytest.raises(FormatError, match=r"set\.json: found"):
        find_labelled_panoramics(path)


def test_other_json_files_in_a_folder_do_no_harm(folder, overlapping):
    (folder / "run.json").write_text('{"seconds": 1}')
    save(overlapping.label_map(), folder / "masks_fdi" / "a.png")
    assert [files.name for files in find_labelled_panoramics(folder)] == ["a"]


def test_folders_that_hold_nothing(folder):
    with pytest.raises(ConfigError, match=r"found no labelled panoramics, expected a COCO \.json, images/ with"):
        find_labelled_panoramics(folder)
    with pytest.raises(ConfigError, match="found no such file or folder"):
        find_labelled_panoramics(folder / "nothing")


def test_masks_and_pictures_must_meet(folder, overlapping):
    save(overlapping.label_map(), folder / "masks_fdi" / "b.png")
    with pytest.raises(FormatError, match=r"b\.png: found no picture for these labels, expected .*images.b\.png"):
        find_labelled_panoramics(folder)
    save(overlapping.label_map()[:, 1:], folder / "images" / "b.png")
    with pytest.raises(LabelError, match="b: found labels for 90 × 40 pixels, expected 89 × 40"):
        find_labelled_panoramics(folder)[0].read()
    save(overlapping.label_map(), folder / "images" / "b.bmp")
    with pytest.raises(FormatError, match=r"b\.png: found b\.bmp beside it, expected one picture of each name"):
        find_labelled_panoramics(folder)


def test_masks_that_were_resized_with_interpolation(folder):
    save(np.where(box(5, 10, 25, 30), 19, 0).astype(np.uint8), folder / "masks_fdi" / "a.png")
    with pytest.raises(LabelError, match=r"a: found the value 19 \(400 pixels\), .* resized by nearest neighbour"):
        find_labelled_panoramics(folder)[0].read()


@pytest.mark.realdata
def test_real_sets(real_data):
    ufba = find_labelled_panoramics(real_data / "panoramic_ufba" / "val.json")
    hitl = find_labelled_panoramics(real_data / "panoramic_hitl")
    assert (len(ufba), len(hitl)) == (40, 10)
    assert len(find_labelled_panoramics(real_data / "panoramic_ufba")) == 325
    for labels in (files.read().label_map() for files in (ufba[0], hitl[0])):
        right, left = (np.nonzero(labels == fdi)[1].mean() for fdi in (48, 38))
        assert right < left


@pytest.mark.realdata
def test_only_overlaps_differ_from_the_merged_masks_of_the_source(real_data):
    panoramic = find_labelled_panoramics(real_data / "panoramic_ufba" / "val.json")[0].read()
    merged = np.asarray(Image.open(real_data / "panoramic_ufba" / "masks_fdi" / f"{panoramic.name}.png"))
    single = sum(tooth.mask.astype(int) for tooth in panoramic.teeth) == 1
    np.testing.assert_array_equal(panoramic.label_map()[single], merged[single])
