"""Pictures of little but colours, and a network that knows where the landmarks of a mouth would lie in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy.spatial import ConvexHull

from typodont.geometry.camera import look_rotation
from typodont.geometry.mesh import Mesh
from typodont.geometry.pinhole import Pinhole, middle_px
from typodont.tasks.photo import predict
from typodont.tasks.photo.gum import in_plain_sight
from typodont.tasks.photo.landmarks import VIEWS_OF, FoundLandmarks
from typodont.tasks.photo.models import PhotoModels
from typodont.tasks.photo.sigma_calibration import SigmaCalibration
from typodont.tasks.photo.starts import TOWARD_AND_UP
from typodont.training.deformable_file import shipped_shape_model

SIZE = (600, 450)
IVORY, GUM, GLOVE = (226, 214, 190), (200, 110, 110), (90, 130, 190)


class KnownMouth:
    """A mouth drawn from the shipped shape model; what a perfect network would find of it.

    Args:
        subject: Whose model.
        seed: Of the mouth.
        missing: Teeth that it lacks.
        taken: Of these, those of which the network sees landmarks all the same.
        gloved: Teeth behind a blue glove.
    """

    def __init__(
        self,
        subject: str,
        *,
        seed: int = 0,
        missing: tuple[int, ...] = (),
        taken: tuple[int, ...] = (),
        gloved: tuple[int, ...] = (),
    ) -> None:
        self.subject, self.missing, self.taken, self.gloved = subject, missing, taken, gloved
        self.model = shipped_shape_model(subject)
        self.theta = 0.7 * np.random.default_rng(seed).normal(size=self.model.n_parameters)
        self.views: dict[str, str] = {}
        self.changes: dict[str, object] = {}

    def picture(self, folder: Path, view: str, *, size: tuple[int, int] = SIZE) -> Path:
        """The colours of a dentition seen from a view, ivory before gum, in a file of the view's name; of anything
        else, just colours."""
        folder.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(1)
        drawn = Image.new("RGB", size, GUM)
        if self.subject == "dentition" and view in TOWARD_AND_UP:
            self._paint_teeth(ImageDraw.Draw(drawn), view)
        pixels = np.clip(np.asarray(drawn) + rng.normal(0, 8, (size[1], size[0], 3)), 0, 255).astype(np.uint8)
        file = folder / f"{view}.png"
        Image.fromarray(pixels).save(file)
        return file

    def _paint_teeth(self, pencil: ImageDraw.ImageDraw, view: str) -> None:
        """Outlines filled with their colours, the farthest first."""
        camera, surface = self.camera(view), self.surface(view, (*self.missing, *self.gloved))
        label = surface.vertex_attributes["label"]
        depth = {
            fdi: np.linalg.norm(surface.vertices[label == fdi] - camera.position, axis=1).mean()
            for fdi in np.unique(label)
        }
        for fdi in sorted(depth, key=depth.__getitem__, reverse=True):
            px = camera.project(surface.vertices[label == fdi])
            pencil.polygon([tuple(at) for at in px[ConvexHull(px).vertices].tolist()], fill=IVORY)
        hidden = self.surface(view, [fdi for fdi in np.unique(label) if fdi not in self.gloved])
        for fdi in self.gloved:
            x, y = camera.project(hidden.vertices[hidden.vertex_attributes["label"] == fdi]).mean(axis=0)
            pencil.ellipse((x - 40, y - 40, x + 40, y + 40), fill=GLOVE)

    def camera(self, view: str) -> Pinhole:
        """Where a view is taken from."""
        rotation = look_rotation(*(np.array(axis) for axis in TOWARD_AND_UP[view]))
        middle = self.model.landmarks(self.theta)[0][self._shown(view)].mean(axis=0)
        return Pinhole(900.0, middle_px(SIZE), SIZE, rotation, middle + 130 * rotation[2])

    def surface(self, view: str, without: Sequence[int] = ()) -> Mesh:
        """The surface that a view shows."""
        surface = self.model.surface(self.theta)
        label = surface.vertex_attributes["label"]
        quadrants = {"upper": (1, 2), "lower": (3, 4)}.get(view, (0, 1, 2, 3, 4))
        there = np.isin(label // 10, quadrants) & ~np.isin(label, without)
        return surface.submesh(there[surface.faces].all(axis=1))

    def _shown(self, view: str) -> np.ndarray:
        return np.array([view not in ("upper", "lower") or name[0] in {"upper": "12", "lower": "34"}[view]
                         for name in self.model.names])  # fmt: skip

    def found(self, view: str) -> FoundLandmarks:
        """The landmarks from where a view is taken."""
        points, camera = self.model.landmarks(self.theta)[0], self.camera(view)
        unseen = {str(fdi) for fdi in (*self.missing, *self.gloved)} - {str(fdi) for fdi in self.taken}
        lacking = np.array([name.split()[0] in unseen for name in self.model.names])
        seen = self._shown(view) & in_plain_sight(points, self.surface(view, self.missing), camera) & ~lacking
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
