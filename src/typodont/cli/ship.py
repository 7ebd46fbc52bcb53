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


@dataclass(frozen=True)
class ShipPanoramic:
    """Measure, calibrate and pack trained panoramic weights.

    Fits the confidences on labelled pictures that no training saw, measures on them, and writes the networks, the
    calibration and the cards with the figures. Refuses weights whose training sources may not be passed on.

    Args:
        segment: Run folder of the network for pixels.
        view: Run folder of the network for what a picture shows and which way up.
        measure: NAME=PATH of labelled pictures that no training saw.
        earlier: Run folder of the network before its last training, in which it saw the pictures of --before.
        before: NAME=PATH of labelled pictures that only that last training saw; measured with --earlier.
        synthetic: NAME=PATH of synthetic pictures to measure on as well.
        measure_view: KIND=PATH of pictures (a panoramic, radiograph, photo or other) new to the network of --view.
        sources: PART=NAME: how the card calls the training source in whose path PART occurs.
        out: Folder for the packed weights; by default the package's own, from which every prediction then takes them.
        results: JSON file for all figures.
    """

    segment: Path
    view: Path | None = None
    measure: tuple[str, ...] = ()
    earlier: Path | None = None
    before: tuple[str, ...] = ()
    synthetic: tuple[str, ...] = ()
    measure_view: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    out: Path | None = None
    results: Path | None = None

    def run(self) -> None:
        """Pack and say where."""
        from typodont.tasks.panoramic.models import DEFAULT_WEIGHTS
        from typodont.tasks.panoramic.ship import ShipConfig, ship

        out = self.out or DEFAULT_WEIGHTS
        config = ShipConfig(
            self.segment,
            self.view,
            measure=self.measure,
            earlier=self.earlier,
            before=self.before,
            synthetic=self.synthetic,
            measure_view=self.measure_view,
            sources=self.sources,
            out=out,
            results=self.results,
        )
        reports = ship(config)
        for where, report in reports.teeth.items():
            figures = report.figures(report.pictures)
            names = ("binary_dice", "tooth_dice", "right_number", "errors", "perfect_chart")
            print(f"{where}: " + ", ".join(f"{name} {figures[name].value:.3f}" for name in names))
        for seen in reports.view:
            shares = ", ".join(f"{name} {figure.value:.3f}" for name, figure in seen.figures().items())
            print(f"{seen.source.kind} of {seen.source.name}: {shares}")
        print(f"packed: {out}")


@dataclass(frozen=True)
class ShipFindings:
    """Measure, calibrate and pack trained findings weights.

    Chooses probabilities and operating points on labelled pictures that no training saw, measures on them and on
    others, and writes the networks, the calibration and the cards with the figures and with what there is no real
    evidence for. Refuses weights whose training sources may not be passed on.

    Args:
        photo: Run folder of the network for photographs.
        xray: Run folder of the network for radiographs.
        calibrate: MODALITY:NAME=PATH of real labelled pictures on which operating points may be chosen.
        synthetic: MODALITY:NAME=PATH of synthetic ones, which choose what no set of --calibrate has enough of.
        measure: MODALITY:NAME=PATH of real ones that only measure.
        rename: NAME:CATEGORY=OURS for the labels of a set; NAME:CATEGORY= leaves the category out.
        sources: PART=NAME: how the card calls the training source in whose path PART occurs.
        out: Folder for the packed weights; by default the package's own, from which every prediction then takes them.
        results: JSON file for all figures.
        work: Folder in which predictions are kept, so that a run that was broken off goes on where it stopped.
    """

    photo: Path | None = None
    xray: Path | None = None
    calibrate: tuple[str, ...] = ()
    synthetic: tuple[str, ...] = ()
    measure: tuple[str, ...] = ()
    rename: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    out: Path | None = None
    results: Path | None = None
    work: Path | None = None

    def run(self) -> None:
        """Pack and say where."""
        from typodont.tasks.findings.models import DEFAULT_WEIGHTS
        from typodont.tasks.findings.ship import ShipConfig, ship

        out = self.out or DEFAULT_WEIGHTS
        config = ShipConfig(
            self.photo,
            self.xray,
            calibrate=self.calibrate,
            synthetic=self.synthetic,
            measure=self.measure,
            rename=self.rename,
            sources=self.sources,
            out=out,
            results=self.results,
            work=self.work,
        )
        for modality, shipped in ship(config).items():
            for where, report in shipped.reports.items():
                print(f"{modality}, {where} ({len(report.pictures)} pictures)\n{report.table(points=False)}")
            print("\n".join(f"{name}: {words}" for name, words in shipped.evidence.items()))
        print(f"packed: {out}")


