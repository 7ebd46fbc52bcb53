"""The default scan network: a small point U-Net that runs on a laptop's processor."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from typodont.nets.edge_max import EDGE_CHANNELS, edge_max
from typodont.nets.point_batch import PointBatch, PointLevel, PointOutput

OFFSET_UNIT_MM = 5.0


class PointTrunk(nn.Module):
    """Point U-Net over a pyramid of evenly spaced samples, with attention over the whole scan at the coarsest level.

    Args:
        in_channels: Numbers per point.
        widths: Channels of each level, finest first; multiples of 16.
        encoder_blocks: Edge blocks of each level on the way down.
        decoder_blocks: Edge blocks of each level but the coarsest on the way up.
        attention_layers: Transformer layers at the coarsest level.
        sees_position: Tell the coarsest level where its points lie; False keeps a network blind to how the scan
            is turned when its inputs are.
    """

    def __init__(
        self,
        in_channels: int,
        widths: Sequence[int],
        *,
        encoder_blocks: Sequence[int],
        decoder_blocks: Sequence[int],
        attention_layers: int,
        sees_position: bool,
    ) -> None:
        super().__init__()
        if any(width % 16 for width in widths):
            raise ValueError(f"widths {tuple(widths)} must be multiples of 16")
        pairs = list(pairwise(widths))
        self.stem = nn.Linear(in_channels, widths[0])
        self.stem_edge = EdgeLayer(widths[0], widths[0])
        self.encoder = _blocks(widths, encoder_blocks)
        self.down = nn.ModuleList(EdgeLayer(fine, coarse) for fine, coarse in pairs)
        self.place = nn.Linear(3, widths[-1]) if sees_position else None
        self.attention = nn.ModuleList(ArchAttention(widths[-1]) for _ in range(attention_layers))
        self.up = nn.ModuleList(EdgeLayer(coarse, fine) for fine, coarse in pairs)
        self.decoder = _blocks(widths[:-1], decoder_blocks)

    @property
    def feature_channels(self) -> int:
        """Numbers a point of `point_features`."""
        return self.stem.out_features

    @property
    def depth_order(self) -> tuple[tuple[str, ...], ...]:
        """Names of the modules of every stage, from the input to the output."""
        coarsest = len(self.down)
        down = [(f"down.{i - 1}", f"encoder.{i}") for i in range(1, coarsest + 1)]
        up = [(f"up.{i}", f"decoder.{i}") for i in reversed(range(coarsest))]
        return (("stem", "stem_edge", "encoder.0"), *down[:-1], (*down[-1], "place", "attention"), *up, ("head",))

    def point_features(self, batch: PointBatch) -> Tensor:
        """(N, feature_channels) features of the points of the finest level."""
        levels = batch.levels
        x = self.stem(batch.features)
        x = x + functional.relu(self.stem_edge(x, levels[0].near, levels[0].near_edge))
        skips = []
        for depth, level in enumerate(levels):
            x = _through(self.encoder[depth], x, level)
            if level.down is not None and level.down_edge is not None:
                skips.append(x)
                x = self.down[depth](x, level.down, level.down_edge)
        if self.place is not None:
            x = x + self.place(levels[-1].position / 20.0)
        for layer in self.attention:
            x = layer(x, levels[-1].arch)
        for depth in reversed(range(len(levels) - 1)):
            level = levels[depth]
            x = skips[depth] + self.up[depth](x, level.up, level.up_edge)
            x = _through(self.decoder[depth], x, level)
        return x


class PointUNet(PointTrunk):
    """Numbers the teeth of a scan that stands roughly in the arch frame; see `PointTrunk` for the arguments.

    Takes 14 numbers a point, see `datasets.scan_augment.point_features`.
    """

    label_space = 17
    reads = "points"

    def __init__(
        self,
        in_channels: int = 14,
        widths: Sequence[int] = (48, 96, 192, 256),
        *,
        encoder_blocks: Sequence[int] = (1, 2, 2, 1),
        decoder_blocks: Sequence[int] = (1, 1, 1),
        attention_layers: int = 2,
        dropout: float = 0.0,
    ) -> None:
        super().__init__(
            in_channels,
            widths,
            encoder_blocks=encoder_blocks,
            decoder_blocks=decoder_blocks,
            attention_layers=attention_layers,
            sees_position=True,
        )
        self.head = PointHead(widths[0], dropout)

    def forward(self, batch: PointBatch) -> PointOutput:
        return self.head(self.point_features(batch), batch)


class EdgeLayer(nn.Module):
    """Maximum over neighbours of a linear layer of their features and of how they lie."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(in_channels)
        self.feature = nn.Linear(in_channels, out_channels)
        self.geometry = nn.Parameter(torch.randn(EDGE_CHANNELS, out_channels) / EDGE_CHANNELS**0.5)

    def forward(self, x: Tensor, index: Tensor, edge: Tensor) -> Tensor:
        return edge_max(self.feature(self.norm(x)), index, edge, self.geometry)


