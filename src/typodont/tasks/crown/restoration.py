"""What a designed inlay, onlay or crown is: its closed surface, and what the fit report asks about it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from typodont.errors import ConfigError, MeshError
from typodont.geometry.mesh import Mesh
from typodont.types import Bool, Float

OUTER, INTAGLIO = 0, 1
"""Values of the face attribute ``zone``: seen in the mouth, or turned to the preparation."""

LEAST_GAP_MM = 0.005


@dataclass(frozen=True)
class CementGap:
    """Room for the cement between preparation and restoration, by the distance to the margin line.

    The gap is zero on the margin line itself, so that the restoration ends there, and opens to its full width over
    `seal_mm`.

    Args:
        margin_mm: width from `seal_mm` to `band_mm`.
        band_mm: straight distance from the margin line up to which the width is `margin_mm`.
        rest_mm: width farther in, reached smoothly over `blend_mm`.
        seal_mm: distance over which the gap opens. blend_mm: distance over which it changes.

    Raises:
        ConfigError: a width below 5 µm (the two surfaces would be one), or a distance that is not positive.
    """

    margin_mm: float = 0.03
    band_mm: float = 1.0
    rest_mm: float = 0.06
    seal_mm: float = 0.15
    blend_mm: float = 0.5

    def __post_init__(self) -> None:
        if min(self.margin_mm, self.rest_mm) < LEAST_GAP_MM:
            raise ConfigError(
                f"found a cement gap of {min(self.margin_mm, self.rest_mm):g} mm, expected at least {LEAST_GAP_MM:g}"
            )
        if min(self.seal_mm, self.blend_mm) <= 0:
            raise ConfigError("found a cement gap that changes within no distance, expected one greater than 0 mm")

    def at(self, distance: Float) -> Float:
        """(n,) width in mm at each distance (n,) from the margin line, mm; falls below zero outside the margin."""
        opening = self.margin_mm / self.seal_mm
        share = np.clip((distance - self.band_mm) / self.blend_mm, 0, 1)
        inner = self.margin_mm + (self.rest_mm - self.margin_mm) * share**2 * (3 - 2 * share)
        return np.minimum(opening * distance, inner)


@dataclass(frozen=True)
class BuildOptions:
    """What may be asked of a restoration's shape.

    Args:
        gap: room for the cement.
        min_thickness_mm: the outer surface is pushed out where the restoration would be thinner; near the margin less
            is asked (`wedge` mm per mm of distance), because there the outer surface meets the preparation.
        wedge: see `min_thickness_mm`; 0.65 gives the 0.3 mm that zirconia needs half a millimetre from the line.
        contact_mm: deepest that the restoration may reach into the antagonist.
        neighbour_contact_mm: deepest that it may reach into the neighbouring teeth.
        voxel_mm: resolution of the intaglio; 0.05 keeps flat and bent surfaces to 2 µm and sharp edges to 20.
    """

    gap: CementGap = CementGap()
    min_thickness_mm: float = 0.3
    wedge: float = 0.65
    contact_mm: float = 0.0
    neighbour_contact_mm: float = 0.0
    voxel_mm: float = 0.05


@dataclass(frozen=True)
class Undercut:
    """What the restoration cannot follow because it must slide on along its axis; blocked out, with more cement.

    Args:
        area_mm2: of the preparation that is hidden from where the restoration comes from.
        depth_mm: thickest layer that is blocked out beyond the cement gap. volume_mm3: of all that is.
        margin_share: of the margin line's length that is blocked out, so that the restoration ends beside it.
    """

    area_mm2: float
    depth_mm: float
    volume_mm3: float
    margin_share: float


@dataclass(frozen=True)
class Restoration:
    """A closed restoration in the scan's coordinates.

    Args:
        mesh: watertight, outward faces, mm; face attribute ``zone``: `OUTER` or `INTAGLIO`.
        preparation: the scan inside the margin, its border exactly on the margin; open.
        margin: (K, 3) the margin line as it runs on the scan, counter-clockwise seen from occlusal; the edge of `mesh`
            lies on it but for what `notes` say.
        axis: (3,) unit, from the preparation to occlusal.
        undercut: of the preparation; filled, that is blocked out, in `mesh`.
        options: what was asked.
        notes: what the dentist should know, in whole sentences.
    """

    mesh: Mesh
    preparation: Mesh
    margin: Float
    axis: Float
    undercut: Undercut
    options: BuildOptions
    notes: tuple[str, ...] = field(default=())

    @property
    def intaglio(self) -> Bool:
        """(F,) bool: faces turned to the preparation."""
        return self.mesh.face_attributes["zone"] == INTAGLIO


class UnsoundRestorationError(MeshError):
    """The designed surface is not watertight or goes through itself; `mesh` is what there is of it."""

    def __init__(self, message: str, mesh: Mesh) -> None:
        super().__init__(message)
        self.mesh = mesh
