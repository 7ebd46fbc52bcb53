"""Panoramics with a mask for every tooth, from COCO files and from folders of masks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError
from scipy.ndimage import distance_transform_edt

from typodont.anatomy import PERMANENT, is_tooth
from typodont.errors import FormatError, LabelError
from typodont.formats.coco import CocoImage, CocoInstance, instance_mask, is_coco, read_coco, read_json, write_coco
from typodont.types import Bool, Int

IMAGES, FDI_MASKS, GREY_MASKS, NUMBERS = "images", "masks_fdi", "masks_grey", "grey_to_fdi.json"
_PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".dcm")


@dataclass(frozen=True)
class LabelledTooth:
    """One tooth: its number and its (H, W) mask."""

    fdi: int
    mask: Bool


@dataclass(frozen=True)
class LabelledPanoramic:
    """A panoramic and its teeth.

    Args:
        name: File name without suffix.
        image: The picture's file.
        shape: (H, W) of the picture and of all masks.
        teeth: Masks may overlap, and a number may come twice: what the source says is kept.
        aspect: True width to height, where the source says that the picture is stretched.
    """

    name: str
    image: Path
    shape: tuple[int, int]
    teeth: tuple[LabelledTooth, ...]
    aspect: float | None = None

    def label_map(self) -> Int:
        """(H, W) uint8 FDI numbers, 0 elsewhere.

        A pixel in several masks goes to the tooth in whose mask it lies deepest (farthest from the mask's border),
        of equal ones to the first; so two overlapping teeth share their overlap along its middle.
        """
        labels = np.zeros(self.shape, dtype=np.uint8)
        count = np.zeros(self.shape, dtype=np.uint8)
        for tooth in self.teeth:
            labels[tooth.mask] = tooth.fdi
            count += tooth.mask
        if count.max(initial=0) < 2:
            return labels
        shared = count > 1
        depth = np.zeros(self.shape, dtype=np.float32)
        for tooth in self.teeth:
            part = _bounds(tooth.mask)
            if shared[part].any():
                inside = np.asarray(distance_transform_edt(np.pad(tooth.mask[part], 1)))[1:-1, 1:-1]
                deeper = shared[part] & (inside > depth[part])
                depth[part][deeper], labels[part][deeper] = inside[deeper], tooth.fdi
        return labels


def _bounds(mask: Bool) -> tuple[slice, slice]:
    """The rows and columns that a mask spans; empty ones for an empty mask."""
    lines = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    rows, columns = (slice(int(n[0]), int(n[-1]) + 1) if len(n) else slice(0) for n in lines)
    return rows, columns


@dataclass(frozen=True)
class PanoramicFiles:
    """A labelled panoramic that has not been read yet.

    Args:
        name: File name without suffix.
        image: The picture's file.
        labels: The file that says what is on it.
    """

    name: str
    image: Path
    labels: Path
    _read: Callable[[], LabelledPanoramic]

    def read(self) -> LabelledPanoramic:
        """Its teeth.

        Raises:
            FormatError: a file is missing or cannot be read, or sizes differ.
            LabelError: labels that are no FDI tooth numbers.
        """
        return self._read()


def find_labelled_panoramics(data: Path, *, numbers: Path | None = None) -> list[PanoramicFiles]:
    """All labelled panoramics of a COCO file or a folder; nothing is decoded yet.

    Args:
        data: A COCO instance file whose categories are FDI numbers; or a folder that holds ``images`` with
            ``masks_fdi`` (grey value = FDI number) or ``masks_grey`` (any grey values, with a map file); or one that
            holds COCO files, as `typodont synth xray` writes them; or a folder of such folders.
        numbers: Map file {"grey value": FDI number}, instead of ``grey_to_fdi.json`` beside the masks.

    Raises:
        FormatError: nothing of the kind is there.
        LabelError: categories or map entries that are no FDI numbers.
    """
    data = Path(data)
    if data.is_file():
        return _in_coco(data)
    if not data.is_dir():
        raise FormatError(f"{data}: no such file or folder")
    found = _in_folder(data, numbers)
    if not found:
        raise FormatError(
            f"{data}: no labelled panoramics; expected a COCO file, {IMAGES}/ with {FDI_MASKS}/, or {IMAGES}/ with "
            f"{GREY_MASKS}/ and {NUMBERS}"
        )
    return found


def write_coco_panoramics(path: Path, panoramics: Iterable[LabelledPanoramic]) -> None:
    """Write tooth masks as COCO with FDI numbers as category ids and names; overlapping masks are kept.

    File names are written relative to the JSON file's folder.
    """
    folder = Path(path).parent.resolve()

    def images() -> Iterable[CocoImage]:
        for panoramic in panoramics:
            image = panoramic.image.resolve()
            name = image.relative_to(folder) if image.is_relative_to(folder) else image
            instances = tuple(CocoInstance.of(str(tooth.fdi), tooth.mask) for tooth in panoramic.teeth)
            yield CocoImage(name.as_posix(), panoramic.shape, instances, panoramic.aspect)

    write_coco(images(), path, categories={str(fdi): fdi for fdi in PERMANENT})


def _in_folder(folder: Path, numbers: Path | None) -> list[PanoramicFiles]:
    coco = [file for file in sorted(folder.glob("*.json")) if file.name != NUMBERS and _looks_like_coco(file)]
    if coco:
        return [picture for file in coco for picture in _in_coco(file)]
    for masks in (FDI_MASKS, GREY_MASKS):
        if (folder / IMAGES).is_dir() and (folder / masks).is_dir():
            table = _number_table(numbers or folder / NUMBERS) if masks == GREY_MASKS else None
            return _in_masks(folder, folder / masks, table)
    return [p for below in sorted(folder.iterdir()) if below.is_dir() for p in _in_folder(below, numbers)]


def _looks_like_coco(file: Path) -> bool:
    try:
        return is_coco(read_json(file))
    except FormatError:
        return False


def _in_coco(file: Path) -> list[PanoramicFiles]:
    found = []
    for picture in read_coco(file):
        image = file.parent / picture.file_name
        found.append(PanoramicFiles(image.stem, image, file, lambda p=picture, i=image: _from_coco(file, i, p)))
    return found


def _from_coco(file: Path, image: Path, picture: CocoImage) -> LabelledPanoramic:
    _check_image(image, picture.shape, file)
    teeth = []
    for instance in picture.instances:
        if not (instance.category.isdecimal() and is_tooth(int(instance.category))):
            raise LabelError(
                f"{file}: found the category {instance.category!r}, expected FDI tooth numbers 11..48, 51..85"
            )
        try:
            teeth.append(LabelledTooth(int(instance.category), instance_mask(instance, picture.shape)))
        except FormatError as error:
            raise FormatError(f"{file}: {picture.file_name}: {error}") from None
    return LabelledPanoramic(image.stem, image, picture.shape, tuple(teeth), picture.aspect)


def _number_table(file: Path) -> Mapping[int, int]:
    try:
        table = {int(grey): int(fdi) for grey, fdi in read_json(file).items()}
    except (ValueError, AttributeError, TypeError):
        raise FormatError(f'{file}: no map from grey values to FDI numbers, expected {{"18": 18, ...}}') from None
    wrong = [fdi for fdi in table.values() if not is_tooth(fdi)]
    if wrong:
        raise LabelError(f"{file}: found {wrong[:8]}, expected FDI tooth numbers 11..48, 51..85")
    return table


def _in_masks(folder: Path, masks: Path, table: Mapping[int, int] | None) -> list[PanoramicFiles]:
    pictures = {file.stem: file for file in sorted((folder / IMAGES).iterdir()) if file.suffix.lower() in _PICTURES}
    found = []
    for mask in sorted(masks.glob("*.png")):
        image = pictures.get(mask.stem, folder / IMAGES / f"{mask.stem}.*")
        found.append(PanoramicFiles(mask.stem, image, mask, lambda m=mask, i=image: _from_mask(m, i, table)))
    return found


def _from_mask(file: Path, image: Path, table: Mapping[int, int] | None) -> LabelledPanoramic:
    try:
        with Image.open(file) as picture:
            values = np.asarray(picture)
    except (OSError, UnidentifiedImageError) as error:
        raise FormatError(f"{file}: no readable mask ({error})") from None
    if values.ndim != 2:
        raise FormatError(f"{file}: found a colour picture, expected a mask with one grey value per tooth")
    _check_image(image, values.shape, file)
    teeth = []
    for value in np.unique(values[values > 0]).tolist():
        fdi = value if table is None else table.get(value)
        if fdi is None or not is_tooth(fdi):
            expected = "FDI numbers" if table is None else f"the grey values of the map file, {sorted(table)}"
            raise LabelError(f"{file}: found the grey value {value}, expected 0 or {expected}")
        teeth.append(LabelledTooth(fdi, values == value))
    return LabelledPanoramic(file.stem, image, values.shape, tuple(teeth))


def _check_image(image: Path, shape: tuple[int, int], labels: Path) -> None:
    """The picture is there and has the size of its labels."""
    if not image.exists():
        raise FormatError(f"{labels}: its picture {image} is missing")
    if image.suffix.lower() == ".dcm":
        return
    try:
        with Image.open(image) as picture:
            width, height = picture.size
    except (OSError, UnidentifiedImageError) as error:
        raise FormatError(f"{image}: no readable picture ({error})") from None
    if (height, width) != tuple(shape):
        raise FormatError(f"{image}: found {width} x {height} pixels, but {labels} is made for {shape[1]} x {shape[0]}")
