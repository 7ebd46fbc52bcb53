"""Loss and quick scores of the network that draws the margin line."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from typodont.datasets.margin_strips import SPREAD_COLUMNS, STEP_MM
from typodont.nets.line_net import LineBatch, LineOutput


def line_losses(output: LineOutput, batch: LineBatch) -> dict[str, Tensor]:
    """``loss``: cross-entropy between the columns' probabilities and a narrow bell around the true line."""
    offset, known = _truth(batch)
    column = torch.arange(output.logits.shape[2], device=offset.device)
    bell = torch.softmax(-0.5 * ((column - offset[..., None]) / SPREAD_COLUMNS) ** 2, dim=-1)
    entropy = -(bell * functional.log_softmax(output.logits, dim=-1)).sum(dim=-1)
    return {"loss": (entropy * known).sum() / known.sum().clamp_min(1)}


def line_scores(output: LineOutput, batch: LineBatch) -> dict[str, float]:
    """``line_mm``: mean distance of the most probable column from the line, each row by itself."""
    offset, known = _truth(batch)
    error = (output.logits.argmax(dim=-1) - offset).abs()[known] * STEP_MM
    return {"line_mm": float(error.mean()) if known.any() else float("nan")}


def _truth(batch: LineBatch) -> tuple[Tensor, Tensor]:
    if batch.targets is None:
        raise ValueError("the line network needs to know where the line runs")
    known = batch.targets.offset.isfinite()
    return batch.targets.offset.nan_to_num(), known
