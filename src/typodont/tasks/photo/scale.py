"""What says how large things are: a tooth's width, a ruler in the picture, or else what mouths are usually like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from typodont.errors import ConfigError, LabelError
from typodont.tasks.photo.seen import SeenLandmarks
from typodont.tasks.photo.unknowns import Guess, Knowledge, Seen3D
from typodont.types import Float

TOOTH_WIDTH_SPREAD_MM = 0.15
"""How well a width is measured with a caliper in a mouth or on a cast."""
RULER_DEPTH_SPREAD = 0.05
"""How far before or behind the landmarks a ruler is held, as a share of the distance: 8 mm of 150."""
RULER_CLICK_PX = 1.5
"""How well its ends are marked in the picture."""
_WIDTHS_MM = (2.0, 16.0)
_RULERS_MM = (1.0, 200.0)


@dataclass(frozen=True)
class ToothWidth:
    """The distance between the contact points of a tooth, known from a caliper, a cast or a scan.

    Args:
        fdi: Which tooth.
        mm: Its mesio-distal width.
        ends: Places of its mesial and distal landmark among all.
        spread_mm: Standard deviation of the measurement, and of the model's tooth from the real one.
    """

    fdi: int
    mm: float
    ends: tuple[int, int]
    spread_mm: float

    def terms(self, guess: Guess, seen: Seen3D) -> tuple[Float, Float]:
        """See `unknowns.Knowledge`."""
        mesial, distal = self.ends
        across = seen.points[mesial] - seen.points[distal]
        width = max(float(np.linalg.norm(across)), 1e-9)
        derivative = np.zeros((1, guess.n_unknowns))
        change = seen.by_theta[mesial] - seen.by_theta[distal]
        derivative[0, : len(guess.theta)] = (across / width) @ change / self.spread_mm
        return np.array([(width - self.mm) / self.spread_mm]), derivative


@dataclass(frozen=True)
class Ruler:
    """Two places in a photograph whose distance is known, held about as far from the lens as the teeth and across it.

    Args:
        photo: Which photograph, with its landmarks.
        index: Its place among all.
        ends: (x, y) of both places, pixels.
        mm: Their distance.
    """

    photo: SeenLandmarks
    index: int
    ends: tuple[tuple[float, float], tuple[float, float]]
    mm: float

    @property
    def length_px(self) -> float:
        """How long it is in the picture."""
        return float(np.linalg.norm(np.subtract(*self.ends)))

    def terms(self, guess: Guess, seen: Seen3D) -> tuple[Float, Float]:
        """See `unknowns.Knowledge`."""
        camera = guess.cameras[self.index]
        use = self.photo.informative
        toward = -camera.rotation[2]
        middle = seen.points[use].mean(axis=0)
        depth = max(float(toward @ (middle - camera.position)), 1.0)
        spread = np.hypot(RULER_DEPTH_SPREAD, np.sqrt(2) * RULER_CLICK_PX / self.length_px)
        residual = np.log(depth * self.length_px / (camera.focal_px * self.mm)) / spread
        part = guess.camera_part(self.index)
        derivative = np.zeros(guess.n_unknowns)
        derivative[: len(guess.theta)] = toward @ seen.by_theta[use].mean(axis=0) / depth
        turned = camera.rotation @ middle
        derivative[part] = np.r_[-turned[1] / depth, turned[0] / depth, 0, 0, 0, -1 / depth, -1]
        return np.array([residual]), derivative[None] / spread


def tooth_width(fdi: int, mm: float, names: Sequence[str], *, misfit_mm: float = 0.0) -> ToothWidth:
    """A known width of a tooth among named landmarks.

    A model that cannot express a tooth exactly must not be bent until its width is exact: that would spoil the size of
    all others. So what it cannot express of both ends is added to the spread, and several widths tell more than one.

    Args:
        fdi: Which tooth. mm: Its width. names: (L,) of the landmarks.
        misfit_mm: Standard deviation of what the shape model cannot express at a landmark, along one direction.

    Raises:
        LabelError: the landmarks have no such tooth.
        ConfigError: no width of a tooth.
    """
    if not _WIDTHS_MM[0] <= mm <= _WIDTHS_MM[1]:
        raise ConfigError(f"tooth {fdi} is said to be {mm:g} mm wide, expected {_WIDTHS_MM[0]:g} to {_WIDTHS_MM[1]:g}")
    ends = tuple(f"{fdi} {side}" for side in ("mesial", "distal"))
    missing = [name for name in ends if name not in names]
    if missing:
        raise LabelError(f"found no landmark {missing[0]!r} for the width of tooth {fdi}; expected a tooth 1..7 here")
    spread = float(np.hypot(TOOTH_WIDTH_SPREAD_MM, np.sqrt(2) * misfit_mm))
    return ToothWidth(fdi, mm, (list(names).index(ends[0]), list(names).index(ends[1])), spread)


def ruler(photo: SeenLandmarks, index: int, ends: tuple[tuple[float, float], tuple[float, float]], mm: float) -> Ruler:
    """A known distance between two places of a photograph.

    Raises:
        ConfigError: the places lie outside the picture or fall together, or the length cannot be.
    """
    if not _RULERS_MM[0] <= mm <= _RULERS_MM[1]:
        raise ConfigError(f"the ruler is said to be {mm:g} mm, expected {_RULERS_MM[0]:g} to {_RULERS_MM[1]:g}")
    known = Ruler(photo, index, ends, mm)
    inside = all(0 <= x <= photo.size[0] - 1 and 0 <= y <= photo.size[1] - 1 for x, y in ends)
    if not inside or known.length_px < 10 * RULER_CLICK_PX:
        raise ConfigError(
            f"found a ruler from {ends[0]} to {ends[1]} in a picture of {photo.size[0]} x {photo.size[1]} pixels, "
            f"expected two places in it at least {10 * RULER_CLICK_PX:g} pixels apart"
        )
    return known


def scale_source(knowledge: Sequence[Knowledge]) -> dict[str, Any]:
    """What the size rests on, as plain values and in words."""
    widths = [known for known in knowledge if isinstance(known, ToothWidth)]
    rulers = [known for known in knowledge if isinstance(known, Ruler)]
    told = [f"tooth {known.fdi} is {known.mm:g} mm wide" for known in widths]
    told += [f"a ruler of {known.mm:g} mm" for known in rulers]
    if not told:
        return {"source": "mean anatomy", "words": "size from what mouths are usually like; nobody measured this one"}
    kinds = [*(["tooth width"] if widths else []), *(["ruler"] if rulers else [])]
    return {"source": " and ".join(kinds), "words": "size known: " + ", ".join(told)}
