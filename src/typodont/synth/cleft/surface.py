"""The template's vertices for an anatomy: a height field whose segments are moved as they move in a cleft jaw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.optimize import brentq

from typodont.geometry.mesh import Mesh
from typodont.geometry.registration import apply, rotation_about
from typodont.synth.cleft.anatomy import CLOSED_MM, MaxillaAnatomy
from typodont.synth.cleft.template import (
    ACROSS,
    ALONG,
    CLEFT,
    CREST,
    FRONT,
    GROOVE,
    SULCI,
    MaxillaTemplate,
    load_template,
)
from typodont.types import Float, Int

_A = np.linspace(0, 1, ALONG)
_PAPILLA_BEHIND_MM, _BACK_MM, _FLOOR_MM = 6.5, -2.5, 7.0
_FRONT_VAULT = 0.35
"""How deep the palate is at the papilla, against its depth farther back."""
_VESTIBULE_MM = 2.2
_FURROW_MM = 0.9
_PALATAL_SHARE = (np.arange(ACROSS) - CREST) / (ACROSS - 1 - CREST)
"""(B,) how far from the crest to the shelf's edge; negative on the vestibule's side."""


@dataclass(frozen=True)
class _Crest:
    """The intact crest over its length from the patient's right tuberosity, mm: places (n, 2) at lengths (n,)."""

    places: Float
    lengths: Float

    @property
    def length(self) -> float:
        return float(self.lengths[-1])

    def at(self, length: Float | float) -> Float:
        """(..., 3) places, z = 0."""
        flat = [np.interp(length, self.lengths, column) for column in self.places.T]
        return np.stack([*flat, np.zeros_like(flat[0])], axis=-1)


def maxilla_surface(anatomy: MaxillaAnatomy) -> Mesh:
    """The jaw in its arch frame: x to the patient's left, y to the front, z toward the tongue, mm; the middle of the
    tuberosities' crests lies at (0, -depth / 2, 0). Vertex attribute ``label``: index into `template.REGIONS`.
    """
    template = load_template()
    vertices = np.zeros((template.n_vertices, 3))
    crest, segments = _crest(anatomy), _Motions(anatomy)
    vertices[template.front] = segments.front(_premaxilla(anatomy, crest))
    edges = vertices[template.front[0]], vertices[template.front[-1]]
    vomer = _vomer(anatomy, vertices[template.front[:, -1]])
    for side, rows in enumerate((template.right, template.left)):
        ridge = _lateral_crest(anatomy, crest, segments, side, edges[side][CREST])
        vertices[rows] = _lateral(anatomy, ridge, vomer[:, 0 if side == 0 else -1], side)
        if not anatomy.open_sides[side]:
            _join(vertices, rows, edges[side])
    _fill_clefts(anatomy, template, vertices, vomer)
    vertices[:, 1] -= anatomy.depth / 2
    return Mesh(vertices, template.faces, {"label": template.label})


def _crest(anatomy: MaxillaAnatomy) -> _Crest:
    angle = np.linspace(-0.5, 0.5, 721) * np.pi
    x = 0.5 * anatomy.width * np.sign(angle) * np.abs(np.sin(angle)) ** anatomy.roundness
    y = anatomy.depth * np.cos(angle) ** anatomy.roundness
    places = np.column_stack([x, y])
    return _Crest(places, np.r_[0, np.cumsum(np.linalg.norm(np.diff(places, axis=0), axis=1))])


class _Motions:
    """How the segments move: the lateral ones about their tuberosities, the premaxilla with the one it hangs on."""

    def __init__(self, anatomy: MaxillaAnatomy) -> None:
        self.pivots = np.array([[-0.5, 0, 0], [0.5, 0, 0]]) * anatomy.width
        self.turns = [
            self._about(self.pivots[side], sign * anatomy.turn[side], anatomy.drop[side] / anatomy.depth)
            for side, sign in ((0, 1), (1, -1))
        ]
        right, left = anatomy.open_sides
        carrier = np.eye(4)
        if right != left:
            carrier = self.turns[1 if right else 0]
        elif not right:
            carrier = 0.5 * (self.turns[0] + self.turns[1])
        middle = np.array([0, anatomy.depth - 0.5 * _PAPILLA_BEHIND_MM, 0])
        own = rotation_about(np.array([0, 0, 1.0]), anatomy.premaxilla_turn)
        own = own @ rotation_about(np.array([1.0, 0, 0]), anatomy.premaxilla_tilt)
        own[:3, 3] = middle - own[:3, :3] @ middle + [anatomy.sideways, anatomy.forward, anatomy.lowered]
        self.premaxilla = carrier @ own

    @staticmethod
    def _about(pivot: Float, degrees: float, slope: float) -> Float:
        motion = rotation_about(np.array([0, 0, 1.0]), degrees) @ rotation_about(
            np.array([1.0, 0, 0]), np.degrees(np.arctan(slope))
        )
        motion[:3, 3] = pivot - motion[:3, :3] @ pivot
        return motion

    def front(self, points: Float) -> Float:
        """Points of the premaxilla, moved."""
        return apply(self.premaxilla, points.reshape(-1, 3)).reshape(points.shape)


