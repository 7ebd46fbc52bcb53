"""The trained parts of the crown job, each loaded when it is first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from torch import nn

from typodont.errors import WeightsError
from typodont.tasks.crown.kind import KindModel, load_kind_model
from typodont.tasks.crown.margin_models import DEFAULT_WEIGHTS, MarginModels, load_margin_models
from typodont.tasks.scan.models import ScanModels
from typodont.tasks.scan.models import load_models as load_scan_models
from typodont.training.weights import load_weights

NAMES = ("margin", "line", "outer", "kind")
"""Networks of the job, by the names of their files: they tell prepared from unprepared surface, draw the margin line,
complete the outer surface, and decide what is to be made."""

STAGES = {"margin": "margin", "line": "line", "outer": "outer", "kind": "classify"}
"""Which stage of the training makes them."""


@dataclass(frozen=True)
class CrownModels:
    """What `design_restoration` needs; nothing is loaded that is not asked for.

    Args:
        folder: With ``margin.safetensors`` and so on, see `NAMES`.
    """

    folder: Path

    @cached_property
    def scan(self) -> ScanModels:
        """Of the scan job, which numbers the teeth around the preparation."""
        return load_scan_models()

    @cached_property
    def margin(self) -> MarginModels:
        """The two networks that find the margin line."""
        return load_margin_models(self.folder)

    @cached_property
    def outer(self) -> nn.Module:
        """The network that completes the outer surface."""
        return load_weights(self._present("outer"))[0]

    @cached_property
    def kind(self) -> KindModel:
        """The network that decides between crown, inlay and onlay."""
        return load_kind_model(self._present("kind"))

    @property
    def files(self) -> dict[str, Path]:
        """Name -> file of the weights that are there, those of the scan job too, for the run record."""
        own = {name: self._file(name) for name in NAMES}
        return {**self.scan.files, **{name: file for name, file in own.items() if file.exists()}}

    def _present(self, name: str) -> Path:
        """A file of weights that must be there.

        Raises:
            WeightsError: it is not.
        """
        file = self._file(name)
        if not file.exists():
            raise WeightsError(f"{file}: no such weights; train them with typodont train crown --stage {STAGES[name]}")
        return file

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.safetensors"


def load_models(weights: Path | None = None) -> CrownModels:
    """The shipped networks, or those of a folder of weights.

    Raises:
        WeightsError: there is no such folder.
    """
    folder = DEFAULT_WEIGHTS if weights is None else Path(weights)
    if not folder.is_dir():
        raise WeightsError(
            f"{folder}: no such folder; expected one with {', '.join(f'{name}.safetensors' for name in NAMES)}"
        )
    return CrownModels(folder)
