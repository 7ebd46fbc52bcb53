"""Write synthetic photographs to disk, on any number of processes, resumable.

``images/NAME.jpg`` are the pictures, ``truth/NAME.json`` the findings of one picture each (written last),
``findings.json`` the findings of all pictures of the folder: COCO with tooth numbers, views and patients.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PIL import Image

from typodont.anatomy.findings import PHOTO_FINDINGS
from typodont.atomic import atomic_path
from typodont.formats.run_lengths import encode_mask, measure_runs
from typodont.records.findings import Finding, PictureFindings, find_picture_findings, write_picture_findings
from typodont.synth.photo.photo import SyntheticPhoto, make_photo
from typodont.synth.photo.visible import PhotoFinding
from typodont.synth.series import check_series, make_series

IMAGES, TRUTH, ALL = "images", "truth", "findings.json"


def write_photos(n: int, seed: int, out: Path, *, jobs: int = 1) -> list[Path]:
    """Make `n` photographs of series `seed` under `out`; those that are complete there already are left as they are.

    A picture depends only on the seed and its number. One that was broken off while it was written is made again.

    Returns:
        The pictures' files, in order.

    Raises:
        ConfigError: `n` or `jobs` is below 1, or `seed` below 0.
    """
    check_series(n, seed, jobs)
    out = Path(out)
    make = partial(_write_one, seed=seed, out=out)
    files = make_series(make, n, jobs=jobs, title="synthetic photographs", unit="picture")
    every = (found for file in sorted((out / TRUTH).glob("*.json")) for found in find_picture_findings(file))
    info = {"description": "synthetic photographs of typodont"}
    write_picture_findings(every, out / ALL, categories=PHOTO_FINDINGS, info=info)
    return files


def write_photo(photo: SyntheticPhoto, out: Path) -> Path:
    """Write a picture and its findings, which come last; returns the picture's file."""
    image = Path(out) / IMAGES / f"{photo.name}.jpg"
    with atomic_path(image) as temporary:
        Image.fromarray(photo.image).save(temporary, format="JPEG", quality=photo.quality)
    row = PictureFindings(
        name=photo.name,
        image=image,
        shape=photo.image.shape[:2],
        findings=tuple(map(_finding, photo.findings)),
        labelled=frozenset(PHOTO_FINDINGS),
        view=photo.viewpoint.view,
        patient=photo.patient,
    )
    write_picture_findings([row], Path(out) / TRUTH / f"{photo.name}.json", categories=PHOTO_FINDINGS)
    return image


def _finding(found: PhotoFinding) -> Finding:
    runs = encode_mask(found.mask)
    left, top, width, height = measure_runs(runs)[1]
    return Finding(found.category, (left, top, left + width, top + height), runs, found.fdi)


def _write_one(index: int, *, seed: int, out: Path) -> Path:
    name = f"photo_{seed}_{index:05d}"
    image = out / IMAGES / f"{name}.jpg"
    if image.exists() and (out / TRUTH / f"{name}.json").exists():
        return image
    return write_photo(make_photo(seed, index), out)
