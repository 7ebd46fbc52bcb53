import contextlib
import subprocess
import sys

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import ExifTags, Image

from typodont.errors import FormatError
from typodont.formats import image, image_shape, read_image
from typodont.formats.image import read_colours, read_picture, stored_frame

GREY = np.linspace(0, 255, 12 * 20).astype(np.uint8).reshape(12, 20)
COLOUR = np.stack([GREY, GREY[::-1], 255 - GREY], axis=-1)


def saved(values, path, **options):
    picture = values if isinstance(values, Image.Image) else Image.fromarray(values)
    picture.save(path, **options)
    return path


@pytest.mark.parametrize("suffix", ["png", "tif", "bmp", "jpg"])
def test_grey_values_run_from_0_to_1(tmp_path, suffix):
    options = {"quality": 100} if suffix == "jpg" else {}
    found = read_image(saved(GREY, tmp_path / f"a.{suffix}", **options))
    assert found.grey.dtype == np.float32
    np.testing.assert_allclose(found.grey, GREY / 255, atol=1.1 / 255 if suffix == "jpg" else 1e-6)
    assert (found.colourful, found.warnings) == (0, ())
    assert image_shape(tmp_path / f"a.{suffix}") == GREY.shape


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_values_of_more_than_8_bits(tmp_path, suffix, bits):
    values = np.linspace(0, 2**bits - 1, 12 * 20).astype(np.uint16).reshape(12, 20)
    found = read_image(saved(values, tmp_path / f"a.{suffix}"))
    np.testing.assert_allclose(found.grey, values / (2**bits - 1), atol=1e-6)
    assert found.warnings == ()


def test_white_may_be_zero(tmp_path):
    for dtype, largest in ((np.uint8, 255), (np.uint16, 65535)):
        values = np.linspace(0, largest, 12 * 20).astype(dtype).reshape(12, 20)
        tifffile.imwrite(tmp_path / "a.tif", values, photometric="miniswhite")
        np.testing.assert_allclose(read_image(tmp_path / "a.tif").grey, 1 - values / largest, atol=1e-6)


def test_floats(tmp_path):
    unit = (GREY / 255).astype(np.float32)
    np.testing.assert_array_equal(read_image(saved(unit, tmp_path / "a.tif")).grey, unit)
    found = read_image(saved(unit * 300 - 100, tmp_path / "b.tif"))
    np.testing.assert_allclose(found.grey, unit, atol=1e-6)
    assert found.warnings == ("grey values from -100 to 200; taken as black to white",)
    flat = read_image(saved(np.full((3, 4), 7, dtype=np.float32), tmp_path / "c.tif"))
    assert not flat.grey.any()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_no_numbers(tmp_path, bad):
    values = np.full((3, 4), bad, dtype=np.float32)
    with pytest.raises(FormatError, match=r"a\.tif: found NaN or infinite grey values"):
        read_image(saved(values, tmp_path / "a.tif"))


@pytest.mark.parametrize("mode", ["RGB", "P", "RGBA", "LA", "1", "CMYK", "YCbCr"])
def test_every_mode_gives_the_luminance(tmp_path, mode):
    picture = Image.fromarray(COLOUR).convert(mode)
    path = saved(picture, tmp_path / "a.tif" if mode in ("CMYK", "YCbCr") else tmp_path / "a.png")
    found = read_image(path)
    np.testing.assert_allclose(found.grey, np.asarray(picture.convert("RGB").convert("L")) / 255, atol=1.5 / 255)
    assert (found.colourful > 0.1) == (mode not in ("1", "LA"))


def test_grey_in_colour_channels_is_not_colourful(tmp_path):
    found = read_image(saved(np.stack([GREY] * 3, axis=-1), tmp_path / "a.png"))
    np.testing.assert_allclose(found.grey, GREY / 255, atol=1e-6)
    assert found.colourful == 0


def test_transparent_is_black(tmp_path):
    alpha = np.full(GREY.shape, 255, dtype=np.uint8)
    alpha[:, :5] = 0
    found = read_image(saved(np.stack([GREY, GREY, GREY, alpha], axis=-1), tmp_path / "a.png"))
    assert not found.grey[:, :5].any()
    np.testing.assert_allclose(found.grey[:, 5:], GREY[:, 5:] / 255, atol=1e-6)


