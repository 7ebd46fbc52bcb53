"""What a file means: scans and radiographs, their labels and warnings, and the chart of the teeth that were found."""

from typodont.records.case_names import check_case_names, only_named, read_case_names
from typodont.records.chart import Chart, Tooth
from typodont.records.labelled_panoramic import PanoramicFiles, find_labelled_panoramics
from typodont.records.labelled_scan import most_frequent_around, read_labelled_scan
from typodont.records.panoramic_teeth import LabelledPanoramic, LabelledTooth, write_coco_panoramics
from typodont.records.radiograph import RADIOGRAPH_SUFFIXES, Radiograph, radiograph_shape, read_radiograph
from typodont.records.scan import Scan, read_scan, shell_sizes
from typodont.records.scan_files import ScanFiles, find_scans
from typodont.records.units import MM_PER_UNIT, detect_unit

__all__ = [
    "MM_PER_UNIT",
    "RADIOGRAPH_SUFFIXES",
    "Chart",
    "LabelledPanoramic",
    "LabelledTooth",
    "PanoramicFiles",
    "Radiograph",
    "Scan",
    "ScanFiles",
    "Tooth",
    "check_case_names",
    "detect_unit",
    "find_labelled_panoramics",
    "find_scans",
    "most_frequent_around",
    "only_named",
    "radiograph_shape",
    "read_case_names",
    "read_labelled_scan",
    "read_radiograph",
    "read_scan",
    "shell_sizes",
    "write_coco_panoramics",
]
