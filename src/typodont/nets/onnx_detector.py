"""A detector that ran through ONNX, with the same call as the one that was trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn

from typodont.nets.image_batch import ImageBatch
from typodont.nets.mask_rcnn import Detections
from typodont.nets.onnx_net import INPUT, open_session

OUTPUTS = ("box", "label", "score", "mask")
"""Names in the file: the fields of `Detections`."""
CARD = "card"
"""Key of the metadata under which the card of the weights lies as JSON."""


class OnnxDetector(nn.Module):
    """Runs a file that `typodont export findings` wrote in onnxruntime; on the CPU, without gradients.

    Args:
        path: The ``.onnx`` file.

    Raises:
        ConfigError: onnxruntime is not installed.
        WeightsError: missing, damaged, or of another network.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.session = open_session(path, (INPUT, *OUTPUTS), "typodont export findings")
        self.card: str = self.session.get_modelmeta().custom_metadata_map.get(CARD, "")

    def forward(self, batch: ImageBatch) -> list[Detections]:
        """What is seen in each picture, which the file takes one by one."""
        images = np.ascontiguousarray(batch.image.numpy(), dtype=np.float32)
        answers = [self.session.run(list(OUTPUTS), {INPUT: image[None]}) for image in images]
        return [Detections(*(torch.from_numpy(np.asarray(part)) for part in parts)) for parts in answers]
