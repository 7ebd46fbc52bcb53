"""How synthetic panoramics compare with real ones: sizes and places of teeth, how many there are, greys.

    python benchmarks/panoramic_statistics.py REAL SYNTHETIC --aspect 1.8 --out results.json

Both are labelled panoramics (COCO or folders of masks). Lengths count in picture heights. Only figures are written.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np

from typodont.anatomy import PERMANENT, jaw, number
from typodont.atomic import write_json
from typodont.progress import track
from typodont.records.labelled_panoramic import LabelledPanoramic, find_labelled_panoramics
from typodont.records.radiograph import read_radiograph
from typodont.types import Float

Figures = dict[str, list[float]]
GREY_QUANTILES = (1, 5, 25, 50, 75, 95, 99)


def tooth_figures(picture: LabelledPanoramic, aspect: float | None) -> Figures:
    """Sizes of the permanent teeth, the course of the rows, and the number of teeth of one picture.

    Args:
        picture: With masks.
        aspect: Width to height that the picture should have; None: as it is.
    """
    rows, columns = picture.shape
    step = np.array([1.0, (aspect or columns / rows) * rows / columns]) / rows
    figures: defaultdict[str, list[float]] = defaultdict(list)
    centres: dict[str, list[Float]] = {}
    for tooth in picture.teeth:
        if tooth.fdi not in PERMANENT:
            continue
        places = np.argwhere(tooth.mask) * step
        name = f"{jaw(tooth.fdi)} {number(tooth.fdi)}"
        height, width = np.ptp(places, axis=0) + step
        figures[f"{name} height"].append(float(height))
        figures[f"{name} width"].append(float(width))
        figures[f"{name} area"].append(float(len(places) * step.prod()))
        centres.setdefault(name, []).append(places.mean(axis=0))
    for name in ("upper", "lower"):
        if all(f"{name} {n}" in centres for n in (1, 7)):
            rise = np.mean(centres[f"{name} 1"], axis=0)[0] - np.mean(centres[f"{name} 7"], axis=0)[0]
            figures[f"{name} rise from tooth 1 to 7"].append(float(rise))
        for n in (3, 7):
            if len(centres.get(f"{name} {n}", [])) == 2:
                a, b = centres[f"{name} {n}"]
                figures[f"{name} from {n} to {n} across"].append(float(abs(a[1] - b[1])))
    figures["permanent teeth"].append(float(sum(tooth.fdi in PERMANENT for tooth in picture.teeth)))
    return dict(figures)


def grey_figures(image: Float) -> Figures:
    """Quantiles of the greys of one picture, 0..255."""
    return {f"grey, {q} % quantile": [float(255 * np.percentile(image, q))] for q in GREY_QUANTILES}


def summarise(data: Path, limit: int, aspect: float | None) -> dict[str, dict[str, float]]:
    """Mean, standard deviation and count of every figure over the pictures of a folder, evenly chosen."""
    files = find_labelled_panoramics(data)
    files = files[:: max(1, len(files) // limit)][:limit]
    found: Figures = {}
    for file in track(files, str(data), unit="picture"):
        picture = file.read()
        for name, values in (tooth_figures(picture, aspect) | grey_figures(read_radiograph(file.image).image)).items():
            found.setdefault(name, []).extend(values)
    return {
        name: {"mean": round(float(np.mean(v)), 4), "sd": round(float(np.std(v)), 4), "n": len(v)}
        for name, v in sorted(found.items())
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("real", type=Path)
    parser.add_argument("synthetic", type=Path)
    parser.add_argument("--aspect", type=float, help="true width to height of the real pictures, if they are squeezed")
    parser.add_argument("--limit", type=int, default=120, help="pictures of each kind")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    results = {
        "real": summarise(args.real, args.limit, args.aspect),
        "synthetic": summarise(args.synthetic, args.limit, None),
    }
    write_json(results, args.out)
    for name, real in results["real"].items():
        made = results["synthetic"].get(name, {"mean": float("nan"), "sd": float("nan")})
        print(f"{name:32} {real['mean']:8.3f} ± {real['sd']:6.3f}   {made['mean']:8.3f} ± {made['sd']:6.3f}")


if __name__ == "__main__":
    main()
