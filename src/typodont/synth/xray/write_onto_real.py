"""Draw findings onto real labelled panoramics and write them, on any number of processes, resumable.

``images/NAME.png`` are the pictures, ``findings/NAME.json`` what each shows (written last), ``findings.json`` that of
all pictures.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from typodont.anatomy.findings import TOOTH, XRAY_FINDINGS
from typodont.atomic import atomic_path
from typodont.errors import ConfigError
from typodont.formats.run_lengths import encode_mask, measure_runs
from typodont.records.findings import Finding, PictureFindings, find_picture_findings, write_picture_findings
from typodont.records.labelled_panoramic import LabelledPanoramic, PanoramicFiles, find_labelled_panoramics
from typodont.records.panoramic_teeth import LabelledTooth
from typodont.records.radiograph import read_radiograph, true_aspect
from typodont.synth.series import check_series, make_series
from typodont.synth.xray.onto_real import draw_onto
from typodont.synth.xray.write import ALL_FINDINGS, FINDINGS, IMAGES
from typodont.types import Bool, Float

_INFO = {"description": "real panoramics with findings of typodont drawn onto them"}


def write_onto_real(
    data: Path | str, out: Path, *, seed: int = 0, copies: int = 1, incomplete: Sequence[str] = (), jobs: int = 1
) -> list[Path]:
    """Draw findings onto every labelled panoramic of `data`; pictures that are complete there already are kept.

    What is drawn depends only on the seed, the picture's name and the number of the copy. Pictures without an outlined
    tooth are left out.

    Args:
        data: Panoramics with outlined teeth, see `find_labelled_panoramics`.
        out: Folder for the pictures.
        seed: Which series.
        copies: How often each picture is used, every time with other findings.
        incomplete: Patterns of names, such as ``child*``, of pictures in which some teeth are not outlined; there
            nothing is said about where no tooth is.
        jobs: Processes.

    Returns:
        The pictures' files, in order.

    Raises:
        ConfigError: `copies` or `jobs` is below 1, `seed` below 0, nothing labelled, or two pictures of one name.
        FormatError, LabelError: a picture or its labels that cannot be used.
    """
    check_series(copies, seed, jobs)
    found, out = find_labelled_panoramics(data), Path(out)
    _check_names(found)
    make = partial(_write_one, found=found, copies=copies, seed=seed, out=out, incomplete=tuple(incomplete))
    files = make_series(make, copies * len(found), jobs=jobs, title="findings onto panoramics", unit="picture")
    _gather(out)
    return [file for file in files if file is not None]


def _check_names(found: Sequence[PanoramicFiles]) -> None:
    seen: dict[str, Path] = {}
    for files in found:
        if files.name in seen:
            raise ConfigError(f"{files.image} and {seen[files.name]} have the same name; names must be unique")
        seen[files.name] = files.image


def _write_one(
    index: int,
    *,
    found: Sequence[PanoramicFiles],
    copies: int,
    seed: int,
    out: Path,
    incomplete: Sequence[str],
) -> Path | None:
    source, copy = found[index // copies], index % copies
    name = f"{source.name}_{seed}_{copy}"
    image, labels = out / IMAGES / f"{name}.png", out / FINDINGS / f"{name}.json"
    if image.exists() and labels.exists():
        return image
    grey, teeth = _square(source.read())
    if not teeth:
        return None
    rng = np.random.default_rng([seed, zlib.crc32(source.name.encode()), copy])
    drawn = draw_onto(rng, grey, teeth)
    with atomic_path(image) as temporary:
        Image.fromarray(drawn.image).save(temporary)
    partly = any(fnmatchcase(source.name, pattern) for pattern in incomplete)
    row = PictureFindings(
        name,
        image,
        drawn.image.shape,
        tuple(_finding(one.category, one.mask, one.fdi) for one in drawn.findings),
        labelled=frozenset(XRAY_FINDINGS) - ({TOOTH} if partly else set()),
        patient=source.name,
        ignored=tuple(_finding(category, region) for category, region in drawn.unknown.items()),
    )
    write_picture_findings([row], labels, categories=XRAY_FINDINGS)
    return image


def _square(panoramic: LabelledPanoramic) -> tuple[Float, list[LabelledTooth]]:
    """(H, W) greys 0..255 with square pixels, and the teeth in it."""
    grey = 255 * read_radiograph(panoramic.image).image
    rows, columns = panoramic.shape
    aspect = panoramic.aspect or true_aspect(panoramic.shape)
    size = (round(rows * aspect), rows)
    if size[0] == columns:
        return grey, list(panoramic.teeth)
    wide = np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BICUBIC))
    return wide.clip(0, 255), [LabelledTooth(tooth.fdi, _resized(tooth.mask, size)) for tooth in panoramic.teeth]


def _resized(mask: Bool, size: tuple[int, int]) -> Bool:
    return np.asarray(Image.fromarray(255 * mask.astype(np.uint8)).resize(size, Image.Resampling.BILINEAR)) > 127


def _finding(category: str, mask: Bool, fdi: int | None = None) -> Finding:
    runs = encode_mask(mask)
    _, (left, top, width, height) = measure_runs(runs)
    return Finding(category, (left, top, left + width, top + height), runs, fdi)


def _gather(out: Path) -> None:
    """The findings of all pictures of the folder in one file."""
    files = sorted((out / FINDINGS).glob("*.json"))
    rows = (picture for file in files for picture in find_picture_findings(file))
    write_picture_findings(rows, out / ALL_FINDINGS, categories=XRAY_FINDINGS, info=_INFO)
