"""``typodont evaluate``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class EvaluateScan:
    """Measure the scan job against labelled scans: official and strict figures with intervals over patients.

    Prints a table and the wrong teeth of every arch; OUT/report.json holds every figure.

    Args:
        data: Folder of scans with NAME.json (Teeth3DS labels) beside them, also in folders below.
        predictions: Results of `typodont scan segment` to measure; predicted now when left out.
        out: Folder for report.json and the predictions.
        mixed: Patients with milk and permanent teeth, measured apart: names, comma lists or files of names.
        milk: Compare milk teeth as their permanent successors, or with the numbers as written.
        weights: Weights to predict with instead of the shipped ones.
        seed: Of the bootstrap.
    """

    data: Path
    predictions: Path | None = None
    out: Path | None = None
    mixed: tuple[str, ...] = ()
    milk: Literal["successor", "keep"] = "successor"
    weights: Path | None = None
    seed: int = 0

    def run(self) -> int:
        """Measure, print the table and say where the report is."""
        from typodont.tasks.scan.evaluate import EvaluateConfig, evaluate

        config = EvaluateConfig(mixed=self.mixed, milk=self.milk, weights=self.weights, seed=self.seed)
        report = evaluate(self.data, self.predictions, out=self.out, config=config)
        print(report.table(), end="")
        if self.out is not None:
            print(f"\nall figures in {self.out / 'report.json'}")
        return 0


@dataclass(frozen=True)
class EvaluatePanoramic:
    """Measure the panoramic job against labelled pictures: masks, numbers, whole charts, with intervals over pictures.

    Prints a table and the wrong teeth of every picture; OUT/report.json holds every figure.

    Args:
        data: COCO file, or folder with images and FDI masks, grey-coded masks or COCO files.
        numbers: JSON file from grey values to FDI numbers, for grey-coded masks.
        predictions: Results of `typodont panoramic segment` to measure; predicted now when left out.
        out: Folder for report.json and the predictions.
        weights: Weights to predict with instead of the shipped ones.
        seed: Of the bootstrap.
    """

    data: Path
    numbers: Path | None = None
    predictions: Path | None = None
    out: Path | None = None
    weights: Path | None = None
    seed: int = 0

    def run(self) -> int:
        """Measure, print the table and say where the report is."""
        from typodont.tasks.panoramic.evaluate import EvaluateConfig, evaluate

        config = EvaluateConfig(numbers=self.numbers, weights=self.weights, seed=self.seed)
        report = evaluate(self.data, self.predictions, out=self.out, config=config)
        print(report.table(), end="")
        if self.out is not None:
            print(f"\nall figures in {self.out / 'report.json'}")
        return 0


@dataclass(frozen=True)
class EvaluateFindings:
    """Measure the findings job against labelled pictures: average precision, sensitivity, false alarms, tooth numbers.

    Prints one table; OUT/report.json holds every figure. Only categories that a picture labels are judged in it; masks
    are compared where everything has one, boxes always.

    Args:
        data: Labelled pictures: COCO, Roboflow, YOLO, CSV boxes, labelme or masks, a file or a folder.
        rename: CATEGORY=OURS: what a category of the labels is here; CATEGORY= leaves it out.
        modality: Which of the shipped networks predicts, where the categories do not tell.
        predictions: COCO file with scores, or results of `typodont findings detect`; predicted now when left out.
        out: Folder for report.json and the predictions.
        weights: Weights to predict with instead of the shipped ones.
        numbering: Number the teeth as `typodont findings detect` does, to measure that too; takes longer.
        seed: Of the bootstrap.
    """

    data: Path
    rename: tuple[str, ...] = ()
    modality: Literal["photo", "xray"] | None = None
    predictions: Path | None = None
    out: Path | None = None
    weights: Path | None = None
    numbering: bool = False
    seed: int = 0

    def run(self) -> int:
        """Measure, print the table and say where the report is."""
        from typodont.tasks.findings.evaluate import EvaluateConfig, evaluate, renamed

        config = EvaluateConfig(
            renamed(self.rename), self.modality, self.weights, numbering=self.numbering, seed=self.seed
        )
        report = evaluate(self.data, self.predictions, out=self.out, config=config)
        print(report.table(), end="")
        if self.out is not None:
            print(f"\nall figures in {self.out / 'report.json'}")
        return 0


@dataclass(frozen=True)
class EvaluateCrown:
    """Measure the crown job on cases whose truth is known: margin line, outer surface, fit; with intervals over cases.

    Prints one table by kind of restoration; OUT/report.json holds every figure, OUT/designs what was designed.

    Args:
        data: Folder of crown cases as `typodont synth crown` writes them; with --designed a scan.
        out: Folder for report.json and the designs.
        designed: Crown that a technician designed for the scan: an open surface whose edge is the margin line.
        tooth: FDI number of the prepared tooth of that scan.
        margin: Find the margin line and the axis, or take the true ones, to measure the rest by itself.
        kind: Say what is to be made, or let it be decided.
        find_tooth: Let the prepared tooth be looked for instead of naming it.
        most: At most so many cases.
        work: Folder in which scores are kept, so that a run that was broken off goes on where it stopped.
        weights: Folder of weights to use instead of the shipped ones.
        seed: Of the bootstrap.
    """

    data: Path
    out: Path | None = None
    designed: Path | None = None
    tooth: int | None = None
    margin: Literal["found", "true"] = "found"
    kind: Literal["true", "auto"] = "true"
    find_tooth: bool = False
    most: int | None = None
    work: Path | None = None
    weights: Path | None = None
    seed: int = 0

    def run(self) -> int:
        """Measure, print the table and say where the report is."""
        from typodont.tasks.crown.evaluate import EvaluateConfig, evaluate, evaluate_designed

        config = EvaluateConfig(
            margin=self.margin,
            kind=self.kind,
            tooth="found" if self.find_tooth else "true",
            weights=self.weights,
            most=self.most,
            seed=self.seed,
            work=self.work,
        )
        if self.designed is None:
            report = evaluate(self.data, out=self.out, config=config)
        else:
            report = evaluate_designed(self.data, self.designed, tooth=self.tooth, out=self.out, config=config)
        print(report.table(), end="")
        if self.out is not None:
            print(f"\nall figures in {self.out / 'report.json'}")
        return 0


@dataclass(frozen=True)
class EvaluatePhoto:
    """Measure the photo job on photographs whose truth is known: landmarks, and the shapes fitted to them.

    Prints tables by view: errors of landmarks in pixels, mm and % of the arch's width, what the circles of the stated
    spreads hold, distances of the fitted surfaces with and without a known size. OUT/report.json holds every figure,
    OUT/coverage.png the calibration.

    Args:
        data: Folder of photographs of one subject, as `typodont synth photo --subject` writes them.
        out: Folder for the figures.
        told: Tell the network the view, instead of letting it find out.
        shapes: Fit shapes, too; takes a second or two a photograph.
        weights: Weights file or run folder of the stage "landmarks" instead of the shipped weights.
        calibrate: First fit the factors that make the spreads mean what they say on the photographs of this folder, and
            write them beside the weights; take others than those of `data`.
        seed: Of the bootstrap.
    """

    data: Path
    out: Path | None = None
    told: bool = False
    shapes: bool = True
    weights: Path | None = None
    calibrate: Path | None = None
    seed: int = 0

    def run(self) -> int:
        """Measure, print the tables and say where the figures are."""
        from typodont.tasks.photo.evaluate import EvaluateConfig, evaluate

        config = EvaluateConfig(
            told=self.told, shapes=self.shapes, weights=self.weights, calibrate=self.calibrate, seed=self.seed
        )
        print(evaluate(self.data, out=self.out, config=config).table(), end="")
        if self.out is not None:
            print(f"\nall figures in {self.out / 'report.json'}")
        return 0
