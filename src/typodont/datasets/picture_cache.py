"""Pictures without labels, each decoded once and kept on disk at the size that the network sees."""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from typodont.atomic import atomic_path
from typodont.datasets.panoramic_canvas import layers_to_canvas
from typodont.errors import ConfigError, FormatError
from typodont.progress import track
from typodont.records.picture_files import read_layers
from typodont.records.radiograph import true_aspect
from typodont.types import Bool, Int

logger = logging.getLogger(__name__)

SUFFIX = ".picture.npz"
_VERSION = 1


@dataclass(frozen=True)
class CanvasPicture:
    """A picture on the canvas.

    Args:
        layers: (c, H, W) uint8: grey values, or red, green and blue.
        inside: (H, W): True where the canvas shows the picture.
    """

    layers: Int
    inside: Bool


@dataclass(frozen=True)
class CanvasConfig:
    """How pictures come to one size.

    Args:
        canvas: Rows and columns of what the network sees; pictures are fitted in, their aspect kept.
        colour: Three layers instead of grey values.
        panoramic: A picture narrower than any panoramic machine makes it has been squeezed, and gets its width back.
    """

    canvas: tuple[int, int]
    colour: bool
    panoramic: bool


def cached_pictures(files: Sequence[Path], folder: Path, config: CanvasConfig, *, workers: int = 1) -> list[Path]:
    """Files of the cache for the pictures, made where they are not there yet.

    Half a megabyte a radiograph on the usual canvas, whatever the size of its file; memory holds one picture a worker.
    A picture that cannot be read is named in the log and passed over, and so is an empty one.

    Args:
        files: Pictures.
        folder: The cache; other canvases and other pictures may lie in it, too.
        config: See there.
        workers: Processes that decode; with 1 or less this one does.

    Raises:
        ConfigError: none of the pictures can be read.
    """
    found = []
    for made in track(_each(files, folder, config, workers), "read pictures", total=len(files), unit="picture"):
        if isinstance(made, Path):
            found.append(made)
        else:
            logger.warning("%s; passed over", made)
    if not found:
        raise ConfigError(f"none of {len(files)} pictures can be read; the messages above say why")
    return found


def read_cached(path: Path) -> CanvasPicture:
    """A picture of the cache.

    Raises:
        FormatError: not a file of `cached_pictures`.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            layers, (top, left, bottom, right) = arrays["layers"], arrays["box"]
    except (OSError, EOFError, BadZipFile, ValueError, KeyError) as error:
        raise FormatError(f"{path}: no cached picture ({error}); delete it, it will be made again") from None
    inside = np.zeros(layers.shape[1:], dtype=bool)
    inside[top:bottom, left:right] = True
    return CanvasPicture(layers, inside)


def _each(
    files: Sequence[Path], folder: Path, config: CanvasConfig, workers: int
) -> Iterator[Path | FormatError | OSError]:
    """What `_cached` says of every picture, in their order."""
    one = partial(_cached, folder=folder, config=config)
    if workers <= 1:
        yield from map(one, files)
    else:
        # processes, because the readers switch warnings off for a while, which threads must not do at once
        with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
            yield from pool.map(one, files, chunksize=8)


def _cached(file: Path, *, folder: Path, config: CanvasConfig) -> Path | FormatError | OSError:
    """The picture's file of the cache, or what is wrong with the picture."""
    try:
        stat = file.stat()
        key = f"{_VERSION} {file.resolve()} {stat.st_size} {stat.st_mtime_ns} {config}"
        path = folder / f"{file.stem}_{hashlib.sha256(key.encode()).hexdigest()[:12]}{SUFFIX}"
        if not path.exists():
            _write(file, path, config)
    except (FormatError, OSError) as error:
        return error
    return path


def _write(file: Path, path: Path, config: CanvasConfig) -> None:
    layers = read_layers(file, colour=config.colour)
    height, width = layers.shape[1:]
    if min(height, width) < 2 or np.ptp(layers) == 0:
        raise FormatError(f"{file}: found {height} x {width} pixels of one grey value, expected a picture")
    aspect = true_aspect((height, width)) if config.panoramic else width / height
    values, placement = layers_to_canvas(layers, aspect=aspect, shape=config.canvas)
    with atomic_path(path) as temporary, temporary.open("wb") as opened:
        np.savez(opened, allow_pickle=False, layers=np.round(255 * values).astype(np.uint8), box=placement.box)
