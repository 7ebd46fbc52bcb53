"""Does contrastive pre-training on unlabelled scans save labels? Studies on synthetic arches.

    objectives   what improves on the published objective, on the default network with 10 labelled scans
    default      the default network, pre-trained by the best of them, against scratch with 5 to 100 labelled scans
    longer       the default network from scratch, given the steps of the pre-training, too
    published    the published DGCNN, pre-trained and fine-tuned as published, on fewer faces and steps than published

1000 scans without labels, 100 with labels, 20 held out. Prints the table of each study; writes its JSON beside --out.
A study that was broken off goes on where it stopped. Asserts nothing.

    python benchmarks/scan_pretraining.py objectives default longer published --out docs/reference/results
"""

from __future__ import annotations

import argparse
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

from typodont.atomic import write_json
from typodont.datasets.scan_views import ViewConfig
from typodont.tasks.pretrain.scan import pretrain
from typodont.tasks.pretrain.scan_config import ScanPretrainConfig
from typodont.tasks.scan.training_data import ScanSource
from typodont.tasks.shipping import without_folders
from typodont.tasks.study.config import Arm, StudyConfig
from typodont.tasks.study.study import study, table
from typodont.training.config import config_to_dict, load_config
from typodont.training.contrastive import ContrastiveConfig
from typodont.training.fit import LoopConfig
from typodont.training.module import OptimizerConfig
from typodont.training.schedule import ScheduleConfig

WEIGHTS = Path(__file__).parents[1] / "docs" / "how-to" / "weights"
APART, VIEWS = ContrastiveConfig(), ViewConfig()
COSINES = replace(APART, both_ways=False, apart_mm=0.0)
PUBLISHED = replace(COSINES, normalise=False, temperature=0.4)
OBJECTIVES = {
    "published": (PUBLISHED, VIEWS),
    "normalised": (COSINES, VIEWS),
    "apart": (APART, VIEWS),
    "hard": (replace(APART, hardness=0.5), VIEWS),
    "curved": (APART, replace(VIEWS, curved=1.0)),
    "scales": (replace(APART, scales_mm=(0.0, 4.0)), VIEWS),
}
"""Each from `apart` on adds one thing to it."""
BEST = "apart"
N_UNLABELLED, N_LABELLED, N_HELD_OUT = 1000, 100, 20
PUBLISHED_FACES, PUBLISHED_NEIGHBOURS = 500, 10


def main() -> int:
    """Do the studies that were asked for."""
    options = _options()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for name in options.study:
        result = study("scan", STUDIES[name](options))
        print(f"\n{name}\n{table(result.values)}\n" + "\n".join(result.values["sentences"]), flush=True)
        if options.out:
            values = result.values | {"config": without_folders(result.values["config"])}
            write_json(values, options.out / f"scan_pretraining_{name}.json", default=str)
    return 0


def objectives(options: argparse.Namespace) -> StudyConfig:
    """Every objective on the default network, few labels."""
    arms = [Arm("scratch")] + [Arm(name, {"init": _pretrained(name, options, steps=250)}) for name in OBJECTIVES]
    return _study("objectives", arms, _default_base(options, steps=200), (0.1,), options.seeds, options)


def default(options: argparse.Namespace) -> StudyConfig:
    """The default network from scratch and pre-trained."""
    arms = [Arm("scratch"), Arm("pre-trained", {"init": _pretrained(BEST, options, steps=1000)})]
    return _study("default", arms, _default_base(options, steps=250), options.fractions, options.seeds, options)


def longer(options: argparse.Namespace) -> StudyConfig:
    """The default network from scratch, but for as many steps as pre-training and fine-tuning take together."""
    arms = [Arm("scratch, as long as both")]
    return _study("longer", arms, _default_base(options, steps=1250), (1.0,), options.seeds, options)


