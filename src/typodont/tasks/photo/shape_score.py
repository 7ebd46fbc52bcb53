"""What a shape fitted to the landmarks of one photograph is worth, compared with the true surface."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from typodont.anatomy.landmarks import PALATE, landmark_tooth
from typodont.errors import TypodontError
from typodont.geometry.deformable import Deformable
from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import apply, fit_rigid
from typodont.metrics.surface_alignment import AlignmentKind, align_surface
from typodont.metrics.surfaces import surface_distance
from typodont.records.exif_focal import read_focal_px
from typodont.records.landmarked_photo import LandmarkedPhoto
from typodont.tasks.photo.fit import FitOptions, PhotoFit, fit_photos
from typodont.tasks.photo.landmark_score import px_per_mm
from typodont.tasks.photo.landmarks import FoundLandmarks
from typodont.tasks.photo.measure import NINE_OF_TEN, dentition_lengths, measure, palate_lengths
from typodont.tasks.photo.posterior import Posterior, laplace, vertex_sigma
from typodont.tasks.photo.scale import ruler
from typodont.tasks.photo.seen import SeenLandmarks
from typodont.tasks.photo.unknowns import Knowledge
from typodont.types import Float

_SAMPLES = 4000
_RULER_SHARE = 0.3
"""Length of the ruler that gives the size away, as a share of the picture's width."""


@dataclass(frozen=True)
class ShapeErrors:
    """One photograph's shape.

    Args:
        name, patient, view: Of the photograph.
        figures: mm. ``rigid_mean``, ``rigid_p95``: distances of the surfaces, both ways, after a rigid motion, with
            nothing but the mean anatomy to tell the size; ``ruler_…``: the same with a ruler in the picture;
            ``similarity_…``: after a similarity, so that size is left out. ``mean_mouth``: what ``rigid_mean`` is
            without any photograph, of the model's mean. ``vertices_held``: share of the vertices'
            coordinates, after the rigid motion, in their 90 % intervals. ``lengths_held``, ``length_error``: of widths
            and depths of the arch. ``fit_seconds``. NaN where there is nothing to measure.
        failure: Why there is no shape.
    """

    name: str
    patient: str
    view: str
    figures: Mapping[str, float]
    failure: str | None = None


FIGURES = (
    "rigid_mean",
    "rigid_p95",
    "ruler_mean",
    "ruler_p95",
    "similarity_mean",
    "similarity_p95",
    "mean_mouth",
    "vertices_held",
    "lengths_held",
    "length_error",
    "fit_seconds",
)


def compare_shape(
    photo: LandmarkedPhoto,
    found: FoundLandmarks,
    model: Deformable,
    options: FitOptions | None = None,
    *,
    widen: float = 1.0,
) -> ShapeErrors | None:
    """The shape fitted to a photograph's found landmarks beside the true surface; None where that is not known.

    What is compared is what the true surface has: crowns of the teeth that are there, or the whole palate.

    Args:
        photo: With its surface, camera and landmarks in space, as `typodont synth photo` writes them.
        found: Its landmarks.
        model: Of the shape.
        options: Of the fit.
        widen: See `laplace`.
    """
    truth = photo.surface()
    if truth is None or photo.camera is None or photo.points_mm is None:
        return None
    seen = _seen(photo, found)
    about = photo.name, photo.patient or photo.name, photo.view
    try:
        begun = time.process_time()
        fit = fit_photos(model, [seen], options=options)
        seconds = time.process_time() - begun
        measured = fit_photos(model, [seen], [_ruler(seen, px_per_mm(photo))], options)
    except TypodontError as error:
        return ShapeErrors(*about, dict.fromkeys(FIGURES, math.nan), str(error))
    figures = {"fit_seconds": seconds}
    ways: dict[str, tuple[AlignmentKind, Float]] = {
        "rigid": ("rigid", fit.theta),
        "ruler": ("rigid", measured.theta),
        "similarity": ("similarity", fit.theta),
    }
    for name, (kind, theta) in ways.items():
        distance = _distance(theta, model, photo, truth, kind)
        figures |= {f"{name}_mean": distance[0], f"{name}_p95": distance[1]}
    figures["mean_mouth"] = _distance(np.zeros(model.n_parameters), model, photo, truth, "rigid")[0]
    posterior = _posterior(fit, options, widen)
    ratios = _ratios(posterior, model, truth)
    held = math.nan if ratios is None else float((ratios < NINE_OF_TEN).mean())
    figures |= {"vertices_held": held, **_lengths(posterior, model, photo)}
    return ShapeErrors(*about, figures)