def _premaxilla(anatomy: MaxillaAnatomy, crest: _Crest) -> Float:
    """(P, B, 3) before it moves."""
    half = 0.5 * anatomy.premaxilla_length
    share = np.linspace(-1, 1, FRONT)
    length = 0.5 * crest.length + share * half
    ridge = crest.at(length)
    back = np.column_stack([0.5 * anatomy.vomer_width * share, np.full(FRONT, anatomy.depth - _PAPILLA_BEHIND_MM)])
    patch = _across(anatomy, ridge, back, share=np.ones(FRONT), vault=np.full(FRONT, _FRONT_VAULT * anatomy.vault))
    at = np.array([-0.52, 0, 0.52]) * half
    furrows = _furrow(share[:, None] * half, at) @ [1.0, 0.8, 1.0]
    patch[..., 2] -= anatomy.sulcus * furrows[:, None] * _on_ridge()
    ends = np.minimum(share + 1, 1 - share) * half
    sides = np.where(share < 0, *(float(is_open) for is_open in anatomy.open_sides))
    patch[..., 2] -= (sides * 1.6 * np.exp(-((ends / 1.6) ** 2)))[:, None] * _on_ridge()
    papilla = 0.5 * np.exp(-((share / 0.5) ** 2))[:, None] * np.exp(-(((_PALATAL_SHARE - 0.75) / 0.2) ** 2))
    patch[..., 2] += papilla
    return patch


def _lateral_crest(anatomy: MaxillaAnatomy, crest: _Crest, motions: _Motions, side: int, edge: Float) -> Float:
    """(A, 3) the crest of a lateral segment, moved; it ends where the alveolar gap to `edge` is as wide as wanted."""
    wanted = anatomy.alveolar_gap[side]

    def places(length: Float | float) -> Float:
        reached = length if side == 0 else crest.length - np.asarray(length)
        return apply(motions.turns[side], np.atleast_2d(crest.at(reached)))

    def beyond(length: float) -> float:
        return float(np.linalg.norm((places(length)[0] - edge)[:2])) - wanted

    intact = 0.5 * (crest.length - anatomy.premaxilla_length) - CLOSED_MM
    shortest = 0.6 * intact
    end = brentq(beyond, shortest, intact) if beyond(shortest) * beyond(intact) < 0 else intact
    return places(_A * np.asarray(end))


def _lateral(anatomy: MaxillaAnatomy, ridge: Float, vomer: Float, side: int) -> Float:
    """(A, B, 3) a lateral segment from its moved crest to the edge of its shelf beside the vomer (A, 3)."""
    inward = 1.0 if side == 0 else -1.0
    gap = _shelf_gap(anatomy)[side]
    edge = np.column_stack([vomer[:, 0] - inward * gap, vomer[:, 1]])
    edge[:, 0] = np.where(
        inward * (edge[:, 0] - ridge[:, 0]) < 3.0, ridge[:, 0] + inward * 3.0, edge[:, 0]
    )  # a shelf is left
    whole = np.linalg.norm(vomer[:, :2] - ridge[:, :2], axis=1)
    share = np.linalg.norm(edge - ridge[:, :2], axis=1) / whole
    behind = np.clip((1 - _A) / 0.6, 0, 1)
    vault = anatomy.vault * (_FRONT_VAULT + (1 - _FRONT_VAULT) * behind**2 * (3 - 2 * behind))
    patch = _across(anatomy, ridge, edge, share=share, vault=vault, outward=inward * _left_of(ridge))
    length = np.r_[0, np.cumsum(np.linalg.norm(np.diff(ridge, axis=0), axis=1))]
    furrows = 0.8 * _furrow(length, SULCI[0] * length[-1]) + 1.5 * _furrow(length, SULCI[1] * length[-1])
    patch[..., 2] -= anatomy.sulcus * furrows[:, None] * _on_ridge()
    is_open = float(anatomy.open_sides[side])
    fall = 1.6 * is_open * np.exp(-(((length[-1] - length) / 1.6) ** 2)) + 2.2 * np.exp(-((length / 2.0) ** 2))
    patch[..., 2] -= fall[:, None] * _on_ridge()
    opened = np.clip(gap / 3, 0, 1)[:, None]
    inner = np.clip(_PALATAL_SHARE, 0, 1)
    patch[..., 2] -= opened * (anatomy.shelf_tilt * inner**2 + 0.7 * inner**12)
    folds = np.sin(2 * np.pi * (_A * length[-1] / 3.4)[:, None] + 2.5 * inner)
    window = np.exp(-(((_A - 0.78) / 0.16) ** 2))[:, None] * np.exp(-(((inner - 0.55) / 0.22) ** 2))
    patch[..., 2] += anatomy.rugae * window * np.maximum(folds, 0)
    return patch


