"""The one surface that all infant upper jaws are: two lateral segments, a premaxilla, and between them a Y of strips.

The strips are the clefts' floors and, in the middle, the vomer; where nothing is cleft they are seams a fraction of a
millimetre wide, so that every jaw has the same vertices and faces. Patches are grids of vertex indices:

- `right`, `left` (A, B): along a lateral segment from the tuberosity to the alveolar cleft, across it from the
  vestibule over the crest to the palatal shelf's edge;
- `front` (P, B): along the premaxilla from its right to its left edge, across it from the vestibule to the papilla;
- `right_arm`, `left_arm` (W, B): across the alveolar clefts, from right to left;
- `stem` (A, 2 W + P - 2): from the back to the papilla, from the right shelf's edge over the vomer to the left one's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from typodont.anatomy.landmarks import PALATE_LANDMARKS
from typodont.types import Float, Int

ALONG, ACROSS, CREST, FRONT, CLEFT = 36, 26, 9, 21, 9
"""A, B, the row of the crest among B, P and W."""
REGIONS = ("vestibule", "right ridge", "left ridge", "premaxilla", "right shelf", "left shelf", "vomer", "cleft floor")
GROOVE = CREST + 5
"""Where across a segment the ridge ends and the palate begins."""
SULCI = (0.42, 0.74)
"""Where along a lateral segment the furrows between tooth buds lie; the second is the lateral sulcus."""

_ON_SEGMENT = {
    "tuberosity": (0.04, CREST),
    **{f"ridge {i + 1}": (at, CREST) for i, at in enumerate((0.16, 0.3, 0.5, 0.62, 0.86))},
    "ridge at cleft": (1.0, CREST),
    "facial wall at cleft": (1.0, CREST - 5),
    "palatal wall at cleft": (1.0, GROOVE + 1),
    "vestibule 1": (0.15, 1),
    "vestibule 2": (0.5, 1),
    "vestibule 3": (0.86, 1),
    "lateral sulcus": (SULCI[1], CREST),
    "shelf edge back": (0.08, ACROSS - 1),
    "shelf edge middle": (0.4, ACROSS - 1),
    "shelf edge front": (0.75, ACROSS - 1),
    "vault back": (0.3, GROOVE + 4),
    "vault front": (0.65, GROOVE + 4),
}
_ON_PREMAXILLA = {
    "premaxilla ridge at cleft": (0.0, CREST),
    "premaxilla facial wall at cleft": (0.0, CREST - 5),
    "premaxilla palatal wall at cleft": (0.0, GROOVE + 1),
    "premaxilla ridge": (0.25, CREST),
    "premaxilla vestibule": (0.25, 1),
}
_ON_MIDLINE = {"interincisal ridge": CREST, "labial frenum": 2, "incisive papilla": ACROSS - 1}
_ON_VOMER = {"vomer front": 0.8, "vomer middle": 0.4, "vomer back": 0.08}


@dataclass(frozen=True)
class MaxillaTemplate:
    """Patches of vertex indices, see above; `faces` (F, 3) toward the tongue; `label` (N,) index into `REGIONS`;
    `landmarks` (L,) vertices in the order of `PALATE_LANDMARKS`."""

    right: Int
    left: Int
    front: Int
    right_arm: Int
    left_arm: Int
    stem: Int
    faces: Int
    label: Int
    landmarks: Int

    @property
    def n_vertices(self) -> int:
        """N."""
        return len(self.label)


@cache
def load_template() -> MaxillaTemplate:
    """The template."""
    n = 0

    def grid(rows: int, columns: int) -> Int:
        nonlocal n
        n += rows * columns
        return np.arange(n - rows * columns, n).reshape(rows, columns)

    right, left, front = grid(ALONG, ACROSS), grid(ALONG, ACROSS), grid(FRONT, ACROSS)
    right_arm = np.vstack([right[-1], grid(CLEFT - 2, ACROSS), front[0]])
    left_arm = np.vstack([front[-1], grid(CLEFT - 2, ACROSS), left[-1]])
    head = np.concatenate([right_arm[:-1, -1], front[:, -1], left_arm[1:, -1]])
    inner = np.vstack([grid(ALONG - 1, len(head) - 2), head[1:-1]])
    stem = np.column_stack([right[:, -1], inner, left[:, -1]])
    patches = {"right": right, "left": left, "front": front, "right_arm": right_arm, "left_arm": left_arm, "stem": stem}
    turned = ("right", "front", "right_arm", "left_arm", "stem")
    faces = np.vstack([_triangles(patch[:, ::-1] if name in turned else patch) for name, patch in patches.items()])
    return MaxillaTemplate(**patches, faces=faces, label=_label(patches, n), landmarks=_landmarks(patches))


def along(fraction: Float | float, count: int = ALONG) -> Int:
    """The row at a fraction 0..1 of a patch's length."""
    return np.rint(np.asarray(fraction) * (count - 1)).astype(int)


def _triangles(patch: Int) -> Int:
    a, b, c, d = patch[:-1, :-1], patch[1:, :-1], patch[1:, 1:], patch[:-1, 1:]
    return np.concatenate([np.stack(corner, axis=-1).reshape(-1, 3) for corner in ((a, b, c), (a, c, d))])


def _label(patches: dict[str, Int], n: int) -> Int:
    label = np.full(n, REGIONS.index("cleft floor"))
    label[patches["stem"][:, CLEFT - 1 : CLEFT - 1 + FRONT]] = REGIONS.index("vomer")
    for side in ("right", "left"):
        label[patches[side][:, :CREST]] = REGIONS.index(f"{side} ridge")
        label[patches[side][:, CREST:GROOVE]] = REGIONS.index(f"{side} ridge")
        label[patches[side][:, GROOVE:]] = REGIONS.index(f"{side} shelf")
        label[patches[side][:, :3]] = REGIONS.index("vestibule")
    label[patches["front"]] = REGIONS.index("premaxilla")
    label[patches["front"][:, :3]] = REGIONS.index("vestibule")
    return label


def _landmarks(patches: dict[str, Int]) -> Int:
    front, stem = patches["front"], patches["stem"]
    found = {}
    for side, sign in (("right", 1), ("left", -1)):
        for name, (at, across) in _ON_SEGMENT.items():
            found[f"{side} {name}"] = patches[side][along(at), across]
        for name, (at, across) in _ON_PREMAXILLA.items():
            found[f"{side} {name}"] = front[::sign][along(at, FRONT), across]
    found |= {name: front[FRONT // 2, across] for name, across in _ON_MIDLINE.items()}
    found |= {name: stem[along(at), stem.shape[1] // 2] for name, at in _ON_VOMER.items()}
    return np.array([found[name] for name in PALATE_LANDMARKS])
