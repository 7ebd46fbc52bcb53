"""Pictures at the size that the network sees: decoded once, damaged ones passed over, colours in proportion."""

import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from typodont.datasets.picture_cache import CanvasConfig, cached_pictures, read_cached
from typodont.errors import ConfigError, FormatError

GREY = CanvasConfig((32, 64), colour=False, panoramic=True)
COLOUR = CanvasConfig((32, 64), colour=True, panoramic=False)


@pytest.fixture
def square(tmp_path: Path) -> Path:
    """A square picture, darker at its left and upper end, with a red cast."""
    ramp = np.add.outer(np.arange(40), np.arange(40)) / 78
    colours = np.stack([255 * ramp, 120 * ramp, 60 * ramp], axis=-1)
    Image.fromarray(colours.astype(np.uint8)).save(tmp_path / "square.png")
    return tmp_path / "square.png"


def test_a_photograph_keeps_its_aspect_and_its_colours(square: Path, tmp_path: Path) -> None:
    picture = read_cached(*cached_pictures([square], tmp_path / "cache", COLOUR))
    assert picture.layers.shape == (3, 32, 64)
    assert picture.inside.sum(axis=0).tolist() == [0] * 16 + [32] * 32 + [0] * 16
    red, green, blue = picture.layers[:, 16, 32].astype(float)
    assert green / red == pytest.approx(120 / 255, abs=0.03)
    assert blue / red == pytest.approx(60 / 255, abs=0.03)


def test_a_squeezed_panoramic_gets_its_width_back(square: Path, tmp_path: Path) -> None:
    picture = read_cached(*cached_pictures([square], tmp_path / "cache", GREY))
    assert picture.layers.shape == (1, 32, 64)
    assert picture.inside.any(axis=0).sum() == pytest.approx(1.8 * 32, abs=1)


def test_decoded_once_and_again_when_the_file_changes(square: Path, tmp_path: Path) -> None:
    first = cached_pictures([square], tmp_path / "cache", GREY)
    written = first[0].stat().st_mtime_ns
    assert cached_pictures([square], tmp_path / "cache", GREY) == first
    assert first[0].stat().st_mtime_ns == written
    assert cached_pictures([square], tmp_path / "cache", COLOUR) != first
    Image.open(square).rotate(90).resize((50, 41)).save(square)
    assert cached_pictures([square], tmp_path / "cache", GREY) != first


def test_what_cannot_be_read_is_named_and_passed_over(
    square: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "broken.png").write_bytes(square.read_bytes()[:60])
    Image.new("L", (30, 30), 7).save(tmp_path / "flat.png")
    files = [tmp_path / "broken.png", square, tmp_path / "flat.png", tmp_path / "gone.png"]
    with caplog.at_level(logging.WARNING):
        found = cached_pictures(files, tmp_path / "cache", GREY)
    assert [path.name.split("_")[0] for path in found] == ["square"]
    for name, message in zip(("broken.png", "flat.png", "gone.png"), caplog.messages, strict=True):
        assert name in message
        assert message.endswith("passed over")
    with pytest.raises(ConfigError, match="none of 2 pictures can be read"):
        cached_pictures(files[2:], tmp_path / "cache", GREY)


@pytest.mark.slow
def test_several_processes_make_the_same(square: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "broken.png").write_bytes(square.read_bytes()[:60])
    files = [square, tmp_path / "broken.png"]
    alone, together = (cached_pictures(files, tmp_path / f"{n}", GREY, workers=n) for n in (1, 2))
    assert [path.name for path in alone] == [path.name for path in together]
    np.testing.assert_array_equal(read_cached(alone[0]).layers, read_cached(together[0]).layers)
    assert len(caplog.messages) == 2
    assert caplog.messages[0] == caplog.messages[1]


def test_a_damaged_cache_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.picture.npz").write_bytes(b"no zip file")
    with pytest.raises(FormatError, match=r"a\.picture\.npz: no cached picture .* delete it"):
        read_cached(tmp_path / "a.picture.npz")
