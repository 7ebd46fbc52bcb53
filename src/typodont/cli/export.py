"""``typodont export``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from typodont.errors import ConfigError


@dataclass(frozen=True)
class ExportPanoramic:
    """Write the panoramic network for programs without torch.

    The file is kept only if onnxruntime gives the same numbers as torch. `typodont panoramic segment --weights FILE`
    takes it, too.

    Args:
        out: The file.
        onnx: As ONNX; so far the only format.
        weights: Weights to write instead of the shipped ones: a file or a run folder.
    """

    out: Path
    onnx: bool = False
    weights: Path | None = None

    def run(self) -> None:
        """Write, check and say how near it is."""
        if not self.onnx:
            raise ConfigError("no format: --onnx is the only one so far")
        from typodont.tasks.panoramic.export import export_onnx

        check = export_onnx(self.out, weights=self.weights)
        print(
            f"{self.out}: {check.bytes / 1e6:.1f} MB; onnxruntime and torch differ by at most {check.log_classes:.1e} "
            f"(log probabilities) and {check.offset:.1e} pixels (offsets)"
        )


@dataclass(frozen=True)
class ExportFindings:
    """Write a network for findings for programs without torch.

    The file is kept only if onnxruntime finds the same as torch. `typodont findings detect --weights FILE` takes it,
    too.

    Args:
        out: The file.
        onnx: As ONNX; so far the only format.
        modality: Which of the shipped networks.
        weights: Weights to write instead of the shipped ones: a file or a run folder.
    """

    out: Path
    onnx: bool = False
    modality: Literal["photo", "xray"] = "xray"
    weights: Path | None = None

    def run(self) -> None:
        """Write, check and say how near it is."""
        if not self.onnx:
            raise ConfigError("no format: --onnx is the only one so far")
        from typodont.tasks.findings.export import export_onnx

        check = export_onnx(self.out, modality=self.modality, weights=self.weights)
        print(
            f"{self.out}: {check.bytes / 1e6:.1f} MB; for {check.findings} findings of a synthetic picture onnxruntime "
            f"and torch differ by at most {check.score:.1e} (scores) and {check.box:.1e} pixels (boxes)"
        )
