"""A virtual intra-oral scanner: teeth and gum become one surface with the faults of a real scan.

The surface is the zero level of a field on a grid. What the scanner cannot see, or the technician trims, is cut
away; stitching noise, holes and decimation follow; then every vertex gets its tooth from the exact shapes.
"""

from __future__ import annotations

from dataclasses import dataclass

import fast_simplification
import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from skimage.measure import marching_cubes

from typodont.geometry.mesh import Mesh
from typodont.synth.atlas_fit import field_from_points, vertex_normals
from typodont.synth.dentition import Dentition, Tooth
from typodont.synth.soft_tissue import ANGLES, HeightMap, NeckLine
from typodont.types import Bool, Float, Int

ROOT_MM = 4.5


@dataclass
class ToothCloud:
    """Oriented points of all teeth of an arch, roots' upper part included.

    Args:
        points: (P, 3) mm. normals: (P, 3) outward. owner: (P,) index of the tooth in the dentition.
    """

    points: Float
    normals: Float
    owner: Int


def tooth_cloud(teeth: list[Tooth], necks: list[NeckLine]) -> ToothCloud:
    """Crown surfaces without their underside, carried on downwards as slightly tapering necks."""
    points, normals, owner = [], [], []
    depths = np.arange(0.35, ROOT_MM, 0.45)
    ring = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=1)
    for index, (tooth, neck) in enumerate(zip(teeth, necks, strict=True)):
        wall = tooth.faces[~tooth.cap[tooth.faces].any(axis=1)]
        used = np.unique(wall)
        points.append(tooth.vertices[used])
        normals.append(vertex_normals(tooth.vertices, wall)[used])
        radius = np.maximum(neck.radius[None] * (1 - 0.035 * depths[:, None]), 0.5)
        level = (neck.height - tooth.margin_shift)[None] - depths[:, None]
        stub = np.concatenate([neck.centre + radius[..., None] * ring, level[..., None]], axis=-1)
        points.append(stub.reshape(-1, 3))
        normals.append(np.tile(np.column_stack([ring, np.zeros(len(ring))]), (len(depths), 1)))
        owner.append(np.full(len(used) + stub[..., 0].size, index))
    return ToothCloud(np.vstack(points), np.vstack(normals), np.concatenate(owner))


def field_on_grid(
    cloud: ToothCloud, gum: HeightMap, low: Float, shape: tuple[int, int, int], step: float, blur: float
) -> Float:
    """Signed distance-like field (negative inside teeth or gum) on a grid of `shape` from `low`, mm.

    `blur` (mm) is what the scanner cannot resolve: narrow spaces between teeth close and grooves flatten.
    """
    axes = [low[i] + step * np.arange(shape[i]) for i in range(3)]
    columns = np.stack(np.meshgrid(axes[0], axes[1], indexing="ij"), axis=-1).reshape(-1, 2)
    height = gum.at(columns).reshape(shape[:2])
    slope = np.hypot(*np.gradient(height, step))
    field = (axes[2][None, None] - height[..., None]) / np.sqrt(1 + np.minimum(slope, 6) ** 2)[..., None]
    near = np.zeros(shape, dtype=bool)
    cells = np.round((cloud.points - low) / step).astype(int)
    cells = cells[((cells >= 0) & (cells < shape)).all(axis=1)]
    near[tuple(cells.T)] = True
    reach = int(np.ceil(0.9 / step))
    for axis in range(3):
        grown = near.copy()
        for shift in range(1, reach + 1):
            ahead = tuple(slice(shift, None) if i == axis else slice(None) for i in range(3))
            behind = tuple(slice(None, -shift) if i == axis else slice(None) for i in range(3))
            grown[ahead] |= near[behind]
            grown[behind] |= near[ahead]
        near = grown
    index = np.argwhere(near)
    teeth = field_from_points(index * step + low, cloud.points, cloud.normals, k=6, width=0.3)
    field[near] = np.minimum(field[near], teeth)
    _fill_inside(field, near, step)
    return gaussian_filter(np.clip(field, -1, 1), blur / step, truncate=2.5)


