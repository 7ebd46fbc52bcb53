import contextlib
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO

from typodont.errors import FormatError
from typodont.formats import CocoImage, CocoInstance, instance_mask, read_coco, write_coco

CATEGORIES = {"11": 11, "21": 21}
NOISE = np.random.default_rng(0).random((9, 13)) > 0.5
IMAGES = [
    CocoImage("a.png", (9, 13), (CocoInstance.of("11", NOISE), CocoInstance.of("21", NOISE[::-1])), 1.8),
    CocoImage("sub/ü b.png", (5, 5)),
]


@pytest.fixture
def path(tmp_path):
    write_coco(iter(IMAGES), tmp_path / "set.json", categories=CATEGORIES, info={"note": "made up"})
    return tmp_path / "set.json"


def test_round_trip(path):
    found = read_coco(path)
    assert [(i.file_name, i.shape, i.aspect) for i in found] == [(i.file_name, i.shape, i.aspect) for i in IMAGES]
    assert [instance.category for instance in found[0].instances] == ["11", "21"]
    np.testing.assert_array_equal(instance_mask(found[0].instances[0], (9, 13)), NOISE)
    np.testing.assert_array_equal(instance_mask(found[0].instances[1], (9, 13)), NOISE[::-1])


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of pycocotools with numpy 2
def test_pycocotools_reads_the_same(path, capsys):
    coco = COCO(str(path))
    capsys.readouterr()
    annotation = coco.loadAnns(coco.getAnnIds(catIds=[21]))[0]
    np.testing.assert_array_equal(coco.annToMask(annotation), NOISE[::-1])
    assert annotation["area"] == NOISE.sum()
    assert coco.loadCats([11])[0]["name"] == "11"
    assert coco.loadImgs([1])[0]["file_name"] == "a.png"


def test_regions_to_ignore_are_crowds(tmp_path, capsys):
    region = replace(CocoInstance.of("11", NOISE), crowd=True)
    path = tmp_path / "a.json"
    write_coco([CocoImage("a.png", (9, 13), (region, CocoInstance.of("21", NOISE)))], path, categories=CATEGORIES)
    assert [instance.crowd for instance in read_coco(path)[0].instances] == [True, False]
    coco = COCO(str(path))
    capsys.readouterr()
    assert [annotation["iscrowd"] for annotation in coco.dataset["annotations"]] == [1, 0]


def test_polygons_of_other_programs(path):
    content = json.loads(path.read_text(encoding="utf-8"))
    content["annotations"][0]["segmentation"] = [[2, 1, 12, 1, 12, 6, 2, 6]]
    path.write_text(json.dumps(content), encoding="utf-8-sig")
    mask = instance_mask(read_coco(path)[0].instances[0], (9, 13))
    assert mask.sum() == 50
    assert mask[1:6, 2:12].all()


def test_two_pictures_of_one_id(path):
    content = json.loads(path.read_text(encoding="utf-8"))
    content["images"][1]["id"] = content["images"][0]["id"]
    path.write_text(json.dumps(content))
    with pytest.raises(FormatError, match=r"set\.json: found two pictures of one id"):
        read_coco(path)


def test_nested_without_end(tmp_path):
    (tmp_path / "a.json").write_text("[" * 200_000)
    with pytest.raises(FormatError, match=r"a\.json: found no JSON"):
        read_coco(tmp_path / "a.json")


def test_a_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(KeyError):
        write_coco(IMAGES, tmp_path / "a.json", categories={})
    assert list(tmp_path.iterdir()) == []


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 30), st.floats(), st.text(max_size=5), st.lists(st.integers(), max_size=3)
)


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_any_value_anywhere_is_read_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("coco") / "a.json"
    write_coco(IMAGES, path, categories=CATEGORIES)
    content = json.loads(path.read_text(encoding="utf-8"))
    entry = data.draw(st.sampled_from([row for key in ("categories", "images", "annotations") for row in content[key]]))
    entry[data.draw(st.sampled_from(sorted(entry)))] = data.draw(VALUES)
    path.write_text(json.dumps(content))
    with contextlib.suppress(FormatError):
        for image in read_coco(path):
            for instance in image.instances:
                assert instance_mask(instance, image.shape).shape == image.shape
