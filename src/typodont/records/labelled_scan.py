"""Scans together with their labels, from a Teeth3DS file or from the mesh file itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from typodont.anatomy import GINGIVA, LOWER, UPPER, is_tooth, jaw
from typodont.errors import LabelError
from typodont.formats import ScanLabels, read_labels
from typodont.geometry.mesh import Mesh
from typodont.records.scan import Scan, read_scan
from typodont.types import Int


def read_labelled_scan(path: Path | str, label_path: Path | str | None = None, unit: str = "auto") -> Scan:
    """A scan with its labels and its jaw.

    Labels come from `label_path`, else from the Teeth3DS file of the same stem beside the mesh, else from the mesh
    file itself: its vertex labels, or its face labels, of which each vertex takes the most frequent one around it
    (the smallest number of equally frequent ones). The jaw comes from the labels.

    Raises:
        LabelError: there are no labels, they do not fit the vertices, or are no FDI numbers.
        FormatError, MeshError, ConfigError: see `read_scan`.
    """
    scan = read_scan(path, unit)
    assert scan.path is not None
    beside = scan.path.with_suffix(".json")
    if label_path is not None or beside.is_file():
        found = read_labels(Path(label_path) if label_path is not None else beside, len(scan.mesh.vertices))
    else:
        found = _labels_in_mesh(scan)
    return replace(scan, jaw=found.jaw, labels=found.labels, instances=found.instances)


def _labels_in_mesh(scan: Scan) -> ScanLabels:
    mesh = scan.mesh
    if "label" in mesh.vertex_attributes:
        labels = mesh.vertex_attributes["label"]
    elif "label" in mesh.face_attributes:
        labels = most_frequent_around(mesh, mesh.face_attributes["label"])
    else:
        raise LabelError(
            f"{scan.path}: found no labels; expected {scan.name}.json (Teeth3DS) beside the mesh, or a property 'label'"
        )
    instances = np.unique(np.append(labels, GINGIVA), return_inverse=True)[1][:-1]
    try:
        return ScanLabels(scan.name, _jaw(labels), labels, instances)
    except LabelError as error:
        raise LabelError(f"{scan.path}: {error}") from None


def _jaw(labels: Int) -> str:
    """The jaw to which most labelled vertices belong."""
    numbers, counts = np.unique(labels, return_counts=True)
    votes = {UPPER: 0, LOWER: 0}
    for fdi, count in zip(numbers.tolist(), counts.tolist(), strict=True):
        if is_tooth(fdi):
            votes[jaw(fdi)] += count
    if not any(votes.values()):
        raise LabelError("found no FDI tooth number among the labels, so the jaw is unknown; expected 11..48, 51..85")
    return max(votes, key=lambda name: votes[name])


def most_frequent_around(mesh: Mesh, face_labels: Int) -> Int:
    """(N,) int64: the most frequent label (F,) of the faces around each vertex; 0 for a vertex without faces.

    Of equally frequent labels the smallest is taken, so gingiva wins a draw.
    """
    best = np.zeros(len(mesh.vertices), dtype=np.int64)
    most = np.zeros(len(mesh.vertices), dtype=np.int64)
    for label in np.unique(face_labels):
        count = np.bincount(mesh.faces[face_labels == label].ravel(), minlength=len(mesh.vertices))
        best[count > most] = label
        most = np.maximum(most, count)
    return best
