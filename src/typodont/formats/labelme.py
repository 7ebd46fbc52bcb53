"""Outlines as labelme writes them: one JSON file beside every picture."""

from __future__ import annotations

import base64
import binascii
import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from typodont.errors import FormatError
from typodont.formats.coco import CocoImage, CocoInstance, read_json
from typodont.formats.run_lengths import encode_mask
from typodont.types import Float

_AROUND = 32
_KINDS = "polygon, rectangle, circle or mask"


def is_labelme(content: Any) -> bool:
    """Whether the value of a JSON file has what labelme writes."""
    return isinstance(content, dict) and isinstance(content.get("shapes"), list) and "imagePath" in content


def read_labelme(path: Path, content: Any = None) -> CocoImage:
    """The picture of a labelme file and what is outlined in it.

    Polygons and circles become polygons, rectangles boxes without a mask, painted masks run lengths. Shapes of one
    label and one group are parts of one thing. The picture inside the file is not looked at. Which labels were looked
    for, no single file says.

    Args:
        path: The file.
        content: Its value, where it was read already.

    Raises:
        FormatError: no labelme file, a point, a line or another shape without an area, damaged values.
    """
    content = read_json(path) if content is None else content
    if not is_labelme(content):
        raise FormatError(f"{path}: found no 'shapes' and 'imagePath', expected a labelme file")
    shape = (content.get("imageHeight"), content.get("imageWidth"))
    if not all(type(side) is int and side > 0 for side in shape):
        raise FormatError(
            f"{path}: found the height and width {shape}, expected whole numbers; save it in labelme again"
        )
    groups: dict[tuple[str, Any], list[CocoInstance]] = {}
    for number, entry in enumerate(content["shapes"]):
        try:
            mark = _instance(entry, number, shape)
        except (KeyError, TypeError, ValueError, AttributeError, binascii.Error, UnidentifiedImageError) as error:
            raise FormatError(f"{path}: shape {number}: found damaged values ({error!r}), expected {_KINDS}") from None
        except FormatError as error:
            raise FormatError(f"{path}: shape {number}: {error}") from None
        group = entry.get("group_id")
        groups.setdefault((mark.category, f"alone {number}" if group is None else group), []).append(mark)
    return CocoImage(str(content["imagePath"]), shape, tuple(_joined(parts, path) for parts in groups.values()))


def _instance(entry: Any, number: int, shape: tuple[int, int]) -> CocoInstance:
    kind, label = entry.get("shape_type", "polygon"), str(entry["label"])
    points = np.array(entry["points"], dtype=np.float64).reshape(-1, 2)
    if kind == "rectangle":
        (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        return CocoInstance(label, None, number, box=(left, top, right, bottom))
    if kind == "polygon":
        return CocoInstance(label, [points.ravel().tolist()], number)
    if kind == "circle":
        return CocoInstance(label, [_circle(*points).ravel().tolist()], number)
    if kind == "mask":
        return CocoInstance(label, encode_mask(_painted(entry["mask"], points[0], shape)), number)
    raise FormatError(f"found a {kind} of {label}, expected {_KINDS}; draw around it, or delete it")


def _circle(centre: Float, rim: Float) -> Float:
    """(n, 2) points around a circle that is given by its centre and a point of its rim."""
    angle = np.linspace(0, 2 * np.pi, _AROUND, endpoint=False)
    return centre + np.hypot(*(rim - centre)) * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _painted(data: str, corner: Float, shape: tuple[int, int]) -> np.ndarray:
    """(H, W) bool: a PNG of a part of the picture, in its place."""
    with Image.open(io.BytesIO(base64.b64decode(data)), formats=("PNG",)) as picture:
        part = np.asarray(picture) > 0
    left, top = (round(side) for side in corner.tolist())
    mask = np.zeros(shape, dtype=bool)
    place = mask[max(top, 0) : top + part.shape[0], max(left, 0) : left + part.shape[1]]
    place[:] = part[max(-top, 0) :, max(-left, 0) :][: place.shape[0], : place.shape[1]]
    return mask


def _joined(parts: list[CocoInstance], path: Path) -> CocoInstance:
    """One instance of several polygons."""
    if len(parts) == 1:
        return parts[0]
    if not all(isinstance(part.segmentation, list) for part in parts):
        raise FormatError(
            f"{path}: found a group of {parts[0].category} that is not made of polygons only, expected polygons; take "
            "it out of the group"
        )
    polygons = [polygon for part in parts for polygon in part.segmentation]
    return CocoInstance(parts[0].category, polygons, parts[0].id)
