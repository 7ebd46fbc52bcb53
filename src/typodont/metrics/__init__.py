"""Plain functions on arrays that say how good a result is; they know no network and no file."""

from typodont.metrics.bootstrap import Interval, bootstrap_mean, bootstrap_ratio, wilson_interval
from typodont.metrics.boundary import boundary_iou, boundary_macro_iou, boundary_vertices, neighbour_boundary_vertices
from typodont.metrics.calibration import brier_score, calibration_error
from typodont.metrics.overlap import class_iou, lenient_iou, macro_iou, tooth_gum_accuracy, vertex_accuracy
from typodont.metrics.teeth import ToothMatches, match_teeth, tooth_identification_rate
from typodont.metrics.teeth3dseg import Teeth3DSegScore, mean_teeth3dseg, teeth3dseg

__all__ = [
    "Interval",
    "Teeth3DSegScore",
    "ToothMatches",
    "bootstrap_mean",
    "bootstrap_ratio",
    "boundary_iou",
    "boundary_macro_iou",
    "boundary_vertices",
    "brier_score",
    "calibration_error",
    "class_iou",
    "lenient_iou",
    "macro_iou",
    "match_teeth",
    "mean_teeth3dseg",
    "neighbour_boundary_vertices",
    "teeth3dseg",
    "tooth_gum_accuracy",
    "tooth_identification_rate",
    "vertex_accuracy",
    "wilson_interval",
]