def _join(vertices: Float, rows: Int, edge: Float) -> None:
    """Bend the front of a segment (A, B) to the premaxilla's edge (B, 3) where no cleft parts them: but for a seam."""
    aside = np.array([CLOSED_MM * np.sign(edge[CREST, 0]), 0.0, 0.0])
    near = np.clip((_A - 0.55) / 0.45, 0, 1) ** 2
    vertices[rows] += near[:, None, None] * (edge + aside - vertices[rows[-1]])


def _across(
    anatomy: MaxillaAnatomy, ridge: Float, edge: Float, *, share: Float, vault: Float, outward: Float | None = None
) -> Float:
    """(n, B, 3) from the vestibule over the crest to the palate.

    Args:
        ridge: (n, 3) the crest. edge: (n, 2) inner ends.
        share: (n,) how much of the way from the crest to the palate's middle the inner end lies at.
        vault: (n,) depth of the palate's middle, mm.
        outward: (n, 2) unit directions to the lip; of a crest from right to left when None.
    """
    outward = _left_of(ridge) if outward is None else outward
    out = np.clip(-_PALATAL_SHARE / -_PALATAL_SHARE[0], 0, 1)
    reach = anatomy.ridge_width + _VESTIBULE_MM
    span = np.linalg.norm(edge - ridge[:, :2], axis=1)
    groove = np.minimum(1.15 * anatomy.ridge_width, 0.45 * span) / span
    inner = np.interp(np.arange(ACROSS), [CREST, GROOVE, ACROSS - 1], [0, 1, 2])
    inward = np.where(inner < 1, inner * groove[:, None], groove[:, None] + (inner - 1) * (1 - groove[:, None]))
    flat = ridge[:, None, :2] + out[None, :, None] * reach * outward[:, None]
    flat = flat + inward[..., None] * (edge - ridge[:, :2])[:, None]
    fall = anatomy.ridge_height * (1 - np.cos(np.pi * np.clip(out * reach / (1.25 * anatomy.ridge_width), 0, 1))) / 2
    dome = _dome(inward * share[:, None])
    hollow = anatomy.groove * np.exp(-((inner - 1.0) ** 2) / 0.18) * (inner > 0)
    z = ridge[:, 2, None] - fall - vault[:, None] * dome - hollow
    return np.concatenate([flat, z[..., None]], axis=-1)


def _dome(share: Float) -> Float:
    """How deep the palate is, 0 at the crest to 1 in the middle: round over the ridge, steep behind it, then flat."""
    return np.sin(0.5 * np.pi * np.clip(share, 0, 1)) ** 1.6


def _on_ridge() -> Float:
    """(B,) 1 on the crest, fading to the vestibule and the palate."""
    return np.where(_PALATAL_SHARE < 0, np.exp(-((_PALATAL_SHARE / 0.28) ** 2)), np.exp(-((_PALATAL_SHARE / 0.3) ** 2)))


def _furrow(length: Float, at: Float | float) -> Float:
    return np.exp(-(((length - at) / _FURROW_MM) ** 2))


def _left_of(ridge: Float) -> Float:
    """(n, 2) unit normals to the left of a course seen from above (the lips', where it runs from right to left)."""
    tangent = np.gradient(ridge[:, :2], axis=0)
    normal = np.column_stack([-tangent[:, 1], tangent[:, 0]])
    return normal / np.linalg.norm(normal, axis=1, keepdims=True)