def _fill_inside(field: Float, near: Bool, step: float) -> None:
    """Cells deep inside a crown, out of reach of its surface points, become inside: those that no sky ray can reach."""
    from scipy.ndimage import label

    free = ~near & (field > 0)
    regions, _ = label(free)
    top = np.unique(regions[:, :, -1])
    enclosed = free & ~np.isin(regions, top[top > 0])
    field[enclosed] = -step


@dataclass(frozen=True)
class ScanStyle:
    """How one scan was taken and trimmed; drawn by `draw_scan_style`."""

    base: bool
    step: float
    blur: float
    n_faces: int
    cheek_reach: float
    tongue_reach: float
    back_reach: float
    smoothing: int
    noise: float
    holes: int
    spikes: int
    flaps: int


def draw_scan_style(rng: np.random.Generator, jaw: str, *, n_faces: int | None = None, base: float = 0.45) -> ScanStyle:
    """Random scanner and technician: raw or model base, reach of the gum, resolution, noise and faults."""
    if n_faces is None:
        n_faces = int(np.exp(rng.uniform(np.log(11_000), np.log(60_000))))
    palate = jaw == "upper" and rng.random() < 0.6
    return ScanStyle(
        base=bool(rng.random() < base),
        step=0.4 if n_faces < 60_000 else float(np.clip(0.4 * np.sqrt(60_000 / n_faces), 0.14, 0.4)),
        blur=float(rng.uniform(0.2, 0.55)),
        n_faces=n_faces,
        cheek_reach=rng.uniform(2.5, 9),
        tongue_reach=rng.uniform(14, 40) if palate else rng.uniform(3, 13),
        back_reach=rng.uniform(2, 12),
        smoothing=int(rng.integers(0, 3)),
        noise=float(abs(rng.normal(0, 0.02))),
        holes=int(rng.poisson(0.8)),
        spikes=int(rng.poisson(0.6)),
        flaps=int(rng.poisson(1.4)),
    )


def surface(field: Float, low: Float, step: float) -> tuple[Float, Int]:
    """Vertices and outward faces of the zero level."""
    vertices, faces, _, _ = marching_cubes(field.astype(np.float32), 0.0, spacing=(step,) * 3)
    return np.asarray(vertices, np.float64) + low, np.asarray(faces, np.int64)


def ragged_reach(rng: np.random.Generator, points: Float, scale: float) -> Float:
    """(n,) smooth random offsets in mm at (n, 3) points: what makes a scan's edge ragged."""
    out = np.zeros(len(points))
    for wavelength, share in ((14.0, 0.5), (5.0, 0.35), (1.8, 0.25)):
        turn = rng.standard_normal((6, 3)) / wavelength * 2 * np.pi / np.sqrt(3)
        out += share * np.sin(points @ turn.T + rng.uniform(0, 2 * np.pi, 6)).sum(axis=1) / np.sqrt(3)
    return scale * out


def trim_raw(rng: np.random.Generator, vertices: Float, gum: HeightMap, margin: Float, style: ScanStyle) -> Bool:
    """(N,) true for what a raw scan keeps: a band along the teeth with ragged edges, flaps and no far gum."""
    distance, _ = cKDTree(margin).query(vertices, distance_upper_bound=60)
    outside = gum.at(vertices, "outside")
    reach = np.where(outside > 0, style.cheek_reach, style.tongue_reach)
    blend = np.clip(np.abs(outside) / 2.0, 0, 1)
    reach = blend * reach + (1 - blend) * np.minimum(style.cheek_reach, style.tongue_reach)
    behind = margin[:, 1].min() - vertices[:, 1]
    keep = distance < np.maximum(reach + ragged_reach(rng, vertices, 0.22 * style.cheek_reach + 0.4), 0.6)
    keep |= vertices[:, 2] > gum.at(vertices) + 0.35
    keep &= behind < style.back_reach + ragged_reach(rng, vertices, 1.2)
    return keep


