"""A virtual intra-oral scanner: teeth and gum become one surface with the faults of a real scan.

The surface is the zero level of a field on a grid. What the scanner cannot see, or the technician trims, is cut
away; stitching noise, holes and decimation follow; then every vertex gets its tooth from the exact shapes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import fast_simplification
import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from typodont.geometry.mesh import Mesh
from typodont.synth.brackets import Bracket
from typodont.synth.dentition import Dentition
from typodont.synth.height_map import HeightMap
from typodont.synth.model_base import wall_down
from typodont.synth.neck import NeckLine
from typodont.synth.relax import relax
from typodont.synth.scan_faults import add_noise, cut_holes, distort, trim_raw
from typodont.synth.scan_style import ScanStyle
from typodont.synth.tooth_field import FieldGrid, ToothCloud, arch_surface, tooth_cloud
from typodont.types import Bool, Float, Int

_COARSEST_MM, _FINEST_MM = 0.4, 0.1
_COARSE_FACES = 40_000  # up to here the coarsest grid is fine enough
_FACES_PER_CELL = 2.5


@dataclass(frozen=True)
class Scene:
    """What lies before the scanner.

    Args:
        dentition: the teeth. necks: gum margin of each. gum: height of the gum.
        brackets: bonded to the teeth.
        outline: (nx, ny) of the gum's map, true inside a model base; None for a mouth.
    """

    dentition: Dentition
    necks: list[NeckLine]
    gum: HeightMap
    brackets: list[Bracket] = field(default_factory=list)
    outline: Bool | None = None

    def margin(self) -> Float:
        """(M, 3) points of all gum margins."""
        return np.vstack([neck.points() for neck in self.necks])


def scan_arch(rng: np.random.Generator, scene: Scene, style: ScanStyle) -> tuple[Mesh, Int]:
    """Scan one arch in its arch frame.

    Returns:
        The mesh with the vertex attribute ``label`` (FDI), and (N,) the index of each vertex's tooth, -1 on gum.
    """
    cloud = tooth_cloud(scene.dentition.teeth, scene.necks)
    grid = _choose_grid(scene, cloud, style)
    mesh = arch_surface(cloud, scene.gum, grid, blur=style.blur, brackets=scene.brackets)
    mesh = _trim(rng, mesh, scene, style)
    mesh = replace(mesh, vertices=relax(mesh.vertices, mesh.faces, share=0.4, rounds=style.smoothing))
    mesh = _decimate(mesh, style.n_faces)
    if scene.outline is not None:
        within = scene.gum.sample(gaussian_filter(scene.outline.astype(float), 4.0), mesh.vertices)
        depth = scene.margin()[:, 2].min() - 16 - rng.uniform(0, 14) - (8 if style.tongue_reach > 13 else 0)
        mesh = wall_down(mesh, near_outline=within < 0.9, depth=depth)
    owner = _owners(mesh.vertices, scene, cloud)
    fdi = np.array([0, *map(scene.dentition.fdi, scene.dentition.teeth)])
    vertices = distort(rng, add_noise(rng, mesh, style))
    return Mesh(vertices, mesh.faces, {"label": fdi[owner + 1]}), owner


def _choose_grid(scene: Scene, cloud: ToothCloud, style: ScanStyle) -> FieldGrid:
    """A grid around everything that the scan shows, fine enough for the number of faces that it should have."""
    gum, step = scene.gum, _COARSEST_MM
    if style.n_faces > _COARSE_FACES:
        wanted = np.sqrt(_FACES_PER_CELL * _shown_area(scene, style) / (1.2 * style.n_faces))
        step = float(np.clip(wanted, _FINEST_MM, _COARSEST_MM))
    lowest = scene.margin()[:, 2].min() - (24.0 if style.tongue_reach > 13 else 16.0)
    bottom = max(lowest, gum.values.min() - 1.0)
    low = np.r_[gum.origin + 1.0, bottom]
    high = np.r_[gum.origin + gum.step * (np.array(gum.values.shape) - 4), cloud.points[:, 2].max() + 0.8]
    if scene.brackets:
        high[2] += 0.5
    x, y, z = np.ceil((high - low) / step).astype(int).tolist()
    return FieldGrid(low, (x, y, z), step)


def _shown_area(scene: Scene, style: ScanStyle) -> float:
    """About how many mm² of surface the scan will show."""
    gum = scene.gum
    along_x, along_y = np.gradient(gum.values, gum.step)
    slope = np.minimum(np.hypot(along_x, along_y), 4)
    shown = scene.outline
    if shown is None:
        cells = np.column_stack([gum.plane.reshape(-1, 2), gum.values.ravel()])
        distance = np.asarray(KDTree(scene.margin()).query(cells)[0]).reshape(gum.values.shape)
        shown = distance < np.where(gum.outside > 0, style.cheek_reach, style.tongue_reach)
    on_gum = gum.step**2 * np.sqrt(1 + slope[shown] ** 2).sum()
    return float(on_gum + 120.0 * len(scene.dentition.teeth))  # a crown's walls, beyond its footprint


def _trim(rng: np.random.Generator, mesh: Mesh, scene: Scene, style: ScanStyle) -> Mesh:
    """Cut the mesh to the base's outline, or to what a raw scan shows."""
    if scene.outline is not None:
        keep = scene.gum.sample(scene.outline.astype(float), mesh.vertices) > 0.5
    else:
        margin = scene.margin()
        keep = trim_raw(rng, mesh.vertices, scene.gum, margin, style)
        keep &= cut_holes(rng, mesh.vertices, margin, style.holes)
    return _large_pieces(Mesh(mesh.vertices, mesh.faces[keep[mesh.faces].all(axis=1)]))


