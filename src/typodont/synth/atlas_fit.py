"""Fit the tooth atlas: surfaces, modes and arch places from published crown statistics.

    python -m typodont.synth.atlas_fit FOLDER --out src/typodont/synth/atlas.npz

FOLDER holds ``tooth_ssm.npz`` (and, to measure the result only, ``crowns/FF.ply``). The source holds points without
faces (28 crowns x 1500 points with 20 modes, an arch frame of its own). This module orients them, puts a surface
through each mean, gives that surface one fixed topology per tooth type, carries the modes over, marks the closed
underside, and stores everything in a local frame (mesial, buccal, occlusal) so that left and right are one shape seen
in a mirror. The atlas' card, with its sources and its fit, is written beside it.

Source: SJTUzhou, "3D Teeth Reconstruction from Five Intra-oral Images" (TVCG 2023), MIT licence, ``tooth_ssm.npz``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import fast_simplification
import numpy as np
from scipy.spatial import KDTree

from typodont.anatomy import JAWS, LOWER, UPPER
from typodont.atomic import atomic_path, write_json
from typodont.errors import FormatError
from typodont.geometry.mesh import Mesh
from typodont.geometry.oriented_points import OrientedPoints, outward_normals
from typodont.geometry.voxels import Grid, marching_cubes
from typodont.types import Bool, Float

TEMPLATE_FACES = 2600
GRID_MM = 0.2
NUMBERS = range(1, 8)
# Rows are arch-frame x, y, z in the source's (left, up, front) axes.
SOURCE_TO_ARCH = {
    UPPER: np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),
    LOWER: np.array([[-1.0, 0, 0], [0, 0, 1], [0, 1, 0]]),
}
# The x < 0 side of the arch frame is the patient's right above and left below; the atlas is fitted on that side.
FITTED_QUADRANT = {UPPER: 10, LOWER: 30}
MIRRORED_QUADRANT = {UPPER: 20, LOWER: 40}


@dataclass(frozen=True)
class SourceTooth:
    """One tooth of the source in its local frame (mesial, buccal, occlusal), mirrored where it stands at x > 0.

    Args:
        mean: (N, 3) mm. modes: (M, N, 3) displacement of one standard deviation along each mode, mm.
    """

    mean: Float
    modes: Float


def read_source(path: Path) -> dict[str, Float]:
    """The arrays of ``tooth_ssm.npz``.

    Raises:
        FormatError: the file is something else.
    """
    try:
        with np.load(path) as data:
            arrays = {key: data[key].astype(np.float64) for key in data.files}
        missing = {"mean_11", "modes_11", "eigenvalues_11"} - set(arrays)
    except ValueError as error:
        raise FormatError(f"{path}: {error}; expected tooth_ssm.npz") from None
    if missing:
        raise FormatError(f"{path}: found no {', '.join(sorted(missing))}; expected tooth_ssm.npz")
    return arrays


def source_teeth(ssm: dict[str, Float], jaw: str, *, mirrored: bool = False) -> tuple[list[SourceTooth], Float]:
    """Teeth 1..7 of the side that the atlas is fitted on (or of the other one), and their places (7, 3) in the arch."""
    quadrant = MIRRORED_QUADRANT[jaw] if mirrored else FITTED_QUADRANT[jaw]
    turn = SOURCE_TO_ARCH[jaw] * ([[-1.0], [1.0], [1.0]] if mirrored else 1.0)
    means = [ssm[f"mean_{quadrant + n}"] @ turn.T for n in NUMBERS]
    centres = np.array([np.r_[mean[:, :2].mean(axis=0), mean[:, 2].min()] for mean in means])
    teeth = []
    for number, mean, centre, axes in zip(NUMBERS, means, centres, arch_axes(centres), strict=True):
        spread = np.sqrt(ssm[f"eigenvalues_{quadrant + number}"])[:, None, None]
        modes = spread * (ssm[f"modes_{quadrant + number}"] @ turn.T @ axes.T)
        teeth.append(SourceTooth((mean - centre) @ axes.T, modes))
    return teeth, centres


def arch_axes(centres: Float) -> Float:
    """(T, 3, 3) rows mesial, buccal, occlusal for teeth 1..T of the x < 0 side, from their centres (T, 3)."""
    mirrored_central = centres[0] * [-1, 1, 1]
    path = np.vstack([mirrored_central, centres])
    mesial = np.empty_like(centres)
    mesial[:-1] = path[:-2] - path[2:]
    mesial[-1] = path[-2] - path[-1]
    mesial[:, 2] = 0
    mesial /= np.linalg.norm(mesial, axis=1, keepdims=True)
    occlusal = np.tile([0.0, 0, 1], (len(centres), 1))
    return np.stack([mesial, np.cross(occlusal, mesial), occlusal], axis=1)


def template_surface(points: Float) -> Mesh:
    """A closed surface of 2600 faces through an unordered closed cloud (N, 3), mm."""
    cloud = OrientedPoints(points, outward_normals(points))
    grid = Grid.around(points, GRID_MM, margin=1.0)
    field = cloud.signed_distance(grid.points(), k=8, width=0.35).reshape(grid.shape)
    fine = marching_cubes(field, grid)
    vertices, faces = fast_simplification.simplify(
        fine.vertices.astype(np.float32),  # type: ignore[arg-type]
        fine.faces.astype(np.int32),
        target_count=TEMPLATE_FACES,
    )[:2]
    return Mesh(vertices, faces)


def carry(values: Float, points: Float, targets: Float, *, k: int = 8) -> Float:
    """Values (M, N, 3) at `points` (N, 3) interpolated to `targets` (V, 3): (M, V, 3)."""
    distance, nearest = KDTree(points).query(targets, k)
    weight = np.exp(-((distance / (distance[:, 3:4] + 1e-9)) ** 2))
    weight /= weight.sum(axis=1, keepdims=True)
    return np.einsum("vk,mvki->mvi", weight, values[:, nearest])


def underside(surface: Mesh) -> Bool:
    """(V,) true where a crown's surface closes the neck: looks down, in the lower part."""
    z = surface.vertices[:, 2]
    return (surface.vertex_normals[:, 2] < -0.55) & (z < z.min() + 0.62 * np.ptp(z))


