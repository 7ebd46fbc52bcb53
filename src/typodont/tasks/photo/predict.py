"""Reconstruct a dentition or an infant's palate from photographs: the public face of the photo job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from typodont.anatomy.landmarks import PALATE
from typodont.errors import ConfigError, NoDentalPictureError
from typodont.formats.image import IMAGE_SUFFIXES
from typodont.tasks.batch import BatchResult, input_files, run_batch
from typodont.tasks.output import Output
from typodont.tasks.photo.fit import PhotoFit, fit_photos
from typodont.tasks.photo.landmarks import FoundLandmarks, find_landmarks
from typodont.tasks.photo.measure import dentition_lengths, measure, palate_lengths
from typodont.tasks.photo.models import PhotoModels, load_models
from typodont.tasks.photo.options import MOST_TOGETHER, ReconstructOptions
from typodont.tasks.photo.picture import Photograph, check_landmarks, read_photograph
from typodont.tasks.photo.plate import Plate, make_plate
from typodont.tasks.photo.posterior import Posterior, laplace, one_number, size_spread, vertex_sigma
from typodont.tasks.photo.result import MouthResult, SeenPhoto, write_result
from typodont.tasks.photo.scale import ruler, scale_source, tooth_width
from typodont.tasks.photo.seen import SeenLandmarks
from typodont.tasks.photo.teeth import GUESSED, MISSING, tooth_states
from typodont.tasks.photo.unknowns import Knowledge
from typodont.tasks.run_record import RunFacts, Stages

_FITS, _LEAST_FITTING = 4.0, 0.6
"""A landmark fits that lies within so many spreads of its place; fewer than this share fitting is no mouth."""
_UNSURE_MM = 1.0
BRIDGED, NOT_COVERED = ("cleft floor", "vomer"), ("vestibule",)
"""Regions of a palate that a plate spans, and those that it leaves free."""


def predict_mouth(
    pictures: Sequence[Photograph],
    models: PhotoModels,
    options: ReconstructOptions | None = None,
    *,
    stages: Stages | None = None,
) -> MouthResult:
    """The mouth that one or more photographs of a person show, with how sure every place of it is.

    Args:
        pictures: One, or up to `MOST_TOGETHER` of the same person with the same bite.
        models: See `load_models`.
        options: See there.
        stages: Stopwatch.

    Raises:
        ConfigError: options that do not fit the pictures.
        FormatError: another view than was said, too blurred.
        NoDentalPictureError: no teeth or no palate, or landmarks that fit no mouth.
    """
    options, stages = options or ReconstructOptions(), stages or Stages()
    with stages("landmarks"):
        found = [_look(picture, i, len(pictures), models, options) for i, picture in enumerate(pictures)]
    seen = [one.seen(focal_px=picture.focal_px) for one, picture in zip(found, pictures, strict=True)]
    with stages("fit"):
        knowledge = _knowledge(seen, pictures, models, options)
        fit = fit_photos(models.shape, seen, knowledge, models.fit_options())
        fitting = [_check_fit(fit, i, seen[i], models, pictures[i].file) for i in range(len(pictures))]
        widen = models.landmarks.calibration.widening([one.view for one in found])
        posterior = laplace(fit, misfit_mm=models.misfit_mm, widen=widen)
    photos = tuple(
        SeenPhoto(picture, one, camera, share)
        for picture, one, camera, share in zip(pictures, found, fit.cameras, fitting, strict=True)
    )
    with stages("surface"):
        return _result(photos, posterior, models, knowledge, options)


def _look(
    picture: Photograph, index: int, count: int, models: PhotoModels, options: ReconstructOptions
) -> FoundLandmarks:
    told = options.view_of(index, count)
    found = find_landmarks(picture.image, models.landmarks, view=told)
    check_landmarks(found, picture.file, told=told)
    return found


def _knowledge(
    seen: Sequence[SeenLandmarks], pictures: Sequence[Photograph], models: PhotoModels, options: ReconstructOptions
) -> list[Knowledge]:
    known: list[Knowledge] = [
        tooth_width(fdi, mm, models.shape.names, misfit_mm=models.misfit_mm) for fdi, mm in options.tooth_width.items()
    ]
    if options.ruler is not None:
        first, second = (_as_looked_at(end, pictures[0]) for end in options.ruler.ends)
        known.append(ruler(seen[0], 0, (first, second), options.ruler.mm))
    return known


def _as_looked_at(place: tuple[float, float], picture: Photograph) -> tuple[float, float]:
    """A pixel of the file in the picture that was looked at."""
    x, y = ((value + 0.5) / picture.reduced - 0.5 for value in place)
    return (picture.image.shape[1] - 1 - x if picture.mirrored else x), y


def _check_fit(fit: PhotoFit, index: int, seen: SeenLandmarks, models: PhotoModels, file: Path) -> float:
    """Share of a photograph's landmarks that lie where the fitted mouth has them."""
    use = seen.informative
    px = fit.cameras[index].project(models.shape.landmarks(fit.theta)[0])[use]
    off = np.linalg.norm(px - seen.points[use], axis=1) / fit.spreads[index][use]
    fitting = float(np.mean(off < _FITS))
    if fitting < _LEAST_FITTING:
        raise NoDentalPictureError(
            f"{file}: found landmarks that fit no mouth seen from the {seen.view} ({fitting:.0%} of {use.sum()} lie "
            "where one has them): another view, several faces in one picture, or the picture of a mirror that was not "
            "turned back (--mirrored)"
        )
    return fitting