def cut_faults(rng: np.random.Generator, vertices: Float, margin: Float, style: ScanStyle) -> Bool:
    """(N,) true where nothing is lost to holes, most of them on the gum between and below the teeth."""
    keep = np.ones(len(vertices), dtype=bool)
    for _ in range(style.holes):
        centre = margin[rng.integers(len(margin))] + rng.normal(0, 1.5, 3)
        radius = rng.uniform(0.5, 2.2) * (1 + 0.3 * ragged_reach(rng, vertices, 0.5))
        keep &= np.linalg.norm(vertices - centre, axis=1) > radius
    return keep


def keep_faces(vertices: Float, faces: Int, keep: Bool) -> tuple[Float, Int]:
    """The faces whose corners are all kept, with the vertices they use, largest connected pieces only."""
    faces = faces[keep[faces].all(axis=1)]
    graph = coo_matrix(
        (np.ones(len(faces) * 2), (faces[:, [0, 1]].ravel(), faces[:, [1, 2]].ravel())), [len(vertices)] * 2
    )
    _, piece = connected_components(graph, directed=False)
    size = np.bincount(piece[faces[:, 0]], minlength=piece.max() + 1)
    faces = faces[size[piece[faces[:, 0]]] >= 0.05 * len(faces)]
    used = np.zeros(len(vertices), dtype=bool)
    used[faces] = True
    return vertices[used], (np.cumsum(used) - 1)[faces]


def wall_down(vertices: Float, faces: Int, inside: Float, depth: float) -> tuple[Float, Int]:
    """Vertical walls of a model base below every open edge, down to `depth` (z, mm)."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    key = np.sort(edges, axis=1)
    _, first, count = np.unique(key[:, 0] * len(vertices) + key[:, 1], return_index=True, return_counts=True)
    border = edges[first[count == 1]]
    border = border[inside[border].all(axis=1)]
    rim, position = np.unique(border, return_inverse=True)
    position = position.reshape(border.shape)
    down = vertices[rim].copy()
    down[:, 2] = depth
    a, b = border.T
    c, d = len(vertices) + position.T
    walls = np.concatenate([np.stack([b, a, c], axis=1), np.stack([b, c, d], axis=1)])
    return np.vstack([vertices, down]), np.vstack([faces, walls])


def label_vertices(vertices: Float, cloud: ToothCloud, gum: HeightMap, fdi: Int) -> tuple[Int, Int]:
    """FDI number (N,) and tooth index (N,), -1 on gum, of each vertex from the exact shapes."""
    tree = cKDTree(cloud.points)
    distance, nearest = tree.query(vertices, k=1, distance_upper_bound=1.2)
    close = np.flatnonzero(np.isfinite(distance))
    signed = np.abs(field_from_points(vertices[close], cloud.points, cloud.normals, k=6, width=0.3))
    height = gum.at(vertices[close])
    step = gum.step
    cells = ((vertices[close, :2] - gum.origin) / step).T
    gradient = [map_coordinates(g, cells, order=1, mode="nearest") for g in np.gradient(gum.values, step)]
    slope = np.minimum(np.hypot(*gradient), 6)
    above = (vertices[close, 2] - height) / np.sqrt(1 + slope**2)
    on_tooth = (signed < 0.45) & (above > np.minimum(signed, 0.12))
    owner = np.full(len(vertices), -1)
    owner[close[on_tooth]] = cloud.owner[nearest[close[on_tooth]]]
    return np.where(owner >= 0, fdi[owner], 0), owner


def smooth_surface(vertices: Float, faces: Int, rounds: int) -> Float:
    """A few rounds of Laplacian smoothing, as scanners do."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    degree = np.bincount(edges[:, 0], minlength=len(vertices))[:, None]
    for _ in range(rounds):
        total = np.stack([np.bincount(edges[:, 0], vertices[edges[:, 1], i], len(vertices)) for i in range(3)], axis=1)
        vertices = np.where(degree > 0, 0.6 * vertices + 0.4 * total / np.maximum(degree, 1), vertices)
    return vertices


