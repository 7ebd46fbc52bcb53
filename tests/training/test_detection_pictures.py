"""Labels beside what was found, as a picture."""

import torch

from typodont.anatomy.findings import FINDING_COLORS
from typodont.nets.image_batch import ImageBatch
from typodont.nets.mask_rcnn import Detections, FindingTargets
from typodont.training.detection_pictures import SURE, drawn_findings


def test_labels_are_on_the_left_and_sure_findings_on_the_right() -> None:
    image = torch.zeros(1, 1, 40, 60)
    image[..., -1] = 3.0
    mask = torch.zeros(1, 40, 60, dtype=torch.uint8)
    mask[0, 10:30, 5:25] = 1
    true = FindingTargets(
        torch.zeros(1, dtype=torch.int64),
        torch.tensor([[5.0, 10, 25, 30]]),
        torch.tensor([1]),
        mask,
        torch.ones(1, 2, dtype=torch.bool),
    )
    box = torch.tensor([[30.0, 10, 50, 30], [2, 2, 8, 8]])
    found = Detections(box, torch.tensor([2, 2]), torch.tensor([0.9, SURE - 0.1]), torch.ones(2, 28, 28))
    drawn = drawn_findings([found], ImageBatch(image, true), categories=["tooth", "caries"])
    assert (drawn.shape, drawn.dtype) == ((3, 40, 120), torch.uint8)
    labelled, seen = drawn[..., :60], drawn[..., 60:]
    assert labelled[:, 10, 24].tolist() == list(FINDING_COLORS["tooth"]), "the border of the box"
    assert seen[:, 30, 50].tolist() == list(FINDING_COLORS["caries"])
    assert (labelled[:, 25, 40] == 0).all()
    assert (seen[:, 25, 10] == 0).all()
    assert (seen[:, :9, :9] == 0).all(), "what is not sure is not drawn"
    assert (seen[:, 20, 40] > 0).any(), "the mask is filled"


def test_a_picture_without_findings_is_itself() -> None:
    none = FindingTargets(
        torch.zeros(0, dtype=torch.int64),
        torch.zeros(0, 4),
        torch.zeros(0, dtype=torch.int64),
        torch.zeros(0, 16, 16, dtype=torch.uint8),
        torch.ones(1, 1, dtype=torch.bool),
    )
    found = Detections(torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64), torch.zeros(0), torch.zeros(0, 28, 28))
    image = torch.rand(1, 3, 16, 16)
    drawn = drawn_findings([found], ImageBatch(image, none), categories=["tooth"])
    assert torch.equal(drawn[..., :16], drawn[..., 16:])
