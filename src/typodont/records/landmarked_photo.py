"""A photograph whose landmarks are known, in the picture and in space: made-up pictures, or marked real ones.

A folder of them holds ``images/NAME.jpg``, ``truth/NAME.json`` (landmarks and camera of one picture each, written last:
where that is, all is there) and, where the surface is known, ``meshes/NAME.ply``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
from PIL import Image

from typodont.atomic import atomic_path
from typodont.errors import FormatError
from typodont.formats import read_json, read_mesh, write_mesh
from typodont.formats.image import read_colours
from typodont.geometry.mesh import Mesh
from typodont.geometry.pinhole import Pinhole
from typodont.records.exif_focal import exif_with_focal
from typodont.types import Bool, Float

SUBJECTS = ("dentition", "palate")
VIEWS = ("upper", "lower", "front", "left", "right", "palate")
IMAGES, MESHES, TRUTH = "images", "meshes", "truth"


@dataclass(frozen=True)
class LandmarkedPhoto:
    """One photograph with the landmarks of what it shows.

    Args:
        name: Of the picture.
        image: (H, W, 3) uint8, or its file.
        subject: One of `SUBJECTS`. view: One of `VIEWS`.
        names: (L,) of the landmarks, see `anatomy.landmarks`.
        points: (L, 2) pixels, x right, y down, the centre of the first pixel at 0, 0; NaN where the anatomy is absent
            or the jaw is not in the picture. What is hidden or outside the frame has its place all the same.
        visible: (L,) in the frame and nothing before it.
        camera: From where; in the frame of `points_mm`. None where it is not known.
        points_mm: (L, 3) arch frame, NaN as above; the upper jaw's arch frame where both jaws show. None where it is
            not known.
        mesh: The surface in the same frame, with the vertex attribute ``label``, or its file; None where not known.
        patient: Pictures of one person have the same.
        remarks: What else is known, as JSON can say it.

    Raises:
        FormatError: subject, view or shapes are not as described.
    """

    name: str
    image: Path | np.ndarray
    subject: str
    view: str
    names: tuple[str, ...]
    points: Float
    visible: Bool
    camera: Pinhole | None = None
    points_mm: Float | None = None
    mesh: Mesh | Path | None = None
    patient: str = ""
    remarks: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for what, value, known in (("subject", self.subject, SUBJECTS), ("view", self.view, VIEWS)):
            if value not in known:
                raise FormatError(f"{self.name}: found the {what} {value!r}, expected one of {', '.join(known)}")
        count = len(self.names)
        shapes = {"points": (self.points, (count, 2)), "visible": (self.visible, (count,))}
        if self.points_mm is not None:
            shapes["points_mm"] = (self.points_mm, (count, 3))
        for what, (values, shape) in shapes.items():
            if values.shape != shape:
                raise FormatError(f"{self.name}: found {what} of shape {values.shape}, expected {shape}")
        if (self.visible & ~np.isfinite(self.points).all(axis=1)).any():
            raise FormatError(f"{self.name}: found a visible landmark without a place, expected two numbers")

    def pixels(self) -> np.ndarray:
        """(H, W, 3) uint8.

        Raises:
            FormatError: the file is missing or damaged.
        """
        if isinstance(self.image, Path):
            return (255 * read_colours(self.image) + 0.5).astype(np.uint8)
        return self.image

    def surface(self) -> Mesh | None:
        """The mesh, read where it lies in a file.

        Raises:
            FormatError: the file is missing or damaged.
        """
        return read_mesh(self.mesh) if isinstance(self.mesh, Path) else self.mesh


def find_landmarked_photos(folder: Path | str) -> list[Path]:
    """The truth files of a folder's photographs, in the order of their names; `read_landmarked_photo` takes them.

    Raises:
        FormatError: there is none.
    """
    found = sorted((Path(folder) / TRUTH).glob("*.json"))
    if not found:
        raise FormatError(
            f"{folder}: found no landmarked photograph, expected {IMAGES}/NAME.jpg and {TRUTH}/NAME.json; "
            "make some with typodont synth photo --subject dentition"
        )
    return found


def read_landmarked_photo(path: Path | str) -> LandmarkedPhoto:
    """The photograph of a truth file; its picture and mesh stay in their files until they are asked for.

    Raises:
        FormatError: the file is missing or damaged, or its picture is missing.
    """
    path = Path(path)
    about = read_json(path)
    folder = path.parent.parent
    image, mesh = folder / IMAGES / f"{path.stem}.jpg", folder / MESHES / f"{path.stem}.ply"
    if not image.is_file():
        raise FormatError(f"{path}: found no picture {image}, expected it beside the truth")
    try:
        return LandmarkedPhoto(
            name=path.stem,
            image=image,
            subject=about["subject"],
            view=about["view"],
            names=tuple(about["names"]),
            points=_rows(about["px"], 2),
            visible=np.array(about["visible"], dtype=bool),
            camera=_camera(about["camera"]),
            points_mm=None if about["mm"] is None else _rows(about["mm"], 3),
            mesh=mesh if mesh.is_file() else None,
            patient=about["patient"],
            remarks=about["remarks"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(
            f"{path}: found no truth of a photograph ({error!r}), expected what typodont synth photo writes"
        ) from None
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from None


def write_landmarked_photo(
    photo: LandmarkedPhoto, folder: Path | str, *, quality: int = 90, focal_px: float | None = None
) -> Path:
    """Write a photograph with all that is known, its truth file last; returns that file.

    Args:
        photo: What to write.
        folder: Where the folders images, meshes and truth are.
        quality: Of the JPEG.
        focal_px: What the EXIF data shall tell as focal length; None writes none.
    """
    folder = Path(folder)
    truth = folder / TRUTH / f"{photo.name}.json"
    truth.unlink(missing_ok=True)
    image = Image.fromarray(photo.pixels())
    exif = Image.Exif() if focal_px is None else exif_with_focal(focal_px, image.size)
    with atomic_path(folder / IMAGES / f"{photo.name}.jpg") as temporary:
        image.save(temporary, format="JPEG", quality=quality, exif=exif)
    mesh = photo.surface()
    if mesh is not None:
        (folder / MESHES).mkdir(parents=True, exist_ok=True)
        write_mesh(mesh, folder / MESHES / f"{photo.name}.ply")
    about = {
        "subject": photo.subject,
        "view": photo.view,
        "patient": photo.patient,
        "camera": _camera_about(photo.camera),
        "remarks": photo.remarks,
        "names": photo.names,
        "visible": photo.visible.astype(int).tolist(),
        "px": _lists(photo.points, 3),
        "mm": None if photo.points_mm is None else _lists(photo.points_mm, 4),
    }
    with atomic_path(truth) as temporary:  # one line a key: hundreds of landmarks would fill pages
        lines = (f"{json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in about.items())
        temporary.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return truth


def _lists(values: Float, digits: int) -> list[list[float] | None]:
    """Rows of numbers; None for rows of NaN, for which JSON has no word."""
    return [np.round(row, digits).tolist() if np.isfinite(row).all() else None for row in values]


def _rows(values: list[list[float] | None], width: int) -> Float:
    rows = [[np.nan] * width if row is None else row for row in values]
    return np.array(rows, dtype=np.float64).reshape(len(values), width)


def _camera_about(camera: Pinhole | None) -> dict[str, Any] | None:
    if camera is None:
        return None
    arrays = {"centre_px": camera.centre_px, "rotation": camera.rotation, "position": camera.position}
    return {
        "focal_px": camera.focal_px,
        "size": list(camera.size),
        **{name: np.asarray(values).tolist() for name, values in arrays.items()},
        "k1": camera.k1,
        "k2": camera.k2,
    }


def _camera(about: dict[str, Any] | None) -> Pinhole | None:
    if about is None:
        return None
    return Pinhole(
        focal_px=float(about["focal_px"]),
        centre_px=np.array(about["centre_px"], dtype=float).reshape(2),
        size=cast("tuple[int, int]", tuple(map(int, about["size"]))),
        rotation=np.array(about["rotation"], dtype=float).reshape(3, 3),
        position=np.array(about["position"], dtype=float).reshape(3),
        k1=float(about["k1"]),
        k2=float(about["k2"]),
    )