def published(options: argparse.Namespace) -> StudyConfig:
    """The DGCNN as published, but as a CPU can do it: fewer faces, neighbours and steps, hence another optimiser."""
    loop = LoopConfig(batch=4, workers=0, validate_every=0, log_every=20)
    before = load_config(ScanPretrainConfig, WEIGHTS / "scan_published_pretrained.yaml")
    before = replace(
        before,
        name="published_dgcnn",
        runs=options.studies / "pretrained",
        sources=(ScanSource(count=N_UNLABELLED, seed=1),),
        cache=options.cache,
        first=N_UNLABELLED,
        net=replace(before.net, arguments={**before.net.arguments, "k": PUBLISHED_NEIGHBOURS}),
        views=replace(before.views, n_faces=2 * PUBLISHED_FACES),
        schedule=replace(before.schedule, max_steps=300),
        optimizer=replace(before.optimizer, bf16=True),
        loop=loop,
    )
    base = {
        **_data(options),
        **{f"augment.{name}": 0 for name in ("flip", "partial", "holes", "bare", "strong_turn", "turn_deg")},
        **{f"augment.{name}": 0 for name in ("scale", "stretch", "warp_mm", "depth_mm")},
        **{f"loss.{name}": 0 for name in ("dice", "offset", "jaw", "milk")},
        "loss.smoothing": 0.2,
        "net": config_to_dict(before.net),
        "n_faces": PUBLISHED_FACES,
        "schedule": {"max_steps": 250, "peak": 2e-3, "warmup_steps": 0, "shape": "cosine", "final": 0.01},
        "optimizer": {"kind": "adam", "weight_decay": 1e-4, "clip": 0, "ema_decay": 0, "bf16": True},
        "loop": config_to_dict(loop),
    }
    arms = [Arm("scratch"), Arm("pre-trained", {"init": f"pretrained:{pretrain(before)}"})]
    return _study("published", arms, base, options.fractions, options.seeds, options)


STUDIES = {"objectives": objectives, "default": default, "longer": longer, "published": published}


def _pretrained(objective: str, options: argparse.Namespace, *, steps: int) -> str:
    """The default network pre-trained with an objective."""
    contrast, views = OBJECTIVES[objective]
    config = ScanPretrainConfig(
        name=f"{objective}_{steps}",
        runs=options.studies / "pretrained",
        sources=(ScanSource(count=N_UNLABELLED, seed=1),),
        cache=options.cache,
        first=N_UNLABELLED,
        contrast=contrast,
        views=views,
        schedule=ScheduleConfig(max_steps=steps, peak=1e-3, warmup_steps=50),
        optimizer=OptimizerConfig(ema_decay=0.99),
        loop=LoopConfig(batch=2, workers=0, validate_every=0, log_every=50),
    )
    return f"pretrained:{pretrain(config)}"


def _default_base(options: argparse.Namespace, *, steps: int) -> dict[str, Any]:
    return {
        **_data(options),
        "schedule": {"max_steps": steps, "peak": 1.5e-3, "warmup_steps": 30},
        "optimizer": {"ema_decay": 0.98},
        "loop": {"batch": 2, "workers": 0, "validate_every": 0, "log_every": 50},
    }


def _data(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "cache": str(options.cache),
        "sources": [{"kind": "synthetic", "count": N_LABELLED, "seed": 2}],
        "validation": {"kind": "synthetic", "count": N_HELD_OUT, "seed": 999},
        "n_validation": N_HELD_OUT,
    }


def _study(
    name: str,
    arms: list[Arm],
    base: dict[str, Any],
    fractions: tuple[float, ...],
    seeds: tuple[int, ...],
    options: argparse.Namespace,
) -> StudyConfig:
    return StudyConfig(
        name=name,
        studies=options.studies,
        base=base,
        arms=tuple(arms),
        fractions=fractions,
        seeds=seeds,
        processes=options.processes,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", nargs="+", choices=STUDIES)
    parser.add_argument("--studies", type=Path, default=Path("studies"), help="folder of all runs")
    parser.add_argument("--cache", type=Path, default=Path("data/scan_pools"), help="folder of the cached scans")
    parser.add_argument("--fractions", type=float, nargs="+", default=(0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0))
    parser.add_argument("--seeds", type=int, nargs="+", default=(0, 1))
    parser.add_argument("--processes", type=int, default=1, help="runs at once")
    parser.add_argument("--out", type=Path, help="folder for the JSON files")
    options = parser.parse_args()
    options.fractions, options.seeds = tuple(options.fractions), tuple(options.seeds)
    return options


if __name__ == "__main__":
    raise SystemExit(main())
