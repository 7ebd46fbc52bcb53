"""Pictures without labels: which files of a folder are pictures, and their grey values or colours."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from typodont.errors import ConfigError, FormatError
from typodont.records.picture_files import find_pictures, read_layers

RED = (200, 20, 40)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures of several formats in nested folders, among files that are none."""
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / ".trash").mkdir()
    picture = Image.new("RGB", (6, 4), RED)
    for name in ("b.png", "deep/a.BMP", "deep/er/c.tif", ".trash/gone.png", ".hidden.png"):
        picture.save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "IM0001").write_bytes(b"\0" * 128 + b"DICM")
    (tmp_path / "LICENSE").write_text("no picture either")
    return tmp_path


def test_pictures_of_a_folder(folder: Path) -> None:
    found = [str(path.relative_to(folder)) for path in find_pictures(folder)]
    assert found == ["IM0001", "b.png", "deep/a.BMP", "deep/er/c.tif"]


def test_single_files_and_those_that_a_coco_file_names(folder: Path) -> None:
    assert find_pictures(folder / "b.png") == [folder / "b.png"]
    image = {"id": 1, "file_name": "deep/a.BMP", "height": 4, "width": 6}
    (folder / "some.json").write_text(json.dumps({"images": [image], "annotations": [], "categories": []}))
    assert find_pictures(folder / "some.json") == [folder / "deep/a.BMP"]


def test_nothing_to_find(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no pictures there; expected files that end in \.png"):
        find_pictures(tmp_path)
    with pytest.raises(ConfigError, match="nowhere: found no such file or folder, expected pictures"):
        find_pictures(tmp_path / "nowhere")


def test_layers_of_colour_and_of_grey_pictures(folder: Path) -> None:
    colours = read_layers(folder / "b.png", colour=True)
    np.testing.assert_allclose(colours, np.broadcast_to(np.array(RED)[:, None, None] / 255, (3, 4, 6)), atol=1e-6)
    grey = read_layers(folder / "b.png", colour=False)
    np.testing.assert_allclose(grey, np.full((1, 4, 6), np.dot(RED, (0.299, 0.587, 0.114)) / 255), atol=1e-5)
    Image.new("L", (6, 4), 51).save(folder / "grey.png")
    np.testing.assert_allclose(read_layers(folder / "grey.png", colour=True), np.full((3, 4, 6), 0.2), atol=1e-6)


def test_damaged_pictures_are_named(folder: Path) -> None:
    for colour in (False, True):
        with pytest.raises(FormatError, match="IM0001"):
            read_layers(folder / "IM0001", colour=colour)
