"""Truth beside prediction, panoramic by panoramic, with every error marked.

python examples/panoramic_gallery.py data/val.json --predictions out/ -n 12 --worst --out errors.png
python examples/panoramic_gallery.py data/val.json -n 12 --out truth.png

Left: the true teeth. Right: the predicted ones; yellow outline: a tooth that was missed, red: one that is not there,
magenta: a wrong number, written "true > predicted".
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import binary_dilation, binary_erosion

from typodont.anatomy import COLORS
from typodont.datasets.panoramic_canvas import true_aspect
from typodont.formats import read_label_picture
from typodont.geometry.render import contact_sheet, draw_labels
from typodont.metrics import ToothMatches
from typodont.records import LabelledPanoramic, PanoramicFiles, read_radiograph
from typodont.tasks.panoramic.evaluate import labelled_pictures
from typodont.tasks.panoramic.picture_score import figures_of
from typodont.types import Bool, Int

MISSED, MADE_UP, WRONG_NUMBER = (255, 225, 40), (255, 40, 40), (255, 60, 255)
TINT = 0.35


class Panel:
    """One radiograph at display size, on which teeth are tinted, outlined and named."""

    def __init__(self, truth: LabelledPanoramic, image: np.ndarray, width: int) -> None:
        aspect = truth.aspect or true_aspect(image.shape)
        self.size = (width, round(width / aspect))
        grey = Image.fromarray(np.clip(255 * image, 0, 255).astype(np.uint8)).resize(self.size)
        self.picture = np.repeat(np.asarray(grey)[..., None], 3, axis=2)

    def tint(self, label_map: Int) -> None:
        """Every tooth in the colour of its number, with the number on it."""
        labels = np.asarray(Image.fromarray(label_map.astype(np.uint8)).resize(self.size, Image.Resampling.NEAREST))
        numbers = [int(fdi) for fdi in np.unique(labels) if fdi]
        for fdi in numbers:
            color = np.array(COLORS.get(fdi, (128, 128, 128)))
            self.picture[labels == fdi] = (1 - TINT) * self.picture[labels == fdi] + TINT * color
        self._name([labels == fdi for fdi in numbers], [str(fdi) for fdi in numbers], halo=(255, 255, 255))

    def mark(self, mask: Bool, color: tuple[int, int, int], text: str) -> None:
        """A thick outline around a tooth, and a text."""
        own = np.asarray(Image.fromarray(mask).resize(self.size, Image.Resampling.NEAREST))
        self.picture[binary_dilation(own, iterations=2) & ~binary_erosion(own)] = color
        self._name([own], [text], halo=color, below=True)

    def _name(self, masks: list[Bool], texts: list[str], *, halo: tuple[int, int, int], below: bool = False) -> None:
        """Texts in the middle of teeth, or below them, where their numbers stay legible."""
        places = [np.argwhere(mask).mean(axis=0)[::-1] if mask.any() else np.zeros(2) for mask in masks]
        if below:
            places = [(x, np.argwhere(mask)[:, 0].max(initial=0)) for (x, _), mask in zip(places, masks, strict=True)]
        font_size = max(11, self.size[0] // 55)
        self.picture = np.array(
            draw_labels(self.picture, texts, np.array(places).reshape(-1, 2), font_size=font_size, halo=halo)
        )


def mark_errors(panel: Panel, truth: LabelledPanoramic, predicted: Int, teeth: ToothMatches) -> None:
    found = dict(teeth.pairs)
    for t, tooth in enumerate(truth.teeth):
        if t not in found:
            panel.mark(tooth.mask, MISSED, f"{tooth.fdi} > -")
        elif teeth.predicted_fdi[found[t]] != tooth.fdi:
            number = teeth.predicted_fdi[found[t]]
            panel.mark(predicted == number, WRONG_NUMBER, f"{tooth.fdi} > {number}")
    for p, fdi in enumerate(teeth.predicted_fdi):
        if p not in found.values():
            panel.mark(predicted == fdi, MADE_UP, f"- > {fdi}")


def row(files: PanoramicFiles, predictions: Path | None, width: int) -> tuple[float, np.ndarray, str]:
    """How many errors, the picture of truth (and prediction), and what stands below it."""
    truth = files.read()
    image = read_radiograph(files.image).image
    left = Panel(truth, image, width)
    left.tint(truth.label_map())
    if predictions is None:
        return 0.0, left.picture, truth.name
    path = predictions / f"{files.name}_fdi.png"
    predicted = read_label_picture(path) if path.exists() else None
    figures, teeth = figures_of(truth, predicted)
    shown = np.zeros(truth.shape, dtype=np.uint8) if predicted is None else predicted
    right = Panel(truth, image, width)
    right.tint(shown)
    mark_errors(right, truth, shown, teeth)
    words = f"{truth.name}: {figures['errors']:.0f} errors, tooth Dice {figures['tooth_dice']:.3f}"
    note = words if predicted is not None else f"{truth.name}: no prediction"
    return figures["errors"], np.hstack([left.picture, right.picture]), note


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="COCO file or folder of labelled panoramics")
    parser.add_argument("--predictions", type=Path, help="folder of NAME_fdi.png from `typodont panoramic segment`")
    parser.add_argument("--numbers", type=Path, help="JSON file from grey values to FDI numbers")
    parser.add_argument("-n", type=int, default=12, help="how many")
    parser.add_argument("--worst", action="store_true", help="those with the most errors first, instead of by name")
    parser.add_argument("--columns", type=int, default=1)
    parser.add_argument("--width", type=int, default=900, help="of one radiograph, pixels")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    pictures = labelled_pictures(args.data, args.numbers)
    rows = [row(files, args.predictions, args.width) for files in (pictures if args.worst else pictures[: args.n])]
    if args.worst:
        rows = sorted(rows, key=lambda item: -item[0])[: args.n]
    sheet = contact_sheet([picture for _, picture, _ in rows], [note for *_, note in rows], columns=args.columns)
    Image.fromarray(sheet).save(args.out)


if __name__ == "__main__":
    main()