class EdgeBlock(nn.Module):
    """Residual block: neighbours first, then each point by itself."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.edge = EdgeLayer(width, width)
        self.mix = nn.Linear(width, width)
        self.point = _point_block(width)

    def forward(self, x: Tensor, level: PointLevel) -> Tensor:
        x = x + self.mix(functional.relu(self.edge(x, level.near, level.near_edge)))
        return x + self.point(x)


class ArchAttention(nn.Module):
    """Transformer layer among the points of the same scan."""

    def __init__(self, width: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.mix = nn.Linear(width, width)
        self.point = _point_block(width)

    def forward(self, x: Tensor, arch: Tensor) -> Tensor:
        parts = self.query_key_value(self.norm(x)).view(len(x), 3, self.heads, -1).permute(1, 2, 0, 3)
        same = arch[:, None] == arch[None, :]
        mixed = functional.scaled_dot_product_attention(*parts, attn_mask=same)
        x = x + self.mix(mixed.transpose(0, 1).reshape(len(x), -1))
        return x + self.point(x)


class PointHead(nn.Module):
    """Scan class, offset to the crown's centre, jaw and milk tooth from point features.

    The class is composed of tooth or gum, side and number, plus a free correction: the parts share what they learn
    over both sides and all numbers.
    """

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.parts = {"tooth": 1, "side": 1, "number": 8, "free": 17, "offset": 3, "jaw": 1, "milk": 1}
        self.hidden = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.ReLU(), nn.Dropout(dropout))
        self.last = nn.Linear(2 * width, sum(self.parts.values()))

    def forward(self, x: Tensor, batch: PointBatch) -> PointOutput:
        values = self.last(self.hidden(x)).float()
        part = dict(zip(self.parts, values.split(list(self.parts.values()), dim=1), strict=True))
        # read off the teeth alone: palate and model base give the jaw away on some scans and mislead on others
        trust = torch.sigmoid(part["tooth"][:, 0]).detach() + 1e-3
        jaw = scan_mean(trust * part["jaw"][:, 0], batch.starts) / scan_mean(trust, batch.starts)
        return PointOutput(
            logits=compose_classes(part["tooth"], part["side"], part["number"]) + part["free"],
            offset=part["offset"] * OFFSET_UNIT_MM,
            jaw=jaw,
            milk=part["milk"][:, 0],
        )


def compose_classes(tooth: Tensor, side: Tensor, number: Tensor) -> Tensor:
    """(N, 17) log-probabilities from (N, 1) tooth, (N, 1) side (x > 0) and (N, 8) number logits."""
    log = functional.logsigmoid
    number = functional.log_softmax(number, dim=1) + log(tooth)
    return torch.cat([log(-tooth), number + log(-side), number + log(side)], dim=1)


def scan_mean(values: Tensor, starts: Tensor) -> Tensor:
    """(B,) mean over the points of each scan, from (N,) values and (B + 1,) starts."""
    return torch.stack([part.mean() for part in values.split(starts.diff().tolist())])


def _blocks(widths: Sequence[int], counts: Sequence[int]) -> nn.ModuleList:
    return nn.ModuleList(
        nn.ModuleList(EdgeBlock(width) for _ in range(count)) for width, count in zip(widths, counts, strict=True)
    )


def _through(blocks: nn.Module, x: Tensor, level: PointLevel) -> Tensor:
    for block in blocks.children():
        x = block(x, level)
    return x


def _point_block(width: int) -> nn.Sequential:
    return nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))