def spread_ratios(
    photo: LandmarkedPhoto, found: FoundLandmarks, model: Deformable, options: FitOptions | None = None
) -> Float | None:
    """(n,) how far the coordinates of the true vertices lie from the fitted ones after a rigid motion, in stated
    spreads; None where the surface is not known, or nothing can be fitted. Arguments as in `compare_shape`."""
    truth = photo.surface()
    if truth is None:
        return None
    try:
        fit = fit_photos(model, [_seen(photo, found)], options=options)
    except TypodontError:
        return None
    return _ratios(_posterior(fit, options, 1.0), model, truth)


def _seen(photo: LandmarkedPhoto, found: FoundLandmarks) -> SeenLandmarks:
    return found.seen(focal_px=read_focal_px(photo.image) if isinstance(photo.image, Path) else None)


def _posterior(fit: PhotoFit, options: FitOptions | None, widen: float) -> Posterior:
    return laplace(fit, misfit_mm=0.0 if options is None else options.misfit_mm, widen=widen)


def _ruler(seen: SeenLandmarks, scale: float) -> Knowledge:
    """A ruler in the middle of the picture, at the distance of the mouth."""
    width, height = seen.size
    half = 0.5 * _RULER_SHARE * width
    ends = ((width / 2 - half, height / 2), (width / 2 + half, height / 2))
    return ruler(seen, 0, ends, 2 * half / scale)


def _distance(
    theta: Float, model: Deformable, photo: LandmarkedPhoto, truth: Mesh, kind: AlignmentKind
) -> tuple[float, float]:
    """Mean and 95th percentile of the distances between the surfaces, mm."""
    found = _compared(model.surface(theta), truth)
    points, true = model.landmarks(theta)[0], _points_mm(photo, model)
    known = np.isfinite(true).all(axis=1)
    start = fit_rigid(points[known], true[known], scale=kind == "similarity")
    laid = found.transformed(align_surface(found, truth, kind, start=start))
    distance = surface_distance(laid, truth, samples=_SAMPLES)
    return distance.mean, distance.p95


def _ratios(posterior: Posterior, model: Deformable, truth: Mesh) -> Float | None:
    """(n,) see `spread_ratios`; None where the surfaces' vertices do not correspond."""
    surface = _compared(model.surface(posterior.theta), truth)
    labels = [mesh.vertex_attributes["label"] for mesh in (surface, truth)]
    own, true = (np.argsort(label, kind="stable") for label in labels)
    if not np.array_equal(labels[0][own], labels[1][true]):
        return None
    rows = surface.vertex_attributes["source_vertex"][own]
    places, goal = surface.vertices[own], truth.vertices[true]
    away = apply(fit_rigid(places, goal), places) - goal
    return (np.abs(away) / vertex_sigma(posterior, model, rows, after="rigid")).ravel()


def _compared(surface: Mesh, truth: Mesh) -> Mesh:
    """The part of a fitted surface that the truth has, without what closes crowns in the gum."""
    label = surface.vertex_attributes["label"]
    closing = surface.vertex_attributes.get("cap", np.zeros(len(label)))
    kept = np.isin(label, truth.vertex_attributes["label"]) & (closing == 0)
    return surface.submesh(kept[surface.faces].all(axis=1))


def _lengths(posterior: Posterior, model: Deformable, photo: LandmarkedPhoto) -> dict[str, float]:
    """How far lengths are off and how many intervals hold them; NaN where no length is known."""
    true = _points_mm(photo, model)
    place = {name: at for at, name in enumerate(model.names)}
    known = {name for name in model.names if np.isfinite(true[place[name]]).all()}
    teeth = [fdi for fdi in map(landmark_tooth, known) if fdi is not None]
    every = palate_lengths() if photo.subject == PALATE else dentition_lengths(teeth)
    lengths = {name: weights for name, weights in every.items() if set(weights) <= known}
    errors, held = [], []
    for length in measure(posterior, model, lengths):
        weights = lengths[length.name].items()
        exact = float(np.linalg.norm(np.sum([w * true[place[name]] for name, w in weights], axis=0)))
        errors.append(abs(length.mm - exact))
        held.append(length.interval[0] <= exact <= length.interval[1])
    nothing = not errors
    return {
        "lengths_held": math.nan if nothing else float(np.mean(held)),
        "length_error": math.nan if nothing else float(np.mean(errors)),
    }


def _points_mm(photo: LandmarkedPhoto, model: Deformable) -> Float:
    """(L, 3) true landmarks in the model's order."""
    assert photo.points_mm is not None
    place = {name: at for at, name in enumerate(photo.names)}
    return photo.points_mm[[place[name] for name in model.names]]
