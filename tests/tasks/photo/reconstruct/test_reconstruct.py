"""From pictures to files, with a network that knows the answer."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from typodont.errors import ConfigError, FormatError, WeightsError
from typodont.formats import read_mesh
from typodont.geometry.registration import apply, fit_rigid
from typodont.geometry.solids import faults
from typodont.tasks.photo import landmarks, models
from typodont.tasks.photo.options import KnownLength, ReconstructOptions
from typodont.tasks.photo.picture import read_photograph
from typodont.tasks.photo.predict import reconstruct_photos


def error_of(found, mouth, *, scale=True):
    """Mean distance of the landmarks of the shown teeth from the truth after a similarity, mm."""
    truth = dict(zip(mouth.model.names, mouth.model.landmarks(mouth.theta)[0], strict=True))
    shown = [name for name in truth if found["teeth"].get(name.split()[0], "seen") == "seen"]
    if found["subject"] == "dentition":
        shown = [name for name in shown if name.split()[0] in found["teeth"]]
    here, there = (np.array([places[name] for name in shown]) for places in (found["landmarks_mm"], truth))
    return np.linalg.norm(apply(fit_rigid(here, there, scale=scale), here) - there, axis=1).mean()


def test_one_picture_becomes_its_files(known_mouth, tmp_path):
    mouth = known_mouth(missing=(15,))
    done = reconstruct_photos([mouth.picture(tmp_path / "in", "upper")], tmp_path)
    assert done.ok, done.failed
    assert {file.name for file in tmp_path.glob("upper*")} == {
        "upper.json",
        "upper.ply",
        "upper_overlay.png",
        "upper_run.json",
    }
    found = json.loads((tmp_path / "upper.json").read_text())
    mesh = read_mesh(tmp_path / "upper.ply")
    assert (mesh.vertex_attributes["sigma_mm"] > 0.1).all()
    assert found["teeth"]["15"] == "missing"
    assert set(np.unique(mesh.vertex_attributes["label"])) == {
        int(fdi) for fdi, state in found["teeth"].items() if state != "missing"
    }
    assert set(found["teeth"]) == {str(10 * quadrant + n) for quadrant in (1, 2) for n in range(1, 8)}
    assert found["scale"]["source"] == "mean anatomy"
    assert 0.01 < found["scale"]["spread"] < 0.1
    assert error_of(found, mouth) < 0.8
    photo = found["photos"][0]
    assert photo["view"] == "upper"
    assert photo["fitting"] > 0.9
    assert photo["camera"]["focal_source"] == "estimated"
    assert photo["landmarks"]["11 edge"]["seen"] == 0.95
    low, high = found["lengths_mm"]["upper inter-canine width"]["interval_90"]
    assert low < found["lengths_mm"]["upper inter-canine width"]["mm"] < high
    assert "15 width" not in found["lengths_mm"]
    assert np.asarray(Image.open(tmp_path / "upper_overlay.png")).shape == (450, 600, 3)


def test_several_pictures_are_one_mouth(known_mouth, tmp_path):
    views = ("upper", "lower", "front")
    mouth = known_mouth(views=views)
    files = [mouth.picture(tmp_path / "in", view) for view in views]
    done = reconstruct_photos(files, tmp_path, together=True, options=ReconstructOptions(views=views))
    assert done.ok, done.failed
    found = json.loads((tmp_path / "upper.json").read_text())
    assert [photo["file"] for photo in found["photos"]] == ["upper.png", "lower.png", "front.png"]
    assert len(found["teeth"]) == 28
    assert error_of(found, mouth) < 0.6
    assert len(list(tmp_path.glob("upper_overlay_*.png"))) == 3


def test_a_known_width_is_met_and_said(known_mouth, tmp_path):
    mouth = known_mouth()
    points = dict(zip(mouth.model.names, mouth.model.landmarks(mouth.theta)[0], strict=True))
    width = float(np.linalg.norm(points["11 mesial"] - points["11 distal"]))
    spreads = []
    for known in ({}, {11: width}):
        options = ReconstructOptions(tooth_width=known)
        done = reconstruct_photos([mouth.picture(tmp_path / "in", "upper")], tmp_path, options=options, force=True)
        assert done.ok, done.failed
        found = json.loads((tmp_path / "upper.json").read_text())
        spreads.append(found["scale"]["spread"])
    assert found["scale"]["source"] == "tooth width"
    assert found["lengths_mm"]["11 width"]["mm"] == pytest.approx(width, abs=0.3)
    assert spreads[1] < spreads[0]


@pytest.mark.slow
def test_a_palate_gets_a_plate(known_mouth, tmp_path):
    mouth = known_mouth("palate", views=("palate",))
    options = ReconstructOptions(views=("palate",), plate=True)
    done = reconstruct_photos([mouth.picture(tmp_path / "in", "palate")], tmp_path, options=options)
    assert done.ok, done.failed
    found = json.loads((tmp_path / "palate.json").read_text())
    assert found["teeth"] == {}
    assert {"left alveolar cleft", "palatal cleft, middle", "arch depth"} <= set(found["lengths_mm"])
    assert found["plate"]["thickness_mm"]["median"] == pytest.approx(2.0, abs=0.05)
    assert found["plate"]["gap_mm"]["median"] == pytest.approx(0.1, abs=0.03)
    assert faults(read_mesh(tmp_path / "palate_plate.stl")) == []
    assert error_of(found, mouth) < 1.0


def test_bad_pictures_are_told(known_mouth, tmp_path):
    mouth = known_mouth()
    file = mouth.picture(tmp_path / "in", "upper")

    def told(options=None, **changes):
        mouth.changes = changes
        done = reconstruct_photos([file], tmp_path / "out", options=options)
        (message,) = done.failed.values()
        assert message.startswith(str(file))
        return message

    count = len(mouth.model.names)
    assert "found 0 landmarks of teeth, expected 16 or more" in told(visible=np.zeros(count))
    assert "too blurred, too dark, too far away" in told(sigma=np.full(count, 60.0))
    front = dict.fromkeys(("upper", "lower", "left", "right"), 0.01) | {"front": 0.96}
    asked = ReconstructOptions(views=("upper",))
    assert "looks like the front view (96%), which shows both arches, but upper was said" in told(asked, views=front)
    scattered = np.random.default_rng(0).uniform(0, 450, (count, 2))
    assert "landmarks that fit no mouth seen from the upper" in told(points=scattered)
    assert not list((tmp_path / "out").glob("upper*"))


def test_files_that_are_no_photographs_are_told(known_mouth, tmp_path):
    mouth = known_mouth()
    with pytest.raises(FormatError, match="found 160 x 120 pixels, expected 200 or more"):
        read_photograph(mouth.picture(tmp_path, "small", size=(160, 120)))
    Image.fromarray(np.full((300, 300), 120, dtype=np.uint8)).save(tmp_path / "grey.png")
    with pytest.raises(FormatError, match="a picture without colours"):
        read_photograph(tmp_path / "grey.png")


def test_a_mirrored_picture_is_turned_back(known_mouth, tmp_path):
    file = known_mouth().picture(tmp_path, "upper")
    plain, turned = read_photograph(file), read_photograph(file, mirrored=True)
    assert (turned.image == plain.image[:, ::-1]).all()


def test_a_huge_picture_is_reduced(known_mouth, tmp_path):
    file = known_mouth().picture(tmp_path, "upper", size=(4200, 600))
    picture = read_photograph(file)
    assert picture.image.shape == (300, 2100, 3)
    assert picture.reduced == 2


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"views": ("upper", "palate")}, "expected teeth or a palate, not both"),
        ({"views": ("behind",)}, "view is 'behind'"),
        ({"views": ("palate",), "tooth_width": {11: 8.0}}, "width of a tooth for a palate"),
        ({"plate": True}, "it needs --view palate"),
    ],
)
def test_requests_that_cannot_be(settings, message):
    with pytest.raises(ConfigError, match=message):
        ReconstructOptions(**settings)


def test_what_does_not_go_with_the_number_of_pictures(known_mouth, tmp_path):
    mouth = known_mouth()
    files = [mouth.picture(tmp_path / str(i), f"upper{i}") for i in range(6)]
    with pytest.raises(ConfigError, match="found 6 pictures to be taken together"):
        reconstruct_photos(files, tmp_path, together=True)
    with pytest.raises(ConfigError, match="found 2 views for 3 pictures"):
        reconstruct_photos(files[:3], tmp_path, options=ReconstructOptions(views=("upper", "lower")))
    length = KnownLength(((1.0, 1.0), (100.0, 1.0)), 20.0)
    with pytest.raises(ConfigError, match="found a ruler for 2 pictures"):
        reconstruct_photos(files[:2], tmp_path, options=ReconstructOptions(ruler=length))


def test_weights_that_are_not_there_are_told_how_to_make(monkeypatch, tmp_path):
    monkeypatch.setattr(landmarks, "DEFAULT_WEIGHTS", tmp_path)
    with pytest.raises(WeightsError, match="typodont train photo --stage landmarks"):
        models.load_models("dentition")
