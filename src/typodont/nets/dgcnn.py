"""The published network of the contrastive pre-training study: a DGCNN over the faces of a scan.

Source: He et al., Unsupervised pre-training improves tooth segmentation in 3-dimensional intraoral mesh scans
(MIDL 2022): 15 numbers a face, 25 neighbours, a 15 x 15 transform net, EdgeConv blocks 128-128-64, 64-64-64 and
64-64, global 1024, head 256-256-128-33 with the jaw given, Mish, dropout 0.4.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from typodont.nets.point_batch import PointBatch, PointOutput

FACE_CHANNELS = 15
GLOBAL_CHANNELS = 1024
JAW_CHANNELS = 64


class DGCNN(nn.Module):
    """Dynamic graph CNN over faces; the jaw is an input.

    `logits` of the output are over 33 classes: gum, then 11..18, 21..28, 31..38, 41..48.

    Args:
        in_channels: Numbers per face: centre, three corners minus centre, normal.
        k: Neighbours in feature space.
        dropout: Of the head.
    """

    label_space = 33
    reads = "faces"

    def __init__(self, in_channels: int = FACE_CHANNELS, k: int = 25, dropout: float = 0.4) -> None:
        super().__init__()
        self.k = k
        self.transform = TransformNet(in_channels)
        self.blocks = nn.ModuleList(
            [
                edge_convolution(2 * in_channels, 128, 128, 64),
                edge_convolution(128, 64, 64, 64),
                edge_convolution(128, 64, 64),
            ]
        )
        self.whole = layer(nn.Conv1d, 3 * 64, GLOBAL_CHANNELS)
        self.jaw = layer(nn.Conv1d, 2, JAW_CHANNELS)
        self.head = nn.Sequential(
            layer(nn.Conv1d, GLOBAL_CHANNELS + 3 * 64 + JAW_CHANNELS, 256),
            nn.Dropout(dropout),
            layer(nn.Conv1d, 256, 256),
            nn.Dropout(dropout),
            layer(nn.Conv1d, 256, 128),
            nn.Conv1d(128, 33, 1, bias=False),
        )

    def forward(self, batch: PointBatch) -> PointOutput:
        if bool((batch.jaw < 0).any()):
            raise ValueError("this network needs to know the jaw of every scan")
        counts = batch.starts.diff().tolist()
        scans = [faces.T for faces in batch.features.split(counts)]
        if len(set(counts)) == 1:
            logits = self._scans(torch.stack(scans), batch.jaw).flatten(0, 1)
        elif not self.training:
            jaws = batch.jaw.split(1)
            logits = torch.cat([self._scans(x[None], jaw)[0] for x, jaw in zip(scans, jaws, strict=True)])
        else:
            raise ValueError(f"in training all scans of a batch need the same number of faces, found {counts}")
        return PointOutput(logits=logits.float())

    def _scans(self, x: Tensor, jaw: Tensor) -> Tensor:
        """(B, N, 33) logits from (B, C, N) faces and (B,) jaws."""
        matrix = self.transform(edge_features(x, self.k))
        x = (x.transpose(1, 2) @ matrix).transpose(1, 2)
        local = []
        for block in self.blocks:
            x = block(edge_features(x, self.k)).amax(dim=3)
            local.append(x)
        near = torch.cat(local, dim=1)
        whole = self.whole(near).amax(dim=2, keepdim=True)
        said = self.jaw(functional.one_hot(jaw, 2).to(x.dtype)[:, :, None])
        wide = [part.expand(-1, -1, x.shape[2]) for part in (whole, said)]
        return self.head(torch.cat([*wide, near], dim=1)).transpose(1, 2)


class TransformNet(nn.Module):
    """A (1, C, C) matrix that turns the input of a scan, identity at the start."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels
        self.edges = nn.Sequential(layer(nn.Conv2d, 2 * channels, 64), layer(nn.Conv2d, 64, 128))
        self.points = layer(nn.Conv1d, 128, 1024)
        self.scan = nn.Sequential(*scan_layer(1024, 512), *scan_layer(512, 256))
        self.matrix = nn.Linear(256, channels * channels)
        nn.init.zeros_(self.matrix.weight)
        nn.init.eye_(self.matrix.bias.data.view(channels, channels))

    def forward(self, edges: Tensor) -> Tensor:
        x = self.points(self.edges(edges).amax(dim=3)).amax(dim=2)
        return self.matrix(self.scan(x)).view(-1, self.channels, self.channels)


def edge_features(x: Tensor, k: int) -> Tensor:
    """(B, 2 C, N, k): difference to each of the k nearest in feature space, and the point itself, from (B, C, N)."""
    edges = []
    for own in x:
        other = own.T[nearest_features(own.T, min(k, own.shape[1]))].permute(2, 0, 1)
        own = own[:, :, None].expand_as(other)
        edges.append(torch.cat([other - own, own]))
    return torch.stack(edges)


@torch.no_grad()
def nearest_features(x: Tensor, k: int, *, chunk: int = 2048) -> Tensor:
    """(N, k) int64: nearest rows of (N, C) features, itself included."""
    x = x.float()
    length = (x**2).sum(dim=1)
    parts = [length[None] - 2 * rows @ x.T for rows in x.split(chunk)]
    return torch.cat([part.topk(k, dim=1, largest=False).indices for part in parts])


def edge_convolution(*channels: int) -> nn.Sequential:
    """1 x 1 convolutions over edges with the given numbers of channels."""
    return nn.Sequential(*(layer(nn.Conv2d, a, b) for a, b in pairwise(channels)))


def layer(kind: type[nn.Conv1d] | type[nn.Conv2d], before: int, after: int) -> nn.Sequential:
    """1 x 1 convolution, batch normalisation, Mish."""
    norm = nn.BatchNorm1d if kind is nn.Conv1d else nn.BatchNorm2d
    return nn.Sequential(kind(before, after, 1, bias=False), norm(after), nn.Mish())


def scan_layer(before: int, after: int) -> tuple[nn.Module, ...]:
    """Linear layer, batch normalisation and Mish for one vector a scan; training needs two scans a batch or more."""
    return nn.Linear(before, after, bias=False), nn.BatchNorm1d(after), nn.Mish()
