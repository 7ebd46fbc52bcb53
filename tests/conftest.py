"""What every test may use: where real data lies, and which sets are skipped on this machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from typodont.records.crown_case import CrownCase

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """The folder that holds pyproject.toml."""
    return ROOT


def _real_data_folder() -> Path | None:
    named = os.environ.get("TYPODONT_REAL_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real data: TYPODONT_REAL_DATA, or ../shared/data beside the repository; skips where absent."""
    folder = _real_data_folder()
    if folder is None:
        pytest.skip("no real data: set TYPODONT_REAL_DATA or put it into ../shared/data")
    return folder


@pytest.fixture(scope="session")
def stump_case() -> Callable[..., CrownCase]:
    """stump_case(around, step): a round stump on flat gum, whose margin is a circle of radius 4.8 mm at height 0.

    A root wall rises from z = -2 to the margin, a shoulder of 1 mm leads inward, a tapered wall goes up to z = 4.5.
    Two patches beside it carry the numbers of its neighbours. Tooth 36; axis +z.
    """
    from typodont.geometry.mesh import Mesh
    from typodont.records.crown_case import CrownCase

    corners = np.array([[11.5, -2.0], [5.0, -2.0], [4.8, 0.0], [3.8, 0.0], [3.3, 4.5], [0.05, 4.5]])

    def make(around: int = 200, step: float = 0.15) -> CrownCase:
        pieces = []
        for start, end in pairwise(corners):
            n = max(round(float(np.linalg.norm(end - start)) / step), 1)
            pieces.append(start + (end - start) * (np.arange(n) / n)[:, None])
        profile = np.concatenate([*pieces, corners[-1:]])
        angle = np.arange(around) / around * 2 * np.pi
        ring = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        points = np.concatenate(
            [np.column_stack([radius * ring, np.full(around, height)]) for radius, height in profile]
        )
        row, column = np.divmod(np.arange((len(profile) - 1) * around), around)
        a, b = row * around + column, row * around + (column + 1) % around
        faces = np.concatenate([np.stack([a, b, b + around], axis=1), np.stack([a, b + around, a + around], axis=1)])
        radius, height = np.linalg.norm(points[:, :2], axis=1), points[:, 2]
        prepared = (height > 1e-6) | ((height > -1e-6) & (radius < 4.8 - 1e-6))
        label = np.where(radius < 5.01, 36, 0)
        label[(points[:, 0] > 9) & (np.abs(points[:, 1]) < 2)] = 35
        label[(points[:, 0] < -9) & (np.abs(points[:, 1]) < 2)] = 37
        scan = Mesh(points, faces, {"label": label, "prepared": prepared.astype(np.uint8)})
        margin = np.column_stack([4.8 * ring, np.zeros(around)])
        return CrownCase("stump", 36, scan, kind="crown", margin=margin, axis=np.array([0.0, 0, 1]))

    return make


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the `gpu` set without a CUDA device; torch is imported only if such a test was asked for."""
    gpu_items = [item for item in items if item.get_closest_marker("gpu")]
    if not gpu_items:
        return
    import torch

    if not torch.cuda.is_available():
        for item in gpu_items:
            item.add_marker(pytest.mark.skip(reason="no CUDA device"))


@pytest.fixture(scope="session")
def hill_case() -> Callable[..., CrownCase]:
    """hill_case(kind, tooth, height): three square teeth in a row on flat gum, the middle one prepared; quick, coarse.

    An inlay is a groove of 3 mm through the top, an onlay a step that takes half of it, a crown a stump. Axis +z,
    mesial +x, cheek +y where the quadrant is 1, 3, 5 or 7, else -y; the margin is a square around the tooth.
    """
    from typodont.anatomy import quadrant
    from typodont.geometry.mesh import Mesh
    from typodont.records.crown_case import CrownCase

    def make(kind: str, tooth: int = 36, height: float = 6.0) -> CrownCase:
        along, across = np.arange(-15, 15.1, 0.5), np.arange(-9, 9.1, 0.5)
        x, y = np.meshgrid(along, across, indexing="ij")
        place = np.rint(x / 10)
        on_tooth = (np.abs(x - 10 * place) < 4.3) & (np.abs(y) < 4.3)
        z = np.where(on_tooth, height, 0.0)
        ground = {"inlay": np.abs(y) < 1.6, "onlay": y > 0.2, "crown": np.full(x.shape, True)}[kind]
        depth = {"inlay": 2.5, "onlay": 2.0, "crown": 3.0}[kind]
        z[on_tooth & (place == 0) & ground] -= depth
        if kind == "crown":
            z[on_tooth & (place == 0) & (np.hypot(x, y) > 3.2)] = 1.0
        label = np.where(on_tooth, tooth - place, 0).astype(int)
        n = len(across)
        corner = (np.arange(len(along) - 1)[:, None] * n + np.arange(n - 1)).ravel()
        a, b, c, d = corner, corner + n, corner + n + 1, corner + 1
        faces = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
        mesh = Mesh(np.stack([x, y, z], axis=-1).reshape(-1, 3), faces, {"label": label.ravel()})
        corners = np.array([[4.3, 4.3, 1.0], [-4.3, 4.3, 1.0], [-4.3, -4.3, 1.0], [4.3, -4.3, 1.0]])
        case = CrownCase(f"{kind}_{tooth}", tooth, mesh, None, kind, corners, np.array([0.0, 0.0, 1.0]))  # type: ignore[arg-type]
        return case if quadrant(tooth) in (1, 3, 5, 7) else case.transformed(np.diag([1.0, -1.0, 1.0, 1.0]))

    return make


@pytest.fixture(scope="session")
def molar_case() -> Callable[..., CrownCase]:
    """molar_case(kind): tooth 36 of the atlas, ground down, between its neighbours, a flat plate in bite; coarse.

    Of a crown everything above 1.8 mm is gone to a depth of 1 mm, of an inlay the middle of the top. The truth is the
    atlas tooth itself. x mesial, y to the cheek, z occlusal, mm; the middle of the tooth at x = y = 0.
    """
    from typodont.geometry.connectivity import boundary_loops
    from typodont.geometry.mesh import Mesh
    from typodont.records.crown_case import CrownCase
    from typodont.synth.atlas import load_atlas

    def make(kind: str = "crown") -> CrownCase:
        tooth = load_atlas()["lower", 6]
        sound = Mesh(tooth.vertices, tooth.faces)
        height, flat = tooth.vertices[:, 2], np.hypot(*tooth.vertices[:, :2].T)
        gone = height > 1.8 if kind == "crown" else (flat < 2.6) & (height > 2)
        crown = sound.submesh(gone[tooth.faces].all(axis=1))
        source = crown.vertex_attributes["source_vertex"]
        border = boundary_loops(crown)[0]
        prepared = np.zeros(len(height), dtype=np.uint8)
        prepared[np.delete(source, border)] = 1
        parts = [(36, sound.vertices - 1.0 * prepared[:, None] * sound.vertex_normals, tooth.faces, prepared)]
        for fdi, number, x in ((35, 5, 9.0), (37, 7, -10.5)):
            other = load_atlas()["lower", number]
            parts.append((fdi, other.vertices + [x, 0, 0], other.faces, np.zeros(len(other.vertices), np.uint8)))
        starts = np.cumsum([0] + [len(vertices) for _, vertices, _, _ in parts])
        scan = Mesh(
            np.vstack([vertices for _, vertices, _, _ in parts]),
            np.vstack([faces + start for (_, _, faces, _), start in zip(parts, starts[:-1], strict=True)]),
            {
                "label": np.concatenate([np.full(len(vertices), fdi) for fdi, vertices, _, _ in parts]),
                "prepared": np.concatenate([ground for _, _, _, ground in parts]),
            },
        )
        side = np.arange(-10, 10.1, 1.0)
        x, y = np.meshgrid(side, side, indexing="ij")
        corner = (np.arange(20)[:, None] * 21 + np.arange(20)).ravel()
        squares = [[corner, corner + 22, corner + 21], [corner, corner + 1, corner + 22]]
        plate = Mesh(
            np.stack([x, y, np.full_like(x, height.max())], axis=-1).reshape(-1, 3),
            np.concatenate([np.stack(corners, axis=1) for corners in squares]),
        )
        crown = Mesh(crown.vertices, crown.faces)
        margin = crown.vertices[border]
        return CrownCase(f"molar_{kind}", 36, scan, plate, kind, margin, np.array([0.0, 0, 1]), crown)  # type: ignore[arg-type]

    return make