def _result(
    photos: tuple[SeenPhoto, ...],
    posterior: Posterior,
    models: PhotoModels,
    knowledge: Sequence[Knowledge],
    options: ReconstructOptions,
) -> MouthResult:
    surface = models.shape.surface(posterior.theta)
    states = tooth_states(surface, photos)
    keep = _shown(surface.vertex_attributes, states)
    mesh = surface.submesh(np.all(keep[surface.faces], axis=1))
    vertices = mesh.vertex_attributes.pop("source_vertex")
    sigma = one_number(vertex_sigma(posterior, models.shape, vertices))
    after_size = one_number(vertex_sigma(posterior, models.shape, vertices, after="similarity"))
    there = [fdi for fdi, state in states.items() if state != MISSING]
    lengths = palate_lengths() if options.subject == PALATE else dentition_lengths(there)
    return MouthResult(
        subject=options.subject,
        photos=photos,
        theta=posterior.theta,
        mesh=mesh.with_vertex(sigma_mm=sigma.astype(np.float32)),
        landmarks_mm=models.shape.landmarks(posterior.theta)[0],
        names=models.shape.names,
        teeth=states,
        lengths=tuple(measure(posterior, models.shape, lengths)),
        scale={**scale_source(knowledge), "spread": size_spread(posterior, models.shape, vertices)},
        sigma_mm={"median": float(np.median(sigma)), "p95": float(np.quantile(sigma, 0.95))},
        sigma_known_size_mm={"median": float(np.median(after_size)), "p95": float(np.quantile(after_size, 0.95))},
        plate=_plate(models, posterior) if options.plate else None,
        warnings=_warnings(photos, states, sigma, knowledge, options),
    )


def _shown(attributes: Mapping[str, np.ndarray], states: Mapping[int, str]) -> np.ndarray:
    """(N,) bool: what is written: teeth that are there, without what lies in the gum; all of a palate."""
    label = attributes["label"]
    if not states:
        return np.ones(len(label), dtype=bool)
    there = [fdi for fdi, state in states.items() if state != MISSING]
    return np.isin(label, there) & (attributes.get("cap", np.zeros(len(label))) == 0)


def _plate(models: PhotoModels, posterior: Posterior) -> Plate:
    surface = models.shape.surface(posterior.theta)
    regions: tuple[str, ...] = getattr(models.shape, "regions", ())
    label = surface.vertex_attributes["label"]
    spanned, free = (np.isin(label, [regions.index(name) for name in names]) for names in (BRIDGED, NOT_COVERED))
    return make_plate(surface, ~free, spanned)


def _warnings(
    photos: Sequence[SeenPhoto],
    states: Mapping[int, str],
    sigma: np.ndarray,
    knowledge: Sequence[Knowledge],
    options: ReconstructOptions,
) -> tuple[str, ...]:
    found = []
    if not knowledge:
        found.append("the size rests on what mouths are usually like; --tooth-width or --ruler make it this person's")
    if all(photo.picture.focal_px is None for photo in photos):
        found.append("no file tells its focal length; it was estimated")
    guessed, missing = (", ".join(str(fdi) for fdi in states if states[fdi] == state) for state in (GUESSED, MISSING))
    if guessed:
        found.append(f"teeth {guessed} are not seen; they stand where they usually do beside the others")
    if missing:
        found.append(f"teeth {missing} are left out: gum shows where they would stand; a lip there would look the same")
    if options.plate and np.median(sigma) > 0.3:
        found.append(
            f"the plate follows a surface that is sure within {np.median(sigma):.1f} mm only; make none from it "
            "without an impression or a scan"
        )
    elif np.median(sigma) > _UNSURE_MM:
        found.append(f"half of the surface is sure within {np.median(sigma):.1f} mm or worse")
    return tuple(found)


def reconstruct_photos(
    files: Sequence[Path],
    out_dir: Path,
    *,
    together: bool = False,
    weights: Path | None = None,
    shape: Path | None = None,
    options: ReconstructOptions | None = None,
    force: bool = False,
) -> BatchResult:
    """Reconstruct mouths from many pictures; see the output contract for what is written.

    Args:
        files: Pictures and folders of pictures.
        out_dir: Gets ``NAME.ply``, ``NAME.json``, ``NAME_overlay.png`` and ``NAME_run.json``.
        together: All pictures are of one person, and one mouth is fitted to them, named after the first.
        weights: A weights file or run folder of the landmark network instead of the shipped weights.
        shape: The same for the shape model.
        options: See there.
        force: Replace existing results.

    Raises:
        ConfigError: options that do not go with the number of pictures.
        WeightsError: weights missing or damaged.
    """
    options = options or ReconstructOptions()
    named = input_files(files, suffixes=IMAGE_SUFFIXES)
    if together and len(named) > MOST_TOGETHER:
        raise ConfigError(f"found {len(named)} pictures to be taken together, expected {MOST_TOGETHER} at most")
    if options.ruler is not None and len(named) > 1 and not together:
        raise ConfigError(f"found a ruler for {len(named)} pictures, expected one picture, or --together")
    options.view_of(0, len(named))
    models = load_models(options.subject, weights, shape=shape)
    place = {file: i for i, file in enumerate(named)}
    settings = {**asdict(options), "together": [str(file) for file in named] if together else []}
    facts = RunFacts("photo reconstruct", weights=models.files, settings=settings)

    def process(file: Path, output: Output, stages: Stages) -> Sequence[str]:
        own = named if together else [file]
        with stages("read"):
            pictures = [read_photograph(one, mirrored=options.mirrored) for one in own]
        views = options.views if together or len(options.views) == 1 else (options.views[place[file]],)
        asked = ReconstructOptions(**{**vars(options), "views": views})
        result = predict_mouth(pictures, models, asked, stages=stages)
        with stages("write"):
            write_result(result, output)
        return result.warnings

    return run_batch(named[:1] if together else named, process, out_dir, facts=facts, force=force)
