"""One file per file format: surfaces, radiographs, and the labels of both.

DICOM is not imported here, because pydicom takes longer to import than all the others together.
"""

from typodont.formats.coco import (
    CocoImage,
    CocoInstance,
    instance_box,
    instance_mask,
    is_coco,
    read_coco,
    read_json,
    write_coco,
)
from typodont.formats.dispatch import read_mesh, write_mesh
from typodont.formats.image import IMAGE_SUFFIXES, GreyPicture, image_shape, read_image
from typodont.formats.label_picture import LABEL_SUFFIXES, read_label_picture, read_number_map
from typodont.formats.markups import read_curve, write_curve
from typodont.formats.merging import merge_equal
from typodont.formats.obj import read_obj, write_obj
from typodont.formats.ply import read_ply, write_ply
from typodont.formats.run_lengths import decode_mask, encode_mask
from typodont.formats.sniff import SUFFIXES, sniff
from typodont.formats.stl import read_stl, write_stl
from typodont.formats.teeth3ds import ScanLabels, read_labels, write_labels
from typodont.formats.vtp import read_vtp, write_vtp

__all__ = [
    "IMAGE_SUFFIXES",
    "LABEL_SUFFIXES",
    "SUFFIXES",
    "CocoImage",
    "CocoInstance",
    "GreyPicture",
    "ScanLabels",
    "decode_mask",
    "encode_mask",
    "image_shape",
    "instance_box",
    "instance_mask",
    "is_coco",
    "merge_equal",
    "read_coco",
    "read_curve",
    "read_image",
    "read_json",
    "read_label_picture",
    "read_labels",
    "read_mesh",
    "read_number_map",
    "read_obj",
    "read_ply",
    "read_stl",
    "read_vtp",
    "sniff",
    "write_coco",
    "write_curve",
    "write_labels",
    "write_mesh",
    "write_obj",
    "write_ply",
    "write_stl",
    "write_vtp",
]
