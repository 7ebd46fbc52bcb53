"""A dentition from photographs beside the crowns of the same person, tooth by tooth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from typodont.anatomy.teeth import JAWS, PERMANENT, jaw
from typodont.errors import ConfigError, FormatError, MeshError, TypodontError
from typodont.formats import SUFFIXES, read_mesh
from typodont.geometry.deformable import Deformable
from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import fit_rigid
from typodont.metrics.solid_dice import solid_dice
from typodont.metrics.surface_alignment import AlignmentKind, align_surface
from typodont.metrics.surfaces import surface_distance
from typodont.tasks.measured import plain
from typodont.tasks.photo.models import PhotoModels
from typodont.tasks.photo.options import ReconstructOptions, ViewName
from typodont.tasks.photo.picture import read_photograph
from typodont.tasks.photo.predict import predict_mouth
from typodont.tasks.photo.teeth import MISSING
from typodont.types import Float

ALIGNMENTS: tuple[AlignmentKind, ...] = ("similarity", "rigid")
MEAN_MOUTH = "no photograph: the mean mouth"
_FEWEST = 3


@dataclass(frozen=True)
class CrownErrors:
    """Fitted crowns beside the true ones.

    Args:
        jaw: "upper" or "lower".
        photographs: Those that it was fitted to, in words.
        teeth: Compared. left_out: Crowns of this jaw that the fit says are missing.
        figures: ``similarity_…`` after the motion and the size that fit best, ``rigid_…`` after the motion: ``assd``,
            ``rmsd``, ``hausdorff`` mm, ``cd_l2`` mm², ``dice``; and ``size``, by what the similarity multiplies.
        failure: Why there is nothing to compare.
    """

    jaw: str
    photographs: str
    teeth: tuple[int, ...]
    left_out: tuple[int, ...]
    figures: Mapping[str, float]
    failure: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        figures = {name: plain(value) for name, value in self.figures.items()}
        return {**vars(self), "teeth": list(self.teeth), "left_out": list(self.left_out), "figures": figures}

    def line(self) -> str:
        """For a terminal."""
        if self.failure is not None:
            return f"{self.photographs}: {self.failure}"
        words = ", ".join(f"{name} {value:.3f}" for name, value in self.figures.items())
        return f"{self.photographs}, {self.jaw} ({len(self.teeth)} teeth): {words}"


def read_crowns(folder: Path) -> dict[int, Mesh]:
    """FDI number -> crown of a folder with files such as ``11.ply``, all in one frame, mm.

    Raises:
        FormatError: no such file, or an unreadable one.
    """
    files = {path.stem: path for path in sorted(Path(folder).iterdir()) if path.suffix.lower() in SUFFIXES}
    crowns = {fdi: read_mesh(files[str(fdi)]) for fdi in PERMANENT if str(fdi) in files}
    if not crowns:
        raise FormatError(f"{folder}: found no crowns, expected files named by FDI numbers, for example 11.ply")
    return crowns


def measure_person(
    pictures: Mapping[ViewName, Path], crowns: Mapping[int, Mesh], models: PhotoModels
) -> list[CrownErrors]:
    """What photographs of one person are worth, each by itself and all together, beside the mean mouth.

    Args:
        pictures: View -> file. A view of one jaw is compared with that jaw, one of both with each.
        crowns: FDI number -> closed crown, mm.
        models: For dentitions.

    Raises:
        ConfigError: no picture.
        FormatError: a picture that cannot be read. One that cannot be used becomes an entry with a `failure`.
    """
    if not pictures:
        raise ConfigError("found no photographs, expected VIEW=FILE for at least one view")
    read = {view: read_photograph(file) for view, file in pictures.items()}
    found: list[CrownErrors] = []
    for name, views in _selections(tuple(pictures)).items():
        try:
            result = predict_mouth([read[view] for view in views], models, ReconstructOptions(views=views))
        except TypodontError as error:
            found.append(CrownErrors("", name, (), (), {}, Path(str(error)).name))
            continue
        absent = [fdi for fdi, state in result.teeth.items() if state == MISSING]
        found += compare_crowns(result.theta, models.shape, crowns, absent=absent, views=views, name=name)
    mean = np.zeros(models.shape.n_parameters)
    return found + compare_crowns(mean, models.shape, crowns, views=JAWS, name=MEAN_MOUTH)


def compare_crowns(
    theta: Float,
    model: Deformable,
    crowns: Mapping[int, Mesh],
    *,
    absent: Sequence[int] = (),
    views: Sequence[str],
    name: str,
) -> list[CrownErrors]:
    """The crowns of a fitted mouth beside the true ones, each jaw that the views show by itself: how references of both
    jaws lie to each other is often not known.

    Args:
        theta: (K,) of the model.
        model: Of a dentition.
        crowns: See `measure_person`.
        absent: Teeth that the fit says are missing.
        views: What was photographed.
        name: Of the photographs, in words.

    Raises:
        MeshError: fewer than three teeth to lay on each other.
    """
    surface = model.surface(theta)
    shown = [one for one in JAWS if one in views] if set(views) <= set(JAWS) else JAWS
    found = []
    for one in shown:
        true = {fdi: crown for fdi, crown in crowns.items() if jaw(fdi) == one}
        if not true:
            continue
        fitted = {fdi: crown_of(surface, fdi) for fdi in true if fdi not in absent}
        left_out = tuple(sorted(set(true) - set(fitted)))
        found.append(CrownErrors(one, name, tuple(sorted(fitted)), left_out, _figures(fitted, true)))
    return found


def crown_of(surface: Mesh, fdi: int) -> Mesh:
    """The closed crown of a tooth of a fitted dentition."""
    of_tooth = surface.vertex_attributes["label"] == fdi
    return surface.submesh(of_tooth[surface.faces].all(axis=1))


def _selections(views: tuple[ViewName, ...]) -> dict[str, tuple[ViewName, ...]]:
    alone: dict[str, tuple[ViewName, ...]] = {f"{view} alone": (view,) for view in views}
    return alone if len(views) < 2 else {**alone, f"{len(views)} together": views}


def _figures(fitted: Mapping[int, Mesh], true: Mapping[int, Mesh]) -> dict[str, float]:
    """All true crowns count, also those for which there is no fitted one."""
    if len(fitted) < _FEWEST:
        raise MeshError(f"found {len(fitted)} fitted crowns to lay on the true ones, expected {_FEWEST} or more")
    middles = [np.array([crowns[fdi].vertices.mean(axis=0) for fdi in fitted]) for crowns in (fitted, true)]
    one, other = (_as_one(list(crowns.values())) for crowns in (fitted, true))
    figures = {}
    for kind in ALIGNMENTS:
        start = fit_rigid(*middles, scale=kind == "similarity")
        motion = align_surface(one, other, kind, start=start)
        distance = surface_distance(one.transformed(motion), other)
        moved = [crown.transformed(motion) for crown in fitted.values()]
        figures |= {
            f"{kind}_assd": distance.mean,
            f"{kind}_rmsd": distance.rms,
            f"{kind}_hausdorff": distance.maximum,
            f"{kind}_cd_l2": distance.cd_l2,
            f"{kind}_dice": solid_dice(moved, list(true.values())),
        }
        if kind == "similarity":
            figures["size"] = float(np.cbrt(np.linalg.det(motion[:3, :3])))
    return figures


def _as_one(meshes: Sequence[Mesh]) -> Mesh:
    """Surfaces side by side in one."""
    before = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes)])
    faces = [mesh.faces + int(first) for mesh, first in zip(meshes, before, strict=False)]
    return Mesh(np.vstack([mesh.vertices for mesh in meshes]), np.vstack(faces))
