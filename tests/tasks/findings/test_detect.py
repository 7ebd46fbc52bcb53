"""What a network sees, as findings in the picture's own pixels."""

from __future__ import annotations

import numpy as np
import torch

from typodont.datasets.panoramic_canvas import Placement
from typodont.formats.run_lengths import decode_mask
from typodont.nets.mask_rcnn import Detections
from typodont.records.findings import Finding
from typodont.tasks.findings.detect import to_findings, without_double_names


def finding(category: str, left: float, score: float) -> Finding:
    return Finding(category, (left, 0.0, left + 10.0, 20.0), score=score)


def test_a_tooth_is_impacted_or_it_is_not():
    surest_first = [finding("tooth", 0, 0.9), finding("impacted_tooth", 1, 0.8), finding("impacted_tooth", 50, 0.7)]
    assert without_double_names(surest_first) == [surest_first[0], surest_first[2]]
    assert without_double_names([finding("impacted_tooth", 0, 0.9), finding("tooth", 1, 0.2)]) == [
        finding("impacted_tooth", 0, 0.9)
    ]


def test_other_things_may_lie_on_a_tooth_and_teeth_beside_each_other():
    findings = [finding("tooth", 0, 0.9), finding("caries", 0, 0.8), finding("tooth", 8, 0.7), finding("crown", 0, 0.6)]
    assert without_double_names(findings) == findings


def test_masks_and_boxes_come_back_from_the_canvas():
    """A picture of 100 x 400 pixels with flat borders of 20 columns, drawn at half its size on a canvas."""
    placement = Placement((100, 400), crop=(0, 20, 100, 380), box=(5, 10, 55, 190), canvas=(64, 256))
    seen = Detections(
        box=torch.tensor([[10.0, 5.0, 60.0, 30.0], [0.0, 0.0, 9.0, 4.0]]),
        label=torch.tensor([2, 1]),
        score=torch.tensor([0.9, 0.8]),
        mask=torch.ones(2, 28, 28),
    )
    (found,) = to_findings(seen, ("tooth", "caries"), placement)  # the other one lies beside the picture
    assert found.category == "caries"
    assert found.box == (20.0, 0.0, 120.0, 50.0)
    mask = decode_mask(found.segmentation, (100, 400))
    rows, columns = np.nonzero(mask)
    assert np.abs(np.array([rows.min(), rows.max(), columns.min(), columns.max()]) - (0, 49, 20, 119)).max() <= 1
