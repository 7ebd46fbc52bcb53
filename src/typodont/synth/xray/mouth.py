"""Who sits in the panoramic machine: all teeth with roots, erupted or not, lost, replaced, and the dentist's work."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.anatomy import successor
from typodont.geometry.registration import apply, rotation_about
from typodont.synth.arch_form import draw_arch_form
from typodont.synth.dentition import Dentition, Tooth, make_dentition
from typodont.synth.patient import close_bite
from typodont.synth.roots import RootForm
from typodont.synth.tooth_plan import ArchStyle
from typodont.synth.xray.body import ToothBody, tooth_body
from typodont.synth.xray.trough import Trough, fit_trough
from typodont.types import Float

# Mean inclination of teeth in panoramic pictures, degrees by number 1..8: crown to mesial, and crown to the lips.
_TIP = {"upper": (2, 5, 7, 5, 5, 5, 2, -5), "lower": (0, 1, 3, 4, 9, 16, 23, 24)}
_TORQUE = {"upper": (16, 14, 6, -3, -3, -5, -5, -5), "lower": (14, 12, 5, -2, -5, -9, -12, -14)}

# Teeth erupt when two thirds of their roots have grown; degrees by which one lies askew that will not come by itself.
_DUE, _ASKEW = 0.67, 35.0


@dataclass(frozen=True)
class PictureTooth:
    """A tooth, or what is left of it or stands for it.

    Args:
        fdi: number. body: its surfaces. motion: (4, 4) from the tooth's frame to the head frame.
        fate: "present", "unerupted", "stump" (a root without crown), "healed" (lost), "socket" (lost lately),
            "implant" or "pontic" (of a bridge).
        work: what the dentist or decay did: "filling", "tooth-coloured filling", "root filling", "post", "crown",
            "decay", "lesion", "bracket"; "cover screw": an implant that carries nothing yet;
            "kept back": it would have room and time to erupt.
        bone_loss: mm by which bone stands lower than in health.
    """

    fdi: int
    body: ToothBody
    motion: Float
    fate: str = "present"
    work: frozenset[str] = frozenset()
    bone_loss: float = 0.0

    @property
    def impacted(self) -> bool:
        """Whether the tooth is kept back: it lies askew, or it is a wisdom tooth whose root has mostly grown."""
        if self.fate != "unerupted" or self.fdi > 50:
            return False
        tilt = np.degrees(np.arccos(min(abs(self.motion[2, 2]), 1.0)))
        due = self.fdi % 10 == 8 and self.body.formed > _DUE
        return due or tilt > _ASKEW or "kept back" in self.work

    @property
    def seen(self) -> bool:
        """Whether there is a tooth: neither lost nor artificial."""
        return self.fate in ("present", "unerupted", "stump")


@dataclass(frozen=True)
class Mouth:
    """All teeth of a patient with the troughs that fit them.

    Args:
        age: years.
        teeth: natural, lost and artificial ones. troughs: through each jaw's arch;
            a machine has only one, but shows the teeth of both jaws at about their true widths.
        level: height (v, mm) of the plane between the jaws at the front.
        wires: whether archwires run through the brackets.
    """

    age: float
    teeth: tuple[PictureTooth, ...]
    troughs: dict[str, Trough]
    level: float
    wires: bool = False


def make_mouth(rng: np.random.Generator) -> Mouth:
    """A patient of 6 to 85 years with the teeth edge to edge on a bite block, as for a panoramic picture."""
    child = rng.random() < 0.11
    age = float(rng.uniform(6, 12.5) if child else np.clip(13 + rng.gamma(2.2, 13), 13, 85))
    style = ArchStyle(
        mixed=float(child),
        erupting=float(rng.random() < 0.5) if age < 16 and not child else 0.0,
        wisdom=1.0,
        no_second_molars=0.02,
        crowding_sd=float(rng.uniform(0.1, 0.8)),
        form=draw_arch_form(rng),
    )
    upper, lower = (make_dentition(rng, jaw, style) for jaw in ("upper", "lower"))
    bite = _open(rng, close_bite(rng, upper, lower))
    adult = ArchStyle(mixed=0.0, erupting=0.0, wisdom=1.0, no_second_molars=0.0, crowding_sd=0.2, form=style.form)
    teeth: list[PictureTooth] = []
    habits = _draw_habits(rng, age)
    for dentition, motion in ((upper, np.eye(4)), (lower, bite)):
        placed = {dentition.fdi(tooth): tooth for tooth in dentition.teeth}
        germs = {}
        if child:
            reserve = make_dentition(rng, dentition.jaw, adult)
            germs = {reserve.fdi(tooth): tooth for tooth in reserve.teeth if reserve.fdi(tooth) not in placed}
        teeth += _fill_jaw(rng, dentition, placed, germs, motion, age=age, habits=habits)
    troughs = {"upper": fit_trough(upper.curve), "lower": fit_trough(apply(bite, lower.curve)[::-1])}
    return Mouth(age, tuple(teeth), troughs, _level(upper, lower, bite), habits.brackets)


@dataclass(frozen=True)
class _Habits:
    """What a mouth's teeth have in common: shares of lost, filled and crowned teeth, bone loss in mm, root lengths."""

    lost: float
    replaced: str
    filled: float
    metal: float
    crowned: float
    bone_loss: float
    root_length: float
    pulp: float
    brackets: bool


