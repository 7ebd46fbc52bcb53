"""Write synthetic panoramics to disk, on any number of processes, resumable.

``images/NAME.png`` are the pictures, ``truth/NAME.json`` the masks of one picture each (COCO, category = FDI number,
written last), ``teeth.json`` the masks of all pictures of the folder in one COCO file.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from PIL import Image

from typodont.anatomy import TEETH
from typodont.atomic import atomic_path
from typodont.errors import ConfigError
from typodont.formats.coco import CocoImage, CocoInstance, read_coco, write_coco
from typodont.progress import track
from typodont.synth.xray.panoramic import SyntheticPanoramic, make_panoramic

IMAGES, TRUTH, ALL = "images", "truth", "teeth.json"
_CATEGORIES = {str(fdi): fdi for fdi in TEETH}


def write_panoramics(n: int, seed: int, out: Path, *, jobs: int = 1) -> list[Path]:
    """Make `n` panoramics of series `seed` under `out`; those that are complete there already are left as they are.

    A picture depends only on the seed and its number. One that was broken off while it was written is made again.

    Returns:
        The pictures' files, in order.

    Raises:
        ConfigError: `n` or `jobs` is below 1, or `seed` below 0.
    """
    for name, value, least in (("n", n, 1), ("jobs", jobs, 1), ("seed", seed, 0)):
        if value < least:
            raise ConfigError(f"{name}: found {value}, expected {least} or more")
    out = Path(out)
    make = partial(_write_one, seed=seed, out=out)
    show = partial(track, description="synthetic panoramics", total=n, unit="picture")
    if jobs == 1:
        files = list(show(map(make, range(n))))
    else:
        with ProcessPoolExecutor(min(jobs, n), mp_context=get_context("spawn")) as pool:
            files = list(show(pool.map(make, range(n))))
    images = (image for file in sorted((out / TRUTH).glob("*.json")) for image in read_coco(file))
    found = [CocoImage(f"{IMAGES}/{Path(image.file_name).name}", image.shape, image.instances) for image in images]
    write_coco(found, out / ALL, categories=_CATEGORIES, info={"description": "synthetic panoramics of typodont"})
    return files


def write_panoramic(panoramic: SyntheticPanoramic, out: Path) -> Path:
    """Write a picture and its masks, which come last; returns the picture's file."""
    image = Path(out) / IMAGES / f"{panoramic.name}.png"
    with atomic_path(image) as temporary:
        Image.fromarray(panoramic.image).save(temporary)
    instances = tuple(CocoInstance.of(str(fdi), mask) for fdi, mask in panoramic.teeth.items())
    row = CocoImage(f"../{IMAGES}/{image.name}", panoramic.image.shape, instances)
    write_coco([row], Path(out) / TRUTH / f"{panoramic.name}.json", categories=_CATEGORIES)
    return image


def _write_one(index: int, *, seed: int, out: Path) -> Path:
    name = f"panoramic_{seed}_{index:05d}"
    image = out / IMAGES / f"{name}.png"
    if image.exists() and (out / TRUTH / f"{name}.json").exists():
        return image
    return write_panoramic(make_panoramic(seed, index), out)
