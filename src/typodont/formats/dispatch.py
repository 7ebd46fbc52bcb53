"""Read and write a surface in whichever format."""

from __future__ import annotations

from pathlib import Path

from typodont.errors import FormatError, MeshError
from typodont.formats.obj import read_obj, write_obj
from typodont.formats.ply import read_ply, write_ply
from typodont.formats.sniff import SUFFIXES, sniff
from typodont.formats.stl import read_stl, write_stl
from typodont.formats.vtp import read_vtp, write_vtp
from typodont.geometry.mesh import Mesh

_READERS = {"stl": read_stl, "ply": read_ply, "obj": read_obj, "vtp": read_vtp}
_WRITERS = {".stl": write_stl, ".ply": write_ply, ".obj": write_obj, ".vtp": write_vtp}


def read_mesh(path: Path | str) -> Mesh:
    """The surface of a STL, PLY, OBJ or VTP file, recognised by its content, in the unit of the file.

    Vertices keep the order of the file (STL: first-seen order after exact merging) and none is dropped, because
    labels count them. Labels and colours stored in the file become the attributes ``label`` and ``color``.

    Raises:
        FormatError: empty, truncated, damaged, or no surface format.
        MeshError: NaN or infinite coordinates, faces out of range, no faces.
    """
    path = Path(path)
    try:
        mesh = _READERS[sniff(path)](path)
    except MeshError as error:
        raise MeshError(
            f"{path}: {error}; expected finite coordinates and faces within them, export the file again"
        ) from None
    if not len(mesh.faces):
        found = f"{len(mesh.vertices)} points but no faces (a point cloud)" if len(mesh.vertices) else "no faces"
        raise MeshError(f"{path}: found {found}, expected a triangle surface; export the scan as a mesh, whole")
    return mesh


def write_mesh(mesh: Mesh, path: Path | str) -> None:
    """Write a surface in the format that the suffix names, whole or not at all; PLY and VTP keep every attribute.

    Raises:
        FormatError: another suffix than .stl, .ply, .obj and .vtp.
    """
    path = Path(path)
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise FormatError(
            f"{path}: cannot write {path.suffix or 'a file without suffix'}, expected {', '.join(SUFFIXES)}"
        )
    writer(mesh, path)
