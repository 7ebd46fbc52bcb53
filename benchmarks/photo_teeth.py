"""How often the photo job calls teeth seen, guessed or missing that are to be seen, hidden or missing.

    python benchmarks/photo_teeth.py --data data/photos_dentition_test --out docs/reference/results/photo_teeth.json

Photographs as `typodont synth photo --subject dentition` writes them, nobody tells the view. A tooth is to be seen
where two of its landmarks are, hidden where it is there and fewer are; only jaws that the view shows are counted.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from typodont.anatomy.landmarks import landmark_tooth
from typodont.atomic import write_json
from typodont.environment import environment
from typodont.records.landmarked_photo import LandmarkedPhoto, find_landmarked_photos, read_landmarked_photo
from typodont.tasks.photo.fit import fit_photos
from typodont.tasks.photo.gum import LEAST_SEEN
from typodont.tasks.photo.landmarks import find_landmarks
from typodont.tasks.photo.models import PhotoModels, load_models
from typodont.tasks.photo.picture import read_photograph
from typodont.tasks.photo.result import SeenPhoto
from typodont.tasks.photo.teeth import GUESSED, MISSING, SEEN, tooth_states

TRUTHS = {"to be seen": SEEN, "hidden": GUESSED, "missing": MISSING}
"""What a tooth is -> what it is to be called."""


def true_state(photo: LandmarkedPhoto, fdi: int) -> str:
    """One of `TRUTHS`."""
    own = np.array([landmark_tooth(name) == fdi for name in photo.names])
    if not np.isfinite(photo.points[own]).any():
        return "missing"
    return "to be seen" if photo.visible[own].sum() >= LEAST_SEEN else "hidden"


def called(photo: LandmarkedPhoto, models: PhotoModels) -> dict[int, str]:
    """FDI number -> what the job calls it."""
    assert isinstance(photo.image, Path)
    picture = read_photograph(photo.image)
    found = find_landmarks(picture.image, models.landmarks)
    fit = fit_photos(models.shape, [found.seen(focal_px=picture.focal_px)], options=models.fit_options())
    return tooth_states(models.shape.surface(fit.theta), [SeenPhoto(picture, found, fit.cameras[0], 1.0)])


def measure(folder: Path) -> dict[str, Any]:
    """Counts of teeth by truth and call, and the shares that the docs speak of."""
    models = load_models("dentition")
    photos = [read_landmarked_photo(file) for file in find_landmarked_photos(folder)]
    counts = Counter(
        (true_state(photo, fdi), state) for photo in photos for fdi, state in called(photo, models).items()
    )
    table = {truth: {state: counts[truth, state] for state in TRUTHS.values()} for truth in TRUTHS}
    right = sum(counts[pair] for pair in TRUTHS.items())
    return {"photos": len(photos), "teeth": table, "right": round(right / counts.total(), 4)}


def main() -> int:
    """Measure, print, write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    found = measure(options.data)
    for truth, calls in found["teeth"].items():
        print(f"{truth:10}  " + "  ".join(f"{state} {count:5}" for state, count in calls.items()))
    print(f"right: {found['right']:.1%}")
    if options.out is not None:
        write_json({**found, "environment": environment()}, options.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
