"""Check labelled panoramics: every label set by itself, and all pictures against each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from typodont.datasets.near_duplicates import NearDuplicate, Signature, find_near_duplicates, signature
from typodont.errors import ConfigError, TypodontError
from typodont.progress import track
from typodont.records import read_radiograph
from typodont.tasks.panoramic.lint.finding import KINDS, Finding
from typodont.tasks.panoramic.lint.masks import interpolated_pixels, interpolation_findings, mask_findings
from typodont.tasks.panoramic.lint.numbers import number_findings
from typodont.tasks.panoramic.lint.unchecked import UncheckedLabels, find_unchecked


@dataclass(frozen=True)
class LintReport:
    """What was found in some sets.

    Args:
        sets: As they were named.
        n_pictures: In all of them.
        findings: In the order of `KINDS`, then of the pictures.
    """

    sets: tuple[Path, ...]
    n_pictures: int
    findings: tuple[Finding, ...]

    @property
    def clean(self) -> bool:
        """True when nothing was found."""
        return not self.findings

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON has it."""
        kinds = {kind: KINDS[kind]._asdict() for kind in KINDS if any(f.kind == kind for f in self.findings)}
        findings = [asdict(finding) | {"file": str(finding.file)} for finding in self.findings]
        sets = [str(place) for place in self.sets]
        return {"sets": sets, "pictures": self.n_pictures, "kinds": kinds, "findings": findings}

    def text(self) -> str:
        """The report as a person reads it, grouped by kind."""
        lines = []
        for kind, about in KINDS.items():
            found = [finding for finding in self.findings if finding.kind == kind]
            if found:
                lines += [f"{about.title} ({len(found)})", f"  why: {about.why}", f"  fix: {about.fix}"]
                lines += [f"    {finding.file}: {finding.name}: {finding.what}" for finding in found]
                lines.append("")
        n_files = len({(finding.file, finding.name) for finding in self.findings})
        outcome = f"{len(self.findings)} findings about {n_files} of them" if self.findings else "nothing found"
        return "\n".join([*lines, f"{self.n_pictures} label sets: {outcome}"])


def lint_panoramics(sets: Sequence[Path], *, numbers: Path | None = None) -> LintReport:
    """Check the labels and pictures of one or several sets, which are taken as the sides of a split.

    Args:
        sets: COCO files or folders, see `find_unchecked`.
        numbers: Map file from grey value or category name to FDI number.

    Raises:
        ConfigError: no set is named, or one holds no labels.
        FormatError: a COCO or map file that cannot be read at all.
    """
    if not sets:
        raise ConfigError("no input: name at least one folder or COCO file of labelled panoramics")
    places = [Path(place) for place in sets]
    entries = [(where, labels) for where, place in enumerate(places) for labels in find_unchecked(place, numbers)]
    findings: list[Finding] = []
    seen: dict[tuple[int, Path], tuple[UncheckedLabels, Signature]] = {}
    for where, labels in track(entries, "panoramic lint", unit="picture"):
        found, sign = _check(labels)
        findings += found
        if sign is not None:
            seen.setdefault((where, labels.image.resolve()), (labels, sign))
    findings += _alike([where for where, _ in seen], list(seen.values()), places)
    order = list(KINDS)
    findings.sort(key=lambda finding: order.index(finding.kind))
    return LintReport(tuple(places), len(entries), tuple(findings))


def _check(labels: UncheckedLabels) -> tuple[list[Finding], Signature | None]:
    """Findings about one label set, and the signature of its picture, None where that cannot be read."""
    found, shape, sign = _look(labels)
    try:
        values = labels.values()
    except TypodontError as error:
        unreadable = Finding("unreadable", str(error), file=labels.labels, name=labels.name)
        return [*found, unreadable], sign
    about = []
    stored = labels.shape(values)
    if shape is not None and stored != shape:
        what = f"labels {stored[1]} × {stored[0]}, picture {shape[1]} × {shape[0]}"
        about.append(Finding("size", what))
    if values is not None:
        stray = interpolated_pixels(values)
        damage = interpolation_findings(values, stray)
        values = np.where(stray, 0, values) if damage else values
        about += damage
    marks, unreadable = labels.marks(values)
    masks, spots = mask_findings(marks)
    about += unreadable + masks + number_findings(spots)
    return found + [replace(finding, file=labels.labels, name=labels.name) for finding in about], sign


def _look(labels: UncheckedLabels) -> tuple[list[Finding], tuple[int, int] | None, Signature | None]:
    """Findings about the picture itself, its shape and its signature."""
    if not labels.image.is_file():
        missing = Finding("missing_picture", f"no file {labels.image}", file=labels.labels, name=labels.name)
        return [missing], None, None
    try:
        image = read_radiograph(labels.image).image
    except TypodontError as error:
        return [Finding("unreadable", str(error), file=labels.image, name=labels.name)], None, None
    return [], (image.shape[0], image.shape[1]), signature(image)


def _alike(
    sides: list[int], pictures: Sequence[tuple[UncheckedLabels, Signature]], places: Sequence[Path]
) -> list[Finding]:
    """Findings about pictures that show the same."""
    pairs = find_near_duplicates([sign for _, sign in pictures])
    return [_about_pair(pair, pictures[pair.first][0], pictures[pair.second][0], sides, places) for pair in pairs]


def _about_pair(
    pair: NearDuplicate, first: UncheckedLabels, second: UncheckedLabels, sides: Sequence[int], places: Sequence[Path]
) -> Finding:
    apart = sides[pair.first] != sides[pair.second]
    which = "is" if pair.same_picture else "is, or shows the patient of,"
    flipped = ", mirrored" if pair.mirrored else ""
    where = f" of {places[sides[pair.second]]}" if apart else ""
    what = f"{which} {second.image}{where} (correlation {pair.correlation:.2f}{flipped})"
    return Finding("leak" if apart else "duplicate", what, file=first.image, name=first.name)
