import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from typodont.errors import FormatError
from typodont.formats import instance_mask
from typodont.formats.labelme import read_labelme

SHAPE = (40, 60)


def saved(tmp_path, *shapes, **more):
    content = {"shapes": list(shapes), "imagePath": "a.png", "imageHeight": SHAPE[0], "imageWidth": SHAPE[1]}
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content | more))
    return path


def shape(points, kind="polygon", label="caries", **more):
    return {"label": label, "points": points, "shape_type": kind} | more


def test_polygons_and_rectangles(tmp_path):
    path = saved(tmp_path, shape([[1, 2], [9, 2], [9, 8]]), shape([[20, 30], [10, 5]], "rectangle", "tooth"))
    found = read_labelme(path)
    assert (found.file_name, found.shape, found.labelled) == ("a.png", SHAPE, None)
    polygon, box = found.instances
    assert (polygon.category, polygon.segmentation) == ("caries", [[1, 2, 9, 2, 9, 8]])
    assert (box.category, box.box, box.segmentation) == ("tooth", (10, 5, 20, 30), None)


def test_a_circle_has_its_area(tmp_path):
    circle = read_labelme(saved(tmp_path, shape([[30, 20], [30, 32]], "circle"))).instances[0]
    assert instance_mask(circle, SHAPE).sum() == pytest.approx(np.pi * 12**2, rel=0.03)


@pytest.mark.parametrize("corner", [(5, 7), (-2, -3), (55, 36)])
def test_a_painted_mask_lies_in_its_place(tmp_path, corner):
    part = np.random.default_rng(0).random((8, 9)) > 0.5
    data = io.BytesIO()
    Image.fromarray(part).save(data, "PNG")
    text = base64.b64encode(data.getvalue()).decode()
    corners = [corner, (corner[0] + 8, corner[1] + 7)]
    found = read_labelme(saved(tmp_path, shape(corners, "mask", mask=text))).instances[0]
    expected = np.zeros((SHAPE[0] + 40, SHAPE[1] + 40), dtype=bool)
    expected[20 + corner[1] : 28 + corner[1], 20 + corner[0] : 29 + corner[0]] = part
    np.testing.assert_array_equal(instance_mask(found, SHAPE), expected[20:60, 20:80])


def test_a_group_is_one_thing(tmp_path):
    one, two = [[1, 2], [9, 2], [9, 8]], [[20, 2], [29, 2], [29, 8]]
    path = saved(tmp_path, shape(one, group_id=1), shape(two, group_id=1), shape(one, group_id=2), shape(two))
    assert [len(mark.segmentation) for mark in read_labelme(path).instances] == [2, 1, 1]
    path = saved(tmp_path, shape(one, group_id=1), shape([[1, 2], [9, 8]], "rectangle", group_id=1))
    with pytest.raises(FormatError, match="found a group of caries that is not made of polygons only"):
        read_labelme(path)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (shape([[1, 2], [3, 4]], "line", "crack"), "shape 0: found a line of crack, expected polygon"),
        (shape([["a", 2]]), "shape 0: found damaged values"),
        (shape([[1, 2, 3]]), "shape 0: found damaged values"),
        (shape([[1, 2], [3, 4]], "mask", mask="!!"), "shape 0: found damaged values"),
        ({"points": []}, "shape 0: found damaged values"),
        (3, "shape 0: found damaged values"),
    ],
)
def test_damaged_shapes(tmp_path, entry, message):
    with pytest.raises(FormatError, match=message):
        read_labelme(saved(tmp_path, entry))


def test_what_is_no_labelme_file(tmp_path):
    with pytest.raises(FormatError, match="found no 'shapes'"):
        read_labelme(saved(tmp_path, shapes=3))
    with pytest.raises(FormatError, match=r"found the height and width \(None, 60\)"):
        read_labelme(saved(tmp_path, imageHeight=None))
