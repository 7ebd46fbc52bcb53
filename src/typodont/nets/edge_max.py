"""The one expensive operation of the point network: a maximum over neighbours, with a linear geometric term."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from typodont.geometry.native import load_native, pointer

EDGE_CHANNELS = 8
_LANES = 16
_CHUNK = 2048
_SOURCE = Path(__file__).with_name("edge_max.c")


def edge_max(features: Tensor, index: Tensor, edge: Tensor, weight: Tensor) -> Tensor:
    """max over j of ``features[index[i, j]] + edge[i, j] @ weight``.

    A linear layer of a neighbour's features plus a linear layer of how the neighbour lies, then max-pooling: an
    EdgeConv whose linear parts were taken out of the loop. Backward touches the winning neighbour only.

    Args:
        features: (N, C) float32: already multiplied by the feature part of the layer; C a multiple of 16.
        index: (M, k) int32: neighbours, k <= 255.
        edge: (M, k, 8) float32: constants, no gradient flows into them.
        weight: (8, C) float32.

    Returns:
        (M, C) float32.

    Source: Wang et al., Dynamic Graph CNN (2019), with the factorisation of Qian et al., ASSANet (2021).
    """
    return _EdgeMax.apply(features, index, edge, weight)  # type: ignore[no-any-return]


class _EdgeMax(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, features: Tensor, index: Tensor, edge: Tensor, weight: Tensor) -> Tensor:
        features, weight = features.float().contiguous(), weight.float().contiguous()
        library = _library(features)
        with torch.autocast(features.device.type, enabled=False):
            out, which = (_forward_native if library else _forward_torch)(features, index, edge, weight)
        ctx.save_for_backward(index, edge, which)
        ctx.sizes = (features.shape[0], weight.shape)
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        index, edge, which = ctx.saved_tensors
        n_features, weight_shape = ctx.sizes
        grad = grads[0].float().contiguous()
        grad_features = grad.new_zeros(n_features, grad.shape[1])
        grad_weight = grad.new_zeros(weight_shape)
        backward = _backward_native if _library(grad) else _backward_torch
        backward(grad, index, edge, which, grad_features, grad_weight)
        return grad_features, None, None, grad_weight


def _library(tensor: Tensor) -> ctypes.CDLL | None:
    if tensor.device.type != "cpu" or tensor.shape[1] % _LANES:
        return None
    return load_native(_SOURCE)


def _forward_torch(features: Tensor, index: Tensor, edge: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    outs, whichs = [], []
    for start in range(0, len(index), _CHUNK):
        rows = slice(start, start + _CHUNK)
        near = features.index_select(0, index[rows].reshape(-1).long()).view(*index[rows].shape, -1)
        near = torch.baddbmm(near, edge[rows], weight.expand(len(near), -1, -1))
        best = near.max(dim=1)
        outs.append(best.values)
        whichs.append(best.indices.to(torch.uint8))
    return torch.cat(outs), torch.cat(whichs)


def _backward_torch(
    grad: Tensor, index: Tensor, edge: Tensor, which: Tensor, grad_features: Tensor, grad_weight: Tensor
) -> None:
    won = which.long()
    grad_features.scatter_add_(0, index.long().gather(1, won), grad)
    for dim in range(edge.shape[2]):
        grad_weight[dim] = (grad * edge[:, :, dim].gather(1, won)).sum(dim=0)


def _forward_native(features: Tensor, index: Tensor, edge: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    out = features.new_empty(index.shape[0], features.shape[1])
    which = torch.empty_like(out, dtype=torch.uint8)
    _call("edge_max_forward", features, *_constants(index, edge), weight, out, which, sizes=(index, features))
    return out, which


def _backward_native(
    grad: Tensor, index: Tensor, edge: Tensor, which: Tensor, grad_features: Tensor, grad_weight: Tensor
) -> None:
    _call("edge_max_backward", grad, *_constants(index, edge), which, grad_features, grad_weight, sizes=(index, grad))


def _constants(index: Tensor, edge: Tensor) -> tuple[Tensor, Tensor]:
    return index.to(torch.int32).contiguous(), edge.float().contiguous()


def _call(name: str, *tensors: Tensor, sizes: tuple[Tensor, Tensor]) -> None:
    library = load_native(_SOURCE)
    assert library is not None
    (n, k), channels = sizes[0].shape, sizes[1].shape[1]
    getattr(library, name)(*map(pointer, tensors), *map(ctypes.c_int64, (n, k, channels)))
