"""What is left of a pre-training, whatever it was on: the network without what was put around it."""

from __future__ import annotations

from torch import nn

HEADLESS = "Pre-trained only: the head is random, so that it cannot predict before it is fine-tuned."
"""On the card of all pre-trained weights."""


def trunk_of(net: nn.Module) -> nn.Module:
    """The network inside; every module for pre-training calls it `trunk`."""
    return net.trunk  # type: ignore[return-value]
