"""Instance masks and boxes in the JSON of COCO: one file for many pictures, masks may overlap."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typodont.atomic import atomic_path
from typodont.errors import FormatError
from typodont.formats.run_lengths import decode_mask, encode_mask, measure_runs
from typodont.types import Bool

Box = tuple[float, float, float, float]

_WIDEST = 100.0


@dataclass(frozen=True)
class CocoInstance:
    """One thing in a picture.

    Args:
        category: Name of its category.
        segmentation: Polygons or run lengths, as the file has them; `instance_mask` decodes them. None: only the box
            is known.
        id: Of the annotation, for messages.
        box: (left, top, right, bottom), pixels; COCO itself writes width and height. None: as the mask says.
        fdi: Number of the tooth that it is or lies on; an addition to COCO.
        score: How sure its finder was, 0..1; None: drawn by a person.
        crowd: No single thing but a region in which such things may be that are not marked one by one.
    """

    category: str
    segmentation: Any
    id: Any = None
    box: Box | None = None
    fdi: int | None = None
    score: float | None = None
    crowd: bool = False

    @classmethod
    def of(cls, category: str, mask: Bool) -> CocoInstance:
        """From a (H, W) mask, which is kept as compressed run lengths."""
        return cls(category, encode_mask(mask))


@dataclass(frozen=True)
class CocoImage:
    """A picture and what is marked in it, nothing decoded yet.

    Args:
        file_name: As the file says it, mostly relative to the folder of the file.
        shape: (H, W) pixels.
        instances: In the order of the file.
        aspect: True width to height where the picture was stored squeezed or stretched. This and what follows are
            additions to COCO.
        view: From where it was taken.
        patient: Whom it shows, so that no patient lies on both sides of a split.
        labelled: Categories that were looked for; others may be there without a mark. None: all of the file; reading
            always says which.
    """

    file_name: str
    shape: tuple[int, int]
    instances: tuple[CocoInstance, ...] = ()
    aspect: float | None = None
    view: str | None = None
    patient: str | None = None
    labelled: frozenset[str] | None = None


def is_coco(content: Any) -> bool:
    """Whether the value of a JSON file has the lists that COCO asks for."""
    return isinstance(content, dict) and all(isinstance(content.get(key), list) for key in ("images", "annotations"))


def read_json(path: Path) -> Any:
    """The value in a JSON file.

    Raises:
        FormatError: no such file, no JSON, or truncated.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise FormatError(f"{path}: cannot be read ({error.strerror}), expected a JSON file; check the path") from None
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{path}: found no JSON, or truncated ({error}); export or copy the file again") from None


def read_coco(path: Path) -> list[CocoImage]:
    """All pictures of a COCO file in its order, also those without annotations; masks stay encoded.

    Several ids may have one name. A category that only stands as the supercategory of others, as Roboflow writes the
    name of the data set, does not count as labelled.

    Raises:
        FormatError: no JSON, keys missing, an annotation of a picture or category that the file does not list.
    """
    content = read_json(path)
    if not is_coco(content):
        raise FormatError(f"{path}: found no lists 'images' and 'annotations', expected instance masks in COCO format")
    try:
        names = {_key(category["id"]): str(category["name"]) for category in content.get("categories", ())}
        instances: dict[Hashable, list[CocoInstance]] = {_key(image["id"]): [] for image in content["images"]}
        if len(instances) < len(content["images"]):
            raise FormatError("found two pictures of one id, expected an id of its own for each")
        for annotation in content["annotations"]:
            _place(annotation, names, instances)
        labelled = _labelled(content.get("categories", ()), instances.values())
        return [_image(image, instances[image["id"]], labelled) for image in content["images"]]
    except KeyError as error:
        raise FormatError(f"{path}: found an entry without the key {error}, expected COCO format") from None
    except (TypeError, AttributeError):
        raise FormatError(f"{path}: found an entry that is no object with an id, expected COCO format") from None
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from None


def write_coco(
    images: Iterable[CocoImage],
    path: Path,
    *,
    categories: Mapping[str, int],
    info: Mapping[str, Any] | None = None,
    supercategory: str = "tooth",
) -> None:
    """Write a COCO file, whole or not at all.

    Args:
        images: Taken one by one. Polygons stay polygons; where only the box is known, only the box is written.
        path: The file.
        categories: Name -> id of every category.
        info: What to say about the set.
        supercategory: Of all categories.

    Raises:
        FormatError: a damaged segmentation, or neither mask nor box.
    """
    listed: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id, image in enumerate(images, start=1):
        listed.append({"id": image_id, "file_name": image.file_name} | _said_of(image))
        for instance in image.instances:
            place = {"id": len(annotations) + 1, "image_id": image_id, "category_id": categories[instance.category]}
            extra = {"fdi": instance.fdi, "score": instance.score}
            annotations.append(place | _measured(instance, image.shape) | _known(extra))
    content = {
        "info": dict(info or {}),
        "categories": [{"id": i, "name": name, "supercategory": supercategory} for name, i in categories.items()],
        "images": listed,
        "annotations": annotations,
    }
    text = json.dumps(content, ensure_ascii=False, allow_nan=False)
    with atomic_path(Path(path)) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def instance_mask(instance: CocoInstance, shape: tuple[int, int]) -> Bool:
    """(H, W) bool: the mask of an instance.

    Raises:
        FormatError: see `decode_mask`; the message names the annotation and its category.
    """
    try:
        return decode_mask(instance.segmentation, shape)
    except FormatError as error:
        raise FormatError(f"annotation {instance.id} ({instance.category}): {error}") from None


