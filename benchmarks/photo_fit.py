"""How well a mouth comes back from the landmarks of photographs, how honest its intervals are, and how long it takes.

    python benchmarks/photo_fit.py --out docs/reference/results/photo_fit.json [--cases 8] [--subject dentition]

No picture and no network: true landmarks, hidden where a tooth is before them, with normal errors of 0, 1 and 2 % of
the arch's width and one in twenty put anywhere. Mouths are drawn from the shape model, where intervals must hold what
they promise, and made tooth by tooth, which the model can only come near to. Errors are distances of corresponding
vertices of the jaws that are seen, after a rigid motion (size counts) and after a similarity (it does not).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.spatial import KDTree

from typodont.anatomy.landmarks import landmark_jaw, landmark_tooth
from typodont.anatomy.teeth import jaw as jaw_of
from typodont.atomic import write_json
from typodont.environment import environment
from typodont.geometry.camera import look_rotation
from typodont.geometry.deformable import Deformable
from typodont.geometry.mesh import Mesh
from typodont.geometry.pinhole import Pinhole, middle_px
from typodont.geometry.rays import RayScene
from typodont.geometry.registration import apply, fit_rigid, rotation_about
from typodont.synth.complete_mouth import make_complete_mouth
from typodont.tasks.photo.fit import FitOptions, fit_photos
from typodont.tasks.photo.measure import NINE_OF_TEN, dentition_lengths, measure
from typodont.tasks.photo.posterior import laplace, vertex_sigma
from typodont.tasks.photo.scale import tooth_width
from typodont.tasks.photo.seen import SeenLandmarks
from typodont.tasks.photo.starts import TOWARD_AND_UP
from typodont.training.deformable_file import shipped_shape_model

SIZE = (1440, 1080)
WIDTH_MM = {"dentition": 60.0, "palate": 36.0}
"""About the width of an arch; pictures show one across most of them."""
FIVE = ("upper", "lower", "front", "left", "right")
VIEWS = {"dentition": {view: (view,) for view in FIVE} | {"five": FIVE}, "palate": {"palate": ("palate",)}}
NOISE = (0.0, 0.01, 0.02)
"""Shares of the arch's width."""
WRONG = 0.05
KNOWN = (11, 21, 16, 36, 46)
_WIDTHS = {0: "", 1: ", one known width", 5: ", five known widths"}


class Truth(NamedTuple):
    """A mouth: (L, 3) landmarks and (N, 3) vertices of the model's surface, upper arch frame, mm."""

    landmarks: np.ndarray
    vertices: np.ndarray


class Setting(NamedTuple):
    """What is photographed and how well it is seen."""

    source: str
    views: str
    noise: float
    known_widths: int = 0

    @property
    def name(self) -> str:
        """For tables."""
        return f"{self.source}, {self.views}, {100 * self.noise:g} %{_WIDTHS[self.known_widths]}"


KNOWN_WIDTHS = tuple(Setting("made", "five", 0.01, known_widths=count) for count in (1, 5))


def settings(subject: str) -> list[Setting]:
    """All that is measured."""
    found = [Setting("model", views, 0.01) for views in VIEWS[subject] if views not in ("lower", "left", "right")]
    if subject == "palate":
        return found + [Setting("model", "palate", noise) for noise in (0.0, 0.02)]
    found += [Setting("made", views, noise) for views in ("upper", "five") for noise in NOISE]
    return [*found, *(Setting("made", view, 0.01) for view in ("lower", "front", "left")), *KNOWN_WIDTHS]


def draw_truth(model: Deformable, source: str, seed: int, index: int) -> Truth:
    """A mouth from the model, or one made tooth by tooth whose crowns have the same vertices."""
    if source == "model":
        theta = np.random.default_rng([seed, index, 1]).normal(size=model.n_parameters)
        return Truth(model.landmarks(theta)[0], model.surface(theta).vertices)
    mouth = make_complete_mouth(seed, index)
    surface = model.surface(np.zeros(model.n_parameters))
    vertices = np.empty_like(surface.vertices)
    for dentition, place in ((mouth.upper, np.eye(4)), (mouth.lower, mouth.bite)):
        for tooth in dentition.teeth:
            own = surface.vertex_attributes["label"] == dentition.fdi(tooth)
            if own.any():
                vertices[own] = apply(place, tooth.vertices)
    return Truth(mouth.landmarks(), vertices)


