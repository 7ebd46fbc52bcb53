"""Loss and quick scores of the network that recognises pictures."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from typodont.nets.image_batch import ImageBatch
from typodont.nets.view_net import ViewOutput, ViewTargets


def view_losses(output: ViewOutput, batch: ImageBatch) -> dict[str, Tensor]:
    """Parts of the loss by name and their sum ``loss``; turns count only where they are known."""
    targets = _targets(batch)
    kind = functional.cross_entropy(output.kind, targets.kind)
    known = targets.turns >= 0
    each = functional.cross_entropy(output.turns, targets.turns.clamp_min(0), reduction="none")
    turns = (each * known).sum() / known.sum().clamp_min(1)
    return {"loss": kind + turns, "kind": kind, "turns": turns}


def view_scores(output: ViewOutput, batch: ImageBatch) -> dict[str, float]:
    """Share of right kinds, ``kind_right``, and of right turns where they are known, ``turns_right``."""
    targets = _targets(batch)
    scores = {"kind_right": float((output.kind.argmax(dim=1) == targets.kind).float().mean())}
    known = targets.turns >= 0
    if known.any():
        scores["turns_right"] = float((output.turns.argmax(dim=1) == targets.turns)[known].float().mean())
    return scores


def _targets(batch: ImageBatch) -> ViewTargets:
    if not isinstance(batch.targets, ViewTargets):
        raise ValueError("the network that recognises pictures needs view targets")
    return batch.targets