@dataclass(frozen=True)
class ShipCrown:
    """Measure trained crown weights together and pack them.

    Designs every case with margin line and axis found, and again with them given, and writes the four networks and
    their cards with the figures. Refuses weights whose training sources may not be passed on.

    Args:
        margin: Run folder of the stage "margin".
        line: Run folder of the stage "line".
        outer: Run folder of the stage "outer".
        kind: Run folder of the stage "classify".
        measure: Folder of synthetic cases that no training saw.
        real: SCAN,CROWN,TOOTH: a scan, a technician's crown for it, and the FDI number; only figures of it are kept.
        out: Folder for the packed weights; by default the package's own, from which every design then takes them.
        results: JSON file for all figures.
        work: Folder in which scores are kept, so that a run that was broken off goes on where it stopped.
        most: At most so many cases.
    """

    margin: Path
    line: Path
    outer: Path
    kind: Path
    measure: Path
    real: tuple[str, ...] = ()
    out: Path | None = None
    results: Path | None = None
    work: Path | None = None
    most: int | None = None

    def run(self) -> None:
        """Pack and say where."""
        from typodont.tasks.crown.models import DEFAULT_WEIGHTS
        from typodont.tasks.crown.ship import ShipConfig, ship

        out = self.out or DEFAULT_WEIGHTS
        config = ShipConfig(
            self.margin,
            self.line,
            self.outer,
            self.kind,
            self.measure,
            real=self.real,
            out=out,
            results=self.results,
            work=self.work,
            most=self.most,
        )
        for where, report in ship(config).items():
            print(f"{where} ({len(report.cases)} cases)\n{report.table()}")
        print(f"packed: {out}")


@dataclass(frozen=True)
class ShipPhoto:
    """Calibrate, measure and pack a trained network for landmarks.

    Fits the spreads on photographs that no training saw, measures landmarks and fitted shapes on others, and writes
    the network, its calibration and its card with the figures. Refuses weights whose training sources may not be
    passed on.

    Args:
        landmarks: Run folder of the stage "landmarks".
        calibrate: Folder of photographs to calibrate on.
        measure: Folder of others, with their surfaces, to measure on.
        real: VIEW=FILE: real photographs of one person, measured one by one and together; only figures are kept.
        crowns: Folder with that person's crowns, named by FDI numbers (11.ply), mm.
        sources: PART=NAME: how the card calls the training source in whose path PART occurs.
        out: Folder for the packed weights; by default the package's own, from which every prediction then takes them.
        results: JSON file for all figures.
    """

    landmarks: Path
    calibrate: Path
    measure: Path
    real: tuple[str, ...] = ()
    crowns: Path | None = None
    sources: tuple[str, ...] = ()
    out: Path | None = None
    results: Path | None = None

    def run(self) -> None:
        """Pack and say where."""
        from typodont.tasks.photo.landmarks import DEFAULT_WEIGHTS
        from typodont.tasks.photo.ship import ShipConfig, ship

        out = self.out or DEFAULT_WEIGHTS
        report = ship(
            ShipConfig(
                self.landmarks,
                self.calibrate,
                self.measure,
                real=self.real,
                crowns=self.crowns,
                sources=self.sources,
                out=out,
                results=self.results,
            )
        )
        print(report.synthetic.table())
        for one in report.real:
            print(one.line())
        print(f"packed: {out}")
