"""Instance masks in the JSON of COCO: one file for many pictures, one mask for every thing, masks may overlap."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typodont.atomic import atomic_path
from typodont.errors import FormatError
from typodont.formats.run_lengths import decode_mask, encode_mask, measure_runs
from typodont.types import Bool

_WIDEST = 100.0


@dataclass(frozen=True)
class CocoInstance:
    """One thing in a picture.

    Args:
        category: Name of its category.
        segmentation: Polygons or run lengths, as the file has them; `instance_mask` decodes them.
        id: Of the annotation, for messages.
    """

    category: str
    segmentation: Any
    id: Any = None

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
        aspect: True width to height where the picture was stored squeezed or stretched; an addition to COCO.
    """

    file_name: str
    shape: tuple[int, int]
    instances: tuple[CocoInstance, ...] = ()
    aspect: float | None = None


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
        return [_image(image, instances[image["id"]]) for image in content["images"]]
    except KeyError as error:
        raise FormatError(f"{path}: found an entry without the key {error}, expected COCO format") from None
    except (TypeError, AttributeError):
        raise FormatError(f"{path}: found an entry that is no object with an id, expected COCO format") from None
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from None


def write_coco(
    images: Iterable[CocoImage], path: Path, *, categories: Mapping[str, int], info: Mapping[str, Any] | None = None
) -> None:
    """Write a COCO file, whole or not at all.

    Args:
        images: Pictures whose masks are run lengths; taken one by one.
        path: The file.
        categories: Name -> id of every category.
        info: What to say about the set.
    """
    listed: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id, image in enumerate(images, start=1):
        entry = {"id": image_id, "file_name": image.file_name, "height": image.shape[0], "width": image.shape[1]}
        listed.append(entry if image.aspect is None else {**entry, "aspect": image.aspect})
        for instance in image.instances:
            place = {"id": len(annotations) + 1, "image_id": image_id, "category_id": categories[instance.category]}
            annotations.append(place | _measured(instance.segmentation))
    content = {
        "info": dict(info or {}),
        "categories": [{"id": i, "name": name, "supercategory": "tooth"} for name, i in categories.items()],
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


def _place(annotation: Any, names: Mapping[Hashable, str], instances: Mapping[Hashable, list[CocoInstance]]) -> None:
    category, image, name = annotation["category_id"], annotation["image_id"], annotation.get("id")
    if category not in names:
        raise FormatError(f"found category {category!r} at annotation {name}, which 'categories' does not list")
    if image not in instances:
        raise FormatError(f"found picture {image!r} at annotation {name}, which 'images' does not list")
    instances[image].append(CocoInstance(names[category], annotation.get("segmentation"), name))


def _image(entry: Any, instances: list[CocoInstance]) -> CocoImage:
    shape = (entry["height"], entry["width"])
    if not all(type(side) is int and side > 0 for side in shape):
        raise FormatError(
            f"found the height and width {shape} of {entry['file_name']}, expected positive whole numbers"
        )
    aspect = entry.get("aspect")
    if aspect is not None and not (isinstance(aspect, int | float) and 0 < aspect < _WIDEST):
        raise FormatError(f"found the aspect {aspect!r} of {entry['file_name']}, expected width to height, over 0")
    return CocoImage(str(entry["file_name"]), shape, tuple(instances), aspect)


def _key(value: Any) -> Hashable:
    hash(value)  # a TypeError for a list, which cannot be an id
    return value


def _measured(runs: dict[str, Any]) -> dict[str, Any]:
    """The keys of an annotation that follow from its run lengths."""
    area, box = measure_runs(runs)
    return {"segmentation": runs, "area": area, "bbox": box, "iscrowd": 0}
