"""Names that other programs give to labels, colours and normals, brought to the names of `Mesh` attributes."""

from __future__ import annotations

import numpy as np

LABEL = "label"
COLOR = "color"

_LABEL_NAMES = frozenset({"label", "labels"})


def attribute_name(name: str) -> str:
    """The `Mesh` attribute for a property or array of that name: Label, labels … become ``label``, others stay."""
    return LABEL if name.lower() in _LABEL_NAMES else name


def as_label(values: np.ndarray) -> np.ndarray:
    """(n,) int64 labels from labels stored as any kind of number."""
    return np.rint(values).astype(np.int64) if np.issubdtype(values.dtype, np.floating) else values.astype(np.int64)


def as_color(values: np.ndarray) -> np.ndarray:
    """(n, 3) uint8 from colours written as 8 or 16 bit integers, or as fractions 0..1, or as floats 0..255."""
    values = np.asarray(values)[:, :3]
    if values.dtype == np.uint8:
        return values
    if values.dtype == np.uint16:
        return (values // 257).astype(np.uint8)
    fractions = np.issubdtype(values.dtype, np.floating) and values.size > 0 and values.max() <= 1.0
    return np.clip(np.rint(values * (255.0 if fractions else 1.0)), 0, 255).astype(np.uint8)
