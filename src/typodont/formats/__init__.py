"""One file per file format: surfaces as STL, PLY, OBJ and VTP, labels as Teeth3DS JSON."""

from typodont.formats.dispatch import read_mesh, write_mesh
from typodont.formats.merging import merge_equal
from typodont.formats.obj import read_obj, write_obj
from typodont.formats.ply import read_ply, write_ply
from typodont.formats.sniff import SUFFIXES, sniff
from typodont.formats.stl import read_stl, write_stl
from typodont.formats.teeth3ds import ScanLabels, read_labels, write_labels
from typodont.formats.vtp import read_vtp, write_vtp

__all__ = [
    "SUFFIXES",
    "ScanLabels",
    "merge_equal",
    "read_labels",
    "read_mesh",
    "read_obj",
    "read_ply",
    "read_stl",
    "read_vtp",
    "sniff",
    "write_labels",
    "write_mesh",
    "write_obj",
    "write_ply",
    "write_stl",
    "write_vtp",
]
