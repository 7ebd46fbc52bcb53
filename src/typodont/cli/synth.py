"""``typodont synth``."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import arg

from typodont.errors import ConfigError
from typodont.synth.photo_options import LandmarkedOptions
from typodont.synth.preparation.options import CrownOptions
from typodont.synth.scan_options import ScanOptions

Count = Annotated[int, arg(aliases=["-n"])]
Options = Annotated[ScanOptions, arg(name="")]
Landmarked = Annotated[LandmarkedOptions, arg(name="")]
CrownKinds = Annotated[CrownOptions, arg(name="")]


@dataclass(frozen=True)
class SynthScan:
    """Make labelled synthetic scans in Teeth3DS layout.

    Writes DIR/NAME.obj, NAME.json (FDI number for every vertex), NAME__kpt.json (landmarks) and NAME_truth.json (pose,
    gum margins). The same seed gives the same scans on any number of processes; scans that are there are kept.

    Args:
        out: Folder for the scans.
        n: How many.
        seed: Which series.
        jobs: Processes.
        options: What kind of scans.
    """

    out: Path
    n: Count = 10
    seed: int = 0
    jobs: int = 1
    options: Options = field(default_factory=ScanOptions)

    def run(self) -> None:
        """Make the scans and say where they are."""
        from typodont.synth.write import write_scans

        files = write_scans(self.n, self.seed, self.out, options=self.options, jobs=self.jobs)
        print(f"scans in {self.out}: {len(files)}")


@dataclass(frozen=True)
class SynthPatient:
    """Make synthetic patients: an upper and a lower scan each, closed in bite, in one coordinate system.

    Writes for each scan what `typodont synth scan` writes.

    Args:
        out: Folder for the scans.
        n: How many patients.
        seed: Which series.
        jobs: Processes.
        options: What kind of scans.
    """

    out: Path
    n: Count = 10
    seed: int = 0
    jobs: int = 1
    options: Options = field(default_factory=ScanOptions)

    def run(self) -> None:
        """Make the patients and say where they are."""
        from typodont.synth.write import write_patients

        files = write_patients(self.n, self.seed, self.out, options=self.options, jobs=self.jobs)
        print(f"scans in {self.out}: {len(files)}")


@dataclass(frozen=True)
class SynthXray:
    """Make labelled synthetic panoramic radiographs.

    Writes DIR/images/NAME.png, DIR/teeth.json (COCO, category = FDI number; masks overlap where teeth do), which every
    command that takes labelled panoramics reads, and DIR/findings.json (COCO: teeth, caries, fillings, crowns, root
    fillings, implants, impacted teeth, lesions at apices, each with its tooth's number). The same seed gives the same
    pictures on any number of processes; pictures that are there are kept.

    Args:
        out: Folder for the pictures.
        n: How many.
        seed: Which series.
        findings: How much disease and dental work: as usual, or rich, to train on.
        jobs: Processes.
    """

    out: Path
    n: Count = 10
    seed: int = 0
    findings: Literal["usual", "rich"] = "usual"
    jobs: int = 1

    def run(self) -> None:
        """Make the pictures and say where they are."""
        from typodont.synth.xray.write import write_panoramics

        files = write_panoramics(self.n, self.seed, self.out, findings=self.findings, jobs=self.jobs)
        print(f"panoramics in {self.out}: {len(files)}")


@dataclass(frozen=True)
class SynthPhoto:
    """Make synthetic intra-oral photographs with their truth.

    With `--subject findings` writes DIR/images/NAME.jpg and DIR/findings.json (COCO with exact masks: teeth, caries,
    cavities, cracks, calculus, fillings, brackets, each with its tooth's number; the view and the patient of every
    picture). With `--subject dentition` (permanent teeth) or `palate` (infants, with and without clefts) writes
    DIR/images/NAME.jpg, DIR/truth/NAME.json (landmarks in the picture and in mm, visible or hidden, and the camera) and
    DIR/meshes/NAME.ply. The same seed gives the same pictures on any number of processes; pictures that are there are
    kept.

    Args:
        out: Folder for the pictures.
        n: How many.
        seed: Which series.
        jobs: Processes.
        subject: What to photograph, and with which truth.
        options: What kind of photographs, of a dentition or a palate.
    """

    out: Path
    n: Count = 10
    seed: int = 0
    jobs: int = 1
    subject: Literal["findings", "dentition", "palate"] = "findings"
    options: Landmarked = field(default_factory=LandmarkedOptions)

    def run(self) -> None:
        """Make the pictures and say where they are."""
        if self.subject == "findings":
            from typodont.synth.photo.write import write_photos

            if self.options != LandmarkedOptions():
                raise ConfigError("look, longest, views and meshes: expected with --subject dentition or palate only")
            files = write_photos(self.n, self.seed, self.out, jobs=self.jobs)
        else:
            from typodont.synth.photo.write_landmarked import write_landmarked_photos

            files = write_landmarked_photos(
                self.subject, self.n, self.seed, self.out, options=self.options, jobs=self.jobs
            )
        print(f"photographs in {self.out}: {len(files)}")


@dataclass(frozen=True)
class SynthPalate:
    """Make scans of infants' upper jaws, intact and with clefts of every kind.

    Writes DIR/NAME.SUFFIX and DIR/NAME_truth.json (anatomy by numbers, landmarks, pose). Every scan has its own
    triangles, noise, trimmed border and position in space. The same seed gives the same scans on any number of
    processes; scans that are there are kept.

    Args:
        out: Folder for the scans.
        n: How many.
        seed: Which series.
        suffix: Mesh format.
        jobs: Processes.
    """

    out: Path
    n: Count = 10
    seed: int = 0
    suffix: Literal["stl", "ply", "obj", "vtp"] = "stl"
    jobs: int = 1

    def run(self) -> None:
        """Make the scans and say where they are."""
        from typodont.synth.cleft.write import write_palates

        files = write_palates(self.n, self.seed, self.out, suffix=self.suffix, jobs=self.jobs)
        print(f"palates in {self.out}: {len(files)}")


@dataclass(frozen=True)
class SynthCt:
    """Make chest-like CT volumes of two kinds: healthy lungs, and lungs with the opacities of a pneumonia.

    Writes DIR/CT-0/NAME.nii.gz and DIR/CT-23/NAME.nii.gz (NIfTI, Hounsfield units), the folders of the public chest CT
    on which the published crown network was trained first. The same seed gives the same volumes on any number of
    processes; volumes that are there are kept. Needs the extra `volume`.

    Args:
        out: Folder for the volumes.
        n: How many of each kind.
        seed: Which series.
        jobs: Processes.
    """

    out: Path
    n: Count = 10
    seed: int = 0
    jobs: int = 1

    def run(self) -> None:
        """Make the volumes and say where they are."""
        from typodont.synth.ct.write import write_chests

        files = write_chests(self.n, self.seed, self.out, jobs=self.jobs)
        print(f"volumes in {self.out}: {len(files)}")


@dataclass(frozen=True)
class SynthCrown:
    """Make synthetic preparations for crowns, inlays and onlays, with their truth.

    Writes a folder for each case: scan.ply (preparation, neighbours, gum; with properties label and prepared),
    antagonist.ply in bite, crown.ply (the surface that the tooth had), margin.mrk.json (closed curve for 3D Slicer) and
    case.json (tooth, kind, axis of insertion, how it was ground). The same seed gives the same cases on any number of
    processes; cases that are there are kept.

    Args:
        out: Folder for the cases.
        n: How many.
        seed: Which series.
        jobs: Processes.
        options: What kind of cases.
    """

    out: Path
    n: Count = 10
    seed: int = 0
    jobs: int = 1
    options: CrownKinds = field(default_factory=CrownOptions)

    def run(self) -> None:
        """Make the cases and say where they are."""
        from typodont.synth.preparation.write import write_crown_cases

        folders = write_crown_cases(self.n, self.seed, self.out, options=self.options, jobs=self.jobs)
        print(f"cases in {self.out}: {len(folders)}")
