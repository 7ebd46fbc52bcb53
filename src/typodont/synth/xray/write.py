"""Write synthetic panoramics to disk, on any number of processes, resumable.

``images/NAME.png`` are the pictures, ``truth/NAME.json`` the teeth of one picture each (COCO, category = FDI number),
``findings/NAME.json`` its findings (written last), ``teeth.json`` and ``findings.json`` those of all pictures.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PIL import Image

from typodont.anatomy import TEETH
from typodont.anatomy.findings import XRAY_FINDINGS
from typodont.atomic import atomic_path
from typodont.formats.coco import CocoImage, CocoInstance, read_coco, write_coco
from typodont.formats.run_lengths import encode_mask, measure_runs
from typodont.records.findings import Finding, PictureFindings, find_picture_findings, write_picture_findings
from typodont.synth.series import check_series, make_series
from typodont.synth.xray.findings import PicturedFinding
from typodont.synth.xray.panoramic import Amount, SyntheticPanoramic, make_panoramic, panoramic_name

IMAGES, TRUTH, FINDINGS = "images", "truth", "findings"
ALL_TEETH, ALL_FINDINGS = "teeth.json", "findings.json"
_CATEGORIES = {str(fdi): fdi for fdi in TEETH}
_INFO = {"description": "synthetic panoramics of typodont"}


def write_panoramics(n: int, seed: int, out: Path, *, findings: Amount = "usual", jobs: int = 1) -> list[Path]:
    """Make `n` panoramics of series `seed` under `out`; those that are complete there already are left as they are.

    A picture depends only on the seed, its number and `findings`. One that was broken off while it was written is made
    again.

    Returns:
        The pictures' files, in order.

    Raises:
        ConfigError: `n` or `jobs` is below 1, or `seed` below 0.
    """
    check_series(n, seed, jobs)
    out = Path(out)
    make = partial(_write_one, seed=seed, out=out, findings=findings)
    files = make_series(make, n, jobs=jobs, title="synthetic panoramics", unit="picture")
    _gather(out)
    return files


def write_panoramic(panoramic: SyntheticPanoramic, out: Path) -> Path:
    """Write a picture, its teeth and its findings, which come last; returns the picture's file."""
    out = Path(out)
    image = out / IMAGES / f"{panoramic.name}.png"
    with atomic_path(image) as temporary:
        Image.fromarray(panoramic.image).save(temporary)
    instances = tuple(CocoInstance.of(str(fdi), mask) for fdi, mask in panoramic.teeth.items())
    row = CocoImage(f"../{IMAGES}/{image.name}", panoramic.image.shape, instances)
    write_coco([row], out / TRUTH / f"{panoramic.name}.json", categories=_CATEGORIES)
    found = PictureFindings(
        panoramic.name,
        image,
        panoramic.image.shape,
        tuple(map(_finding, panoramic.findings)),
        labelled=frozenset(XRAY_FINDINGS),
        patient=panoramic.name,
    )
    write_picture_findings([found], out / FINDINGS / f"{panoramic.name}.json", categories=XRAY_FINDINGS)
    return image


def _finding(found: PicturedFinding) -> Finding:
    runs = encode_mask(found.mask)
    _, (left, top, width, height) = measure_runs(runs)
    return Finding(found.category, (left, top, left + width, top + height), runs, found.fdi)


def _gather(out: Path) -> None:
    """The labels of all pictures of the folder in one file for teeth and one for findings."""
    teeth = (image for file in sorted((out / TRUTH).glob("*.json")) for image in read_coco(file))
    teeth = (CocoImage(f"{IMAGES}/{Path(image.file_name).name}", image.shape, image.instances) for image in teeth)
    write_coco(teeth, out / ALL_TEETH, categories=_CATEGORIES, info=_INFO)
    files = sorted((out / FINDINGS).glob("*.json"))
    findings = (picture for file in files for picture in find_picture_findings(file))
    write_picture_findings(findings, out / ALL_FINDINGS, categories=XRAY_FINDINGS, info=_INFO)


def _write_one(index: int, *, seed: int, out: Path, findings: Amount) -> Path:
    name = panoramic_name(seed, index, findings)
    image = out / IMAGES / f"{name}.png"
    if image.exists() and (out / FINDINGS / f"{name}.json").exists():
        return image
    return write_panoramic(make_panoramic(seed, index, findings=findings), out)
