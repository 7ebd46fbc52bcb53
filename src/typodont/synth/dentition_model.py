"""The shape model of a dentition, learnt from made-up mouths whose teeth correspond vertex by vertex."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from typodont.anatomy.landmarks import DENTITION_LANDMARKS, DENTITION_TEETH, landmark_tooth
from typodont.anatomy.relations import mirrored
from typodont.anatomy.teeth import LOWER, UPPER
from typodont.anatomy.teeth import jaw as jaw_of
from typodont.anatomy.teeth import number as number_of
from typodont.geometry.jointed_model import MOTION, JointedModel, Piece, PieceLandmarks
from typodont.geometry.shape_model import fit_shape_model
from typodont.geometry.turning import nearest_rotation, turn_vector
from typodont.synth.arch_landmarks import GUM_POINTS, crown_points, gum_slides
from typodont.synth.atlas import load_atlas
from typodont.synth.complete_mouth import CompleteMouth
from typodont.synth.dentition import Tooth
from typodont.synth.height_map import HeightMap
from typodont.types import Float

N_MODES = 8
N_SLIDES = len(GUM_POINTS)
WIDTH = N_MODES + MOTION + N_SLIDES
"""Raw numbers of one tooth."""
_MIRROR = np.array([-1.0, 1.0, 1.0])
_MIRRORED_MOTION = np.array([1.0, -1, -1, -1, 1, 1])
_DAMAGED = ("broken", "prepared stump")
_OUTLIER = 3.0
_SHAPES_FROM = 200
"""Teeth of about so many mouths tell the modes of each type; all mouths tell how teeth vary together."""
# What a unit of a raw number moves, root mean square over a tooth's surface, mm: its mode weights and shifts 1, turns
# the radius of a tooth, slides of the gum a landmark or two; the bite moves all teeth of a jaw.
_TOOTH_RADIUS_MM, _SLIDE_WEIGHT_MM, _JAW_RADIUS_MM = 4.0, 0.6, 25.0


@dataclass(frozen=True)
class _Stand:
    """How one tooth stands, as if on the x < 0 side: own shape (V, 3), axes (3, 3), origin (3,), slides (S,)."""

    shape: Float
    axes: Float
    origin: Float
    slides: Float


@dataclass(frozen=True)
class MouthSample:
    """A mouth as numbers: how its 28 teeth stand, in the order of `DENTITION_TEETH`, and its bite."""

    stands: tuple[_Stand, ...]
    bite: Float


def sample_mouth(mouth: CompleteMouth) -> MouthSample | None:
    """A mouth as numbers; a broken or prepared tooth is replaced by its fellow of the other side.

    None: a tooth and its fellow are both damaged.
    """
    found: dict[int, _Stand] = {}
    for dentition, gum in ((mouth.upper, mouth.upper_gum), (mouth.lower, mouth.lower_gum)):
        for tooth in dentition.teeth:
            if tooth.condition not in _DAMAGED:
                found[dentition.fdi(tooth)] = _stand(dentition.jaw, tooth, gum)
    stands = [found.get(fdi, found.get(mirrored(fdi))) for fdi in DENTITION_TEETH]
    complete = tuple(stand for stand in stands if stand is not None)
    return MouthSample(complete, mouth.bite) if len(complete) == len(stands) else None


def _stand(jaw: str, tooth: Tooth, gum: HeightMap) -> _Stand:
    side = _MIRROR if tooth.side > 0 else np.ones(3)
    middle = load_atlas()[jaw, tooth.number].vertices.mean(axis=0)
    return _Stand(
        (tooth.local(tooth.vertices) - middle).astype(np.float32),
        tooth.axes * side,
        (tooth.origin + middle @ tooth.axes) * side,
        gum_slides(jaw, tooth, gum),
    )


def learn_dentition(samples: Iterable[MouthSample], *, n_parameters: int) -> JointedModel:
    """The model of the mouths and of their mirror images.

    All raw numbers are taken as jointly Gaussian after those beyond 3 (robust) standard deviations were brought back
    to there. The parameters are the principal components by how far they move the teeth's surfaces, mm.

    Args:
        samples: at least two.
        n_parameters: K at most.
    """
    mouths = list(samples)
    types = [(jaw, n) for jaw in (UPPER, LOWER) for n in range(1, 8)]
    some = mouths[:: max(1, len(mouths) // _SHAPES_FROM)]
    templates = {one: _template(some, *one) for one in types}
    pieces = tuple(_piece(fdi, templates[jaw_of(fdi), number_of(fdi)]) for fdi in DENTITION_TEETH)
    bite = _mean_bite(mouths)
    model = JointedModel(pieces, _marks(), N_SLIDES, bite, np.zeros(1), np.zeros((1, 1)), 0.0)
    raw = np.array([raw_numbers(model, mouth) for mouth in mouths])
    model = _with_population(model, np.vstack([raw, mirrored_raw(raw)]), n_parameters)
    beyond = np.mean([_beyond_modes(some, templates[one], *one) for one in types])
    return replace(model, left_out_mm=float(np.hypot(model.left_out_mm, np.sqrt(beyond))))


def _stands(mouths: list[MouthSample], jaw: str, number: int) -> list[_Stand]:
    """All teeth of a type."""
    rows = [i for i, fdi in enumerate(DENTITION_TEETH) if (jaw_of(fdi), number_of(fdi)) == (jaw, number)]
    return [mouth.stands[i] for mouth in mouths for i in rows]


def _beyond_modes(mouths: list[MouthSample], template: Piece, jaw: str, number: int) -> float:
    """Mean squared distance of vertices from the nearest shape that the template's modes can make, mm²."""
    offsets = np.array([stand.shape for stand in _stands(mouths, jaw, number)]) - template.mean
    n = len(template.mean)
    weights = offsets.reshape(len(offsets), -1) @ template.modes.reshape(len(template.modes), -1).T / n
    beyond = (offsets**2).sum(axis=2).mean() - (weights**2).sum(axis=1).mean()
    return max(0.0, float(beyond))  # rounding may leave less than nothing where the modes tell all