def fit_atlas(ssm: dict[str, Float]) -> dict[str, np.ndarray]:
    """Every array of the atlas, in the types in which it is stored: ``JAW/centres``, ``JAW/vertices_N``, ``faces_N``,
    ``modes_N`` and ``cap_N`` for teeth 1..7.
    """
    arrays: dict[str, np.ndarray] = {}
    for jaw in JAWS:
        teeth, centres = source_teeth(ssm, jaw)
        arrays[f"{jaw}/centres"] = centres.astype(np.float32)
        for number, tooth in zip(NUMBERS, teeth, strict=True):
            surface = template_surface(tooth.mean)
            arrays[f"{jaw}/vertices_{number}"] = surface.vertices.astype(np.float32)
            arrays[f"{jaw}/faces_{number}"] = surface.faces.astype(np.uint16)
            arrays[f"{jaw}/modes_{number}"] = carry(tooth.modes, tooth.mean, surface.vertices).astype(np.float16)
            arrays[f"{jaw}/cap_{number}"] = underside(surface)
    return arrays


def main(argv: Sequence[str] | None = None) -> None:
    """Fit the atlas, write it with its card."""
    from typodont.synth.atlas_measure import atlas_card

    parser = argparse.ArgumentParser(prog="python -m typodont.synth.atlas_fit", description="Fit the tooth atlas.")
    parser.add_argument("source", type=Path, help="folder with tooth_ssm.npz and, to measure the fit, crowns/FF.ply")
    parser.add_argument("--out", type=Path, required=True, help="the atlas; its card is written beside it")
    arguments = parser.parse_args(argv)
    ssm = read_source(arguments.source / "tooth_ssm.npz")
    with atomic_path(arguments.out) as temporary:
        np.savez_compressed(temporary, **fit_atlas(ssm))  # type: ignore[arg-type]
    card = atlas_card(arguments.out, ssm, arguments.source / "crowns")
    write_json(card, arguments.out.with_name(f"{arguments.out.stem}_card.json"))


if __name__ == "__main__":
    main()
