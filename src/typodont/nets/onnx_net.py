"""A network for panoramics that ran through ONNX, with the same call as the one that was trained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from typodont.errors import ConfigError, WeightsError
from typodont.nets.image_batch import ImageBatch, ToothMaskOutput

INPUT = "image"
OUTPUTS = ("tooth", "lower", "right", "place", "offset")
"""Names in the file: of the (B, 1, H, W) picture, and of the fields of `ToothMaskOutput`."""


class OnnxNet(nn.Module):
    """Runs a file that `typodont export panoramic` wrote in onnxruntime; on the CPU, without gradients.

    Args:
        path: The ``.onnx`` file.

    Raises:
        ConfigError: onnxruntime is not installed.
        WeightsError: missing, damaged, or of another network.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.session = open_session(path, (INPUT, *OUTPUTS), "typodont export panoramic")

    def forward(self, batch: ImageBatch) -> ToothMaskOutput:
        """Answers on a grid of half the picture's height and width."""
        image = np.ascontiguousarray(batch.image.numpy(), dtype=np.float32)
        answers = self.session.run(list(OUTPUTS), {INPUT: image})
        return ToothMaskOutput(*(torch.from_numpy(np.asarray(answer)) for answer in answers))


def open_session(path: Path, names: Sequence[str], command: str) -> Any:
    """The onnxruntime session of a file, on the CPU.

    Args:
        path: The ``.onnx`` file.
        names: Of its inputs and outputs.
        command: That writes such files.

    Raises:
        ConfigError: onnxruntime is not installed.
        WeightsError: missing, damaged, or of another network.
    """
    try:
        import onnxruntime
    except ImportError:
        raise ConfigError(f"{path}: needs onnxruntime; pip install 'typodont[onnx]'") from None
    try:
        session = onnxruntime.InferenceSession(Path(path).read_bytes(), providers=["CPUExecutionProvider"])
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read ({error.strerror}), expected a .onnx file") from None
    except Exception as error:  # noqa: BLE001 onnxruntime's errors have no base class of their own
        raise WeightsError(f"{path}: no ONNX model, or damaged ({str(error).splitlines()[0]})") from None
    found = [node.name for node in (*session.get_inputs(), *session.get_outputs())]
    if found != list(names):
        raise WeightsError(f"{path}: found a model with {', '.join(found)}, expected one from `{command}`")
    return session