def _shelf_gap(anatomy: MaxillaAnatomy) -> tuple[Float, Float]:
    """(A,) gaps between the vomer and the right and the left shelf."""
    back, middle, front = anatomy.palatal_gap
    width = PchipInterpolator([0, 0.45, 1], [back, middle, front])(_A)
    if anatomy.kind == "palate only":
        width = width * np.clip((anatomy.cleft_reach - _A) / 0.3, 0, 1) ** 0.6
    closed = np.full(ALONG, CLOSED_MM)
    right, left = anatomy.open_sides
    if right == left:
        return np.maximum(0.5 * width, CLOSED_MM), np.maximum(0.5 * width, CLOSED_MM)
    return (width, closed) if right else (closed, width)


def _vomer(anatomy: MaxillaAnatomy, back_of_premaxilla: Float) -> Float:
    """(A, P, 3) the strip in the middle from the back to the papilla; heights come later."""
    share = np.linspace(-0.5, 0.5, FRONT)
    rear = np.column_stack([anatomy.vomer_width * share, np.full(FRONT, _BACK_MM), np.zeros(FRONT)])
    start = np.column_stack([anatomy.vomer_width * share, np.full(FRONT, anatomy.depth - _PAPILLA_BEHIND_MM)])
    shift = back_of_premaxilla[:, :2] - start
    strip = rear + _A[:, None, None] * np.column_stack([start - rear[:, :2], np.zeros(FRONT)])
    strip[..., :2] += (_A**2)[:, None, None] * shift
    return strip


def _fill_clefts(anatomy: MaxillaAnatomy, template: MaxillaTemplate, vertices: Float, vomer: Float) -> None:
    """Vomer, floors of the palate's clefts and of the alveolar ones."""
    stem = vertices[template.stem]
    gaps = _shelf_gap(anatomy)
    opened = np.clip(np.minimum(*gaps) / 2, 0, 1) if anatomy.kind != "intact" else np.zeros(ALONG)
    _vomer_heights(anatomy, stem, vomer, opened)
    _floor(stem, slice(0, CLEFT), gaps[0])
    _floor(stem, slice(CLEFT + FRONT - 2, None), gaps[1])
    rows = template.stem[:-1, 1:-1]
    vertices[rows] = stem[:-1, 1:-1]
    for arm, side in ((template.right_arm, 0), (template.left_arm, 1)):
        strip = np.swapaxes(vertices[arm], 0, 1)
        width = np.linalg.norm(strip[:, -1] - strip[:, 0], axis=1) * anatomy.open_sides[side]
        _floor(strip, slice(None), width)
        vertices[arm[1:-1]] = np.swapaxes(strip, 0, 1)[1:-1]


def _vomer_heights(anatomy: MaxillaAnatomy, stem: Float, vomer: Float, opened: Float) -> None:
    """Put the vomer between the shelves: at their height where it hangs on one or nothing is cleft, else behind."""
    columns = slice(CLEFT - 1, CLEFT - 1 + FRONT)
    share = np.linspace(0, 1, FRONT)
    right, left = stem[:, 0, 2], stem[:, -1, 2]
    gaps = _shelf_gap(anatomy)
    weight = np.where(gaps[0] < gaps[1], 0.0, np.where(gaps[0] > gaps[1], 1.0, 0.5))
    level = right + weight * (left - right)
    level = level - opened * anatomy.vomer_height
    papilla = stem[-1, columns, 2]
    near = np.clip((_A - 0.7) / 0.3, 0, 1)[:, None] ** 2
    stem[:-1, columns, :2] = vomer[:-1, :, :2]
    lone = np.clip(np.maximum(*gaps) / 3, 0, 1)[:, None]
    crown = lone * 0.5 * (4 * share * (1 - share) - 1)
    stem[:-1, columns, 2] = ((1 - near) * level[:, None] + near * papilla + crown * (1 - near))[:-1]


def _floor(strip: Float, columns: slice, width: Float) -> None:
    """Fill the columns between the first and the last of a cleft: steep walls, a floor as deep as the gap allows."""
    part = strip[:, columns]
    share = np.linspace(0, 1, part.shape[1])[:, None]
    depth = np.minimum(0.85 * np.maximum(width - CLOSED_MM, 0), _FLOOR_MM)
    filled = part[:, :1] * (1 - share) + part[:, -1:] * share
    filled[..., 2] -= depth[:, None] * (1 - (2 * share[:, 0] - 1) ** 6)
    part[:, 1:-1] = filled[:, 1:-1]
