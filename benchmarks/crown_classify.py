"""Inlay or onlay: the published network from scratch and after CT, and one that keeps millimetres, on the same cases.

The first inlays and onlays of a folder of crown cases, as many of each, are cut as the published study cuts its thirty:
two thirds to learn from, the last third to stop by. Like that study this reports the last third, which is flattered by
stopping at its best; and, what counts, the inlays and onlays of another folder that no training saw. Every arm is
trained over several seeds, all arms on the same cases.

- "published, from scratch": the tooth alone as binary 128 x 128 x 50 volume, stretched; all layers learn
- "published, after CT": the same, first trained on CT volumes of two kinds, the first 13 layers frozen
- "stretched, small network": the same volumes, the network of the next arm
- "millimetres": the tooth with its surroundings on 14 x 14 x 12 mm in voxels of 0.25 mm

The published widths and lengths take days on a small computer; `--widths`, `--epochs`, `--ct-epochs` say what was cut.
With few steps the published momentum of the normalisation leaves its statistics where they began, so that the network
says the same of everything: `--momentum 0.1` then. Runs stay in the working folder, so that a broken-off benchmark goes
on. Asserts nothing.

    typodont synth ct -n 100 --out CT
    python benchmarks/crown_classify.py --data CASES --test OTHERS --ct CT [--seeds 3] [--out crown_classify.json]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from typing import Any

from typodont import metrics
from typodont.atomic import write_json
from typodont.datasets.crown_volumes import KindVolume, case_kind
from typodont.datasets.volume_grid import VolumeGridConfig
from typodont.environment import environment
from typodont.errors import ConfigError
from typodont.records.crown_case import find_crown_cases
from typodont.tasks.crown.classify_config import (
    PUBLISHED_LOOP,
    PUBLISHED_OPTIMIZER,
    PUBLISHED_SCHEDULE,
    ClassifyTrainConfig,
    CtTrainConfig,
)
from typodont.tasks.crown.classify_data import kind_volumes, last_held_out
from typodont.tasks.crown.config import CrownSource, CrownTrainConfig
from typodont.tasks.crown.kind import load_kind_model
from typodont.tasks.crown.kind_report import KindReport, report_on
from typodont.tasks.crown.train import train
from typodont.tasks.measured import interval_values
from typodont.training.run import NetConfig

KINDS = ("onlay", "inlay")
HOLD_OUT = 1 / 3
FIGURES = ("accuracy", "sensitivity", "specificity", "precision")
FROZEN = ("stages", "head.2")
"""The first 13 layers, and the dropout, which the published transfer leaves out."""


@dataclass(frozen=True)
class Arm:
    """One way to learn it.

    Args:
        config: Of the training; name, folders and seed are filled in.
        after_ct: Whether it begins with the network that was trained on CT.
    """

    config: ClassifyTrainConfig
    after_ct: bool = False


def main() -> int:
    """Train and measure arm by arm, seed by seed; table and file grow with every training."""
    options = _options()
    source = CrownSource(options.data, names=_names(options.data, options.n, options.work / "names.txt"))
    begun = train(ct_config(options))
    rows: list[dict[str, Any]] = []
    for name, arm in arms(options).items():
        if options.arms and name not in options.arms:
            continue
        reports: dict[str, list[KindReport]] = {"held out": [], "unseen": []}
        for seed in range(options.seeds):
            config = filled_in(arm, name, source, begun, options, seed=seed)
            model = load_kind_model(train(config))
            reports["held out"].append(report_on(model, held_out(source, config)))
            reports["unseen"].append(report_on(model, kind_volumes(CrownSource(options.test), config)))
            found = [row(name, where, each, config) for where, each in reports.items()]
            print_rows(found)
            if options.out:
                study = {"cases": options.n, "seeds": seed + 1, "widths": options.widths, "epochs": options.epochs}
                study |= {"ct": ct_figures(begun), "ct_epochs": options.ct_epochs, "steps": options.steps}
                study |= {"momentum": options.momentum}
                write_json({"study": study, "rows": rows + found, "environment": environment()}, options.out)
        rows += found
    return 0


def arms(options: argparse.Namespace) -> dict[str, Arm]:
    """All ways, by the name in the table."""
    published = ClassifyTrainConfig(
        net=NetConfig("ct_cnn", {"widths": options.widths, "momentum": options.momentum}),
        grid=VolumeGridConfig(),
        schedule=replace(PUBLISHED_SCHEDULE, max_epochs=options.epochs),
        optimizer=replace(PUBLISHED_OPTIMIZER, bf16=True),
        loop=replace(PUBLISHED_LOOP, workers=0),
    )
    kept = ClassifyTrainConfig(net=NetConfig("kind_cnn", {"kinds": 2}))
    kept = replace(
        kept,
        schedule=replace(kept.schedule, max_steps=options.steps, watch="loss", stop_after=1000),
        loop=replace(kept.loop, validate_every=25, log_every=25),
    )
    return {
        "published, from scratch": Arm(published),
        "published, after CT": Arm(replace(published, freeze=FROZEN), after_ct=True),
        "stretched, small network": Arm(replace(kept, grid=VolumeGridConfig())),
        "millimetres": Arm(kept),
    }


def filled_in(
    arm: Arm, name: str, source: CrownSource, begun: Path, options: argparse.Namespace, *, seed: int
) -> ClassifyTrainConfig:
    """The config of one training."""
    return replace(
        arm.config,
        name=f"{name.replace(', ', '_').replace(' ', '_')}_{seed}",
        runs=options.work / "runs",
        kinds=KINDS,
        sources=(source,),
        hold_out=HOLD_OUT,
        cache=options.work / "volumes",
        init=str(begun) if arm.after_ct else None,
        seed=seed,
    )


def ct_config(options: argparse.Namespace) -> CtTrainConfig:
    """The training on CT; the published code holds out the last 60 of 200 volumes, as this does."""
    return CtTrainConfig(
        name="ct",
        runs=options.work / "runs",
        sources=(CrownSource(options.ct),),
        cache=options.work / "volumes",
        net=NetConfig("ct_cnn", {"widths": options.widths, "momentum": options.momentum}),
        schedule=replace(PUBLISHED_SCHEDULE, max_epochs=options.ct_epochs),
        optimizer=replace(PUBLISHED_OPTIMIZER, bf16=True),
        loop=replace(PUBLISHED_LOOP, workers=0),
    )


def ct_figures(run: Path) -> dict[str, float]:
    """How well the CT volumes that were held out were told apart, pass by pass the best."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    found = [line["val/accuracy"] for line in lines if "val/accuracy" in line]
    return {"accuracy": max(found), "passes": len(found)}


