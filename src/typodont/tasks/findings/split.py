"""Split labelled pictures so that no patient lies on both sides, and tell where an existing split leaks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from typodont.atomic import atomic_path, write_json
from typodont.datasets.group_split import split_groups
from typodont.datasets.near_duplicates import Signature, find_near_duplicates, likeness_of, signature
from typodont.datasets.patient_groups import (
    Link,
    groups_of,
    keys_of_names,
    links_by_key,
    links_by_looks,
    original_name,
)
from typodont.errors import ConfigError
from typodont.progress import track
from typodont.records.findings import PictureFindings, find_picture_findings, write_picture_findings
from typodont.records.radiograph import read_radiograph
from typodont.tasks.findings.convert import categories_of
from typodont.types import Float

SIDES = ("train", "valid", "test")
REPORT = "split.json"
_SIDE_WORDS = {"train": "train", "training": "train", "val": "valid", "valid": "valid", "validation": "valid"} | {
    "test": "test",
    "testing": "test",
}
_WORD = re.compile(r"[a-z]+")
_SIGNATURE_SIDE = 256


@dataclass(frozen=True)
class SplitOptions:
    """How pictures are told to be of one patient, and how they are split.

    Args:
        shares: Of train and valid, or of train, valid and test; they add up to 1.
        patient: Regular expression that finds a patient's name in a picture's: its first group, or all of it.
        looks: Compare all pictures with each other; those that show the same teeth are of one patient.
        seed: Decides between patients who are alike.
        rename: Name of a category in the labels -> name of ours, "": leave it out.
    """

    shares: tuple[float, ...] = (0.7, 0.15, 0.15)
    patient: str | None = None
    looks: bool = True
    seed: int = 0
    rename: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Split:
    """Pictures by patient, and the sides that they were dealt to.

    Args:
        pictures: All of them.
        groups: (n,) the patient of each, 0, 1, …
        links: Why pictures are of one patient.
        sides: (n,) name of the side of each.
        sides_before: (n,) the side on which a split that was there already has them; None where there was none.
    """

    pictures: tuple[PictureFindings, ...]
    groups: tuple[int, ...]
    links: tuple[Link, ...]
    sides: tuple[str, ...]
    sides_before: tuple[str | None, ...]

    def leaks(self) -> list[list[int]]:
        """Pictures of every patient who lies on several sides of the split that was there already."""
        members: dict[int, list[int]] = {}
        for place, group in enumerate(self.groups):
            members.setdefault(group, []).append(place)
        return [m for m in members.values() if len({self.sides_before[place] for place in m} - {None}) > 1]

    def text(self) -> str:
        """What became of the set, as a person reads it."""
        n = len(set(self.groups))
        lines = [f"{len(self.pictures)} pictures of {n} patients or groups of pictures that belong together"]
        lines += [f"  {side:<6} {self._content(side)}" for side in dict.fromkeys(sorted(self.sides, key=SIDES.index))]
        leaks = self.leaks()
        if any(self.sides_before):
            lines.append(
                f"the split that was there already leaks: {len(leaks)} patients" if leaks else "no leak before"
            )
        for leak in leaks:
            lines.append("  " + ", ".join(f"{self.sides_before[p]}/{self.pictures[p].name}" for p in leak))
            lines += [f"    {link.why}" for link in self.links if link.second in leak]
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """The split as JSON has it."""
        rows = zip(self.pictures, self.groups, self.sides, self.sides_before, strict=True)
        return {
            "pictures": [
                {"name": picture.name, "file": str(picture.image), "group": group, "side": side, "side_before": before}
                for picture, group, side, before in rows
            ],
            "links": [
                {"pictures": [self.pictures[link.first].name, self.pictures[link.second].name], "why": link.why}
                for link in self.links
            ],
            "leaks": [[self.pictures[place].name for place in leak] for leak in self.leaks()],
        }

    def side(self, name: str) -> list[PictureFindings]:
        """The pictures of a side, each with the patient that it was taken for."""
        rows = zip(self.pictures, self.groups, self.sides, strict=True)
        return [replace(p, patient=p.patient or f"group {group}") for p, group, side in rows if side == name]

    def _content(self, side: str) -> str:
        chosen = self.side(side)
        count = Counter(finding.category for picture in chosen for finding in picture.findings)
        found = ", ".join(f"{n} {name}" for name, n in count.most_common())
        return f"{len(chosen)} pictures: {found or 'no findings'}"


def split_findings(data: Path, out: Path | None = None, *, options: SplitOptions = SplitOptions()) -> Split:
    """Split the pictures of a set by patient.

    Pictures belong together when their labels name one patient, when `options.patient` finds one name in theirs, when
    they are copies of one original by name, and when they show the same teeth. Writes OUT/train.json, valid.json and
    test.json (COCO; the pictures stay where they are), train.txt … (names, one a line) and split.json (all reasons).

    Args:
        data: See `find_picture_findings`.
        out: Folder for the lists; None: only look.
        options: See there.

    Raises:
        TypodontError: see `find_picture_findings` and `split_groups`.
    """
    if len(options.shares) > len(SIDES):
        raise ConfigError(f"found {len(options.shares)} shares, expected two or three: {', '.join(SIDES)}")
    pictures = find_picture_findings(data, rename=options.rename)
    links = _links(pictures, options)
    groups = groups_of(len(pictures), links)
    sides = split_groups(groups, _counts(pictures), options.shares, seed=options.seed)
    split = Split(
        tuple(pictures),
        tuple(groups),
        tuple(links),
        tuple(SIDES[side] for side in sides),
        tuple(_side_before(picture, data) for picture in pictures),
    )
    if out is not None:
        _write(split, out)
    return split


def _links(pictures: Sequence[PictureFindings], options: SplitOptions) -> list[Link]:
    names = [picture.name for picture in pictures]
    links = links_by_key([picture.patient for picture in pictures], "patient")
    if options.patient is not None:
        links += links_by_key(keys_of_names(names, options.patient), "patient by name")
    links += links_by_key([original_name(name) for name in names], "copies of")
    if options.looks:
        seen = [_look(picture.image) for picture in track(pictures, "look at pictures", unit="picture")]
        likeness = likeness_of(colourful for _, colourful in seen)
        links += links_by_looks(find_near_duplicates([sign for sign, _ in seen], likeness))
    return links


def _look(image: Path) -> tuple[Signature, float]:
    """A picture's signature, and how colourful it is."""
    picture = read_radiograph(image, longest=_SIGNATURE_SIDE)
    return signature(picture.image), picture.colourful


