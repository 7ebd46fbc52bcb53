"""A made-up patient: an upper and a lower scan of one person, closed in bite."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, eye_array, hstack

from typodont.synth.arch_form import draw_arch_form
from typodont.synth.dentition import Dentition
from typodont.synth.scan import SyntheticScan, make_scan
from typodont.synth.tooth_plan import ArchStyle
from typodont.types import Float

_CELL_MM = 0.5
PRESS = 25.0


@dataclass(frozen=True)
class SyntheticPatient:
    """Two scans of one person.

    Args:
        name: "patient_SEED_INDEX".
        upper, lower: scans, each in its own arch frame.
        bite: (4, 4) rigid motion from the lower arch frame to the upper one, teeth closed in contact.
    """

    name: str
    upper: SyntheticScan
    lower: SyntheticScan
    bite: Float


def make_patient(
    seed: int, index: int = 0, *, n_faces: int | None = None, base: float = 0.45, brackets: float = 0.04
) -> SyntheticPatient:
    """One patient; both jaws share the arch form, the stage of dentition and the amount of crowding.

    Args:
        seed, index: which patient of which series.
        n_faces: triangles of each scan, about; drawn when None.
        base: probability of trimmed model bases.
        brackets: probability of brackets on the teeth of both jaws.
    """
    rng = np.random.default_rng([seed, index, 2])
    style = ArchStyle(
        mixed=float(rng.random() < 0.2),
        erupting=float(rng.random() < 0.2),
        wisdom=float(rng.random() < 0.15),
        no_second_molars=float(rng.random() < 0.1),
        crowding_sd=float(rng.uniform(0.2, 1.0)),
        form=draw_arch_form(rng),
    )
    stream = int(rng.integers(2**31))
    base, brackets = float(rng.random() < base), float(rng.random() < brackets)
    scan = partial(make_scan, stream, n_faces=n_faces, base=base, brackets=brackets, style=style)
    upper, lower = scan(0, jaw="upper"), scan(1, jaw="lower")
    bite = close_bite(rng, upper.dentition, lower.dentition)
    return SyntheticPatient(f"patient_{seed}_{index:05d}", upper, lower, bite)


def close_bite(rng: np.random.Generator, upper: Dentition, lower: Dentition) -> Float:
    """(4, 4) motion from the lower to the upper arch frame: overjet 2 to 3 mm, then closed to contact.

    Closing is a linear programme over height, pitch and roll: the free space between facing teeth is made as small as
    it can be, and what would pass into the other jaw costs `PRESS` times as much, so that the jaws rest on several
    contacts that are pressed in by some hundredths of a mm, as in a real bite scan.
    """
    flip = np.diag([-1.0, 1.0, -1.0])
    above, below = (np.vstack([t.vertices[~t.cap] for t in d.teeth]) for d in (upper, lower))
    below = below @ flip
    overjet = rng.normal(2.5, 0.6)
    shift = np.array([np.median(above[:, 0]) - np.median(below[:, 0]), _front(upper) - overjet - _front(lower), 0.0])
    below = below + shift
    gap, place = _gaps(above, below)
    # the lower jaw rises by a + b x + c y (upper frame, z points down there, so rising is -z)
    plane = np.column_stack([np.ones(len(gap)), place])
    n = len(gap)
    cost = np.r_[-plane.mean(axis=0), np.full(n, PRESS / n)]
    limits = [(None, None), (-0.1, 0.1), (-0.1, 0.1)] + [(0, None)] * n
    solved = linprog(cost, A_ub=hstack([csr_matrix(plane), -eye_array(n)]), b_ub=gap, bounds=limits, method="highs")
    rise, roll, pitch = solved.x[:3] if solved.success else (gap.min(), 0.0, 0.0)
    motion = np.eye(4)
    normal = np.array([roll, pitch, 1.0])
    motion[:3, :3] = _turn_to(normal / np.linalg.norm(normal)) @ flip
    motion[:3, 3] = _turn_to(normal / np.linalg.norm(normal)) @ shift - [0, 0, rise]
    return motion


def _front(dentition: Dentition) -> float:
    """y of the incisal edges, mm."""
    tips = [t.vertices[t.vertices[:, 2].argmax(), 1] for t in dentition.teeth if t.number <= 2]
    return float(np.mean(tips)) if tips else max(t.vertices[:, 1].max() for t in dentition.teeth) - 1.0


def _gaps(above: Float, below: Float) -> tuple[Float, Float]:
    """Free height between facing teeth (upper frame: upper cusps at +z, lower teeth beyond) and its (x, y) places."""
    low = np.minimum(above.min(axis=0), below.min(axis=0))[:2]
    size = np.ceil((np.maximum(above.max(axis=0), below.max(axis=0))[:2] - low) / _CELL_MM).astype(int) + 1

    def top(points: Float, sign: int) -> Float:
        grid = np.full(size[0] * size[1], -np.inf)
        cell = ((points[:, :2] - low) / _CELL_MM).astype(int)
        np.maximum.at(grid, cell[:, 0] * size[1] + cell[:, 1], sign * points[:, 2])
        return grid

    reach_down, reach_up = top(above, 1), top(below, -1)
    both = np.flatnonzero(np.isfinite(reach_down) & np.isfinite(reach_up))
    gap = -reach_up[both] - reach_down[both]
    place = np.stack([both // size[1], both % size[1]], axis=1) * _CELL_MM + low
    return gap, place


def _turn_to(normal: Float) -> Float:
    """The smallest rotation that takes +z to `normal`."""
    v = np.cross([0, 0, 1.0], normal)
    cross = np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])
    return np.eye(3) + cross + cross @ cross / (1 + normal[2])
