"""Which pictures belong to one patient: told by their labels, by their names, and by their looks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from typodont.datasets.near_duplicates import NearDuplicate
from typodont.errors import ConfigError

_COPY = re.compile(r"(.+)\.rf\.[0-9a-zA-Z]+")
_SUFFIX = re.compile(r"[_.](jpe?g|png|tiff?|bmp|webp)$", re.IGNORECASE)


@dataclass(frozen=True)
class Link:
    """Why two pictures must not lie on different sides of a split.

    Args:
        first: Place of the one in the list, smaller than `second`.
        second: Place of the other.
        why: In words.
    """

    first: int
    second: int
    why: str


def original_name(name: str) -> str:
    """The name of the picture that an export was made of: of ``IMG_3144_JPEG.rf.HASH`` it is ``IMG_3144``.

    Roboflow writes several changed copies of one picture, which differ in the hash alone.
    """
    match = _COPY.fullmatch(name)
    return _SUFFIX.sub("", match[1]) if match else name


def links_by_key(keys: Sequence[str | None], why: str) -> list[Link]:
    """Links between all pictures of one key; None has no partner."""
    first: dict[str, int] = {}
    links = []
    for place, key in enumerate(keys):
        if key is not None and first.setdefault(key, place) != place:
            links.append(Link(first[key], place, f"{why} {key}"))
    return links


def keys_of_names(names: Sequence[str], pattern: str) -> list[str | None]:
    r"""What a regular expression finds in names: its first group, or all of it; None where it finds nothing.

    Raises:
        ConfigError: no regular expression, or one that finds nothing in any name.
    """
    try:
        found = [re.search(pattern, name) for name in names]
    except re.error as error:
        raise ConfigError(rf"{pattern!r} is no regular expression ({error}); expected one such as '^(\d+)_'") from None
    if not any(found):
        raise ConfigError(f"{pattern!r} is in none of the names, such as {names[0]!r}; expected what names a patient")
    return [match[1 if match.re.groups else 0] if match else None for match in found]


def links_by_looks(pairs: Iterable[NearDuplicate]) -> list[Link]:
    """Links between pictures that are alike."""
    return [Link(pair.first, pair.second, _likeness(pair)) for pair in pairs]


def groups_of(n: int, links: Iterable[Link]) -> list[int]:
    """(n,) the group of every picture; whatever a chain of links connects is one group.

    Args:
        n: How many pictures there are.
        links: Between them.
    """
    ends = np.array([(link.first, link.second) for link in links], dtype=np.intp).reshape(-1, 2)
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(n, n))
    return connected_components(graph, directed=False)[1].tolist()


def _likeness(pair: NearDuplicate) -> str:
    kind = "the same picture" if pair.same_picture else "the same teeth"
    ways = ", mirrored" * pair.mirrored + ", upside down" * pair.upside_down
    return f"{kind}{ways} (correlation {pair.correlation:.2f})"