def decimate(vertices: Float, faces: Int, n_faces: int) -> tuple[Float, Int]:
    """Quadric decimation to about `n_faces`; unchanged when there are fewer already."""
    if len(faces) <= n_faces:
        return vertices, faces
    out, kept = fast_simplification.simplify(
        np.ascontiguousarray(vertices, np.float32), np.ascontiguousarray(faces, np.int32), target_count=n_faces
    )
    return out.astype(np.float64), kept.astype(np.int64)


def add_noise(rng: np.random.Generator, vertices: Float, faces: Int, style: ScanStyle) -> Float:
    """Stitching noise along the normals (smooth and fine) and a few spikes."""
    normals = vertex_normals(vertices, faces)
    wave = ragged_reach(rng, vertices, 0.03)
    out = vertices + normals * (wave + style.noise * rng.standard_normal(len(vertices)))[:, None]
    for _ in range(style.spikes):
        i = rng.integers(len(vertices))
        close = np.linalg.norm(vertices - vertices[i], axis=1) < rng.uniform(0.4, 1.2)
        out[close] += normals[i] * rng.uniform(0.2, 1.5)
    return out


def distort(rng: np.random.Generator, vertices: Float) -> Float:
    """Full-arch distortion: a slow bend of 17 to 115 micrometres over the arch."""
    return vertices + 1e-3 * rng.uniform(17, 115) * np.sin(vertices / 25 + rng.uniform(0, 6, 3))[:, [1, 0, 0]]


def scan_arch(
    rng: np.random.Generator,
    dentition: Dentition,
    necks: list[NeckLine],
    gum: HeightMap,
    style: ScanStyle,
    base_inside: Bool | None,
) -> tuple[Mesh, Int]:
    """Scan one arch in its arch frame; the mesh carries ``label`` (FDI), and the second value is the tooth index."""
    cloud = tooth_cloud(dentition.teeth, necks)
    margin = np.vstack([neck.points() for neck in necks])
    top = cloud.points[:, 2].max() + 0.8
    bottom = margin[:, 2].min() - (15.0 if not style.base else 16.0) - (8.0 if style.tongue_reach > 13 else 0)
    low = np.r_[gum.origin + 1.0, bottom]
    high = np.r_[gum.origin + gum.step * (np.array(gum.values.shape) - 4), top]
    shape = tuple(int(n) for n in np.ceil((high - low) / style.step))
    field = field_on_grid(cloud, gum, low, shape, style.step, style.blur)
    if style.base and base_inside is not None:
        vertices, faces = surface(field, low, style.step)
        mask = HeightMap(gum.origin, gum.step, base_inside.astype(float), gum.reached, gum.outside)
        vertices, faces = keep_faces(vertices, faces, mask.at(vertices) > 0.5)
    else:
        vertices, faces = surface(field, low, style.step)
        keep = trim_raw(rng, vertices, gum, margin, style)
        vertices, faces = keep_faces(vertices, faces, keep & cut_faults(rng, vertices, margin, style))
    vertices = smooth_surface(vertices, faces, style.smoothing)
    vertices, faces = decimate(vertices, faces, style.n_faces)
    fdi = np.array([dentition.fdi(tooth) for tooth in dentition.teeth])
    if style.base and base_inside is not None:
        mask = HeightMap(
            gum.origin, gum.step, gaussian_filter(base_inside.astype(float), 4.0), gum.reached, gum.outside
        )
        vertices, faces = wall_down(vertices, faces, mask.at(vertices) < 0.9, bottom - rng.uniform(0, 14))
    labels, owner = label_vertices(vertices, cloud, gum, fdi)
    vertices = distort(rng, add_noise(rng, vertices, faces, style))
    return Mesh(vertices, faces, {"label": labels}), owner
