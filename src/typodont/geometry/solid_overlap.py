"""How much of two closed solids is the same space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from typodont.errors import MeshError
from typodont.geometry.connectivity import boundary_edges
from typodont.geometry.mesh import Mesh

if TYPE_CHECKING:
    from manifold3d import Manifold


@dataclass(frozen=True)
class Overlap:
    """The volumes of two solids and of what they have in common, mm³."""

    first: float
    second: float
    common: float

    @property
    def dice(self) -> float:
        """Twice the common volume over the sum of both: 1 for the same solid, 0 for solids apart."""
        return 2 * self.common / (self.first + self.second)

    @property
    def jaccard(self) -> float:
        """The common volume over that of the two together."""
        return self.common / (self.first + self.second - self.common)


class Solid:
    """A closed surface that can be compared with others.

    Args:
        mesh: Closed, outward faces, mm. Nothing is registered: solids are compared where they stand.

    Raises:
        MeshError: it is open, faces meet in threes, or it encloses nothing.
    """

    def __init__(self, mesh: Mesh) -> None:
        from manifold3d import Error, Manifold, Mesh64

        n_open = len(boundary_edges(mesh))
        if n_open:
            raise MeshError(f"found {n_open} open edges, expected a closed surface; close it, or export it as a solid")
        self._manifold: Manifold = Manifold(Mesh64(mesh.vertices, mesh.faces.astype(np.uint64)))
        if self._manifold.status() != Error.NoError:
            raise MeshError(
                f"found a surface that encloses no solid ({self._manifold.status().name}), expected every edge between "
                "two faces that agree on which side is out; repair it"
            )
        if self.volume <= 0:
            raise MeshError(f"found a volume of {self.volume:.4g} mm³, expected more than 0; turn its faces outward")

    @property
    def volume(self) -> float:
        """What it encloses, mm³."""
        return self._manifold.volume()

    @property
    def area(self) -> float:
        """Of its surface, mm²."""
        return self._manifold.surface_area()

    def overlap(self, other: Solid) -> Overlap:
        """The space that this solid and another one share."""
        return Overlap(self.volume, other.volume, max((self._manifold ^ other._manifold).volume(), 0.0))
