"""How many teeth of photographs get the right number, how many none, and how many a wrong one.

    python benchmarks/photo_numbers.py --out docs/reference/results/photo_numbers.json [--patient FOLDER]

Teeth of synthetic mouths as a camera sees them, in every direction of `photo_places.BINS`: one in ten is overlooked,
and places and sizes are blurred as a network blurs them. With ``--patient``, also the five photographs of patient0 in
the 3D Teeth Reconstruction data (``photo_*.jpg`` with ``outline_*.png``), whose outlines were drawn by hand; the
numbers of its teeth stand in this file. The numbering was developed with this patient in view.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage.measure import label

from typodont.atomic import write_json
from typodont.environment import environment
from typodont.tasks.findings.photo_numbers import number_photo, view_of
from typodont.tasks.findings.photo_places import BINS, ToothShape, shape_of, shapes_of
from typodont.tasks.findings.photo_places_fit import LEAST_PIXELS, make_mouth, take_photo

OVERLOOKED, BLUR_PX, BLUR_SIZE = 0.1, 0.5, 0.08
PHOTOS = 3
"""Of each mouth."""

# A point in every tooth whose outline is closed: FDI number -> column, row.
PATIENT0 = {
    0: "17:211,932 16:223,804 15:214,657 14:233,521 13:345,398 12:493,315 11:681,279 21:894,305 22:1071,361 "
    "23:1169,465 24:1206,607 25:1248,721 26:1174,847 27:1218,948",
    1: "47:155,214 46:196,392 45:220,559 44:240,719 43:404,759 42:497,867 41:638,882 31:787,862 32:929,852 "
    "33:1064,780 34:1145,653 35:1178,511 36:1241,358 37:1197,180",
    2: "21:118,359 22:317,369 23:548,378 24:775,399 25:982,378 26:1148,355 36:1091,518 35:845,553 34:635,574 "
    "33:411,577 32:223,541 31:98,505",
    3: "11:1343,652 12:1155,674 13:940,670 14:694,659 15:519,648 16:346,599 46:412,739 45:601,789 44:798,834 "
    "43:994,826 42:1148,837 41:1281,800 31:1380,784",
    4: "14:254,484 13:373,502 12:512,520 11:690,531 21:889,529 22:1055,503 23:1164,489 24:1220,490 25:1252,515 "
    "44:327,626 43:459,636 42:560,661 41:682,663 31:805,660 32:929,660 33:1052,648 34:1144,626",
}
VIEWS = ("upper", "lower", "left", "right", "front")

COUNTS = ("photos", "right_view", "teeth", "right", "none", "seconds")

Case = tuple[str, list[int], list[ToothShape], tuple[int, int]]


def synthetic_cases(n_mouths: int, seed: int) -> Iterator[Case]:
    """View, true numbers, shapes and size of the picture of made-up photographs."""
    for mouth_index in range(n_mouths):
        rng = np.random.default_rng([seed, mouth_index])
        mouth = make_mouth(rng)
        for place in rng.choice(len(BINS), PHOTOS, replace=False):
            picture = take_photo(rng, mouth, BINS[place])
            seen = shapes_of(picture, least_pixels=LEAST_PIXELS).items()
            shown = {fdi: shape for fdi, shape in seen if rng.random() > OVERLOOKED}
            shapes = [
                ToothShape(
                    tuple(np.add(s.centre, rng.normal(0, BLUR_PX, 2)).tolist()),
                    tuple((s.extent * np.exp(rng.normal(0, BLUR_SIZE, 2))).tolist()),
                )
                for s in shown.values()
            ]
            name = view_of(BINS[place]) + (", open" if BINS[place].open else "")
            yield name, list(shown), shapes, picture.shape


def patient_cases(folder: Path) -> Iterator[Case]:
    """The same of the real patient."""
    for index, teeth in PATIENT0.items():
        with Image.open(folder / f"outline_{index}.png") as image:
            inside = label(~ndimage.binary_dilation(np.asarray(image) > 127, iterations=2), connectivity=1)
        points = {int(f): tuple(map(int, at.split(","))) for f, at in (word.split(":") for word in teeth.split())}
        shapes = [shape_of(inside == inside[row, column]) for column, row in points.values()]
        yield VIEWS[index], list(points), shapes, inside.shape


def measure(cases: Iterator[Case]) -> dict[str, dict[str, float]]:
    """Counts by view and in all."""
    found: dict[str, dict[str, float]] = {}
    for name, numbers, shapes, shape in cases:
        start = time.process_time()
        result = number_photo(shapes, shape)
        seconds = time.process_time() - start
        given = list(zip(numbers, result.numbers, strict=True))
        for group in (name, "all"):
            row = found.setdefault(group, dict.fromkeys(COUNTS, 0.0))
            row["photos"] += 1
            row["right_view"] += result.view == name.split(",")[0]
            row["teeth"] += len(given)
            row["right"] += sum(true == fdi for true, fdi in given)
            row["none"] += sum(fdi is None for _, fdi in given)
            row["seconds"] += seconds
    for row in found.values():
        row["wrong"] = row["teeth"] - row["right"] - row["none"]
        row["seconds"] = round(row["seconds"] / row["photos"], 2)
    return found


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--mouths", type=int, default=24)
    parser.add_argument("--seed", type=int, default=2000)
    parser.add_argument("--patient", type=Path, help="folder of photos/patient0")
    asked = parser.parse_args()
    results = {"synthetic": measure(synthetic_cases(asked.mouths, asked.seed))}
    if asked.patient is not None:
        results["patient0"] = measure(patient_cases(asked.patient))
    settings = {"mouths": asked.mouths, "seed": asked.seed, "overlooked": OVERLOOKED, "blur_size": BLUR_SIZE}
    write_json({"settings": settings, **results, "environment": environment()}, asked.out)
    for name, groups in results.items():
        for group, row in groups.items():
            print(f"{name:<10} {group:<13}", "  ".join(f"{key} {value:g}" for key, value in row.items()))


if __name__ == "__main__":
    main()
