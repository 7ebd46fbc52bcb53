"""Find the teeth of a scan that lies anyhow: guess the pose, look, put upright by the teeth seen, look again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from torch import nn

from typodont import anatomy
from typodont.datasets.scan_points import PointPool
from typodont.geometry.mesh import Mesh
from typodont.tasks.run_record import Stages
from typodont.tasks.scan.decode import PRIOR, NumberedArch, number_teeth
from typodont.tasks.scan.evidence import PointEvidence
from typodont.tasks.scan.instances import Instances, find_instances
from typodont.tasks.scan.look import look, moved_pool, rough_pool
from typodont.tasks.scan.options import PredictOptions
from typodont.tasks.scan.pose import fit_arch_frame, flipped_candidates
from typodont.types import Float

GOOD = 0.55
"""Plausibility from which on no other pose is tried."""

SURE_JAW = 0.9
SURE_ODDS = 6.0
"""Log odds of the network's jaw beyond which tooth widths are not asked."""

JAW_PRIOR = replace(PRIOR, width_sd=0.12)
CHART_WEIGHT = 0.7
MOST_FROM_CHARTS = 12.0
"""For the jaw, widths count more than for numbers; a unit of difference between the best charts of both jaws adds
`CHART_WEIGHT` to the log odds."""


@dataclass(frozen=True)
class FoundArch:
    """Teeth of a scan with the pose in which they were seen.

    Args:
        pose: (4, 4) rigid, from the mesh's coordinates to the arch frame of `evidence`.
        evidence: Points of the last pass.
        arch: Numbered teeth.
        jaw: "upper" or "lower".
        lower: Probability of a lower jaw.
        plausibility: 0..1, see `plausibility`.
        residual: (T,) distance of each tooth from its place in the mean arch, mm.
        poses_tried: How many starting poses were looked at.
    """

    pose: Float
    evidence: PointEvidence
    arch: NumberedArch
    jaw: str
    lower: float
    plausibility: float
    residual: Float
    poses_tried: int = 1


def find_teeth(
    mesh: Mesh, net: nn.Module, guesses: Sequence[Float], options: PredictOptions, *, stages: Stages
) -> FoundArch:
    """The teeth of a scan, best starting pose first.

    Args:
        mesh: Faces outward, mm, any pose.
        net: Point network.
        guesses: (4, 4) poses, most trusted first; half turns of the first are tried when none looks right.
        options: Passes, looks, jaw.
        stages: Gets the times.
    """
    rng = np.random.default_rng(options.seed)
    tried: list[FoundArch] = []
    for pose in [*guesses, *(turned for _, turned in flipped_candidates(guesses[0])[1:])]:
        with stages("sample"):
            pool = rough_pool(net, mesh, pose, rng)
        tried.append(_see(net, pool, pose, options, rng, stages, looks=1))
        if tried[-1].plausibility >= GOOD:
            break
    best = max(tried, key=lambda found: found.plausibility)
    with stages("sample"):
        pose = upright(best)
        pool = rough_pool(net, mesh, pose, rng)
    for number in range(options.passes - 1):
        looks = options.looks if number == options.passes - 2 else 1
        best = _see(net, pool, pose, options, rng, stages, looks=looks)
        pose = upright(best)
        pool = moved_pool(pool, pose @ np.linalg.inv(best.pose))
    return replace(best, poses_tried=len(tried))


def upright(found: FoundArch) -> Float:
    """(4, 4) the pose corrected by the teeth that were found; as it was where there are too few."""
    if len(found.arch) < 3:
        return found.pose
    arch = found.arch
    weights = arch.posterior * np.sqrt(arch.instances.area)
    fit, _ = fit_arch_frame(arch.instances.centre, arch.classes, arch.instances.normal, jaw=found.jaw, weights=weights)
    return fit @ found.pose


def plausibility(arch: NumberedArch, residual: Float) -> float:
    """How much this looks like teeth in a row, 0..1: sure teeth at places that fit, as a share of all instances.

    A row of fewer than four teeth counts less, because a few can be found in any bumps.
    """
    if not len(arch):
        return 0.0
    sure = arch.posterior * arch.instances.probability[np.arange(len(arch)), arch.classes]
    fits = np.exp(-((residual / 9.0) ** 2))
    share = float((sure * fits).sum() / (len(arch) + 0.5 * arch.rejected))
    return share * min(1.0, len(arch) / 4)


def choose_jaw(evidence: PointEvidence, instances: Instances, *, asked: str | None) -> tuple[str, float]:
    """The jaw asked for, else the more probable one; and the probability of a lower jaw.

    Where the network is not sure, the widths of the teeth decide with it: lower incisors are narrow beside upper
    ones, so the best charts of both jaws differ.
    """
    odds = float(np.log(np.clip(evidence.lower, 1e-6, 1)) - np.log(np.clip(1 - evidence.lower, 1e-6, 1)))
    if abs(odds) < SURE_ODDS and len(instances) > 1:
        score = {
            jaw: number_teeth(evidence, instances, jaw=jaw, n_best=1, prior=JAW_PRIOR).decoding.charts[0].log_score
            for jaw in anatomy.JAWS
        }
        difference = score[anatomy.LOWER] - score[anatomy.UPPER]
        odds += CHART_WEIGHT * float(np.clip(difference, -MOST_FROM_CHARTS, MOST_FROM_CHARTS))
    lower = float(1 / (1 + np.exp(-odds)))
    if asked is not None:
        return asked, lower
    return (anatomy.LOWER if lower > 0.5 else anatomy.UPPER), lower


def _see(
    net: nn.Module,
    pool: PointPool,
    pose: Float,
    options: PredictOptions,
    rng: np.random.Generator,
    stages: Stages,
    *,
    looks: int,
) -> FoundArch:
    with stages("network"):
        evidence = look(net, pool, looks=looks, rng=rng, jaw=options.jaw)
    with stages("number"):
        instances = find_instances(evidence)
        jaw, lower = choose_jaw(evidence, instances, asked=options.jaw)
        arch = number_teeth(evidence, instances, jaw=jaw, n_best=options.n_best)
        residual = np.zeros(len(arch))
        if len(arch) >= 3:
            kept = arch.instances
            _, residual = fit_arch_frame(kept.centre, arch.classes, kept.normal, jaw=jaw)
    return FoundArch(pose, evidence, arch, jaw, lower, plausibility(arch, residual), residual)
