"""Pictures of nothing, and a network that knows where the landmarks of a mouth would lie in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from typodont.geometry.camera import look_rotation
from typodont.geometry.pinhole import Pinhole, middle_px
from typodont.tasks.photo import predict
from typodont.tasks.photo.landmarks import VIEWS_OF, FoundLandmarks
from typodont.tasks.photo.models import PhotoModels
from typodont.tasks.photo.sigma_calibration import SigmaCalibration
from typodont.tasks.photo.starts import TOWARD_AND_UP
from typodont.tasks.photo.teeth import in_plain_sight
from typodont.training.deformable_file import shipped_shape_model

SIZE = (600, 450)


class KnownMouth:
    """A mouth drawn from the shipped shape model; what a perfect network would find of it.

    Args:
        subject: Whose model.
        seed: Of the mouth.
        missing: Teeth that it lacks.
    """

    def __init__(self, subject: str, *, seed: int = 0, missing: tuple[int, ...] = ()) -> None:
        self.subject, self.missing = subject, missing
        self.model = shipped_shape_model(subject)
        self.theta = 0.7 * np.random.default_rng(seed).normal(size=self.model.n_parameters)
        self.views: dict[str, str] = {}
        self.changes: dict[str, object] = {}

    def picture(self, folder: Path, view: str, *, size: tuple[int, int] = SIZE) -> Path:
        """A colourful picture in a file of the view's name."""
        folder.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
        file = folder / f"{view}.png"
        Image.fromarray(pixels).save(file)
        return file

    def found(self, view: str) -> FoundLandmarks:
        """The landmarks from where a view is taken."""
        points = self.model.landmarks(self.theta)[0]
        own = np.array([view not in ("upper", "lower") or name[0] in {"upper": "12", "lower": "34"}[view]
                        for name in self.model.names])  # fmt: skip
        rotation = look_rotation(*(np.array(axis) for axis in TOWARD_AND_UP[view]))
        middle = points[own].mean(axis=0)
        camera = Pinhole(900.0, middle_px(SIZE), SIZE, rotation, middle + 130 * rotation[2])
        surface = self.model.surface(self.theta)
        label = surface.vertex_attributes["label"]
        shown = {"upper": (1, 2), "lower": (3, 4)}.get(view, (0, 1, 2, 3, 4))
        there = np.isin(label // 10, shown) & ~np.isin(label, self.missing)
        part = surface.submesh(there[surface.faces].all(axis=1))
        lacking = np.array([name.split()[0] in {str(fdi) for fdi in self.missing} for name in self.model.names])
        seen = own & in_plain_sight(points, part, camera) & ~lacking
        noise = np.random.default_rng(2).normal(0, 1.0, points[:, :2].shape)
        chances = dict.fromkeys(VIEWS_OF[self.subject], 0.0) | {view: 1.0}
        found = FoundLandmarks(
            self.subject,
            camera.project(points) + noise,
            np.ones(len(points)),
            np.where(seen, 0.95, 0.05),
            chances,
            view,
            SIZE,
        )
        return replace(found, **self.changes)


@pytest.fixture
def known_mouth(monkeypatch):
    """Makes a mouth, and lets the job find its landmarks in whatever it looks at, in the order of the views given."""

    def make(subject: str = "dentition", *, views: tuple[str, ...] = ("upper",), **settings) -> KnownMouth:
        mouth = KnownMouth(subject, **settings)
        order = iter(views * 10)
        monkeypatch.setattr(predict, "find_landmarks", lambda image, model, view=None: mouth.found(next(order)))
        net = SimpleNamespace(calibration=SigmaCalibration(), file=Path(__file__))
        models = PhotoModels(net, mouth.model, 0.1, {"landmarks": Path(__file__)})  # type: ignore[arg-type]
        monkeypatch.setattr(predict, "load_models", lambda *args, **more: models)
        return mouth

    return make
