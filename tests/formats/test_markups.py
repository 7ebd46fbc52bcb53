import json

import numpy as np
import pytest

from typodont.errors import FormatError
from typodont.formats.markups import read_curve, write_curve

SQUARE = np.array([[1.0, 2, 3], [4, 2, 3], [4, 6, 3], [1, 6, 3.5]])


def markup(points=SQUARE, **changes):
    content = {
        "type": "ClosedCurve",
        "coordinateSystem": "LPS",
        "controlPoints": [{"position": list(point), "positionStatus": "defined"} for point in points],
    }
    return {**content, **changes}


def saved(folder, *markups):
    path = folder / "a.mrk.json"
    path.write_text(json.dumps({"markups": markups}))
    return path


def test_round_trip(tmp_path):
    path = tmp_path / "x.mrk.json"
    write_curve(path, SQUARE)
    np.testing.assert_array_equal(read_curve(path), SQUARE)
    (written,) = json.loads(path.read_text())["markups"]
    assert (written["type"], written["coordinateSystem"], written["coordinateUnits"]) == ("ClosedCurve", "LPS", "mm")
    assert [point["label"] for point in written["controlPoints"]] == ["1", "2", "3", "4"]


def test_ras_is_turned_into_the_scans_coordinates(tmp_path):
    path = saved(tmp_path, markup(SQUARE * [-1, -1, 1], coordinateSystem="RAS"))
    np.testing.assert_array_equal(read_curve(path), SQUARE)


def test_points_not_placed_and_repeated_ones_are_left_out(tmp_path):
    content = markup([*SQUARE, SQUARE[3], SQUARE[0]])
    content["controlPoints"].insert(2, {"position": None, "positionStatus": "undefined"})
    assert len(read_curve(saved(tmp_path, content))) == 4


def test_an_open_curve_can_be_written_but_is_no_margin(tmp_path):
    path = tmp_path / "open.mrk.json"
    write_curve(path, SQUARE, closed=False)
    with pytest.raises(FormatError, match=r"open\.mrk\.json: found an open curve, expected a closed one"):
        read_curve(path)


@pytest.mark.parametrize(
    ("markups", "match"),
    [
        ([], "found 0 markups, expected one closed curve"),
        ([markup(), markup()], "found 2 markups"),
        ([markup(type="Fiducial")], "found a markup of type 'Fiducial', expected 'ClosedCurve'"),
        ([markup(coordinateUnits="cm")], "found coordinates in 'cm', expected 'mm'"),
        ([markup(coordinateSystem="XYZ")], "found the coordinate system 'XYZ'"),
        ([markup(SQUARE[:3])], "found a curve of 3 different points, expected at least 4"),
        ([markup([SQUARE[0]] * 9)], "found a curve of 0 different points"),
        ([markup(controlPoints=[{"position": [1, 2]}] * 4)], "found damaged control points"),
        ([markup(controlPoints=None)], "found damaged control points"),
        ([markup(SQUARE * np.nan)], "without a finite position"),
        (["curve"], "found no list 'markups'"),
    ],
)
def test_damaged(markups, match, tmp_path):
    path = saved(tmp_path, *markups)
    with pytest.raises(FormatError, match=match) as caught:
        read_curve(path)
    assert str(path) in str(caught.value)


def test_another_json_and_no_json(tmp_path):
    path = tmp_path / "b.json"
    path.write_text('{"labels": []}')
    with pytest.raises(FormatError, match="expected the markups JSON of 3D Slicer"):
        read_curve(path)
    path.write_text("{")
    with pytest.raises(FormatError, match=r"b\.json"):
        read_curve(path)


def test_nothing_is_left_of_a_write_that_fails(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_curve(tmp_path / "x.mrk.json", SQUARE * np.nan)
    assert list(tmp_path.iterdir()) == []