def _large_pieces(mesh: Mesh) -> Mesh:
    """The connected pieces that have at least 5 % of the faces, with only the vertices that they use."""
    a, b, c = mesh.faces.T
    graph = coo_matrix((np.ones(2 * len(a), bool), (np.r_[a, b], np.r_[b, c])), shape=[len(mesh.vertices)] * 2)
    _, piece = connected_components(graph, directed=False)
    size = np.bincount(piece[a])
    kept = mesh.submesh(size[piece[a]] >= 0.05 * len(mesh.faces))
    return Mesh(kept.vertices, kept.faces)


def _decimate(mesh: Mesh, n_faces: int) -> Mesh:
    """Quadric decimation to about `n_faces`; unchanged when there are fewer already.

    In 32 bits and without looking up old vertices, unlike `geometry.decimation`: nothing is labelled yet.
    """
    if len(mesh.faces) <= n_faces:
        return mesh
    vertices, faces = fast_simplification.simplify(
        mesh.vertices.astype(np.float32),  # type: ignore[arg-type]
        mesh.faces.astype(np.int32),
        target_count=n_faces,
    )[:2]
    return Mesh(vertices, faces)


def _owners(vertices: Float, scene: Scene, cloud: ToothCloud) -> Int:
    """(N,) tooth index, -1 on gum, of each vertex from the exact shapes: near a crown and above the gum."""
    distance, nearest = map(np.asarray, cloud.tree.query(vertices, distance_upper_bound=1.2))
    close = np.flatnonzero(np.isfinite(distance))
    signed = np.abs(cloud.signed_distance(vertices[close]))
    above = scene.gum.height_above(vertices[close])
    on_tooth = close[(signed < 0.45) & (above > np.minimum(signed, 0.12))]
    owner = np.full(len(vertices), -1)
    owner[on_tooth] = cloud.owner[nearest[on_tooth]]
    for bracket in scene.brackets:
        close = np.flatnonzero(np.linalg.norm(vertices - bracket.centre, axis=1) < bracket.REACH_MM)
        owner[close[bracket.distance(vertices[close]) < 0.5]] = bracket.owner
    return owner