def _draw_habits(rng: np.random.Generator, age: float) -> _Habits:
    old = np.clip((age - 15) / 50, 0, 1)
    return _Habits(
        lost=float(np.clip(rng.exponential(0.015 + 0.15 * old**1.3), 0, 0.93)) if age > 15 else 0.0,
        replaced=str(rng.choice(["gap", "implant", "bridge"], p=[0.72, 0.12, 0.16])),
        filled=float(np.clip(rng.exponential(0.05 + 0.22 * old), 0, 0.8)),
        metal=float(rng.choice([0.95, 0.5, 0.1], p=[0.4, 0.3, 0.3])),
        crowned=float(np.clip(rng.exponential(0.09 * old), 0, 0.7)),
        bone_loss=float(np.clip(rng.exponential(0.3 + 2.2 * old), 0, 8)),
        root_length=float(1 + 0.07 * rng.standard_normal()),
        pulp=float(np.clip(0.85 - 0.9 * old + 0.12 * rng.standard_normal(), 0.05, 1)),
        brackets=bool(11 < age < 40 and rng.random() < 0.1),
    )


def _open(rng: np.random.Generator, bite: Float) -> Float:
    """The lower jaw put forward to edge to edge and opened about the joints, as on a bite block."""
    opened = bite.copy()
    angle = rng.normal(0.6, 0.8)
    motion = rotation_about(np.array([1.0, 0, 0]), angle)
    joint = np.array([0.0, -70.0, -35.0])
    motion[:3, 3] = joint - motion[:3, :3] @ joint + [0, rng.normal(2.5, 1.0), max(rng.normal(3.8, 1.2), 1.5)]
    return motion @ opened


def _level(upper: Dentition, lower: Dentition, bite: Float) -> float:
    above = [tooth.origin[2] for tooth in upper.teeth]
    below = [(bite[:3, :3] @ tooth.origin + bite[:3, 3])[2] for tooth in lower.teeth]
    return -float(0.5 * (np.median(above) + np.median(below)))


def _fill_jaw(
    rng: np.random.Generator,
    dentition: Dentition,
    placed: dict[int, Tooth],
    germs: dict[int, Tooth],
    motion: Float,
    *,
    age: float,
    habits: _Habits,
) -> list[PictureTooth]:
    """The teeth of one jaw with their fates."""
    teeth = []
    for fdi, tooth in placed.items():
        if fdi % 10 == 8:
            if rng.random() < 0.66 and age > 9:
                teeth.append(_wisdom(rng, dentition.jaw, fdi, tooth, motion, age=age, habits=habits))
            continue
        teeth.append(_stand(rng, dentition.jaw, fdi, tooth, motion, age=age, habits=habits))
        if fdi > 50 and successor(fdi) in germs:
            teeth += _germ(rng, dentition.jaw, successor(fdi), germs[successor(fdi)], motion, age=age, habits=habits)
    for fdi, tooth in germs.items():
        late = fdi % 10 == 7 or (fdi % 10 == 8 and age > 9 and rng.random() < 0.6)
        if late:
            teeth += _germ(rng, dentition.jaw, fdi, tooth, motion, age=age, habits=habits)
    return _replace_lost(rng, teeth, habits)


