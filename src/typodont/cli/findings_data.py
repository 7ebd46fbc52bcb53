"""``typodont findings split`` and ``typodont findings convert``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional


@dataclass(frozen=True)
class SplitFindings:
    """Split labelled pictures so that no patient lies on both sides, and tell where an existing split leaks.

    Pictures belong together when their labels name one patient, when --patient finds one name in theirs, when they are
    copies of one original by name, as Roboflow writes them, and when they show the same teeth. Writes OUT/train.json,
    valid.json and test.json (COCO; the pictures stay where they are), train.txt … (names) and split.json (reasons).

    Args:
        data: A label file or a folder: COCO, Roboflow, YOLO, CSV boxes, labelme, or masks.
        out: Folder for the lists; without it nothing is written.
        shares: Of train and valid, or of train, valid and test.
        patient: Regular expression that finds the patient in a picture's name: its first group, or all of it.
        looks: Compare all pictures with each other.
        rename: Categories as CATEGORY=OURS, for example Cavity=caries; nothing after the sign leaves one out.
        seed: Decides between patients who are alike.
    """

    data: Positional[Path]
    out: Path | None = None
    shares: tuple[float, ...] = (0.7, 0.15, 0.15)
    patient: str | None = None
    looks: bool = True
    rename: tuple[str, ...] = ()
    seed: int = 0

    def run(self) -> None:
        """Split and say what lies where."""
        from typodont.tasks.findings.evaluate import renamed
        from typodont.tasks.findings.split import SplitOptions, split_findings

        options = SplitOptions(self.shares, self.patient, self.looks, self.seed, renamed(self.rename))
        print(split_findings(self.data, self.out, options=options).text())
        if self.out is not None:
            print(f"lists in {self.out}")


@dataclass(frozen=True)
class ConvertFindings:
    """Write the labels of pictures, in whatever layout, as one COCO file with checked masks and our category names.

    Reads COCO, Roboflow, YOLO (data.yaml), CSV boxes, labelme, and folders of masks. The pictures stay where they are.

    Args:
        data: A label file or a folder.
        out: The JSON file.
        rename: Categories as CATEGORY=OURS, for example Cavity=caries; nothing after the sign leaves one out.
        drop_damaged: Leave out marks and pictures that are damaged instead of stopping at them.
    """

    data: Positional[Path]
    out: Path
    rename: tuple[str, ...] = ()
    drop_damaged: bool = False

    def run(self) -> None:
        """Convert and say what was written."""
        from collections import Counter

        from typodont.tasks.findings.convert import convert_findings
        from typodont.tasks.findings.evaluate import renamed

        pictures, problems = convert_findings(
            self.data, self.out, rename=renamed(self.rename), drop_damaged=self.drop_damaged
        )
        count = Counter(finding.category for picture in pictures for finding in picture.findings)
        for problem in problems:
            print(f"left out: {problem}")
        found = ", ".join(f"{n} {name}" for name, n in count.most_common())
        print(f"{len(pictures)} pictures with {found or 'no findings'} in {self.out}")