@settings(deadline=None, max_examples=40)
@given(values=arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9))), orientation=st.integers(1, 8))
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_the_turn_in_the_file_is_applied(tmp_path_factory, suffix, values, orientation):
    turned = {
        1: values,
        2: values[:, ::-1],
        3: values[::-1, ::-1],
        4: values[::-1],
        5: values.T,
        6: np.rot90(values, -1),
        7: np.rot90(values, 2).T,
        8: np.rot90(values),
    }[orientation]
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    path = saved(np.ascontiguousarray(values), tmp_path_factory.mktemp("turn") / f"a.{suffix}", exif=exif)
    np.testing.assert_allclose(read_image(path).grey, turned / 255, atol=1e-6)
    assert image_shape(path) == turned.shape
    if suffix == "png":
        assert stored_frame(path) == (values.shape, orientation)


@pytest.mark.parametrize("suffix", ["tif", "gif", "png", "webp"])
def test_of_several_pictures_the_first_counts(tmp_path, suffix):
    second = Image.fromarray(255 - GREY)
    options = {"lossless": True} if suffix == "webp" else {}
    path = saved(GREY, tmp_path / f"a.{suffix}", save_all=True, append_images=[second], **options)
    found = read_image(path)
    np.testing.assert_allclose(found.grey, GREY / 255, atol=1e-6)
    assert read_picture(path).warnings == found.warnings
    assert found.warnings == ("the file holds 2 pictures; only the first was read",)


@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "bmp"])
def test_truncated(tmp_path, suffix):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    path = saved(noise, tmp_path / f"a.{suffix}")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FormatError, match=rf"a\.{suffix}: the picture is truncated or damaged"):
        read_image(path)


@settings(deadline=None, max_examples=40)
@given(st.data())
@pytest.mark.parametrize("suffix", ["png", "jpg", "tif", "bmp"])
def test_damaged_bytes_never_give_a_traceback(tmp_path_factory, suffix, data):
    path = saved(GREY, tmp_path_factory.mktemp("damaged") / f"a.{suffix}")
    content = bytearray(path.read_bytes())
    for place, byte in data.draw(
        st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), min_size=1)
    ):
        content[place] = byte
    path.write_bytes(content)
    with contextlib.suppress(FormatError):
        assert np.isfinite(read_image(path).grey).all()


def test_what_is_no_picture(tmp_path):
    path = tmp_path / "a.png"
    with pytest.raises(FormatError, match=r"a\.png: found no such file"):
        read_image(path)
    for content in (b"", b"hello", b"%PDF-1.7"):
        path.write_bytes(content)
        with pytest.raises(FormatError, match=r"a\.png: found no picture that can be read, expected PNG"):
            read_image(path)
    with pytest.raises(FormatError, match="truncated or damaged"):
        read_image(tmp_path)


def test_a_picture_that_is_too_large(tmp_path, monkeypatch):
    path = saved(GREY, tmp_path / "a.png")
    monkeypatch.setattr(image, "MAX_PIXELS", GREY.size - 1)
    with pytest.raises(FormatError, match=r"a\.png: found 20 × 12 pixels, expected at most 239"):
        read_image(path)


def test_a_decompression_bomb(tmp_path):
    path = saved(GREY, tmp_path / "a.bmp")
    content = bytearray(path.read_bytes())
    content[18:26] = (30_000).to_bytes(4, "little") * 2  # width and height
    path.write_bytes(content)
    for read in (read_image, image_shape):
        with pytest.raises(FormatError, match=r"a\.bmp: .*expected at most 200000000"):
            read(path)


def test_a_telephone_s_heic_is_named(tmp_path):
    path = tmp_path / "a.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0")
    with pytest.raises(FormatError, match=r"a\.heic: found a HEIC picture, .*export it again"):
        read_image(path)