def _stand(
    rng: np.random.Generator, jaw: str, fdi: int, tooth: Tooth, motion: Float, *, age: float, habits: _Habits
) -> PictureTooth:
    """An erupted tooth in its place, or what became of it."""
    number = tooth.number
    lean = 0.5 if tooth.milk else 1.0
    tip = lean * _TIP[jaw][number - 1] + 3 * rng.standard_normal()
    torque = lean * _TORQUE[jaw][number - 1] + 4 * rng.standard_normal()
    formed = _formed(rng, fdi, age)
    body = _body(rng, tooth, fdi, formed=formed, habits=habits)
    place = motion @ _tooth_frame(tooth) @ _tilt(tip, torque, pivot=0.55 * body.top)
    fate, work = "present", set()
    if not tooth.milk:
        worth = {1: 0.5, 2: 0.6, 3: 0.35, 4: 1.0, 5: 1.1, 6: 1.9, 7: 1.3}[number] * (
            0.7 if number < 4 and jaw == "lower" else 1
        )
        if rng.random() < 1 - (1 - habits.lost) ** worth:
            fate = str(rng.choice(["healed", "socket", "stump"], p=[0.88, 0.05, 0.07]))
        work = _draw_work(rng, number, habits)
        if habits.brackets and fate == "present" and number < 7:
            work.add("bracket")
    loss = max(0.0, habits.bone_loss * (1 + 0.4 * rng.standard_normal()) + 0.2)
    return PictureTooth(fdi, body, place, fate, frozenset(work if fate == "present" else ()), loss)


def _draw_work(rng: np.random.Generator, number: int, habits: _Habits) -> set[str]:
    """The dentist's work and decay in one tooth."""
    work = set()
    back = {1: 0.35, 2: 0.35, 3: 0.2, 4: 0.9, 5: 1.1, 6: 1.8, 7: 1.4, 8: 0.4}[number]
    if rng.random() < min(0.9, habits.filled * back):
        work.add("filling" if rng.random() < habits.metal and number > 3 else "tooth-coloured filling")
    if rng.random() < 0.1 * habits.filled + 0.35 * habits.crowned:
        work.add("root filling")
        if rng.random() < 0.2:
            work.add("post")
    if rng.random() < habits.crowned * (1.5 if "root filling" in work else 0.8):
        work.add("crown")
    if rng.random() < 0.02 + 0.06 * habits.filled:
        work.add("decay")
    if rng.random() < (0.12 if "root filling" in work else 0.008):
        work.add("lesion")
    return work


def _wisdom(
    rng: np.random.Generator, jaw: str, fdi: int, tooth: Tooth, motion: Float, *, age: float, habits: _Habits
) -> PictureTooth:
    """A wisdom tooth: in the row, tilted against its neighbour, lying, or still high in the bone."""
    formed = float(np.clip((age - 11) / 10, 0.1, 1))
    body = _body(rng, tooth, fdi, formed=formed, habits=habits)
    tip, torque = _TIP[jaw][7] + 5 * rng.standard_normal(), 0.5 * _TORQUE[jaw][7] + 5 * rng.standard_normal()
    sunk, back = float(abs(rng.normal(0, 0.8))), 0.0
    erupted = age > 17 and rng.random() < 0.45
    if not erupted and jaw == "lower":
        tip = rng.choice([rng.normal(50, 13), rng.normal(88, 8), rng.normal(18, 10)], p=[0.55, 0.15, 0.3])
        sunk, back = rng.uniform(3, 9), rng.uniform(0.0, 3.0) + 2.0 * np.sin(np.radians(abs(tip)))
    elif not erupted:
        tip, sunk = -rng.gamma(3, 7), rng.uniform(5, 13)
    if age < 19:
        sunk += 0.6 * (19 - age) * (0.8 if jaw == "lower" else 1.2)
    tilt = _tilt(tip, torque, pivot=0.5 * body.top)
    tilt[:3, 3] += [-back, 0, -sunk]
    fate = "present" if erupted else "unerupted"
    if erupted and rng.random() < 1 - (1 - habits.lost) ** 1.5:
        fate = "healed"
    work = frozenset(_draw_work(rng, 8, habits)) if erupted and fate == "present" else frozenset()
    return PictureTooth(fdi, body, motion @ _tooth_frame(tooth) @ tilt, fate, work, max(0, habits.bone_loss))


