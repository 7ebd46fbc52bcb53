"""Random variation of labelled panoramics: missing teeth, implants, metal, letters, and what any radiograph meets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.ndimage import binary_dilation, gaussian_filter

from typodont.anatomy import N_PANORAMIC_CLASSES, from_index33, jaw, number, side
from typodont.datasets.flip import flip_panoramic
from typodont.datasets.panoramic_canvas import pixel_scale
from typodont.datasets.panoramic_samples import PanoramicSample
from typodont.datasets.radiograph_augment import RadiographAugment, moved, spread, toned
from typodont.types import Bool, Float, Int

_TEETH = range(1, N_PANORAMIC_CLASSES)


def augmented_panoramic(
    sample: PanoramicSample, rng: np.random.Generator, augment: RadiographAugment
) -> PanoramicSample:
    """One varied training sample."""
    grey, label, inside = sample.grey.astype(np.float32) / 255, sample.label, sample.inside
    if rng.random() < augment.p_flip:
        inside = inside[:, ::-1]
        grey, label = flip_panoramic(grey, label)
    if rng.random() < augment.p_erase:
        grey, label = without_teeth(grey, label, rng, p_implant=augment.p_implant)
    if rng.random() < augment.p_metal:
        grey = with_metal(grey, label, rng)
    grey, label, inside = moved(grey, label, inside, rng, augment)
    grey = toned(grey, rng, augment)
    if rng.random() < augment.p_frame:
        grey = with_marks(grey, rng)
    return replace(sample, grey=grey * inside, label=label, inside=inside)


def plain_panoramic(sample: PanoramicSample) -> PanoramicSample:
    """The sample that validation uses."""
    return replace(sample, grey=sample.grey.astype(np.float32) / 255)


def without_teeth(grey: Float, label: Int, rng: np.random.Generator, *, p_implant: float = 0.0) -> tuple[Float, Int]:
    """A picture without some of its teeth: single ones, a side of a jaw's back teeth, a quadrant, or a whole jaw.

    The place of a tooth is filled with the mean of what surrounds it (other teeth left out) and the fine texture of
    another place; some places get an implant, which carries no number.
    """
    present = [int(index) for index in np.unique(label) if index]
    gone = _chosen(present, rng)
    if not gone:
        return grey, label
    removed = np.isin(label, gone)
    edge = binary_dilation(removed, iterations=max(1, round(3 * pixel_scale(grey.shape)))) & ((label == 0) | removed)
    filled = _filled(grey, known=(label == 0) & ~edge, rng=rng)
    soft = gaussian_filter(edge.astype(np.float32), 1.5, truncate=2)
    result = grey * (1 - soft) + filled * soft
    for index in gone:
        if rng.random() < p_implant:
            result = _with_implant(result, label == index, lower=jaw(from_index33(index)) == "lower", rng=rng)
    return result, np.where(removed, 0, label).astype(label.dtype)


def _chosen(present: list[int], rng: np.random.Generator) -> list[int]:
    """Which of the teeth go."""
    if not present:
        return []
    kind = rng.random()
    if kind < 0.5:
        return list(rng.choice(present, size=min(len(present), int(rng.integers(1, 7))), replace=False))
    pick = from_index33(int(rng.choice(present)))
    same_jaw = [i for i in present if jaw(from_index33(i)) == jaw(pick)]
    if kind < 0.6:
        return same_jaw
    same_side = [i for i in same_jaw if side(from_index33(i)) == side(pick)]
    if kind < 0.7:
        return same_side
    first = int(rng.integers(1, 7))
    last = first + int(rng.integers(1, 5))
    return [i for i in same_side if first <= number(from_index33(i)) <= last]


def _filled(grey: Float, *, known: Bool, rng: np.random.Generator) -> Float:
    """Every pixel from the known ones around it, nearest first, with fine texture from elsewhere."""
    step = 4
    weight = known[::step, ::step].astype(np.float32)
    small = grey[::step, ::step] * weight
    filled, sure = np.zeros_like(small), np.zeros_like(small)
    for sigma in (2.0, 5.0, 14.0):
        mass = gaussian_filter(weight, sigma, truncate=2.5)
        value = gaussian_filter(small, sigma, truncate=2.5) / np.maximum(mass, 1e-6)
        take = (1 - sure) * (mass / 0.3).clip(0, 1)
        filled, sure = filled + take * value, sure + take
    filled = filled + (1 - sure) * grey[known].mean()
    slow = spread(filled, grey.shape)
    fine = grey - gaussian_filter(grey, 2.5, truncate=2)
    texture = np.roll(np.where(known, fine, 0), (int(rng.integers(-40, 40)), int(rng.integers(-300, 300))), (0, 1))
    return slow + texture


def _with_implant(grey: Float, tooth: Bool, *, lower: bool, rng: np.random.Generator) -> Float:
    """A bright threaded screw where the root was, at times with a crown on it."""
    rows, columns = np.nonzero(tooth)
    pixel = pixel_scale(grey.shape)
    if len(rows) < 200 * pixel**2:
        return grey
    top, bottom = float(rows.min()), float(rows.max())
    length, width = rng.uniform(0.45, 0.65) * (bottom - top), pixel * rng.uniform(7, 12)
    neck = top + rng.uniform(0.3, 0.45) * (bottom - top) if lower else bottom - rng.uniform(0.3, 0.45) * (bottom - top)
    y, x = np.indices(grey.shape, dtype=np.float32)
    tilt = rng.normal(0, 0.12)
    depth = (y - neck) if lower else (neck - y)
    across = np.abs(x - columns.mean() - tilt * (y - neck))
    thread = 1 + 0.12 * np.sin(depth / pixel * rng.uniform(1.0, 1.8))
    screw = (depth > 0) & (depth < length) & (across < 0.5 * width * thread * (1 - 0.25 * depth / length))
    metal = screw.astype(np.float32)
    if rng.random() < 0.5:
        crown = (depth < 0) & (depth > -0.35 * (bottom - top)) & (across < pixel * rng.uniform(8, 14))
        metal = np.maximum(metal, crown)
    soft = gaussian_filter(metal, 1.0, truncate=2)
    return grey * (1 - soft) + rng.uniform(0.8, 1.0) * soft


def with_metal(grey: Float, label: Int, rng: np.random.Generator) -> Float:
    """Bright crowns and fillings on some teeth; their labels stay."""
    present = [int(index) for index in np.unique(label) if index]
    if not present:
        return grey
    bright = np.zeros_like(grey)
    for index in rng.choice(present, size=min(len(present), int(rng.integers(1, 8))), replace=False):
        tooth = label == index
        rows, columns = np.nonzero(tooth)
        lower = jaw(from_index33(int(index))) == "lower"
        height = rng.uniform(0.12, 0.45) * np.ptp(rows)
        occlusal = rows < rows.min() + height if lower else rows > rows.max() - height
        if rng.random() < 0.6:
            middle = rng.normal(columns.mean(), 0.3 * columns.std())
            occlusal &= np.abs(columns - middle) < rng.uniform(0.4, 1.6) * columns.std()
        bright[rows[occlusal], columns[occlusal]] = rng.uniform(0.7, 1.0)
    soft = gaussian_filter(bright, rng.uniform(0.8, 2.0), truncate=2)
    return np.maximum(grey, soft)


def with_marks(grey: Float, rng: np.random.Generator) -> Float:
    """Bars, boxes and letter-like strokes near the borders, as machines and programs burn them in."""
    grey = grey.copy()
    pixel = pixel_scale(grey.shape)
    rows, columns = (round(side / pixel) for side in grey.shape)

    def part(first: int, length: int) -> slice:
        """Of a side, told in pixels of the usual canvas; one pixel at least."""
        start = round(pixel * first)
        return slice(start, max(start + 1, round(pixel * (first + length))))

    for _ in range(int(rng.integers(1, 5))):
        value = rng.choice([0.0, 1.0, rng.random()])
        if rng.random() < 0.4:
            thick = max(1, round(pixel * int(rng.integers(2, 30))))
            edge = int(rng.integers(4))
            band = [np.s_[:thick], np.s_[-thick:], np.s_[:, :thick], np.s_[:, -thick:]][edge]
            grey[band] = value
            continue
        row = int(rng.choice([rng.integers(0, 60), rng.integers(rows - 90, rows - 20)]))
        column = int(rng.integers(0, columns - 80))
        for _ in range(int(rng.integers(2, 14))):
            height, width = (int(n) for n in rng.integers([2, 2], [16, 16]))
            grey[part(row, height), part(column, max(1, width // 4))] = value
            grey[part(row + height // 2, 2), part(column, width)] = value
            column += width + 3
    return grey