def _counts(pictures: Sequence[PictureFindings]) -> Float:
    """(n, k) how many findings of each category there are."""
    names = categories_of(pictures)
    counts = np.zeros((len(pictures), len(names)))
    for row, picture in zip(counts, pictures, strict=True):
        for finding in picture.findings:
            row[names.index(finding.category)] += 1
    return counts


def _side_before(picture: PictureFindings, data: Path) -> str | None:
    """The side that folders or label files are named by: train/a.png, images/val/a.png, instances_train.json."""
    root = data if data.is_dir() else data.parent
    for path in (picture.labels, picture.image):
        if path is None or not path.is_relative_to(root):
            continue
        parts = path.relative_to(root).parts
        named = [*parts[:-1], path.stem] if path.suffix == ".json" else parts[:-1]
        words = [word for part in named for word in _WORD.findall(part.lower())]
        found = next((_SIDE_WORDS[word] for word in words if word in _SIDE_WORDS), None)
        if found is not None:
            return found
    return None


def _write(split: Split, out: Path) -> None:
    categories = categories_of(split.pictures)
    for side in dict.fromkeys(split.sides):
        chosen = split.side(side)
        write_picture_findings(chosen, out / f"{side}.json", categories=categories, info={"side": side})
        with atomic_path(out / f"{side}.txt") as temporary:
            temporary.write_text("".join(f"{picture.name}\n" for picture in chosen), encoding="utf-8")
    write_json(split.as_dict(), out / REPORT)
