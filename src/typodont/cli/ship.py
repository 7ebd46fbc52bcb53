"""``typodont ship``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ShipScan:
    """Calibrate, measure and pack trained scan weights.

    Fits the confidences on synthetic scans that no training saw, measures on others, and writes both networks, the
    calibration and the cards with the figures. Refuses weights whose training sources may not be passed on.

    Args:
        segment: Run folder of the stage "segment".
        pose: Run folder of the stage "pose".
        out: Folder for the packed weights; by default the package's own, from which every prediction then takes them.
        real: Labelled real scans to measure on as well (Teeth3DS layout).
        mixed: Names of real patients with milk teeth under permanent numbers.
        calibrate: Synthetic scans for the calibration.
        measure: Synthetic scans for the figures.
        jobs: Processes that make the synthetic scans.
        results: JSON file for all figures.
    """

    segment: Path
    pose: Path
    out: Path | None = None
    real: Path | None = None
    mixed: tuple[str, ...] = ()
    calibrate: int = 60
    measure: int = 60
    jobs: int = 1
    results: Path | None = None

    def run(self) -> None:
        """Pack and say where."""
        from typodont.tasks.scan.models import DEFAULT_WEIGHTS
        from typodont.tasks.scan.ship import ShipConfig, ship

        out = self.out or DEFAULT_WEIGHTS
        config = ShipConfig(
            self.segment,
            self.pose,
            out,
            real=self.real,
            mixed=self.mixed,
            calibrate=self.calibrate,
            measure=self.measure,
            jobs=self.jobs,
            results=self.results,
        )
        figures = ship(config)
        for where, found in figures.items():
            group = found["groups"]["all"]["figures"]
            shown = ", ".join(f"{name} {group[name]['value']:.3f}" for name in ("macro_iou", "tooth_f1"))
            print(f"{where}: {shown}")
        print(f"packed: {out}")
