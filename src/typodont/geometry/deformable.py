"""Surfaces that a few numbers bend: what a photograph is fitted with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from typodont.geometry.mesh import Mesh
from typodont.geometry.shape_model import ShapeModel
from typodont.types import Float, Int


class Deformable(Protocol):
    """A surface with named landmarks as a smooth function of parameters theta (K,).

    Theta is whitened: members of the population have independent values of mean 0 and variance 1, so that zeros give
    the mean anatomy. Lengths are mm in the arch frame of the upper jaw. The surface's vertex attribute ``label`` says
    what a vertex belongs to (FDI number, 0 gum; on a palate an index into its regions); its faces never change.
    """

    @property
    def names(self) -> tuple[str, ...]:
        """(L,) names of the landmarks."""
        ...

    @property
    def n_parameters(self) -> int:
        """K."""
        ...

    @property
    def left_out_mm(self) -> float:
        """Root mean square of what K parameters cannot tell of a member of the population, mm."""
        ...

    def landmarks(self, theta: Float) -> tuple[Float, Float]:
        """(L, 3) mm, and (L, 3, K) their exact derivative."""
        ...

    def surface(self, theta: Float) -> Mesh:
        """The surface, mm."""
        ...

    def vertex_jacobian(self, theta: Float, vertices: Int) -> Float:
        """(n, 3, K) exact derivative of the places of these vertices of the surface."""
        ...


@dataclass(frozen=True)
class LinearDeformable:
    """A mean surface plus weighted modes.

    Args:
        names: (L,) of the landmarks.
        shapes: the mean and modes of the N vertices.
        faces: (F, 3).
        label: (N,) int, the region of each vertex.
        at: (L,) the vertex that each landmark is.
        regions: names of the labels' values.
        left_out_mm: root mean square of what K parameters cannot tell of a member of the population, mm.
    """

    names: tuple[str, ...]
    shapes: ShapeModel
    faces: Int
    label: Int
    at: Int
    regions: tuple[str, ...] = ()
    left_out_mm: float = 0.0

    @property
    def n_parameters(self) -> int:
        """K, the number of modes."""
        return self.shapes.n_modes

    def trimmed(self, n_parameters: int) -> LinearDeformable:
        """The model with its first `n_parameters` parameters."""
        lost = self.shapes.eigenvalues[n_parameters:].sum() / len(self.shapes.mean)
        return replace(
            self, shapes=self.shapes.trim(n_parameters), left_out_mm=float(np.sqrt(self.left_out_mm**2 + lost))
        )

    def landmarks(self, theta: Float) -> tuple[Float, Float]:
        """(L, 3) mm and (L, 3, K)."""
        jacobian = self.vertex_jacobian(theta, self.at)
        return self.shapes.mean[self.at] + jacobian @ np.asarray(theta, dtype=float), jacobian

    def surface(self, theta: Float) -> Mesh:
        """The surface, mm, with the vertex attribute ``label``."""
        return Mesh(self.shapes.instance(theta), self.faces, {"label": self.label})

    def vertex_jacobian(self, theta: Float, vertices: Int) -> Float:
        """(n, 3, K)."""
        scaled = self.shapes.modes[:, vertices] * self.shapes.deviations[:, None, None]
        return np.ascontiguousarray(np.moveaxis(scaled, 0, -1))
