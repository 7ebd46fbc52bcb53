"""What a file means: scans with their units, labels and warnings, and the chart of the teeth that were found."""

from typodont.records.chart import Chart, Tooth
from typodont.records.labelled_panoramic import (
    LabelledPanoramic,
    LabelledTooth,
    PanoramicFiles,
    find_labelled_panoramics,
    write_coco_panoramics,
)
from typodont.records.labelled_scan import most_frequent_around, read_labelled_scan
from typodont.records.scan import Scan, read_scan, shell_sizes
from typodont.records.scan_files import ScanFiles, find_scans
from typodont.records.units import MM_PER_UNIT, detect_unit

__all__ = [
    "MM_PER_UNIT",
    "Chart",
    "LabelledPanoramic",
    "LabelledTooth",
    "PanoramicFiles",
    "Scan",
    "ScanFiles",
    "Tooth",
    "detect_unit",
    "find_labelled_panoramics",
    "find_scans",
    "most_frequent_around",
    "read_labelled_scan",
    "read_scan",
    "shell_sizes",
    "write_coco_panoramics",
]
