"""Labels in the JSON of the Teeth3DS challenge: one FDI number per vertex, in the order of the mesh file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from typodont import anatomy
from typodont.atomic import atomic_path
from typodont.errors import FormatError, LabelError
from typodont.types import Int


@dataclass(frozen=True)
class ScanLabels:
    """What Teeth3DS says about one arch.

    Args:
        id_patient: Name of the patient.
        jaw: "upper" or "lower".
        labels: (N,) int64: FDI number of every vertex, 0 is gingiva.
        instances: (N,) int64: number of the tooth in this file, 0 is gingiva.

    Raises:
        LabelError: lengths differ, an unknown tooth number or jaw.
    """

    id_patient: str
    jaw: str
    labels: Int
    instances: Int

    def __post_init__(self) -> None:
        anatomy.check_jaw(self.jaw)
        labels, instances = _integers(self.labels, "labels"), _integers(self.instances, "instances")
        if len(labels) != len(instances):
            raise LabelError(f"found {len(labels)} labels and {len(instances)} instances, expected as many of both")
        unknown = [int(fdi) for fdi in np.unique(labels) if fdi != anatomy.GINGIVA and not anatomy.is_tooth(int(fdi))]
        if unknown:
            raise LabelError(f"found the labels {unknown[:8]}, expected 0 or FDI tooth numbers 11..48, 51..85")
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "instances", instances)


def _integers(values: Any, what: str) -> Int:
    try:
        array = np.asarray(values)
    except ValueError:  # lists of different lengths
        array = np.empty((0, 0))
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iuf") or (array != np.rint(array)).any():
        raise LabelError(f"found {what} that are no flat list of whole numbers; expected one number per vertex")
    return array.astype(np.int64)


def read_labels(path: Path, n_vertices: int | None = None) -> ScanLabels:
    """The labels of a Teeth3DS JSON file.

    Args:
        path: The JSON file; keys other than id_patient, jaw, labels and instances are ignored.
        n_vertices: Number of vertices of the mesh that the labels belong to, to be checked against.

    Raises:
        FormatError: the file is no JSON, or truncated.
        LabelError: keys are missing, or the labels do not fit the mesh.
    """
    path = Path(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise FormatError(
            f"{path}: no JSON or truncated ({error}); expected Teeth3DS labels, copy the file again"
        ) from None
    if not isinstance(content, dict) or "labels" not in content or "jaw" not in content:
        raise LabelError(f"{path}: found no keys 'jaw' and 'labels', expected Teeth3DS labels (jaw, labels, instances)")
    labels = content["labels"]
    try:
        found = ScanLabels(
            str(content.get("id_patient", path.stem)), content["jaw"], labels, content.get("instances", labels)
        )
    except LabelError as error:
        raise LabelError(f"{path}: {error}") from None
    if n_vertices is not None and len(found.labels) != n_vertices:
        raise LabelError(
            f"{path}: found {len(found.labels)} labels, expected {n_vertices}, one for every vertex of the mesh in "
            "file order; use the mesh file for which the labels were made, its vertices neither merged nor reordered"
        )
    return found


def write_labels(labels: ScanLabels, path: Path, *, extra: Mapping[str, Any] | None = None) -> None:
    """Write Teeth3DS JSON, whole or not at all.

    Args:
        labels: What to write.
        path: The file.
        extra: More keys of plain values (confidence, pose, warnings …); NaN is refused because JSON has no word for it.

    Raises:
        ValueError: NaN or infinity in `extra`.
    """
    content = {
        "id_patient": labels.id_patient,
        "jaw": labels.jaw,
        "labels": labels.labels.tolist(),
        "instances": labels.instances.tolist(),
        **(extra or {}),
    }
    text = json.dumps(content, ensure_ascii=False, allow_nan=False)
    with atomic_path(Path(path)) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
