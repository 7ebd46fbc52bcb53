"""An intra-oral scan: a surface in mm, what its file said about it, and its labels where there are some."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from typodont.anatomy import check_jaw
from typodont.errors import ConfigError, LabelError
from typodont.formats import merge_equal, read_mesh
from typodont.geometry.connectivity import label_components
from typodont.geometry.mesh import Mesh
from typodont.records.units import MM_PER_UNIT, UNIT_NAMES, detect_unit, extent
from typodont.types import Bool, Int

LOOSE_SHARE = 0.001
"""Loose faces up to this share are the crumbs that every scanner leaves, and no reason for a warning."""


@dataclass(frozen=True)
class Scan:
    """One arch, or a part of it, in the coordinates of its file scaled to mm.

    Args:
        mesh: Surface, mm, with the vertices of the file in their order.
        name: Stem of the file.
        path: The file.
        jaw: "upper", "lower", or None where nobody said; never taken from the file name.
        labels: (N,) int64 FDI numbers, 0 is gingiva; None where there are none.
        instances: (N,) int64 number of the tooth within the file; None where there are no labels.
        unit: Of the file.
        scale_to_mm: What the coordinates of the file were multiplied with.
        warnings: What is unusual about the file, for people.

    Raises:
        LabelError: labels that do not fit the vertices, or an unknown jaw.
    """

    mesh: Mesh
    name: str
    path: Path | None = None
    jaw: str | None = None
    labels: Int | None = None
    instances: Int | None = None
    unit: str = "mm"
    scale_to_mm: float = 1.0
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.jaw is not None:
            check_jaw(self.jaw)
        for name, values in (("labels", self.labels), ("instances", self.instances)):
            if values is not None and len(values) != len(self.mesh.vertices):
                raise LabelError(
                    f"{self.path or self.name}: found {len(values)} {name}, "
                    f"expected {len(self.mesh.vertices)}, one for every vertex"
                )


def read_scan(path: Path | str, unit: str = "auto") -> Scan:
    """A scan from a STL, PLY, OBJ or VTP file, checked and in mm, without labels.

    Args:
        path: The file; its content tells the format.
        unit: Of the coordinates in the file: "mm", "cm", "m", "inch", "um"; "auto" tells it from the size and warns
            when it is not mm.

    Returns:
        The scan. Several shells, vertices without faces and a corrected unit are accepted and named in `warnings`.

    Raises:
        FormatError: not readable as a surface.
        MeshError: NaN or infinite coordinates, faces out of range, no faces.
        ConfigError: unknown unit.
    """
    path = Path(path)
    if unit != "auto" and unit not in MM_PER_UNIT:
        raise ConfigError(f"unit is {unit!r}, expected auto, {', '.join(MM_PER_UNIT)}")
    mesh = read_mesh(path)
    used = np.zeros(len(mesh.vertices), dtype=bool)
    used[mesh.faces] = True
    found, warnings = (unit, []) if unit != "auto" else _unit_of(mesh, used)
    warnings += _unused_warning(used) + _shell_warning(mesh)
    scale = MM_PER_UNIT[found]
    if scale != 1.0:
        mesh = replace(mesh, vertices=mesh.vertices * scale)
    return Scan(mesh, path.stem, path, unit=found, scale_to_mm=scale, warnings=tuple(warnings))


def _unit_of(mesh: Mesh, used: Bool) -> tuple[str, list[str]]:
    vertices = mesh.vertices[used]
    unit = detect_unit(vertices)
    if unit == "mm":
        return unit, []
    size = f"the surface is {extent(vertices):.3g} across in the units of its file"
    if unit is None:
        return "mm", [f"{size}, which is no dental arch in any unit; taken as millimetres, give the unit to override"]
    return unit, [
        f"{size}; taken as {UNIT_NAMES[unit]} and multiplied by {MM_PER_UNIT[unit]:g} to give mm, "
        "give the unit to override"
    ]


def _unused_warning(used: Bool) -> list[str]:
    n_unused = int((~used).sum())
    if not n_unused:
        return []
    doubt = "; the file may be truncated" if n_unused > 0.02 * len(used) else ""
    return [f"{n_unused} of {len(used)} vertices belong to no face; they keep their place in the labels{doubt}"]


def _shell_warning(mesh: Mesh) -> list[str]:
    sizes = shell_sizes(mesh)
    if sizes[1:].sum() <= LOOSE_SHARE * sizes.sum():
        return []
    return [f"{len(sizes)} separate shells; {sizes[1:].sum()} of {sizes.sum()} faces lie outside the largest"]


def shell_sizes(mesh: Mesh) -> Int:
    """(S,) int64: number of faces of each connected shell, largest first; equal positions count as one vertex."""
    merged = merge_equal(mesh.vertices)[1]
    faces = merged[mesh.faces]
    component = label_components(int(merged.max(initial=-1)) + 1, faces[:, [0, 1, 1, 2]].reshape(-1, 2))
    sizes = np.bincount(component[faces[:, 0]])
    return np.sort(sizes[sizes > 0])[::-1]
