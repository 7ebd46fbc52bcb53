"""Plain functions on arrays that say how good a result is; they know no network and no file."""

from typodont.metrics.average_precision import (
    average_precision,
    pooled_ap50,
    pooled_marks,
    trapezoid_area,
    without_doubles,
)
from typodont.metrics.bootstrap import Interval, bootstrap_figures, bootstrap_mean, bootstrap_ratio, wilson_interval
from typodont.metrics.boundary import boundary_iou, boundary_macro_iou, boundary_vertices, neighbour_boundary_vertices
from typodont.metrics.calibration import ReliabilityBin, brier_score, calibration_error, reliability
from typodont.metrics.coverage import COVERAGE_LEVELS, circle_coverage, circle_radius
from typodont.metrics.curves import CurveDistance, curve_distance
from typodont.metrics.detection import COCO_OVERLAPS, PLACE_OVERLAP, Marks, Thing, find_marks
from typodont.metrics.masks import match_masks
from typodont.metrics.operating import Counts, best_score, counts_at, froc
from typodont.metrics.outlines import surface_dice
from typodont.metrics.overlap import (
    class_iou,
    dice,
    lenient_iou,
    macro_iou,
    tooth_dice,
    tooth_gum_accuracy,
    tooth_mask_iou,
    vertex_accuracy,
)
from typodont.metrics.teeth import ToothMatches, match_instances, match_teeth, tooth_identification_rate
from typodont.metrics.teeth3dseg import Teeth3DSegScore, mean_teeth3dseg, teeth3dseg
from typodont.metrics.two_classes import two_class_figures
from typodont.metrics.variance import Effect, analysis_of_variance

__all__ = [
    "COCO_OVERLAPS",
    "COVERAGE_LEVELS",
    "PLACE_OVERLAP",
    "Counts",
    "CurveDistance",
    "Effect",
    "Interval",
    "Marks",
    "ReliabilityBin",
    "Teeth3DSegScore",
    "Thing",
    "ToothMatches",
    "analysis_of_variance",
    "average_precision",
    "best_score",
    "bootstrap_figures",
    "bootstrap_mean",
    "bootstrap_ratio",
    "boundary_iou",
    "boundary_macro_iou",
    "boundary_vertices",
    "brier_score",
    "calibration_error",
    "circle_coverage",
    "circle_radius",
    "class_iou",
    "counts_at",
    "curve_distance",
    "dice",
    "find_marks",
    "froc",
    "lenient_iou",
    "macro_iou",
    "match_instances",
    "match_masks",
    "match_teeth",
    "mean_teeth3dseg",
    "neighbour_boundary_vertices",
    "pooled_ap50",
    "pooled_marks",
    "reliability",
    "surface_dice",
    "teeth3dseg",
    "tooth_dice",
    "tooth_gum_accuracy",
    "tooth_identification_rate",
    "tooth_mask_iou",
    "trapezoid_area",
    "two_class_figures",
    "vertex_accuracy",
    "wilson_interval",
    "without_doubles",
]
