"""Does it matter which scans are labelled next? Eight more of a hundred: suggested, or by its two halves, or by chance.

The pool is synthetic and varied: most arches are permanent, a few are mixed dentitions. For every seed eight random
arches are labelled first and a small network is trained on them; every arm then gets eight more and trains on from
there with the same steps, so that the arms differ in nothing but the choice. Scored on arches of no pool, point by
point (macro-IoU), permanent and mixed ones apart. Scans are thinned to a point every `CELL_MM`, which makes a training
a matter of a minute. A training that is done is not done again. Asserts nothing.

    python benchmarks/scan_suggestions.py --cache data/scan_pools --out docs/reference/results/scan_suggestions.json
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import nn

from typodont import metrics
from typodont.atomic import write_json
from typodont.datasets.point_pyramid import collate
from typodont.datasets.pool_store import list_pools, read_pool, write_pool
from typodont.datasets.scan_augment import plain
from typodont.datasets.scan_points import PointPool, cell_subset
from typodont.environment import environment
from typodont.tasks.scan.config import ScanTrainConfig
from typodont.tasks.scan.train import train
from typodont.tasks.scan.training_data import ScanSource, filled_sources
from typodont.tasks.study.figures import Scores, interval
from typodont.tasks.suggest.choose import choose
from typodont.tasks.suggest.look import Look
from typodont.tasks.suggest.scans import look_at_pool
from typodont.training.fit import LoopConfig
from typodont.training.module import OptimizerConfig
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig
from typodont.training.weights import load_weights

POOL, TEST = ScanSource(count=160, seed=1), ScanSource(count=40, seed=999)
PERMANENT, MIXED = 88, 12
"""Arches of each kind in the pool: the first ones of the series."""
LABELLED = 8
"""Arches at the start, and how many are added."""
CELL_MM = 1.4
NET = NetConfig("point_unet", {"widths": [32, 64, 96, 128], "encoder_blocks": [1, 1, 1, 1], "attention_layers": 1})
MILK_FROM = 50
THINNED = ("position", "normal", "curvature", "fdi", "tooth", "gum_distance")


def main() -> int:
    """Run all seeds, print and write what came of them."""
    options = _options()
    torch.set_num_threads(1)
    pool, test = made_pool(options), thinned(TEST, options)
    scores = [score for seed in options.seeds for score in one_seed(seed, pool, test, options)]
    figures = summary(scores)
    print(table(figures), flush=True)
    if options.out:
        kinds = {"permanent": PERMANENT, "mixed": MIXED}
        study = {"seeds": options.seeds, "steps": options.steps, "pool": kinds, "test": len(test), "labelled": LABELLED}
        found = {
            "figures": figures,
            "mixed_chosen": {arm: mixed_chosen(scores, arm) for arm in ARMS},
            "doubt_and_error": [doubt_and_error(seed, pool, options) for seed in options.seeds],
        }
        write_json({"study": study, **found, "environment": environment()}, options.out)
    return 0


@dataclass(frozen=True)
class Score:
    """One test arch after one training.

    Args:
        seed, arm: Of the training.
        arch: Name of the test arch.
        mixed: Whether it has milk teeth.
        iou: macro-IoU over its points.
        chosen_mixed: Mixed dentitions among the arches that the arm chose.
    """

    seed: int
    arm: str
    arch: str
    mixed: bool
    iou: float
    chosen_mixed: int


def made_pool(options: argparse.Namespace) -> list[Path]:
    """The pool: the first permanent and the first mixed arches of the series."""
    files = thinned(POOL, options)
    mixed = [is_mixed(read_pool(path)) for path in files]
    kinds = [[path for path, is_one in zip(files, mixed, strict=True) if is_one == kind] for kind in (False, True)]
    if len(kinds[0]) < PERMANENT or len(kinds[1]) < MIXED:
        raise SystemExit(f"found {len(kinds[0])} permanent and {len(kinds[1])} mixed arches; raise the count of POOL")
    return sorted(kinds[0][:PERMANENT] + kinds[1][:MIXED])


def thinned(source: ScanSource, options: argparse.Namespace) -> list[Path]:
    """The scans of a series with fewer points, made once."""
    folder = options.runs / f"thinned_{source.seed}"
    with filled_sources([source], options.cache, faces=False, first=source.count) as (filled,):
        files = list_pools(filled.folder)[: source.count]
    for path in files:
        if not (folder / path.name).exists():
            pool = read_pool(path)
            ids = cell_subset(pool.position, CELL_MM)
            write_pool(replace(pool, **{name: getattr(pool, name)[ids] for name in THINNED}), folder / path.name)
    return [folder / path.name for path in files]


def is_mixed(pool: PointPool) -> bool:
    """Whether an arch has milk teeth."""
    return bool((pool.fdi > MILK_FROM).any())


def one_seed(seed: int, pool: Sequence[Path], test: Sequence[Path], options: argparse.Namespace) -> list[Score]:
    """Train on eight, let every arm choose eight more, train on, score."""
    rng = np.random.default_rng(seed)
    first = rng.choice(len(pool), LABELLED, replace=False)
    rest = np.setdiff1d(np.arange(len(pool)), first)
    begun = trained(start(seed), [pool[i] for i in first], seed, options, init=None)
    net = load_weights(begun)[0]
    looks = [look_at_pool(net, read_pool(path)) for path in pool]
    scores = scored(seed, "start", net, test, 0)
    for arm, pick in ARMS.items():
        added = rest[pick([looks[i] for i in rest], [looks[i] for i in first], rng)[:LABELLED]]
        labelled = [pool[i] for i in [*first, *added]]
        folder = trained(f"seed{seed}_{arm}", labelled, seed, options, init=str(begun))
        n_mixed = sum(is_mixed(read_pool(pool[i])) for i in added)
        scores += scored(seed, arm, load_weights(folder)[0], test, n_mixed)
        print(f"seed {seed} {arm}: {n_mixed} mixed, {np.mean([s.iou for s in scores[-len(test) :]]):.3f}", flush=True)
    return scores


def suggested(looks: Sequence[Look], known: Sequence[Look], rng: np.random.Generator) -> list[int]:
    """Uncertain and unlike the others: what `typodont study --suggest` does."""
    return _chosen(np.array([look.uncertainty for look in looks]), looks, known)


def uncertain(looks: Sequence[Look], known: Sequence[Look], rng: np.random.Generator) -> list[int]:
    """The most uncertain ones, however alike they are."""
    return np.argsort([-look.uncertainty for look in looks]).tolist()


def diverse(looks: Sequence[Look], known: Sequence[Look], rng: np.random.Generator) -> list[int]:
    """The ones unlike the others, however sure the network is of them."""
    return _chosen(np.ones(len(looks)), looks, known)


def by_chance(looks: Sequence[Look], known: Sequence[Look], rng: np.random.Generator) -> list[int]:
    """Any."""
    return rng.permutation(len(looks)).tolist()


Pick = Callable[[Sequence[Look], Sequence[Look], np.random.Generator], list[int]]
ARMS: dict[str, Pick] = {"suggested": suggested, "uncertain": uncertain, "diverse": diverse, "random": by_chance}


def _chosen(uncertainty: np.ndarray, looks: Sequence[Look], known: Sequence[Look]) -> list[int]:
    features, labelled = (np.stack([look.features for look in some]) for some in (looks, known))
    return [choice.index for choice in choose(uncertainty, features, labelled, LABELLED)]


def trained(name: str, files: Sequence[Path], seed: int, options: argparse.Namespace, *, init: str | None) -> Path:
    """Run folder of a training on some scans of the pool."""
    folder = options.runs / name
    if not (folder / "report.json").exists():
        scans = options.runs / "labelled" / name
        scans.mkdir(parents=True, exist_ok=True)
        for path in files:
            shutil.copyfile(path, scans / path.name)
        train(arm_config(name, scans, seed, options, init))
    return folder


def arm_config(name: str, scans: Path, seed: int, options: argparse.Namespace, init: str | None) -> ScanTrainConfig:
    """A short training of a small network."""
    return ScanTrainConfig(
        name=name,
        runs=options.runs,
        sources=(ScanSource("pools", scans),),
        validation=None,
        init=init,
        seed=seed,
        net=NET,
        schedule=ScheduleConfig(max_steps=options.steps, warmup_steps=min(50, options.steps // 4)),
        optimizer=OptimizerConfig(ema_decay=0.98),
        loop=LoopConfig(batch=2, workers=0, validate_every=0),
    )


def scored(seed: int, arm: str, net: nn.Module, test: Sequence[Path], chosen_mixed: int) -> list[Score]:
    """Every test arch."""
    pools = {path.name: read_pool(path) for path in test}
    return [Score(seed, arm, name, is_mixed(pool), iou_of(net, pool), chosen_mixed) for name, pool in pools.items()]


def iou_of(net: nn.Module, pool: PointPool) -> float:
    """macro-IoU over the points of one arch."""
    sample, _ = plain(pool)
    with torch.inference_mode():
        predicted = net(collate([sample])).logits.argmax(dim=1).numpy()
    return metrics.macro_iou(np.asarray(sample.label), predicted)


def doubt_and_error(seed: int, pool: Sequence[Path], options: argparse.Namespace) -> float:
    """Rank correlation of doubt and error of the first network over the arches of the pool that it has not seen."""
    net = load_weights(options.runs / start(seed))[0]
    seen = {path.name for path in (options.runs / "labelled" / start(seed)).iterdir()}
    unseen = [read_pool(path) for path in pool if path.name not in seen]
    doubts = [look_at_pool(net, one).uncertainty for one in unseen]
    return float(spearmanr(doubts, [1 - iou_of(net, one) for one in unseen]).statistic)


def start(seed: int) -> str:
    """Name of the first training of a seed."""
    return f"seed{seed}_start"


def summary(scores: Sequence[Score]) -> dict[str, dict[str, Any]]:
    """Arm -> group of arches -> macro-IoU, and how much more it is than with the random choice, with intervals.

    The intervals draw seeds and arches anew, the same ones for all arms, so that differences are paired.
    """
    groups = {"all": (False, True), "permanent": (False,), "mixed": (True,)}
    arms = tuple(dict.fromkeys(score.arm for score in scores))
    figures: dict[str, dict[str, Any]] = {arm: {} for arm in arms}
    for group, kinds in groups.items():
        of_group = as_array([score for score in scores if score.mixed in kinds], arms)
        means, draws = of_group.means()[:, 0], of_group.drawn_means()[:, :, 0]
        chance = arms.index("random")
        for number, arm in enumerate(arms):
            figures[arm][group] = asdict(interval(means[number], draws[:, number], of_group))
            if arm not in ("start", "random"):
                more, drawn = means[number] - means[chance], draws[:, number] - draws[:, chance]
                figures[arm][f"{group}_more_than_random"] = asdict(interval(more, drawn, of_group))
    return figures


def as_array(scores: Sequence[Score], arms: tuple[str, ...]) -> Scores:
    """The scores of a group of arches in one array, with a single share of labels."""
    seeds, arches = (sorted({getattr(score, name) for score in scores}) for name in ("seed", "arch"))
    values = np.full((len(arms), 1, len(seeds), len(arches)), np.nan)
    for score in scores:
        values[arms.index(score.arm), 0, seeds.index(score.seed), arches.index(score.arch)] = score.iou
    return Scores(arms, np.array([2.0 * LABELLED]), (1.0,), tuple(seeds), tuple(arches), values)


def mixed_chosen(scores: Sequence[Score], arm: str) -> list[int]:
    """How many mixed dentitions the arm chose, seed by seed."""
    return list({score.seed: score.chosen_mixed for score in scores if score.arm == arm}.values())


def table(figures: dict[str, dict[str, Any]]) -> str:
    """One line an arm."""
    lines = []
    for arm, groups in figures.items():
        cells = [f"{group} {v['value']:+.3f} ({v['low']:+.3f} to {v['high']:+.3f})" for group, v in groups.items()]
        lines.append(f"{arm:<10} " + "  ".join(cells))
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path("data/scan_pools"), help="folder of point pools")
    parser.add_argument("--runs", type=Path, default=Path("runs/scan_suggestions"))
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
