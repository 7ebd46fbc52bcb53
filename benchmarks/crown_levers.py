"""Does it help the network for outer surfaces to have learnt something else first?

The same small network, on voxels of 0.4 mm, is trained in the same few steps on the same crown cases and measured on
others: from nothing; after filling in hidden parts of CT volumes; after the same on surfaces of the training scans,
whose truth it does not see; and both once more with the pre-trained way down frozen. RMS is that of the signed distance
near the surface that was to be found, in the true frame, beside that of the fitted atlas tooth with which all begin.
What is finished in the working folder is not done again. Prints a table; asserts nothing.

    typodont synth ct -n 40 --out CT
    python benchmarks/crown_levers.py --data CASES --test OTHERS --ct CT [--steps 300] [--out crown_levers.json]
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from typodont.atomic import write_json
from typodont.datasets.crown_region import RegionGrid
from typodont.datasets.region_samples import collate_regions
from typodont.datasets.volume_grid import VolumeGridConfig
from typodont.datasets.volume_views import MaskConfig, VolumeAugment
from typodont.environment import environment
from typodont.metrics import bootstrap_mean
from typodont.records.crown_case import SCAN
from typodont.tasks.crown.config import CrownSource
from typodont.tasks.crown.outer_config import OuterTrainConfig
from typodont.tasks.crown.outer_data import cached_sample, cases_of
from typodont.tasks.crown.train import train
from typodont.tasks.measured import interval_values
from typodont.tasks.pretrain.volume_config import VolumePretrainConfig
from typodont.tasks.pretrain.volumes import pretrain
from typodont.training.fit import LoopConfig
from typodont.training.outer_losses import outer_scores
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig
from typodont.training.weights import load_weights

REGION = RegionGrid.of_voxels(0.4)
NET = NetConfig("crown_unet", {"voxel_mm": 0.4, "cell": 2, "widths": [16, 32, 48]})
DOWN = ("stem", "down")
LOOP = LoopConfig(batch=1, workers=0, validate_every=0, log_every=20)


@dataclass(frozen=True)
class Arm:
    """One beginning: on what it was pre-trained, "ct" or "scans", and whether the way down is frozen."""

    first: str | None = None
    frozen: bool = False


ARMS = {
    "from nothing": Arm(),
    "after CT": Arm("ct"),
    "after scans": Arm("scans"),
    "after CT, frozen": Arm("ct", frozen=True),
    "after scans, frozen": Arm("scans", frozen=True),
}


def main() -> int:
    """Pre-train, train and measure arm by arm."""
    options = _options()
    figures: dict[str, Any] = {}
    for name, arm in ARMS.items():
        rows = [row for seed in range(options.seeds) for row in measured(trained(name, arm, seed, options), options)]
        figures[name] = summed_up(rows)
        print(f"{name:<22}{figures[name]['rms_mm']['value']:.4f}", flush=True)
    begun = next(iter(figures.values()))["prior_rms_mm"]["value"]
    print(f"{'fitted atlas tooth':<22}{begun:.4f}")
    if options.out:
        study = {
            "cases": len(cases_of(CrownSource(options.data))),
            "tested": len(cases_of(CrownSource(options.test))),
            "steps": options.steps,
            "first_steps": options.first_steps,
            "seeds": options.seeds,
        }
        write_json({"study": study, "arms": figures, "environment": environment()}, options.out)
    return 0


def pretrained(first: str, options: argparse.Namespace) -> Path:
    """Run folder of a pre-training on CT, or on the scans of the training cases."""
    scans = tuple(case / SCAN for case in cases_of(CrownSource(options.data)))
    config = VolumePretrainConfig(
        name=f"first_{first}",
        runs=options.work,
        data=(options.ct,) if first == "ct" else scans,
        licence="synthetic",
        cache=options.work / "volumes",
        net=NET,
        grid=VolumeGridConfig(scale="mm", shape=(40, 40, 40), voxel_mm=3.0 if first == "ct" else 0.4),
        augment=VolumeAugment(shift=4),
        mask=MaskConfig(block=8, share=0.5, detail=2),
        schedule=ScheduleConfig(max_steps=options.first_steps, warmup_steps=10),
        loop=LOOP,
    )
    return pretrain(config)


def trained(name: str, arm: Arm, seed: int, options: argparse.Namespace) -> Path:
    """Run folder of a finished training."""
    config = OuterTrainConfig(
        name=f"{name.replace(', ', '_').replace(' ', '_')}_{seed}",
        runs=options.work,
        sources=(CrownSource(options.data),),
        cache=options.work / "regions",
        init=f"pretrained:{pretrained(arm.first, options)}" if arm.first else None,
        freeze=DOWN if arm.frozen else (),
        seed=seed,
        net=NET,
        region=REGION,
        schedule=ScheduleConfig(max_steps=options.steps, peak=2e-3, warmup_steps=10),
        loop=LOOP,
    )
    return train(config)


def measured(folder: Path, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Figures of every test case; kept beside the run."""
    kept = folder / "measured.json"
    if not kept.exists():
        net, _ = load_weights(folder)
        rows = []
        for case in cases_of(CrownSource(options.test)):
            sample = cached_sample(case, cache=options.work / "regions", region=REGION, jitter=None)
            batch = collate_regions([sample])
            with torch.inference_mode():
                rows.append({"name": case.name, **outer_scores(net(batch), batch)})
        write_json(rows, kept)
    return json.loads(kept.read_text(encoding="utf-8"))


def summed_up(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Means with intervals over cases."""
    names = [row["name"] for row in rows]
    return {
        figure: interval_values(bootstrap_mean([row[figure] for row in rows], names))
        for figure in ("rms_mm", "prior_rms_mm")
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of crown cases to learn from")
    parser.add_argument("--test", type=Path, required=True, help="folder of other cases to measure on")
    parser.add_argument("--ct", type=Path, required=True, help="folder of CT volumes")
    parser.add_argument("--work", type=Path, default=Path("runs/crown_levers"))
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--first-steps", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
