"""Write landmarked photographs to disk, on any number of processes, resumable; layout of `records.landmarked_photo`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from typodont.errors import ConfigError
from typodont.records.landmarked_photo import IMAGES, TRUTH, write_landmarked_photo
from typodont.synth.photo.dentition_photo import make_dentition_photo
from typodont.synth.photo.palate_photo import make_palate_photo
from typodont.synth.photo_options import LandmarkedOptions
from typodont.synth.series import check_series, make_series

_MAKERS = {"dentition": make_dentition_photo, "palate": make_palate_photo}


def write_landmarked_photos(
    subject: str, n: int, seed: int, out: Path, *, options: LandmarkedOptions | None = None, jobs: int = 1
) -> list[Path]:
    """Make `n` photographs of series `seed` under `out`; those that are complete there already are left as they are.

    A picture depends only on the seed, its number and the options.

    Returns:
        The truth files, in order.

    Raises:
        ConfigError: no such subject; `n` or `jobs` is below 1, `seed` below 0.
    """
    options = options or LandmarkedOptions()
    check_series(n, seed, jobs)
    if subject not in _MAKERS:
        raise ConfigError(f"subject: found {subject!r}, expected one of {', '.join(_MAKERS)}")
    make = partial(_write_one, subject=subject, seed=seed, out=Path(out), options=options)
    return make_series(make, n, jobs=jobs, title=f"photographs of a {subject}", unit="picture")


def _write_one(index: int, *, subject: str, seed: int, out: Path, options: LandmarkedOptions) -> Path:
    name = f"{subject}_{seed}_{index:05d}"
    truth = out / TRUTH / f"{name}.json"
    if truth.exists() and (out / IMAGES / f"{name}.jpg").exists():
        return truth
    made = _MAKERS[subject](seed, index, options)
    return write_landmarked_photo(made.photo, out, quality=made.quality, focal_px=made.focal_px)
