import json

import numpy as np
import pytest

from typodont.errors import FormatError, LabelError
from typodont.formats import ScanLabels, read_labels, write_labels

LABELS = ScanLabels("P1", "upper", np.array([0, 11, 11, 55]), np.array([0, 1, 1, 2]))


def test_round_trip(tmp_path):
    path = tmp_path / "P1_upper.json"
    write_labels(LABELS, path, extra={"confidence": {"11": 0.9}, "warnings": ["gänzlich"]})
    again = read_labels(path, 4)
    assert (again.id_patient, again.jaw) == ("P1", "upper")
    np.testing.assert_array_equal(again.labels, LABELS.labels)
    np.testing.assert_array_equal(again.instances, LABELS.instances)
    assert again.labels.dtype == np.int64
    content = json.loads(path.read_text(encoding="utf-8"))
    assert list(content) == ["id_patient", "jaw", "labels", "instances", "confidence", "warnings"]


def test_instances_and_name_may_be_missing(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"jaw": "lower", "labels": [0, 31.0], "comment": 1}')
    found = read_labels(path)
    assert found.id_patient == "x"
    assert found.instances.tolist() == [0, 31]


@pytest.mark.parametrize("n", [3, 5])
def test_labels_must_fit_the_mesh(tmp_path, n):
    path = tmp_path / "a.json"
    write_labels(LABELS, path)
    with pytest.raises(LabelError, match=rf"a\.json: found 4 labels, expected {n}, one for every vertex"):
        read_labels(path, n)


@pytest.mark.parametrize(
    ("content", "error", "match"),
    [
        ("", FormatError, "no JSON or truncated"),
        ('{"jaw": "upper", "labels": [0, 1', FormatError, "no JSON or truncated"),
        ("[0, 11]", LabelError, "no keys 'jaw' and 'labels'"),
        ('{"labels": [0]}', LabelError, "no keys 'jaw' and 'labels'"),
        ('{"jaw": "maxilla", "labels": [0]}', LabelError, "expected 'upper' or 'lower'"),
        ('{"jaw": "upper", "labels": [0, 19, 50]}', LabelError, r"found the labels \[19, 50\], expected 0 or FDI"),
        ('{"jaw": "upper", "labels": [0, -1]}', LabelError, r"found the labels \[-1\]"),
        ('{"jaw": "upper", "labels": [0, 11], "instances": [0]}', LabelError, "found 2 labels and 1 instances"),
        ('{"jaw": "upper", "labels": [[0, 11]]}', LabelError, "no flat list of whole numbers"),
        ('{"jaw": "upper", "labels": [0, [11]]}', LabelError, "no flat list of whole numbers"),
        ('{"jaw": "upper", "labels": ["11"]}', LabelError, "no flat list of whole numbers"),
        ('{"jaw": "upper", "labels": [11.5]}', LabelError, "no flat list of whole numbers"),
        ('{"jaw": "upper", "labels": [NaN]}', LabelError, "no flat list of whole numbers"),
    ],
)
def test_damaged(content, error, match, tmp_path):
    path = tmp_path / "a.json"
    path.write_text(content)
    with pytest.raises(error, match=match) as caught:
        read_labels(path)
    assert str(path) in str(caught.value)


def test_a_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_labels(LABELS, tmp_path / "a.json", extra={"pose": float("nan")})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.realdata
def test_real_labels(real_data):
    files = sorted((real_data / "scans_teeth3ds").glob("*.json"))
    assert len(files) == 14
    for path in files:
        n = sum(line.startswith("v ") for line in path.with_suffix(".obj").read_text().splitlines())
        assert read_labels(path, n).jaw == path.stem.split("_")[1]
