"""One restoration to make: the scan of a preparation, what is known about it and, for a made or solved case, the truth.

A case is a folder: ``scan.ply``, ``antagonist.ply``, ``crown.ply``, ``margin.mrk.json`` (a closed curve that 3D Slicer
shows) and ``case.json`` (name, tooth, kind, axis, remarks), all in one coordinate system, mm. Only the scan and
``case.json`` must be there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast, get_args

import numpy as np

from typodont.anatomy import is_tooth
from typodont.atomic import write_json
from typodont.errors import FormatError, LabelError, MeshError
from typodont.formats import read_json, read_mesh, write_mesh
from typodont.formats.markups import read_curve, write_curve
from typodont.geometry.mesh import Mesh
from typodont.types import Float

Kind = Literal["crown", "inlay", "onlay"]
"""Full crown; filling of a cavity that leaves the cusps; one that also covers cusps."""

KINDS: tuple[Kind, ...] = get_args(Kind)
SCAN, ANTAGONIST, CROWN, MARGIN, CASE = "scan.ply", "antagonist.ply", "crown.ply", "margin.mrk.json", "case.json"


@dataclass(frozen=True)
class CrownCase:
    """A preparation with its surroundings, and what is known about it; mm, in any frame that all parts share.

    Args:
        name: Of the case; its folder.
        tooth: FDI number of the prepared tooth.
        scan: Preparation, neighbours and gum as scanned. Synthetic scans carry the vertex attributes ``label`` (FDI,
            0 gum) and ``prepared`` (1 inside the margin line, 0 elsewhere).
        antagonist: Scan of the opposing jaw in bite.
        kind: What is to be made.
        margin: (M, 3) the margin line, a closed curve: the last point joins the first; counter-clockwise seen from
            occlusal.
        axis: (3,) unit vector from the preparation to occlusal; the restoration is seated against it.
        crown: Truth: the outer surface of the restoration, open at the margin. Of synthetic cases the tooth before it
            was prepared, of solved ones what the technician made.
        remarks: What else is known, as JSON can say it; synthetic cases tell how they were ground.

    Raises:
        LabelError: `tooth` is no FDI number.
        MeshError: `kind`, or the shape of the margin or the axis, is not as described.
    """

    name: str
    tooth: int
    scan: Mesh
    antagonist: Mesh | None = None
    kind: Kind | None = None
    margin: Float | None = None
    axis: Float | None = None
    crown: Mesh | None = None
    remarks: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not is_tooth(self.tooth):
            raise LabelError(f"{self.name}: found tooth {self.tooth}, expected an FDI number (11..48, 51..85)")
        if self.kind is not None and self.kind not in KINDS:
            raise MeshError(f"{self.name}: found kind {self.kind!r}, expected one of {', '.join(KINDS)}")
        if self.margin is not None:
            margin = np.asarray(self.margin, dtype=np.float64)
            if margin.ndim != 2 or margin.shape[1] != 3 or len(margin) < 4:
                raise MeshError(
                    f"{self.name}: found a margin of shape {margin.shape}, expected (M, 3), 4 points or more"
                )
            object.__setattr__(self, "margin", margin)
        if self.axis is not None:
            axis = np.asarray(self.axis, dtype=np.float64)
            length = np.linalg.norm(axis)
            if axis.shape != (3,) or not 0.99 < length < 1.01:
                raise MeshError(f"{self.name}: found the axis {axis.tolist()}, expected three numbers, a unit vector")
            object.__setattr__(self, "axis", axis / length)

    def transformed(self, matrix: Float) -> CrownCase:
        """This case moved by a rigid (4, 4) matrix; with a reflection the caller changes the tooth's number."""
        matrix = np.asarray(matrix, dtype=np.float64)
        turn, shift = matrix[:3, :3], matrix[:3, 3]
        margin = None if self.margin is None else self.margin @ turn.T + shift
        if margin is not None and np.linalg.det(turn) < 0:
            margin = margin[::-1]  # stays counter-clockwise
        return CrownCase(
            self.name,
            self.tooth,
            self.scan.transformed(matrix),
            None if self.antagonist is None else self.antagonist.transformed(matrix),
            self.kind,
            margin,
            None if self.axis is None else turn @ self.axis,
            None if self.crown is None else self.crown.transformed(matrix),
            self.remarks,
        )


def find_crown_cases(folder: Path | str) -> list[Path]:
    """The cases in a folder, or the folder itself where it is one, in the order of their names.

    Raises:
        FormatError: there is none.
    """
    folder = Path(folder)
    if (folder / CASE).is_file():
        return [folder]
    cases = sorted(path.parent for path in folder.glob(f"*/{CASE}"))
    if not cases:
        raise FormatError(f"{folder}: found no crown case, expected folders with {SCAN} and {CASE}")
    return cases


def read_crown_case(folder: Path | str) -> CrownCase:
    """The case of a folder.

    Raises:
        FormatError: a file is missing or damaged. MeshError, LabelError: its content makes no case.
    """
    folder = Path(folder)
    about = read_json(folder / CASE)
    if not isinstance(about, dict) or not isinstance(about.get("tooth"), int):
        raise FormatError(f"{folder / CASE}: found no whole number 'tooth', expected the FDI number of the preparation")
    if not (folder / SCAN).is_file():
        raise FormatError(f"{folder}: found no {SCAN}, expected the scan of the preparation")
    parts = {name: read_mesh(folder / name) for name in (ANTAGONIST, CROWN) if (folder / name).is_file()}
    margin = read_curve(folder / MARGIN) if (folder / MARGIN).is_file() else None
    try:
        return CrownCase(
            name=str(about.get("name", folder.name)),
            tooth=about["tooth"],
            scan=read_mesh(folder / SCAN),
            antagonist=parts.get(ANTAGONIST),
            kind=cast("Kind | None", about.get("kind")),
            margin=margin,
            axis=None if about.get("axis") is None else np.array(about["axis"], dtype=np.float64),
            crown=parts.get(CROWN),
            remarks=about.get("remarks", {}),
        )
    except (LabelError, MeshError) as error:
        raise type(error)(f"{folder}: {error}") from None


def write_crown_case(case: CrownCase, folder: Path | str) -> Path:
    """Write a case into a folder of its own, ``case.json`` last: where that is, all is there. Returns the folder."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in (CASE, ANTAGONIST, CROWN, MARGIN):
        (folder / name).unlink(missing_ok=True)
    for name, mesh in ((SCAN, case.scan), (ANTAGONIST, case.antagonist), (CROWN, case.crown)):
        if mesh is not None:
            write_mesh(mesh, folder / name)
    if case.margin is not None:
        write_curve(folder / MARGIN, case.margin)
    about = {
        "name": case.name,
        "tooth": case.tooth,
        "kind": case.kind,
        "axis": None if case.axis is None else case.axis.tolist(),
        "remarks": case.remarks,
    }
    write_json(about, folder / CASE)
    return folder
