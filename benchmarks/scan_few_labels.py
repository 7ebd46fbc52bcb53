"""What do a few labelled real scans add? The shipped scan weights, fine-tuned with 1, 3, 5 and 10 of them.

Cross-validation over patients: every arch is predicted by weights that saw neither it nor the other jaw of its patient.
A draw shuffles the patients and cuts them into four folds; for every fold, the network learns from the first 1, 3, 5
and 10 arches of the others, so that the ten contain the five. The trainings are short, in three ways: gently,
at the rate of the training from scratch, and at that rate with every second sample a synthetic scan. The
predictions of the whole job are measured as `typodont evaluate scan` does and compared arch by arch with those of the
shipped weights. Predictions stay in the working folder, so that a broken-off run goes on; weights are deleted as soon
as they have predicted. Asserts nothing.

    python benchmarks/scan_few_labels.py --data FOLDER [--labels 1 3] [--draws gently=3 firmly=0] [--out few.json]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from typodont import metrics
from typodont.atomic import write_json
from typodont.datasets.scan_points import make_pool
from typodont.environment import environment
from typodont.errors import ConfigError
from typodont.tasks.measured import interval_values
from typodont.tasks.scan.arch_score import ArchScore
from typodont.tasks.scan.config import ScanTrainConfig
from typodont.tasks.scan.evaluate import EvaluateConfig, LabelledScan, evaluate, labelled_scans
from typodont.tasks.scan.predict import segment_scans
from typodont.tasks.scan.report import ScanReport
from typodont.tasks.scan.train import train
from typodont.tasks.scan.training_data import ScanSource, fill_labelled, fill_synthetic
from typodont.training.fit import LoopConfig
from typodont.training.module import OptimizerConfig
from typodont.training.point_losses import PointLossWeights
from typodont.training.schedule import ScheduleConfig

LABELS = (1, 3, 5, 10)
FOLDS = 4
SYNTHETIC = (2, 100)
"""Series and number of the synthetic scans."""
SHOWN = ("macro_iou", "tooth_f1", "detection_f1", "tooth_gum_accuracy", "all_right", "score")
SHIPPED = "shipped:scan/segment"


@dataclass(frozen=True)
class Way:
    """How the network is fine-tuned.

    Args:
        steps: Of two samples.
        peak: Highest learning rate; the training from scratch had 1.5e-3.
        rate_decay: See `ScanTrainConfig`.
        synthetic: Whether every second sample is a synthetic scan.
    """

    steps: int
    peak: float
    rate_decay: float = 1.0
    synthetic: bool = False


WAYS = {
    "gently": Way(80, 5e-4, rate_decay=0.8),
    "firmly": Way(50, 1.5e-3),
    "firmly, with synthetic scans": Way(50, 1.5e-3, synthetic=True),
}


@dataclass(frozen=True)
class Fold:
    """One part of the patients, and whom to learn from.

    Args:
        test: Arches of this part.
        others: Arches of all other patients, in the order in which they are labelled.
    """

    test: list[LabelledScan]
    others: list[LabelledScan]


def main() -> int:
    """Measure the shipped weights, then draw by draw the fine-tuned ones; table and file grow with every draw."""
    options = _options()
    scans = labelled_scans(options.data)
    fill_labelled(options.work / "pools", options.data, make_pool)
    fill_synthetic(options.work / "synthetic", *SYNTHETIC, make_pool)
    segment_scans([scan.mesh for scan in scans], options.work / "shipped")
    before = measured(options.work / "shipped", options)
    found: dict[tuple[str, int], list[ArchScore]] = {}
    draws = dict.fromkeys(WAYS, 1) | {way: int(number) for way, _, number in (d.partition("=") for d in options.draws)}
    for draw in range(max(draws.values())):
        for way, n in ((way, n) for way in WAYS for n in options.labels if draw < draws[way]):
            predictions = options.work / way.replace(" ", "_") / f"draw_{draw}" / f"{n}_labels"
            for fold in folds(scans, seed=options.seed + draw):
                predict_fold(fold, n, predictions, WAYS[way], options, seed=draw)
            found.setdefault((way, n), []).extend(measured(predictions, options))
        rows = [row("not at all", 0, before, before)]
        rows += [row(way, n, arches, before) for (way, n), arches in found.items()]
        print_rows(rows)
        if options.out:
            study = {"folds": FOLDS, "patients": len(patients_of(scans)), "arches": len(scans)}
            study |= {"ways": {name: asdict(way) for name, way in WAYS.items() if draws[name]}, "seed": options.seed}
            write_json({"study": study, "rows": rows, "environment": environment()}, options.out)
    return 0


def folds(scans: Sequence[LabelledScan], *, seed: int) -> Iterator[Fold]:
    """The patients in random order, cut into `FOLDS` parts; behind each part come the others, round the circle.

    Raises:
        ConfigError: too few patients for the largest number of labels.
    """
    patients = patients_of(scans)
    order = [patients[i] for i in np.random.default_rng(seed).permutation(len(patients))]
    for part in np.array_split(np.arange(len(order)), FOLDS):
        start, end = part[0], part[-1] + 1
        others = of_patients([*order[end:], *order[:start]], scans)
        if len(others) < max(LABELS):
            raise ConfigError(f"{len(others)} arches of other patients to learn from, expected {max(LABELS)} or more")
        yield Fold(of_patients(order[start:end], scans), others)


def patients_of(scans: Sequence[LabelledScan]) -> list[str]:
    """Whose scans they are, everybody once."""
    return sorted({scan.patient for scan in scans})


def of_patients(patients: Sequence[str], scans: Sequence[LabelledScan]) -> list[LabelledScan]:
    """The scans of these patients, in the order of the patients."""
    return [scan for patient in patients for scan in scans if scan.patient == patient]


def predict_fold(fold: Fold, n: int, out: Path, way: Way, options: argparse.Namespace, *, seed: int) -> None:
    """Predictions for the test arches of a fold by weights that learnt from the first `n` others.

    Nothing is done where all of them are there.
    """
    if all((out / f"{scan.name}.json").exists() for scan in fold.test):
        return
    with tempfile.TemporaryDirectory() as scratch:
        names = Path(scratch) / "names.txt"
        names.write_text("\n".join(scan.name for scan in fold.others[:n]), encoding="utf-8")
        sources = [pools(options.work / "pools", names)]
        sources += [pools(options.work / "synthetic")] if way.synthetic else []
        run = train(fine_tuning(tuple(sources), Path(scratch), way, seed=seed))
        done = json.loads((run / "report.json").read_text(encoding="utf-8"))["steps"]
        if done != way.steps:
            raise SystemExit(f"a training was asked to end after {done} of {way.steps} steps; run again to go on")
        segment_scans([scan.mesh for scan in fold.test], out, weights=run)


def pools(folder: Path, names: Path | None = None) -> ScanSource:
    """Cached scans to learn from, all or the named ones; what has seen them never ships."""
    return ScanSource("pools", folder, names=names, licence="to measure only", shippable=False)


def fine_tuning(sources: tuple[ScanSource, ...], runs: Path, way: Way, *, seed: int) -> ScanTrainConfig:
    """A short training from the shipped weights.

    Jaw and milk teeth do not count: one arch would teach that there is but one jaw, and Teeth3DS gives milk teeth
    permanent numbers.
    """
    return ScanTrainConfig(
        name="few_labels",
        runs=runs,
        sources=sources,
        validation=None,
        init=SHIPPED,
        rate_decay=way.rate_decay,
        seed=seed,
        loss=PointLossWeights(jaw=0, milk=0),
        schedule=ScheduleConfig(max_steps=way.steps, peak=way.peak, warmup_steps=way.steps // 10),
        optimizer=OptimizerConfig(ema_decay=0.98),
        loop=LoopConfig(workers=0, validate_every=0, log_every=10, checkpoint_minutes=60),
    )


def measured(predictions: Path, options: argparse.Namespace) -> list[ArchScore]:
    """Every labelled arch against its prediction."""
    return list(evaluate(options.data, predictions, config=EvaluateConfig(mixed=tuple(options.mixed))).arches)


def row(way: str, n: int, arches: Sequence[ArchScore], before: Sequence[ArchScore]) -> dict[str, Any]:
    """Figures of all draws together, and by how much they differ from `before` on the same arches.

    The intervals are over patients; the draws of one patient stay together.
    """
    figures = ScanReport(arches).figures(arches)
    earlier = {arch.name: arch.figures for arch in before}
    patients = [arch.patient for arch in arches]
    gains = {
        name: metrics.bootstrap_mean([a.figures[name] - earlier[a.name][name] for a in arches], patients)
        for name in SHOWN
    }
    return {
        "way": way,
        "labels": n,
        "draws": len(arches) // len(before),
        "figures": {name: interval_values(figures[name]) for name in SHOWN},
        "gains": {name: interval_values(gain) for name, gain in gains.items()},
        "groups": {
            group: {name: interval_values(found[name]) for name in SHOWN}
            for group, members in ScanReport(arches).groups().items()
            if group in ("permanent", "mixed")
            for found in [ScanReport(members).figures(members)]
        },
    }


def print_rows(rows: Sequence[dict[str, Any]]) -> None:
    """One line for every way and number of labels; gains in brackets."""
    for line in rows:
        cells = [f"{name} {line['figures'][name]['value']:.3f} ({line['gains'][name]['value']:+.3f})" for name in SHOWN]
        print(f"{line['labels']:>3} {line['way']:<30}{line['draws']} draws  " + "  ".join(cells), flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="labelled scans in Teeth3DS layout")
    parser.add_argument("--mixed", nargs="*", default=[], help="patients with milk teeth under permanent numbers")
    parser.add_argument(
        "--work", type=Path, default=Path("runs/few_labels"), help="folder for cached scans, predictions"
    )
    parser.add_argument("--labels", nargs="+", type=int, choices=LABELS, default=list(LABELS))
    parser.add_argument("--draws", nargs="+", default=[], help="WAY=NUMBER; one each by default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