def instance_box(instance: CocoInstance, shape: tuple[int, int]) -> Box:
    """(left, top, right, bottom) of an instance: its box where the file has one, else around its mask.

    Raises:
        FormatError: neither box nor mask, a damaged mask, or one without a pixel.
    """
    if instance.box is not None:
        return instance.box
    area, (left, top, width, height) = measure_runs(encode_mask(instance_mask(instance, shape)))
    if not area:
        raise FormatError(f"annotation {instance.id} ({instance.category}): found a mask without a pixel, expected one")
    return (left, top, left + width, top + height)


def _place(annotation: Any, names: Mapping[Hashable, str], instances: Mapping[Hashable, list[CocoInstance]]) -> None:
    category, image, name = annotation["category_id"], annotation["image_id"], annotation.get("id")
    if category not in names:
        raise FormatError(f"found category {category!r} at annotation {name}, which 'categories' does not list")
    if image not in instances:
        raise FormatError(f"found picture {image!r} at annotation {name}, which 'images' does not list")
    where = f"annotation {name}"
    instances[image].append(
        CocoInstance(
            names[category],
            annotation.get("segmentation"),
            name,
            box=_box(annotation.get("bbox"), where),
            fdi=_optional(annotation, "fdi", int, where),
            score=_optional(annotation, "score", (int, float), where),
            crowd=annotation.get("iscrowd") in (1, True),
        )
    )


def _labelled(categories: Iterable[Any], instances: Iterable[list[CocoInstance]]) -> frozenset[str]:
    used = {instance.category for found in instances for instance in found}
    groups = {str(c.get("supercategory")) for c in categories} - used
    return frozenset(str(category["name"]) for category in categories) - groups


def _image(entry: Any, instances: list[CocoInstance], labelled: frozenset[str]) -> CocoImage:
    shape, name = (entry["height"], entry["width"]), str(entry["file_name"])
    if not all(type(side) is int and side > 0 for side in shape):
        raise FormatError(f"found the height and width {shape} of {name}, expected positive whole numbers")
    aspect = entry.get("aspect")
    if aspect is not None and not (isinstance(aspect, int | float) and 0 < aspect < _WIDEST):
        raise FormatError(f"found the aspect {aspect!r} of {name}, expected width to height, over 0")
    own = _optional(entry, "labelled", list, name)
    return CocoImage(
        name,
        shape,
        tuple(instances),
        aspect,
        view=_optional(entry, "view", str, name),
        patient=_text(_optional(entry, "patient", (str, int), name)),
        labelled=labelled if own is None else frozenset(map(str, own)),
    )


def _box(sides: Any, where: str) -> Box | None:
    """Corners of COCO's left, top, width, height; other programs write an empty list where they know none."""
    if not sides:
        return None
    if not (isinstance(sides, list) and len(sides) == 4 and all(_is_number(side) for side in sides)):
        raise FormatError(
            f"found the box {str(sides)[:60]} at {where}, expected four numbers: left, top, width, height"
        )
    left, top, width, height = sides
    return (left, top, left + width, top + height)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _optional(entry: Any, key: str, kind: type | tuple[type, ...], where: str) -> Any:
    value = entry.get(key)
    if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
        raise FormatError(f"found {key} {str(value)[:40]!r} at {where}, expected another kind of value")
    return value


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _key(value: Any) -> Hashable:
    hash(value)  # a TypeError for a list, which cannot be an id
    return value


def _said_of(image: CocoImage) -> dict[str, Any]:
    labelled = None if image.labelled is None else sorted(image.labelled)
    extra = {"aspect": image.aspect, "view": image.view, "patient": image.patient, "labelled": labelled}
    return {"height": image.shape[0], "width": image.shape[1]} | _known(extra)


def _known(entries: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entries.items() if value is not None}


def _measured(instance: CocoInstance, shape: tuple[int, int]) -> dict[str, Any]:
    """The keys of an annotation that say where it is."""
    segmentation = instance.segmentation
    if isinstance(segmentation, dict) and isinstance(segmentation.get("counts"), str):
        area, around = measure_runs(segmentation)
    elif segmentation:
        runs = encode_mask(instance_mask(instance, shape))
        area, around = measure_runs(runs)
        segmentation = segmentation if isinstance(segmentation, list) else runs
    else:
        left, top, right, bottom = instance_box(instance, shape)
        area, around, segmentation = (right - left) * (bottom - top), [], []
    if instance.box is not None:
        left, top, right, bottom = instance.box
        around = [left, top, right - left, bottom - top]
    return {"segmentation": segmentation, "area": area, "bbox": around, "iscrowd": int(instance.crowd)}
