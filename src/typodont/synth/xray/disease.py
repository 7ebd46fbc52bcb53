"""Mouths with more of what dentists look for: decay, fillings, crowns, implants, bridges, impacted teeth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from typodont.anatomy import JAWS, arch_order
from typodont.geometry.registration import rotation_about
from typodont.synth.xray.mouth import Mouth, PictureTooth

_CARELESS = 0.12  # share of mouths that stay as they are
_LONGEST_BRIDGE = 3
# How often a tooth decays or is filled against the mean tooth, by number 1..8.
_PRONE = (0.5, 0.6, 0.35, 0.9, 1.1, 1.8, 1.5, 0.8)
# Teeth that stay in the jaw though there is room, wisdom teeth apart: mostly upper canines.
_KEPT_BACK, _KEPT_BACK_SHARE = (13, 23, 33, 43, 35, 45), (0.36, 0.36, 0.08, 0.08, 0.06, 0.06)
_GROWN = 30.0
_OFTEN = ("decay", "filled", "root_filled", "crowned")


@dataclass(frozen=True)
class _Rates:
    """Share of a mouth's teeth: decayed, filled, root filled, crowned, lost. metal: share of metal fillings.
    implant, bridge: share of gaps that are closed so. kept_back: whether a canine or premolar stays in the jaw."""

    decay: float
    filled: float
    root_filled: float
    crowned: float
    lost: float
    metal: float
    implant: float
    bridge: float
    kept_back: bool


def add_findings(rng: np.random.Generator, mouth: Mouth) -> Mouth:
    """The same mouth after a life with less luck; each kind of finding is drawn apart, so that all mixtures occur."""
    if rng.random() < _CARELESS:
        return mouth
    rates = _draw_rates(rng, mouth.age)
    teeth = [_befall(rng, tooth, rates) for tooth in mouth.teeth]
    if rates.kept_back:
        teeth = _keep_back(rng, teeth)
    return replace(mouth, teeth=tuple(_replace_lost(rng, teeth, rates)))


def draw_work(rng: np.random.Generator, teeth: Sequence[PictureTooth]) -> list[PictureTooth]:
    """The standing teeth of a grown-up with decay and dental work; none is lost, and about twice as many have some as
    after `add_findings`."""
    drawn = _draw_rates(rng, _GROWN)
    rates = replace(drawn, lost=0.0, **{name: min(0.7, 2 * getattr(drawn, name)) for name in _OFTEN})
    return [_befall(rng, tooth, rates) for tooth in teeth]


def _draw_rates(rng: np.random.Generator, age: float) -> _Rates:
    grown = float(np.clip((age - 12) / 12, 0, 1))
    return _Rates(
        decay=float(np.clip(rng.gamma(0.9, 0.14), 0, 0.7)),
        filled=float(np.clip(rng.gamma(0.9, 0.14), 0, 0.7)),
        root_filled=grown * float(np.clip(rng.gamma(0.7, 0.06), 0, 0.4)),
        crowned=grown * float(np.clip(rng.gamma(0.6, 0.09), 0, 0.6)),
        lost=grown * float(np.clip(rng.gamma(0.6, 0.10), 0, 0.5)),
        metal=float(rng.choice([0.95, 0.5, 0.05])),
        implant=float(rng.choice([0.0, 0.35, 0.85], p=[0.4, 0.4, 0.2])),
        bridge=float(rng.choice([0.0, 0.4, 0.9], p=[0.4, 0.4, 0.2])),
        kept_back=age > 14 and rng.random() < 0.12,
    )


def _befall(rng: np.random.Generator, tooth: PictureTooth, rates: _Rates) -> PictureTooth:
    """What happens to one tooth."""
    if tooth.fate != "present":
        return tooth
    number = tooth.fdi % 10
    prone, back = _PRONE[number - 1] * (1.6 if tooth.fdi > 50 else 1.0), number > 3
    if tooth.fdi < 50 and rng.random() < rates.lost * (0.5 + 0.5 * prone):
        fate = str(rng.choice(["healed", "stump"], p=[0.86, 0.14]))
        dead = frozenset({"lesion"}) if fate == "stump" and rng.random() < 0.4 else frozenset()
        return replace(tooth, fate=fate, work=dead)
    work = set(tooth.work)
    if rng.random() < rates.filled * prone:
        work -= {"filling", "tooth-coloured filling"}
        work.add("filling" if back and rng.random() < rates.metal else "tooth-coloured filling")
    if rng.random() < rates.decay * prone:
        work.add("decay")
    if rng.random() < rates.root_filled:
        work.add("root filling")
        work |= {"post"} if rng.random() < 0.2 else set()
        built_up = rng.random()
        work |= {"crown"} if built_up < 0.45 else {"tooth-coloured filling"} if built_up < 0.85 else set()
    if rng.random() < rates.crowned and tooth.fdi < 50:
        work.add("crown")
    dead = 0.35 if "root filling" in work else 0.14 if "decay" in work else 0.01
    if rng.random() < dead and tooth.fdi < 50:
        work.add("lesion")
    return replace(tooth, work=frozenset(work))


def _keep_back(rng: np.random.Generator, teeth: list[PictureTooth]) -> list[PictureTooth]:
    """One tooth that never came, deep in the jaw and askew, crown to mesial; seldom its twin on the other side, too."""
    first = int(rng.choice(_KEPT_BACK, p=_KEPT_BACK_SHARE))
    chosen = {first} | ({first + 10 if first // 10 in (1, 3) else first - 10} if rng.random() < 0.25 else set())
    out = []
    for tooth in teeth:
        if tooth.fdi in chosen and tooth.fate in ("present", "healed"):
            tip = rng.choice([rng.uniform(10, 45), rng.uniform(45, 85)])
            turn = rotation_about(np.array([0.0, 1, 0]), float(tip))
            turn = turn @ rotation_about(np.array([1.0, 0, 0]), float(rng.normal(0, 12)))
            middle = np.array([0, 0, 0.4 * tooth.body.top + 0.6 * tooth.body.neck])
            turn[:3, 3] = middle - turn[:3, :3] @ middle + [rng.uniform(-1, 4), 0, -rng.uniform(8, 15)]
            tooth = replace(tooth, motion=tooth.motion @ turn, fate="unerupted", work=frozenset({"kept back"}))
        out.append(tooth)
    return out


def _replace_lost(rng: np.random.Generator, teeth: list[PictureTooth], rates: _Rates) -> list[PictureTooth]:
    """Gaps between standing teeth closed with a bridge, others with implants, or left."""
    here = {tooth.fdi: tooth for tooth in teeth}
    for name in JAWS:
        for gap, ends in _gaps([fdi for fdi in arch_order(name) if fdi in here], here):
            if len(ends) == 2 and len(gap) <= _LONGEST_BRIDGE and rng.random() < rates.bridge:
                here |= {fdi: replace(here[fdi], fate="pontic", work=frozenset()) for fdi in gap}
                here |= {fdi: replace(here[fdi], work=here[fdi].work | {"crown"}) for fdi in ends}
                continue
            for fdi in gap:
                if fdi % 10 < 8 and rng.random() < rates.implant:
                    covered = frozenset({"cover screw"}) if rng.random() < 0.18 else frozenset()
                    here[fdi] = replace(here[fdi], fate="implant", work=covered)
    return list(here.values())


def _gaps(order: list[int], here: dict[int, PictureTooth]) -> list[tuple[list[int], list[int]]]:
    """Runs of lost teeth along an arch, each with the standing teeth at its ends."""
    gaps: list[tuple[list[int], list[int]]] = []
    gap: list[int] = []
    before: int | None = None
    for fdi in order:
        if here[fdi].fate == "healed":
            gap.append(fdi)
            continue
        stands = fdi if here[fdi].fate == "present" else None
        if gap:
            gaps.append((gap, [end for end in (before, stands) if end is not None]))
        gap, before = [], stands
    if gap:
        gaps.append((gap, [before] if before is not None else []))
    return gaps