def photograph(
    rng: np.random.Generator, truth: Truth, surface: Mesh, model: Deformable, view: str, *, noise: float, width: float
) -> SeenLandmarks:
    """The landmarks of one photograph with their errors; nothing of what is hidden or of a jaw behind a mirror."""
    toward, up = (np.array(axis) for axis in TOWARD_AND_UP[view])
    turn = rotation_about(rng.normal(size=3), rng.normal(0, 10))[:3, :3]
    rotation = turn @ look_rotation(toward, up)
    shown = np.array([view not in ("upper", "lower") or landmark_jaw(name) == view for name in model.names])
    distance = rng.uniform(90, 300)
    middle = truth.landmarks[shown].mean(axis=0) + rng.normal(0, 3, 3)
    focal = 0.85 * SIZE[0] / width * distance
    camera = Pinhole(focal, middle_px(SIZE), SIZE, rotation, middle + distance * rotation[2])
    sigma = noise * 0.85 * SIZE[0]
    px = camera.project(truth.landmarks) + rng.normal(0, max(sigma, 1e-9), (len(shown), 2))
    if view in ("upper", "lower"):  # the other jaw is open or behind the mirror
        surface = surface.submesh(
            (np.array([jaw_of(int(fdi)) for fdi in surface.vertex_attributes["label"]]) == view)[surface.faces].all(
                axis=1
            )
        )
    seen = shown & in_sight(truth.landmarks, surface, camera) & (np.abs(px - middle_px(SIZE)) < middle_px(SIZE)).all(1)
    wrong = rng.random(len(px)) < (WRONG if noise else 0)
    px[wrong] = rng.uniform(0, 1, (int(wrong.sum()), 2)) * SIZE
    told = focal * np.exp(rng.normal(0, 0.03))
    return SeenLandmarks(np.where(seen[:, None], px, np.nan), np.full(len(px), max(sigma, 0.5)), SIZE, view, told)


def in_sight(points: np.ndarray, surface: Mesh, camera: Pinhole) -> np.ndarray:
    """(L,) whether nothing lies between the points and the lens; they lie on the surface."""
    way = camera.position - points
    near = KDTree(surface.vertices).query(points)[1]
    faces_lens = np.einsum("ij,ij->i", surface.vertex_normals[near], way) > 0
    lifted = points + 0.4 * way / np.linalg.norm(way, axis=1, keepdims=True)
    return faces_lens & ~RayScene(surface).occluded(lifted, camera.position - lifted, max_distance=1.0)


def measure_case(model: Deformable, setting: Setting, subject: str, seed: int, index: int) -> dict[str, float]:
    """Errors in mm, shares of intervals that hold the truth, and seconds of work for one mouth."""
    rng = np.random.default_rng([seed, index, 2])
    truth = draw_truth(model, setting.source, seed, index)
    mean = model.surface(np.zeros(model.n_parameters))
    surface = Mesh(truth.vertices, mean.faces, mean.vertex_attributes)
    views = VIEWS[subject][setting.views]
    width = WIDTH_MM[subject]
    photos = [photograph(rng, truth, surface, model, v, noise=setting.noise, width=width) for v in views]
    misfit = getattr(model, "left_out_mm", 0.0) / 3**0.5 if setting.source == "made" else 0.0
    begun = time.process_time()
    fit = fit_photos(model, photos, _knowledge(model, truth, setting, misfit), FitOptions(misfit_mm=misfit))
    seconds = time.process_time() - begun
    posterior = laplace(fit, misfit_mm=misfit)
    rows = _seen_vertices(surface, views)
    found = model.surface(fit.theta).vertices[rows]
    row: dict[str, float] = {"seconds": seconds}
    for after in ("rigid", "similarity"):
        laid = apply(fit_rigid(found, truth.vertices[rows], scale=after == "similarity"), found)
        distance = np.linalg.norm(laid - truth.vertices[rows], axis=1)
        sigma = vertex_sigma(posterior, model, rows, after=after)
        row[f"{after}_mean"], row[f"{after}_p95"] = float(distance.mean()), float(np.quantile(distance, 0.95))
        row[f"{after}_held"] = float((np.abs(laid - truth.vertices[rows]) < NINE_OF_TEN * sigma).mean())
    return row | _lengths_held(model, posterior, truth, views)