def _germ(
    rng: np.random.Generator, jaw: str, fdi: int, tooth: Tooth, motion: Float, *, age: float, habits: _Habits
) -> list[PictureTooth]:
    """A tooth that has not come yet, deep in the jaw with as much root as it has at that age; none before it forms."""
    number = fdi % 10
    formed = _formed(rng, fdi, age)
    if number == 8 and age < 9:
        return []
    body = _body(rng, tooth, fdi, formed=formed, habits=habits)
    deep = {3: 12.0, 4: 8.5, 5: 9.0, 7: 7.0, 8: 11.0}.get(number, 8.0) * np.clip(1.25 - 0.75 * formed, 0.3, 1.2)
    deep = max(deep + 1.2 * rng.standard_normal(), 1.0)
    tip = 0.8 * _TIP[jaw][number - 1] + 8 * rng.standard_normal() + (15 if number > 6 and jaw == "lower" else 0)
    if number > 6 and jaw == "upper":
        tip -= 15
    tilt = _tilt(tip, 0.5 * _TORQUE[jaw][number - 1], pivot=0.5 * body.top)
    tilt[:3, 3] += [-(2.5 if number == 8 else 0.0), 0, -deep]
    return [PictureTooth(fdi, body, motion @ _tooth_frame(tooth) @ tilt, "unerupted")]


def _formed(rng: np.random.Generator, fdi: int, age: float) -> float:
    """Share of the roots that has grown; years at which roots are complete after Schour and Massler, rounded."""
    if fdi > 50:
        return float(np.clip(1.0 - 0.6 * np.clip((age - 6) / 6, 0, 1) * rng.uniform(0.5, 1.3), 0.15, 1))
    complete = (9.5, 10.5, 13.5, 13.0, 13.5, 9.5, 15.0, 21.0)[fdi % 10 - 1]
    return float(np.clip(1 - (complete + 0.6 * rng.standard_normal() - age) / 6.0, 0.08, 1))


def _body(rng: np.random.Generator, tooth: Tooth, fdi: int, *, formed: float, habits: _Habits) -> ToothBody:
    # apices of lower incisors lie far from the trough and fade: they look short; so do those of wisdom teeth
    shown = {31: 0.75, 32: 0.78, 41: 0.75, 42: 0.78, 18: 0.8, 28: 0.8}.get(fdi, 1.0)
    form = RootForm(
        length=shown * float(np.clip(habits.root_length + 0.06 * rng.standard_normal(), 0.7, 1.25)),
        spread=float(np.clip(rng.normal(0.9 if fdi % 10 < 8 else 0.2, 0.5), -1.2, 2.2)),
        bend=float(rng.normal(1.0, 0.9)),
        formed=formed,
    )
    return tooth_body(tooth, fdi, form=form, pulp=min(1.0, habits.pulp + 0.4 * (1 - formed)))


def _tooth_frame(tooth: Tooth) -> Float:
    frame = np.eye(4)
    frame[:3, :3], frame[:3, 3] = tooth.axes.T, tooth.origin
    return frame


def _tilt(tip: float, torque: float, *, pivot: float) -> Float:
    """(4, 4) in the tooth's frame: crown to mesial by `tip`, to buccal by `torque` degrees about a point inside it."""
    motion = rotation_about(np.array([0.0, 1, 0]), tip) @ rotation_about(np.array([1.0, 0, 0]), -torque)
    middle = np.array([0, 0, pivot])
    motion[:3, 3] = middle - motion[:3, :3] @ middle
    return motion


def _replace_lost(rng: np.random.Generator, teeth: list[PictureTooth], habits: _Habits) -> list[PictureTooth]:
    """Some lost teeth become implants or, between standing neighbours, the middle of a bridge."""
    here = {tooth.fdi: tooth for tooth in teeth}
    crowned, fates = set(), {}
    for fdi, tooth in here.items():
        if tooth.fate != "healed" or fdi % 10 == 8 or rng.random() < 0.35:
            continue
        if habits.replaced == "implant":
            fates[fdi] = "implant"
        beside = [here.get(n) for n in (fdi - 1 if fdi % 10 > 1 else -1, fdi + 1)]
        if habits.replaced == "bridge" and all(n is not None and n.fate == "present" for n in beside):
            fates[fdi] = "pontic"
            crowned |= {n.fdi for n in beside if n is not None}
    out = []
    for fdi, tooth in here.items():
        work = tooth.work | {"crown"} if fdi in crowned else tooth.work
        out.append(PictureTooth(fdi, tooth.body, tooth.motion, fates.get(fdi, tooth.fate), work, tooth.bone_loss))
    return out