def held_out(source: CrownSource, config: CrownTrainConfig) -> list[KindVolume]:
    """The cases that the training stopped by."""
    assert isinstance(config, ClassifyTrainConfig)
    volumes = kind_volumes(source, config)
    return [v for kind in range(len(KINDS)) for v in last_held_out([v for v in volumes if v.kind == kind], HOLD_OUT)[1]]


def row(name: str, where: str, reports: Sequence[KindReport], config: ClassifyTrainConfig) -> dict[str, Any]:
    """Figures of all seeds: those of each, and their mean.

    The seeds answer for the same cases, so that the interval of the mean is that of one answer for each case.
    """
    each = [report.figures() for report in reports]
    n = {figure: round(mean(figures[figure].n for figures in each)) for figure in FIGURES}
    means = {figure: mean(figures[figure].value for figures in each) for figure in FIGURES}
    about = {
        figure: metrics.wilson_interval(round(means[figure] * n[figure]), n[figure])
        for figure in FIGURES
        if means[figure] == means[figure]
    }
    return {
        "arm": name,
        "where": where,
        "cases": len(reports[0].cases),
        "net": config.net.name,
        "mean": {figure: interval_values(replace(at, value=means[figure])) for figure, at in about.items()},
        "seeds": [{figure: interval_values(figures[figure]) for figure in FIGURES} for figures in each],
        "taken_for": [report.taken_for() for report in reports],
    }


def print_rows(rows: Sequence[dict[str, Any]]) -> None:
    """One line for every arm and set."""
    for line in rows:
        shown = [f"{name} {m['value']:.2f} ({m['low']:.2f} to {m['high']:.2f})" for name, m in line["mean"].items()]
        each = " ".join(f"{seed['accuracy']['value']:.2f}" for seed in line["seeds"])
        print(f"{line['arm']:<26}{line['where']:<10}{line['cases']:>4} cases  {'  '.join(shown)}  [{each}]", flush=True)


def _names(data: Path, n: int, path: Path) -> Path:
    """A file with the names of the first n / 2 cases of each kind."""
    cases = [(folder.name, case_kind(folder)) for folder in find_crown_cases(data)]
    chosen = [[name for name, said in cases if said == kind][: n // 2] for kind in KINDS]
    if min(map(len, chosen)) < n // 2:
        found = ", ".join(f"{len(names)} {kind}s" for kind, names in zip(KINDS, chosen, strict=True))
        raise ConfigError(f"{data}: found {found}, expected {n // 2} or more of each; make more or ask for fewer (--n)")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(name for names in chosen for name in names), encoding="utf-8")
    return path


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="crown cases to learn from")
    parser.add_argument("--test", type=Path, required=True, help="crown cases of other patients")
    parser.add_argument("--ct", type=Path, required=True, help="folder with CT-0 and CT-23")
    parser.add_argument("--n", type=int, default=200, help="cases to learn from, half of them inlays")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--arms", nargs="+", help="names of those to train; all by default")
    parser.add_argument("--widths", type=int, nargs=4, default=[64, 64, 128, 256], help="of the published network")
    parser.add_argument("--momentum", type=float, default=0.01, help="of its normalisation, see nets.ct_cnn")
    parser.add_argument("--epochs", type=int, default=100, help="most passes of the published arms")
    parser.add_argument("--ct-epochs", type=int, default=100, help="most passes over the CT volumes")
    parser.add_argument("--steps", type=int, default=600, help="of the small network, eight cases each")
    parser.add_argument("--work", type=Path, default=Path("runs/crown_classify"), help="folder for volumes and runs")
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
