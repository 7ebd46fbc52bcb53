"""How many findings a set of pictures has, how many pictures have any, and how large they are.

    typodont synth xray -n 50 --seed 901 --findings rich --out data/synthetic_findings
    python benchmarks/findings_statistics.py data/synthetic_findings --out results.json

Any labelled pictures that `typodont evaluate findings` reads will do. Only figures are written.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from typodont.atomic import write_json
from typodont.progress import track
from typodont.records.findings import PictureFindings, find_picture_findings

AREA_QUANTILES = (5, 50, 95)


def statistics(pictures: list[PictureFindings]) -> dict[str, Any]:
    """For every category: findings a picture, share of pictures that have any, areas of those with a mask.

    Areas count in thousandths of the square of the picture's height.
    """
    counts: defaultdict[str, list[int]] = defaultdict(lambda: [0] * len(pictures))
    areas: defaultdict[str, list[float]] = defaultdict(list)
    for at, picture in enumerate(track(pictures, "pictures", unit="picture")):
        for finding in picture.findings:
            counts[finding.category][at] += 1
            if finding.segmentation is not None:
                areas[finding.category].append(1000 * float(picture.mask(finding).sum()) / picture.shape[0] ** 2)
    categories = {}
    for name, number in sorted(counts.items()):
        quantiles = np.percentile(areas[name], AREA_QUANTILES) if areas[name] else []
        categories[name] = {
            "per_picture": float(np.mean(number)),
            "pictures_with": float(np.mean(np.array(number) > 0)),
            "area": {str(q): float(value) for q, value in zip(AREA_QUANTILES, quantiles, strict=False)},
        }
    return {"pictures": len(pictures), "categories": categories}


def main() -> int:
    """Measure, print one line for each category, write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="labelled pictures")
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    options = parser.parse_args()
    results = statistics(find_picture_findings(options.data))
    for name, figures in results["categories"].items():
        print(f"{name:<20}{figures['per_picture']:6.2f} a picture, in {figures['pictures_with']:.0%} of them")
    if options.out:
        write_json(results, options.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
