"""Number the teeth of a panoramic radiograph and draw the result; without a picture of your own, of a synthetic one.

python examples/segment_panoramic.py --out picture.png
python examples/segment_panoramic.py --picture my_panoramic.dcm --out picture.png
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from typodont.anatomy import tooth_name
from typodont.records.radiograph import Radiograph, read_radiograph
from typodont.synth.xray.panoramic import make_panoramic
from typodont.tasks.panoramic.models import load_models
from typodont.tasks.panoramic.overlay import draw_overlay
from typodont.tasks.panoramic.predict import predict_panoramic


def main() -> None:
    """Segment one picture, print its teeth, save the overlay."""
    options = _options()
    picture = read_radiograph(options.picture) if options.picture else synthetic_panoramic(options.seed)
    result = predict_panoramic(picture, load_models(options.weights))
    for tooth in result.teeth:
        print(f"{tooth.fdi}  {tooth_name(tooth.fdi):<32} {tooth.confidence:.2f}")
    print("missing:", " ".join(map(str, result.missing)) or "none")
    for warning in result.warnings:
        print("warning:", warning)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(draw_overlay(picture.image, result.label_map, result.teeth)).save(options.out)
    print(options.out)


def synthetic_panoramic(seed: int) -> Radiograph:
    """A made-up panoramic without any label."""
    made = make_panoramic(seed)
    return Radiograph((made.image / 255).astype(np.float32), made.name)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--picture", type=Path, help="PNG, JPEG, TIFF, BMP or DICOM; a synthetic picture by default")
    parser.add_argument("--seed", type=int, default=0, help="which synthetic picture")
    parser.add_argument("--weights", type=Path, help="weights to use instead of the shipped ones")
    parser.add_argument("--out", type=Path, default=Path("panoramic_overlay.png"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
