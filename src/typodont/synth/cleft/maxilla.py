"""One made-up infant upper jaw with its truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from typodont.geometry.mesh import Mesh
from typodont.synth.cleft.anatomy import MaxillaAnatomy, draw_anatomy
from typodont.synth.cleft.surface import maxilla_surface
from typodont.synth.cleft.template import load_template
from typodont.types import Float


@dataclass(frozen=True)
class Maxilla:
    """An infant's upper jaw.

    Args:
        name: "palate_SEED_INDEX".
        anatomy: by numbers.
        mesh: arch frame, mm; the vertices of `cleft.template`, with the attribute ``label``.
    """

    name: str
    anatomy: MaxillaAnatomy
    mesh: Mesh

    @property
    def landmarks(self) -> Float:
        """(L, 3) in the order of `PALATE_LANDMARKS`, arch frame, mm."""
        return self.mesh.vertices[load_template().landmarks]


def make_maxilla(seed: int, index: int = 0, *, kind: str | None = None) -> Maxilla:
    """One jaw; the same seed, index and kind always give the same one.

    Args:
        kind: one of `anatomy.KINDS`; drawn when None.
    """
    anatomy = draw_anatomy(np.random.default_rng([seed, index, 52]), kind)
    return Maxilla(f"palate_{seed}_{index:05d}", anatomy, maxilla_surface(anatomy))
