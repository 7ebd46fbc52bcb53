"""Split and convert through the command line."""

import json

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from typodont.cli import main
from typodont.records.findings import Finding, PictureFindings, find_picture_findings, write_picture_findings

SHAPE = (60, 80)
POLYGON = [[10.0, 12.0, 30.0, 12.0, 30.0, 24.0, 10.0, 24.0]]


def save_picture(path, seed):
    noise = gaussian_filter(np.random.default_rng(seed).standard_normal((*SHAPE, 3)), (3, 3, 0))
    values = (noise - noise.min()) / np.ptp(noise) * 255
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values.astype(np.uint8)).save(path, quality=95)


def made_set(folder, n=12, **patients):
    """Pictures in train/ and valid/ in turn, all different."""
    for side in ("train", "valid"):
        pictures = []
        for i in range(n):
            if ("train", "valid")[i % 2] == side:
                image = folder / side / f"p{i}.jpg"
                save_picture(image, i)
                findings = (Finding("caries", (10, 12, 30, 24), POLYGON),)
                patient = patients.get(f"p{i}")
                pictures.append(
                    PictureFindings(f"p{i}", image, SHAPE, findings, frozenset({"caries"}), patient=patient)
                )
        write_picture_findings(pictures, folder / side / "findings.json", categories=("caries",))
    return folder


def test_a_split_by_patient(tmp_path, capsys):
    data = made_set(tmp_path / "data", p0="a", p2="a", p5="b", p7="b")
    Image.open(data / "train" / "p4.jpg").rotate(5).save(data / "valid" / "p9.jpg")
    assert main(["findings", "split", str(data), "--out", str(tmp_path / "out"), "--shares", "0.6", "0.4"]) == 0
    said = capsys.readouterr().out
    sides = {side: (tmp_path / "out" / f"{side}.txt").read_text().split() for side in ("train", "valid")}
    assert sorted(sides["train"] + sides["valid"]) == sorted(f"p{i}" for i in range(12))
    for names in sides.values():
        for first, second in (("p0", "p2"), ("p5", "p7"), ("p4", "p9")):
            assert (first in names) == (second in names)
    found = find_picture_findings(tmp_path / "out" / "train.json")
    assert sorted(p.name for p in found) == sorted(sides["train"])
    assert all(p.image.is_file() and p.patient for p in found)
    assert len({p.patient for p in found}) < len(found)
    assert "12 pictures of 9 patients" in said
    assert "the split that was there already leaks: 1 patients\n  train/p4, valid/p9\n    the same picture" in said
    report = json.loads((tmp_path / "out" / "split.json").read_text())
    assert report["leaks"] == [["p4", "p9"]]
    assert {row["side_before"] for row in report["pictures"]} == {"train", "valid"}


def test_only_look(tmp_path, capsys):
    data = made_set(tmp_path / "data")
    assert main(["findings", "split", str(data), "--no-looks", "--patient", r"p(\d)"]) == 0
    said = capsys.readouterr().out
    assert "12 pictures of 10 patients" in said  # p1, p10 and p11 share their first digit
    assert "leaks: 1 patients\n  train/p10, valid/p1, valid/p11\n    patient by name 1" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


def test_copies_of_one_original_stay_together(tmp_path):
    for i in range(4):
        for mark in ("aa", "bb"):
            save_picture(tmp_path / "images" / f"IMG_{i}_jpg.rf.{mark}.jpg", i)
    pictures = [
        PictureFindings(image.stem, image, SHAPE, (), frozenset({"caries"}))
        for image in sorted((tmp_path / "images").iterdir())
    ]
    write_picture_findings(pictures, tmp_path / "findings.json", categories=("caries",))
    assert main(["findings", "split", str(tmp_path), "--out", str(tmp_path / "out"), "--no-looks"]) == 0
    for side in ("train", "valid", "test"):
        names = (tmp_path / "out" / f"{side}.txt").read_text().split()
        assert all(name[:-2] + other in names for name in names for other in ("aa", "bb"))


def test_wrong_shares(tmp_path, capsys):
    data = made_set(tmp_path / "data", n=4)
    for shares in (["0.5", "0.6"], ["0.25"] * 4):
        assert main(["findings", "split", str(data), "--no-looks", "--shares", *shares]) == 2
        assert "expected two or" in capsys.readouterr().err


def test_convert(tmp_path, capsys):
    data = tmp_path / "data"
    save_picture(data / "train" / "images" / "a.jpg", 0)
    (data / "train" / "labels").mkdir()
    (data / "train" / "labels" / "a.txt").write_text("0 0.5 0.5 0.25 0.2\n1 0.1 0.1 0.2 0.1 0.2 0.4\n")
    (data / "data.yaml").write_text("train: train/images\nnames: [Cavity, Teeth]\n")
    out = tmp_path / "set" / "labels.json"
    assert main(["findings", "convert", str(data), "--out", str(out), "--rename", "Cavity=caries"]) == 0
    assert "1 pictures with 1 caries, 1 tooth" in capsys.readouterr().out
    found = find_picture_findings(out)[0]
    assert (found.image.resolve(), found.labelled) == (data / "train" / "images" / "a.jpg", {"caries", "tooth"})
    assert [(f.category, f.segmentation is None) for f in found.findings] == [("caries", True), ("tooth", False)]


@pytest.mark.parametrize("drop", [False, True])
def test_convert_decodes_every_mask(tmp_path, capsys, drop):
    data = made_set(tmp_path / "data", n=2)
    path = data / "train" / "findings.json"
    content = json.loads(path.read_text())
    content["annotations"][0]["segmentation"] = {"size": list(SHAPE), "counts": "0"}
    path.write_text(json.dumps(content))
    words = ["findings", "convert", str(path), "--out", str(tmp_path / "out.json"), *(["--drop-damaged"] * drop)]
    assert main(words) == (0 if drop else 1)
    said = capsys.readouterr()
    message = "p0: annotation None (caries): found damaged run lengths"
    assert message in (said.out if drop else said.err)
    assert (tmp_path / "out.json").exists() == drop


@pytest.mark.realdata
@pytest.mark.slow
def test_the_real_split_that_leaks(real_data, capsys):
    assert main(["findings", "split", str(real_data / "photo_calculus")]) == 0
    said = capsys.readouterr().out
    assert "train/IMG_3143_JPEG.rf.7113a" in said
    assert "the same picture (correlation 1.00)" in said