@pytest.mark.parametrize("suffix", ["jpg", "tif"])
def test_colours_of_cmyk(tmp_path, suffix):
    ink = Image.fromarray(np.stack([GREY, GREY[::-1], 255 - GREY, GREY // 3], axis=-1), "CMYK")
    path = saved(ink, tmp_path / f"a.{suffix}", **({"quality": 100} if suffix == "jpg" else {}))
    if suffix == "jpg":
        assert b"Adobe" in path.read_bytes()[:100]  # its values are stored inverted
    cyan, magenta, yellow, black = np.moveaxis(np.asarray(ink, dtype=float) / 255, -1, 0)
    expected = np.stack([(1 - c) * (1 - black) for c in (cyan, magenta, yellow)], axis=-1)
    np.testing.assert_allclose(read_colours(path), expected, atol=4 / 255)


@pytest.mark.parametrize("photometric", ["rgb", "minisblack"])
def test_colours_of_16_bits(tmp_path, photometric):
    values = np.linspace(0, 65535, 12 * 20 * 3).astype(np.uint16).reshape(12, 20, 3)
    values = values if photometric == "rgb" else values[..., 0]
    tifffile.imwrite(tmp_path / "a.tif", values, photometric=photometric)
    found = read_colours(tmp_path / "a.tif")
    expected = values / values.max() if photometric == "rgb" else np.repeat(values[..., None] / 65535, 3, axis=2)
    np.testing.assert_allclose(found, expected, atol=1.5 / 255)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "I;16", "F"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_large_pictures_are_reduced(tmp_path, mode, orientation):
    rows, columns = np.indices((120, 200))
    smooth = (0.6 * rows + 0.9 * columns).astype(np.uint8)
    values = {
        "I;16": (smooth.astype(np.uint16) * 257),
        "F": (smooth / 255).astype(np.float32),
    }.get(mode, smooth)
    picture = Image.fromarray(values)
    picture = picture if mode in ("L", "I;16", "F") else picture.convert("RGB").convert(mode)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    path = saved(picture, tmp_path / ("a.tif" if mode == "F" else "a.png"), exif=exif)
    whole, small = read_image(path).grey, read_image(path, longest=50).grey
    assert max(small.shape) == 50
    assert image_shape(path) == whole.shape
    means = whole[: 4 * small.shape[0], : 4 * small.shape[1]].reshape(small.shape[0], 4, small.shape[1], 4)
    np.testing.assert_allclose(small, means.mean(axis=(1, 3)), atol=1.5 / 255)
    np.testing.assert_allclose(read_colours(path, longest=50).mean(axis=2), small, atol=1.5 / 255)


def test_reduction_does_not_change_what_counts_as_white(tmp_path):
    values = np.zeros((40, 40), dtype=np.uint16)
    values[::4] = 3000  # means of 4 x 4 pixels fit into 10 bits, the values need 12
    path = saved(values, tmp_path / "a.png")
    np.testing.assert_allclose(read_image(path, longest=10).grey, 750 / 4095, atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 2)])
@pytest.mark.parametrize("deep", [False, True])
def test_tiny_and_thin_pictures(tmp_path, shape, deep):
    path = saved(np.full(shape, 20000 if deep else 80, dtype=np.uint16 if deep else np.uint8), tmp_path / "a.png")
    small = read_image(path, longest=100).grey
    np.testing.assert_allclose(small, 20000 / 65535 if deep else 80 / 255, atol=1e-3)
    assert max(small.shape) == min(max(shape), 100)


@pytest.mark.slow
def test_a_picture_of_100_megapixels_needs_little_memory(tmp_path):
    path = tmp_path / "a.jpg"
    Image.linear_gradient("L").resize((12_500, 8_000)).convert("RGB").save(path)
    code = (
        "import sys; from pathlib import Path; from typodont.environment import peak_memory_mib\n"
        "from typodont.formats.image import image_shape, read_colours\n"
        "before = peak_memory_mib()\n"
        "colours = read_colours(Path(sys.argv[1]), longest=2048)\n"
        "used = peak_memory_mib() - before\n"
        "print(*image_shape(Path(sys.argv[1])), *colours.shape, int(used))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    height, width, rows, columns, layers, megabytes = map(int, done.stdout.split())
    assert (height, width, layers) == (8_000, 12_500, 3)
    assert 2048 <= max(rows, columns) < 4096
    assert megabytes < 300