def _knowledge(model: Deformable, truth: Truth, setting: Setting, misfit: float) -> list[Any]:
    known = []
    for fdi in KNOWN[: setting.known_widths]:
        mesial, distal = (truth.landmarks[model.names.index(f"{fdi} {side}")] for side in ("mesial", "distal"))
        known.append(tooth_width(fdi, float(np.linalg.norm(mesial - distal)), model.names, misfit_mm=misfit))
    return known


def _seen_vertices(surface: Mesh, views: tuple[str, ...]) -> np.ndarray:
    """Of the jaws that are shown, without what lies in the gum."""
    label = surface.vertex_attributes["label"]
    shown = surface.vertex_attributes.get("cap", np.zeros(len(label))) == 0
    if views in (("upper",), ("lower",)):
        shown &= np.isin(label, [fdi for fdi in np.unique(label) if jaw_of(int(fdi)) == views[0]])
    return np.flatnonzero(shown)


def _lengths_held(model: Deformable, posterior: Any, truth: Truth, views: tuple[str, ...]) -> dict[str, float]:
    """Share of the lengths of the shown jaws whose interval holds the truth, and their mean error; none for palates."""
    teeth = {fdi for name in model.names if (fdi := landmark_tooth(name)) is not None}
    shown = [fdi for fdi in teeth if views not in (("upper",), ("lower",)) or jaw_of(fdi) == views[0]]
    lengths = dentition_lengths(shown)
    if not lengths:
        return {}
    place = {name: i for i, name in enumerate(model.names)}
    held, error = [], []
    for length in measure(posterior, model, lengths):
        true = np.linalg.norm(sum(w * truth.landmarks[place[at]] for at, w in lengths[length.name].items()))
        held.append(length.interval[0] <= true <= length.interval[1])
        error.append(abs(length.mm - true))
    return {"lengths_held": float(np.mean(held)), "length_error": float(np.mean(error))}


def summary(rows: list[dict[str, float]]) -> dict[str, float]:
    """Means over mouths, and how many fits a second one core makes."""
    found = {name: round(float(np.mean([row[name] for row in rows])), 4) for name in rows[0]}
    return {"mouths": len(rows), **found, "fits_per_second": round(1 / max(found["seconds"], 1e-9), 1)}


def table(found: dict[str, dict[str, float]]) -> Iterator[str]:
    """One line a setting."""
    yield f"{'mouths, photographs, error':38} rigid   P95  held | similar  P95  held | fits/s"
    for name, row in found.items():
        parts = [f"{row[f'{a}_mean']:6.2f} {row[f'{a}_p95']:5.2f} {100 * row[f'{a}_held']:4.0f}%" for a in _AFTER]
        yield f"{name:38}{' | '.join(parts)} | {row['fits_per_second']:5.1f}"


_AFTER = ("rigid", "similarity")


def main() -> int:
    """Measure every setting, print the table, write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--cases", type=int, default=8)
    parser.add_argument("--seed", type=int, default=970)
    parser.add_argument("--subject", choices=sorted(VIEWS), default="dentition")
    options = parser.parse_args()
    model = shipped_shape_model(options.subject)
    found: dict[str, dict[str, float]] = {}
    for setting in settings(options.subject):
        cases = range(options.cases)
        rows = [measure_case(model, setting, options.subject, options.seed, index) for index in cases]
        found[setting.name] = summary(rows)
        print(f"{setting.name}: done", flush=True)
    print("\n".join(table(found)))
    if options.out is not None:
        about = {"subject": options.subject, "seed": options.seed, "picture": SIZE, "wrong": WRONG}
        write_json({**about, "settings": found, "environment": environment()}, options.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
