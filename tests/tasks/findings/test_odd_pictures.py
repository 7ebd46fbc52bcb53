"""Pictures of every kind that people have, through `typodont findings detect` with a small network."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
import tifffile
from PIL import ExifTags, Image

from typodont.cli import main
from typodont.formats import decode_mask, encode_mask
from typodont.records.findings import Finding, PictureFindings, find_picture_findings
from typodont.tasks.findings.own_pixels import in_own_pixels

SHAPE = (60, 80)
COLOURS = np.random.default_rng(0).integers(0, 255, (*SHAPE, 3), dtype=np.uint8)
SEEN = Image.fromarray(COLOURS)


def turned(path):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    SEEN.transpose(Image.Transpose.ROTATE_90).save(path, exif=exif)


def deep(path):
    tifffile.imwrite(path, COLOURS.astype(np.uint16) * 257, photometric="rgb")


def animated(path):
    SEEN.save(path, save_all=True, append_images=[SEEN.rotate(180)])


ODD = {
    "16 bits.tif": deep,
    "grey 16 bits.png": lambda path: Image.fromarray(COLOURS[..., 0].astype(np.uint16) * 257).save(path),
    "cmyk.jpg": lambda path: SEEN.convert("CMYK").save(path),
    "cmyk.tif": lambda path: SEEN.convert("CMYK").save(path),
    "turned.jpg": turned,
    "animated.gif": animated,
    "animated.webp": animated,
    "animated.png": animated,
    "transparent.png": lambda path: SEEN.convert("RGBA").save(path),
    "palette.png": lambda path: SEEN.convert("P").save(path),
    "black and white.png": lambda path: SEEN.convert("1").save(path),
    "one pixel.png": lambda path: SEEN.resize((1, 1)).save(path),
    "narrow.png": lambda path: SEEN.resize((3, 300)).save(path),
    "black.png": lambda path: Image.new("RGB", (40, 30)).save(path),
}


def detect(path, weights, *words) -> int:
    known = ["--modality", "photo", "--no-numbering", "--weights", str(weights)]
    return main(["findings", "detect", str(path), "--out", str(path.parent / "out"), *known, *words])


@pytest.mark.parametrize("name", ODD)
def test_odd_pictures_are_looked_at(tmp_path, small_weights, name):
    path = tmp_path / name
    ODD[name](path)
    assert detect(path, small_weights(tmp_path / "w.safetensors"), "--score", "0") == 0
    said = json.loads((tmp_path / "out" / f"{path.stem}.json").read_text())
    height, width = said["images"][0]["height"], said["images"][0]["width"]
    expected = {"one pixel.png": (1, 1), "narrow.png": (300, 3), "black.png": (30, 40)}.get(name, SHAPE)
    assert (height, width) == expected
    for annotation in said["annotations"]:
        assert decode_mask(annotation["segmentation"], (height, width)).any()
    assert ("only the first was read" in str(said["warnings"])) == ("animated" in name)
    overlay = np.asarray(Image.open(tmp_path / "out" / f"{path.stem}_overlay.png"))
    assert max(overlay.shape) >= 1000


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
def test_a_truncated_picture_is_named_and_the_rest_goes_on(tmp_path, small_weights, capsys, suffix):
    folder = tmp_path / "pictures"
    folder.mkdir()
    SEEN.save(folder / "good.png")
    SEEN.save(folder / f"bad.{suffix}")
    whole = (folder / f"bad.{suffix}").read_bytes()
    (folder / f"bad.{suffix}").write_bytes(whole[: len(whole) // 2])
    assert detect(folder, small_weights(tmp_path / "w.safetensors")) == 1
    said = capsys.readouterr()
    assert f"bad.{suffix}: the picture is truncated or damaged" in said.err
    assert "1 done, 1 failed" in said.out
    assert (tmp_path / "out" / "good.json").is_file()


def test_findings_of_a_reduced_picture_lie_in_the_pixels_of_its_file(tmp_path):
    mask = np.zeros((10, 20), dtype=bool)
    mask[2:5, 4:9] = True
    found = Finding("tooth", (4, 2, 9, 5), encode_mask(mask), fdi=11, score=0.5)
    small = PictureFindings("a", tmp_path / "a.png", (10, 20), (found,), frozenset({"tooth"}))
    assert in_own_pixels(small, (10, 20)) is small
    large = in_own_pixels(small, (41, 80))
    assert large.shape == (41, 80)
    assert (large.findings[0].fdi, large.findings[0].score) == (11, 0.5)
    assert large.findings[0].box == (16, 8, 36, 20)  # 4 pixels for one, and one more row at the end
    assert large.mask(large.findings[0]).sum() == 20 * 12


def test_a_huge_picture_is_read_reduced(tmp_path, small_weights):
    path = tmp_path / "huge.jpg"
    SEEN.resize((7_000, 200)).save(path)
    assert detect(path, small_weights(tmp_path / "w.safetensors"), "--score", "0") == 0
    found = find_picture_findings(tmp_path / "out")[0]  # refuses labels of another size than the picture's
    assert found.shape == (200, 7_000)
    assert found.findings
    assert max(finding.box[2] for finding in found.findings) > 3_500


@pytest.mark.slow
def test_100_megapixels_in_bounded_memory(tmp_path, small_weights):
    path = tmp_path / "huge.jpg"
    SEEN.resize((12_500, 8_000)).save(path)
    code = (
        "import sys; from typodont.cli import main; from typodont.environment import peak_memory_mib;"
        "print(main(sys.argv[1:]), peak_memory_mib())"
    )
    words = ["findings", "detect", str(path), "--out", str(tmp_path / "out"), "--modality", "photo", "--score", "0.9"]
    words += ["--weights", str(small_weights(tmp_path / "w.safetensors"))]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    status, megabytes = done.stdout.splitlines()[-1].split()
    assert status == "0"
    assert float(megabytes) < 2_000
