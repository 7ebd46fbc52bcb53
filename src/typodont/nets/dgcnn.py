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
LOCAL_CHANNELS = 3 * 64
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
            [layers(2 * in_channels, 128, 128, 64), layers(128, 64, 64, 64), layers(128, 64, 64)]
        )
        self.whole = Layer(LOCAL_CHANNELS, GLOBAL_CHANNELS)
        self.jaw = Layer(2, JAW_CHANNELS)
        self.head = nn.Sequential(
            Layer(GLOBAL_CHANNELS + LOCAL_CHANNELS + JAW_CHANNELS, 256),
            nn.Dropout(dropout),
            Layer(256, 256),
            nn.Dropout(dropout),
            Layer(256, 128),
            nn.Linear(128, 33, bias=False),
        )

    def forward(self, batch: PointBatch) -> PointOutput:
        if bool((batch.jaw < 0).any()):
            raise ValueError("this network needs to know the jaw of every scan")
        counts = batch.starts.diff()
        said = self.jaw(functional.one_hot(batch.jaw, 2).to(batch.features.dtype).repeat_interleave(counts, dim=0))
        whole, near = self.point_features(batch).split([GLOBAL_CHANNELS, LOCAL_CHANNELS], dim=1)
        return PointOutput(logits=self.head(torch.cat([whole, said, near], dim=1)).float())

    @property
    def feature_channels(self) -> int:
        """Numbers a face of `point_features`: 1216 as published."""
        return GLOBAL_CHANNELS + LOCAL_CHANNELS

    def point_features(self, batch: PointBatch) -> Tensor:
        """(N, 1216) features of the faces: what the whole scan is, and what is near the face.

        Raises:
            ValueError: in training, scans with different numbers of faces.
        """
        counts = batch.starts.diff().tolist()
        scans = batch.features.split(counts)
        if len(set(counts)) == 1:
            return self._scans(torch.stack(scans)).flatten(0, 1)
        if self.training:
            raise ValueError(f"in training all scans of a batch need the same number of faces, found {counts}")
        return torch.cat([self._scans(x[None])[0] for x in scans])

    def _scans(self, x: Tensor) -> Tensor:
        """(B, N, 1216) features from (B, N, C) faces."""
        x = x @ self.transform(edge_features(x, self.k))
        local = []
        for block in self.blocks:
            x = block(edge_features(x, self.k)).amax(dim=2)
            local.append(x)
        near = torch.cat(local, dim=2)
        whole = self.whole(near).amax(dim=1, keepdim=True)
        return torch.cat([whole.expand(-1, x.shape[1], -1), near], dim=2)


class TransformNet(nn.Module):
    """A (B, C, C) matrix that turns the input of each scan, identity at the start."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels
        self.edges = layers(2 * channels, 64, 128)
        self.points = Layer(128, 1024)
        self.scan = layers(1024, 512, 256)
        self.matrix = nn.Linear(256, channels * channels)
        nn.init.zeros_(self.matrix.weight)
        nn.init.eye_(self.matrix.bias.data.view(channels, channels))

    def forward(self, edges: Tensor) -> Tensor:
        x = self.points(self.edges(edges).amax(dim=2)).amax(dim=1)
        return self.matrix(self.scan(x)).view(-1, self.channels, self.channels)


class Layer(nn.Module):
    """1 x 1 convolution (a linear layer over the last axis), batch normalisation, Mish.

    The normalisation runs over all scans, faces and edges of a batch, as that of a convolution does.
    """

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.linear = nn.Linear(before, after, bias=False)
        self.norm = nn.BatchNorm1d(after)

    def forward(self, x: Tensor) -> Tensor:
        x = self.linear(x)
        return functional.mish(self.norm(x.flatten(0, -2)).view_as(x))


def layers(*channels: int) -> nn.Sequential:
    """Layers with the given numbers of channels, one behind the other."""
    return nn.Sequential(*(Layer(before, after) for before, after in pairwise(channels)))


def edge_features(x: Tensor, k: int) -> Tensor:
    """(B, N, k, 2 C): difference to each of the k nearest in feature space, and the point itself, from (B, N, C)."""
    edges = []
    for own in x:
        near = nearest_features(own, min(k, len(own)))
        other = own.index_select(0, near.flatten()).view(*near.shape, -1)
        middle = own[:, None].expand_as(other)
        edges.append(torch.cat([other - middle, middle], dim=2))
    return torch.stack(edges)


@torch.no_grad()
def nearest_features(x: Tensor, k: int, *, chunk: int = 2048) -> Tensor:
    """(N, k) int64: nearest rows of (N, C) features, itself included."""
    x = x.float()
    length = (x**2).sum(dim=1)
    parts = [length[None] - 2 * rows @ x.T for rows in x.split(chunk)]
    return torch.cat([part.topk(k, dim=1, largest=False).indices for part in parts])
