"""What was found about the teeth of one jaw; the record that ties the jobs together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from typodont.anatomy import check_jaw, is_milk, is_tooth, jaw
from typodont.errors import LabelError


@dataclass(frozen=True)
class Tooth:
    """One tooth that was found.

    Args:
        fdi: Its number.
        confidence: Calibrated probability 0..1 that it is there and has this number.
        alternatives: Other numbers with their probabilities, most probable first; 0 stands for "no tooth".
        milk: Whether it is a milk tooth; None where that is not known (the number then is the successor's).
        centre: Of its crown surface, mm, in the coordinates of the scan.
        n_vertices: Vertices of the input that carry its number.

    Raises:
        LabelError: no FDI tooth number, or a number that contradicts `milk`.
    """

    fdi: int
    confidence: float
    alternatives: tuple[tuple[int, float], ...] = ()
    milk: bool | None = None
    centre: tuple[float, float, float] | None = None
    n_vertices: int = 0

    def __post_init__(self) -> None:
        if is_milk(self.fdi) and self.milk is False:
            raise LabelError(f"{self.fdi} is a milk tooth number, but the tooth is said to be a permanent one")
        for fdi, _ in self.alternatives:
            if fdi and not is_tooth(fdi):
                raise LabelError(f"{fdi} is no FDI tooth number; expected one as alternative to {self.fdi}")


@dataclass(frozen=True)
class Chart:
    """The teeth of one jaw, and how sure their numbering is.

    Args:
        jaw: "upper" or "lower".
        teeth: In any order; no number twice.
        margin: Log odds between this numbering and the next best one; None where there is no other.
        alternatives: Other numberings of the same teeth: (one number per tooth, in the order of `teeth`; log odds
            of this chart against it), best first.

    Raises:
        LabelError: a tooth of the other jaw, a number twice, or alternatives of another length.
    """

    jaw: str
    teeth: tuple[Tooth, ...]
    margin: float | None = None
    alternatives: tuple[tuple[tuple[int, ...], float], ...] = ()

    def __post_init__(self) -> None:
        check_jaw(self.jaw)
        numbers = [tooth.fdi for tooth in self.teeth]
        strangers = [fdi for fdi in numbers if jaw(fdi) != self.jaw]
        if strangers:
            raise LabelError(f"found the teeth {strangers} in the chart of the {self.jaw} jaw")
        if len(set(numbers)) != len(numbers):
            raise LabelError(f"found a number twice in the chart {sorted(numbers)}")
        if any(len(fdi) != len(numbers) for fdi, _ in self.alternatives):
            raise LabelError(f"found an alternative chart that has not {len(numbers)} numbers, one for every tooth")

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `from_dict` makes the same chart of them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Chart:
        """The chart that `to_dict` wrote, also after a way through JSON.

        Raises:
            LabelError: keys are missing or unknown, or the numbers make no chart.
        """
        try:
            teeth = tuple(_tooth_from_dict(tooth) for tooth in values["teeth"])
            alternatives = tuple((tuple(fdi), odds) for fdi, odds in values.get("alternatives", ()))
            return cls(values["jaw"], teeth, values.get("margin"), alternatives)
        except (KeyError, TypeError, ValueError) as error:
            raise LabelError(f"no chart: {error}; expected what Chart.to_dict gives") from None


def _tooth_from_dict(values: Mapping[str, Any]) -> Tooth:
    centre = values.get("centre")
    alternatives = tuple((fdi, probability) for fdi, probability in values.get("alternatives", ()))
    return Tooth(**{**values, "alternatives": alternatives, "centre": None if centre is None else tuple(centre)})
