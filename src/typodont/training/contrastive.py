"""PointInfoNCE: the same spot in two views shall look alike to the network, and unlike every other spot of the scan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from typodont.nets.contrastive_net import ViewOutput, ViewPair


@dataclass(frozen=True)
class ContrastiveConfig:
    """PointInfoNCE and what was added to it; the defaults did best, the published numbers stand behind each.

    Args:
        temperature: Divides the products of features; published 0.4.
        normalise: Features of length 1, so that a product is a cosine; published no.
        both_ways: The second view asks the first, too; published no.
        hardness: Weight of negatives grows with exp(hardness x their logit), at a mean of 1 (Robinson et al. 2021).
        apart_mm: Spots that lie nearer each other than this are no negatives of each other; published 0.
        scales_mm: Sizes at which spots are compared; 0 means points, 4 the means over cells of 4 mm. The loss is the
            mean over the scales.
        hidden, out: Channels of the projector; published 512 and 32.
    """

    temperature: float = 0.1
    normalise: bool = True
    both_ways: bool = True
    hardness: float = 0.0
    apart_mm: float = 1.0
    scales_mm: tuple[float, ...] = (0.0,)
    hidden: int = 128
    out: int = 32


def contrastive_losses(output: ViewOutput, batch: ViewPair, config: ContrastiveConfig) -> dict[str, Tensor]:
    """``loss``: mean over the scans of the batch and the scales; ``scale_…`` for each scale where there are several."""
    parts = {}
    for scale in config.scales_mm:
        scans = [point_info_nce(*spots, config=config) for spots in _spots(output, batch, scale)]
        parts[f"scale_{scale:g}mm"] = torch.stack(scans).mean()
    loss = torch.stack(list(parts.values())).mean()
    return {"loss": loss, **(parts if len(parts) > 1 else {})}


def contrastive_scores(output: ViewOutput, batch: ViewPair) -> dict[str, float]:
    """``found``: share of the spots whose likest spot in the other view (by cosine) is the right one or within 1 mm."""
    right = []
    for first, second, place in _spots(output, batch, 0.0):
        likest = (functional.normalize(first, dim=1) @ functional.normalize(second, dim=1).T).argmax(dim=1)
        right.append(((place[likest] - place).norm(dim=1) < 1.0).float().mean())
    return {"found": float(torch.stack(right).mean())}


def point_info_nce(first: Tensor, second: Tensor, place: Tensor, *, config: ContrastiveConfig) -> Tensor:
    """Cross-entropy of finding each spot of one scan among all of its spots.

    Args:
        first, second: (P, C) features; row i of both is the same spot.
        place: (P, 3) where the spots are, mm; read only if `apart_mm` says so.
        config: See there.

    Source: Xie et al., PointContrast (2020), as used by He et al. (MIDL 2022).
    """
    if config.normalise:
        first, second = functional.normalize(first, dim=1), functional.normalize(second, dim=1)
    logits = first @ second.T / config.temperature
    own = torch.eye(len(logits), dtype=torch.bool, device=logits.device)
    if config.apart_mm > 0:
        logits = logits.masked_fill((torch.cdist(place, place) < config.apart_mm) & ~own, -torch.inf)
    loss = _cross_entropy(logits, own, config.hardness)
    return 0.5 * (loss + _cross_entropy(logits.T, own, config.hardness)) if config.both_ways else loss


def _cross_entropy(logits: Tensor, own: Tensor, hardness: float) -> Tensor:
    """Mean over the rows of -log softmax at the diagonal; harder negatives weigh more."""
    if hardness > 0:
        negatives = logits.masked_fill(own, -torch.inf)
        count = negatives.isfinite().sum(dim=1, keepdim=True).clamp_min(1)
        weight = hardness * negatives - torch.logsumexp(hardness * negatives, dim=1, keepdim=True) + count.log()
        logits = torch.where(own, logits, negatives + weight.detach().nan_to_num(neginf=0.0, posinf=0.0))
    return functional.cross_entropy(logits, torch.arange(len(logits), device=logits.device))


def _spots(output: ViewOutput, batch: ViewPair, scale: float) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Features of both views and places, scan by scan: of the pairs, or of their means over cells of `scale` mm."""
    counts = batch.starts.diff().tolist()
    parts = (output.first.split(counts), output.second.split(counts), batch.place.split(counts))
    for first, second, place in zip(*parts, strict=True):
        if scale:
            _, cell = torch.unique((place / scale).floor(), dim=0, return_inverse=True)
            first, second, place = (_means(values, cell) for values in (first, second, place))
        yield first, second, place


def _means(values: Tensor, group: Tensor) -> Tensor:
    """(G, C) means of the rows of (N, C) values with the same number 0..G-1."""
    total = values.new_zeros(int(group.max()) + 1, values.shape[1]).index_add(0, group, values)
    return total / torch.bincount(group)[:, None]
