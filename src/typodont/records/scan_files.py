"""Scans and their label files in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from typodont.errors import ConfigError
from typodont.formats import SUFFIXES

_PREFERRED = (".obj", ".ply", ".vtp", ".stl")
assert set(_PREFERRED) == set(SUFFIXES)


class ScanFiles(NamedTuple):
    """A mesh file and the Teeth3DS labels of the same stem beside it, if there are any."""

    mesh: Path
    labels: Path | None


def find_scans(folder: Path | str) -> list[ScanFiles]:
    """All scans of a folder and of the folders below, sorted by path.

    Finds both layouts of Teeth3DS: flat ``ID_upper.obj`` with ``ID_upper.json``, and ``upper/ID/ID_upper.obj``.
    Of several meshes of one stem in one folder only one counts (OBJ before PLY, VTP and STL). Hidden files and
    folders are skipped; nothing is opened.

    Raises:
        ConfigError: no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ConfigError(f"{folder}: found no such folder, expected a folder of scans")
    meshes: dict[Path, Path] = {}
    for path in sorted(folder.rglob("*")):
        suffix = path.suffix.lower()
        if suffix not in _PREFERRED or any(part.startswith(".") for part in path.relative_to(folder).parts):
            continue
        other = meshes.get(path.with_suffix(""))
        if other is None or _PREFERRED.index(suffix) < _PREFERRED.index(other.suffix.lower()):
            meshes[path.with_suffix("")] = path
    beside = {stem: mesh.with_suffix(".json") for stem, mesh in meshes.items()}
    return [ScanFiles(mesh, beside[stem] if beside[stem].is_file() else None) for stem, mesh in meshes.items()]
