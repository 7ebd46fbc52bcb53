"""What a picture shows and which way up it lies, as the network for it says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from typodont.datasets.view_thumbnail import thumbnail
from typodont.nets.image_batch import ImageBatch
from typodont.nets.view_net import KINDS
from typodont.types import Float

_OTHER_WAY = [0, 3, 2, 1]


@dataclass(frozen=True)
class Recognised:
    """What a picture shows.

    Args:
        probabilities: Of each kind in `nets.view_net.KINDS`; they sum to 1.
        turns: (4,) probabilities that so many counter-clockwise quarter turns make the picture upright; they mean
            something for panoramics only.
    """

    probabilities: dict[str, float]
    turns: Float

    @property
    def kind(self) -> str:
        """The most probable kind."""
        return max(self.probabilities, key=self.probabilities.__getitem__)

    @property
    def quarter_turns(self) -> int:
        """Counter-clockwise quarter turns that most probably make the picture upright."""
        return int(self.turns.argmax())


def recognise(image: Float, colourful: float, net: nn.Module) -> Recognised:
    """Look at a picture in all four quarter turns, plain and in the mirror, and average.

    A picture that comes turned or mirrored therefore gets the same answer, turned.

    Args:
        image: (H, W) grey values.
        colourful: Mean chroma of the picture, 0..1.
        net: A `ViewNet`.
    """
    plain = thumbnail(image, colourful)
    looks = [np.rot90(layers, turns, axes=(1, 2)) for layers in (plain, plain[:, :, ::-1]) for turns in range(4)]
    with torch.inference_mode():
        said = net(ImageBatch(torch.from_numpy(np.stack(looks))))
    kind = said.kind.log_softmax(dim=1).mean(dim=0).softmax(dim=0).numpy()
    # a mirrored picture turns the other way, and look i has been turned i times already
    each = said.turns.log_softmax(dim=1).view(2, 4, 4)
    back = [look.roll(turns) for turns, look in enumerate(each[0])]
    back += [look.roll(turns)[_OTHER_WAY] for turns, look in enumerate(each[1])]
    turns = torch.stack(back).mean(dim=0).softmax(dim=0).numpy()
    return Recognised({name: float(chance) for name, chance in zip(KINDS, kind, strict=True)}, turns)