def _template(mouths: list[MouthSample], jaw: str, number: int) -> Piece:
    """The mean tooth of a type in its mean place on the x < 0 side, from both sides of all mouths."""
    stands = _stands(mouths, jaw, number)
    shapes = fit_shape_model(np.array([stand.shape for stand in stands]), n_modes=N_MODES)
    atlas = load_atlas()[jaw, number]
    modes = np.zeros((N_MODES, *shapes.mean.shape))
    modes[: shapes.n_modes] = shapes.modes * np.sqrt(len(shapes.mean))
    return Piece(
        label=0,
        mean=shapes.mean,
        modes=modes,
        faces=atlas.faces,
        cap=atlas.cap,
        axes=nearest_rotation(np.mean([stand.axes for stand in stands], axis=0)),
        origin=np.mean([stand.origin for stand in stands], axis=0),
        mirrored=False,
        lower=jaw == LOWER,
    )


def _piece(fdi: int, template: Piece) -> Piece:
    """The tooth type as one of its two teeth; quadrants 1 and 3 stand at x < 0 of their arch frames."""
    return replace(template, label=fdi, mirrored=fdi // 10 in (2, 4))


def _mean_bite(mouths: list[MouthSample]) -> Float:
    """(4, 4) the mean of the bites and of their mirror images."""
    bites = np.array([mouth.bite for mouth in mouths])
    flip = np.diag([*_MIRROR, 1.0])
    mean = 0.5 * (bites.mean(axis=0) + flip @ bites.mean(axis=0) @ flip)
    mean[:3, :3] = nearest_rotation(mean[:3, :3])
    return mean


def _marks() -> PieceLandmarks:
    rows = []
    for name in DENTITION_LANDMARKS:
        fdi = landmark_tooth(name)
        assert fdi is not None
        point = name.split(" ", 1)[1]
        base, tip = crown_points(jaw_of(fdi), number_of(fdi))[point]
        slide = GUM_POINTS.index(point) if point in GUM_POINTS else -1
        rows.append((DENTITION_TEETH.index(fdi), base, tip, slide))
    return PieceLandmarks(DENTITION_LANDMARKS, *np.array(rows).T)


def raw_numbers(model: JointedModel, mouth: MouthSample) -> Float:
    """(R,) the raw numbers with which the model's pieces and bite come nearest to a mouth, tooth by tooth."""
    numbers = []
    for piece, stand in zip(model.pieces, mouth.stands, strict=True):
        n = len(piece.mean)
        weights = (piece.modes.reshape(len(piece.modes), -1) @ (stand.shape - piece.mean).ravel()) / n
        numbers.append(
            np.r_[weights, turn_vector(stand.axes.T @ piece.axes), stand.origin - piece.origin, stand.slides]
        )
    rotation = mouth.bite[:3, :3] @ model.bite[:3, :3].T
    pivot = model.pivot
    at_zero = model.bite[:3, :3].T @ (pivot - model.bite[:3, 3])
    shift = mouth.bite[:3, :3] @ at_zero + mouth.bite[:3, 3] - pivot
    return np.r_[np.concatenate(numbers), turn_vector(rotation), shift]


def mirrored_raw(raw: Float) -> Float:
    """(n, R) raw numbers of the mirror images of mouths (n, R): the sides' teeth change places."""
    order = np.array([DENTITION_TEETH.index(mirrored(fdi)) for fdi in DENTITION_TEETH])
    teeth = raw[:, :-MOTION].reshape(len(raw), len(order), WIDTH)[:, order]
    return np.hstack([teeth.reshape(len(raw), -1), raw[:, -MOTION:] * _MIRRORED_MOTION])


def _with_population(model: JointedModel, raw: Float, n_parameters: int) -> JointedModel:
    """The model with the mean of raw numbers and the principal directions of their spread."""
    middle = np.median(raw, axis=0)
    limit = _OUTLIER * 1.4826 * np.median(np.abs(raw - middle), axis=0)
    kept = np.clip(raw, middle - limit, middle + limit)
    mean, lengths = kept.mean(axis=0), _lengths()
    _, singular, rows = np.linalg.svd((kept - mean) * lengths, full_matrices=False)
    spread = singular / np.sqrt(len(raw) - 1)
    k = min(n_parameters, int((spread > 1e-9).sum()))
    left_out = float(np.sqrt((spread[k:] ** 2).sum() / len(DENTITION_TEETH)))
    basis = (rows[:k] * spread[:k, None]).T / lengths[:, None]
    return replace(model, raw_mean=mean, basis=basis, left_out_mm=left_out)


def _lengths() -> Float:
    """(R,) mm that a unit of each raw number moves a tooth's surface."""
    tooth = np.r_[np.ones(N_MODES), np.full(3, _TOOTH_RADIUS_MM), np.ones(3), np.full(N_SLIDES, _SLIDE_WEIGHT_MM)]
    n = len(DENTITION_TEETH)
    bite = np.sqrt(n / 2) * np.r_[np.full(3, _JAW_RADIUS_MM), np.ones(3)]
    return np.r_[np.tile(tooth, n), bite]


def nearest_parameters(model: JointedModel, mouth: MouthSample) -> Float:
    """(K,) the parameters of the member whose teeth lie nearest to those of a mouth."""
    lengths = _lengths()
    offset = (raw_numbers(model, mouth) - model.raw_mean) * lengths
    return np.linalg.lstsq(model.basis * lengths[:, None], offset, rcond=None)[0]
