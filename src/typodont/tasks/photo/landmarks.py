"""Find the landmarks of a photograph with a trained network: where each is, how sure that is, and which view it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from typodont.anatomy.landmarks import SUBJECTS, landmark_names
from typodont.datasets.flip import unflip_landmarks
from typodont.datasets.landmark_samples import whole_picture
from typodont.datasets.picture_window import through_map
from typodont.errors import ConfigError, WeightsError
from typodont.nets.landmark_batch import UNKNOWN_VIEW, LandmarkBatch
from typodont.records.landmarked_photo import VIEWS
from typodont.tasks.photo.seen import SeenLandmarks
from typodont.tasks.photo.sigma_calibration import SigmaCalibration, calibration_beside, read_sigma_calibration
from typodont.training.weights import SHIPPED, Card, load_weights, read_card
from typodont.types import Float

DEFAULT_WEIGHTS = SHIPPED / "photo"
VIEWS_OF = {"dentition": VIEWS[:5], "palate": VIEWS[5:]}
_OTHER_SIDE = [VIEWS.index({"left": "right", "right": "left"}.get(view, view)) for view in VIEWS]


@dataclass(frozen=True)
class LandmarkModel:
    """A network that finds landmarks, and how photographs come to it.

    Args:
        net: Network.
        subject: "dentition" or "palate".
        canvas: Rows and columns of what it sees.
        calibration: Makes its spreads mean what they say.
        card: Of the weights.
        file: Of the weights.
    """

    net: nn.Module
    subject: str
    canvas: tuple[int, int]
    calibration: SigmaCalibration
    card: Card
    file: Path


@dataclass(frozen=True)
class FoundLandmarks:
    """The landmarks of one photograph, in the order of `anatomy.landmarks`.

    Args:
        subject: Whose landmarks.
        points: (L, 2) pixels of the photograph, x right, y down; of all landmarks, whether they are seen or not.
        sigma: (L,) standard deviation of each coordinate, pixels, calibrated.
        visible: (L,) probability that the landmark exists and is seen.
        views: Probability of each view that the subject may have.
        view: The view as it was told, or else the most probable one.
        size: width, height of the photograph, pixels.
    """

    subject: str
    points: Float
    sigma: Float
    visible: Float
    views: dict[str, float]
    view: str
    size: tuple[int, int]

    @property
    def names(self) -> tuple[str, ...]:
        """(L,) of the landmarks."""
        return landmark_names(self.subject)

    def seen(self, *, least: float = 0.5, focal_px: float | None = None) -> SeenLandmarks:
        """What the fit takes: landmarks that are `least` so probably seen, nothing of the others."""
        sigma = np.where(self.visible >= least, self.sigma, np.inf)
        return SeenLandmarks(self.points, sigma, self.size, self.view, focal_px)


def load_landmark_model(subject: str, weights: Path | None = None) -> LandmarkModel:
    """The shipped network for a subject, or that of a weights file or run folder.

    Raises:
        WeightsError: missing, damaged, or no weights of a network for this subject's landmarks.
    """
    if weights is None and not (DEFAULT_WEIGHTS / f"{subject}.safetensors").exists():
        raise WeightsError(
            f"{DEFAULT_WEIGHTS}: found no weights for the landmarks of a {subject}; make photographs with "
            f"'typodont synth photo --subject {subject}', train with 'typodont train photo --stage landmarks "
            f"--subject {subject}', and name the run folder with --weights"
        )
    path = DEFAULT_WEIGHTS / f"{subject}.safetensors" if weights is None else Path(weights)
    file = path / "checkpoint.safetensors" if path.is_dir() else path
    card = read_card(file)
    _check_card(card, subject, where=file)
    net, _ = load_weights(file)
    calibration = read_sigma_calibration(calibration_beside(file))
    return LandmarkModel(net, subject, tuple(card.config["canvas"]), calibration, card, file)


def _check_card(card: Card, subject: str, *, where: Path) -> None:
    found = card.config.get("subject")
    if card.job != "photo" or found not in SUBJECTS or card.config.get("stage") != "landmarks":
        raise WeightsError(
            f"{where}: found weights of the job {card.job!r}, expected those of "
            "'typodont train photo --stage landmarks'"
        )
    if found != subject:
        raise WeightsError(f"{where}: found weights for the landmarks of a {found}, expected a {subject}")
    count, known = card.arguments.get("landmarks"), len(landmark_names(subject))
    if count != known:
        raise WeightsError(
            f"{where}: found weights for {count} landmarks, expected {known}; this version names others, so train anew"
        )


def find_landmarks(image: np.ndarray, model: LandmarkModel, *, view: str | None = None) -> FoundLandmarks:
    """All landmarks of a photograph, from a look at it and one at its mirror image.

    Args:
        image: (H, W, 3) uint8.
        model: See there.
        view: As the photographer says; None looks for it.

    Raises:
        ConfigError: the subject has no such view.
    """
    if view is not None and view not in VIEWS_OF[model.subject]:
        raise ConfigError(
            f"view is {view!r}, expected one of {', '.join(VIEWS_OF[model.subject])} for a {model.subject}"
        )
    raw = look(image, model, view=view)
    factor = model.calibration.factors(raw.view, raw.visible)
    return FoundLandmarks(**{**vars(raw), "sigma": raw.sigma * factor})


def look(image: np.ndarray, model: LandmarkModel, *, view: str | None = None) -> FoundLandmarks:
    """As `find_landmarks`, with the spreads as the network states them."""
    layers, window = whole_picture(image, model.canvas)
    told = UNKNOWN_VIEW if view is None else VIEWS.index(view)
    both = torch.from_numpy(np.stack([layers, layers[:, :, ::-1]]))
    given = torch.tensor([told, UNKNOWN_VIEW if view is None else _OTHER_SIDE[told]])
    with torch.inference_mode():
        said = model.net(LandmarkBatch(both, given=given))
    points, log_sigma, visible, views = (
        part.numpy().astype(float) for part in (said.point, said.log_sigma, said.visible, said.view.softmax(dim=1))
    )
    rest = np.stack([log_sigma[1], visible[1]])
    points[1], (log_sigma[1], visible[1]) = unflip_landmarks(
        points[1], rest, subject=model.subject, width=model.canvas[1]
    )
    chance = _of_subject(0.5 * (views[0] + views[1][_OTHER_SIDE]), model.subject)
    point, sigma = _one_of_two(points, np.exp(log_sigma))
    return FoundLandmarks(
        subject=model.subject,
        points=through_map(window, point),
        sigma=sigma * window[0, 0],
        visible=1 / (1 + np.exp(-visible.mean(axis=0))),
        views=chance,
        view=view or max(chance, key=chance.__getitem__),
        size=(image.shape[1], image.shape[0]),
    )


def _one_of_two(points: Float, sigma: Float) -> tuple[Float, Float]:
    """(L, 2) mean and (L,) spread of two looks (2, L, 2), (2, L): the surer one counts more, and where they disagree
    the spread is wider."""
    weight = sigma**-2.0 / (sigma**-2.0).sum(axis=0)
    mean = (weight[..., None] * points).sum(axis=0)
    away = ((points - mean) ** 2).sum(axis=2) / 2
    return mean, np.sqrt((weight * (sigma**2 + away)).sum(axis=0))


def _of_subject(chance: Float, subject: str) -> dict[str, float]:
    """Probabilities of the views that a subject may have."""
    places = [VIEWS.index(view) for view in VIEWS_OF[subject]]
    total = max(float(chance[places].sum()), 1e-9)
    return {VIEWS[place]: float(chance[place]) / total for place in places}
