"""Where every network and every job is listed by name.

The entries are lazy ``"module:object"`` strings: looking at a table imports nothing, `load` imports one entry.
Other packages add theirs through the entry-point group ``typodont.plugins``, each entry named ``TABLE.NAME``
(for example ``nets.my_net = "my_package.net:MyNet"``). Nothing is registered by being imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from typodont.errors import ConfigError

PLUGIN_GROUP = "typodont.plugins"

NETS: dict[str, str] = {
    "point_unet": "typodont.nets.point_unet:PointUNet",
    "dgcnn": "typodont.nets.dgcnn:DGCNN",
    "pose_net": "typodont.nets.pose_net:PoseNet",
    "margin_net": "typodont.nets.margin_net:MarginNet",
    "line_net": "typodont.nets.line_net:LineNet",
    "tooth_unet": "typodont.nets.tooth_unet:ToothUNet",
    "published_unet": "typodont.nets.published_unet:PublishedUNet",
    "view_net": "typodont.nets.view_net:ViewNet",
    "picture_backbone": "typodont.nets.picture_backbone:PictureBackbone",
    "mask_rcnn": "typodont.nets.mask_rcnn:MaskRCNN",
    "published_mask_rcnn": "typodont.nets.published_mask_rcnn:PublishedMaskRCNN",
    "landmark_net": "typodont.nets.landmark_net:LandmarkNet",
    "published_landmark_net": "typodont.nets.published_landmark_net:PublishedLandmarkNet",
    "ct_cnn": "typodont.nets.ct_cnn:CtCNN",
    "crown_unet": "typodont.nets.crown_unet:CrownUNet",
    "kind_cnn": "typodont.nets.kind_cnn:KindCNN",
}
"""Network classes, by the name that a training config gives."""

JOBS: dict[str, str] = {
    "scan": "typodont.tasks.scan",
    "panoramic": "typodont.tasks.panoramic",
    "findings": "typodont.tasks.findings",
    "crown": "typodont.tasks.crown",
    "photo": "typodont.tasks.photo",
}
"""The packages of the jobs, by the name that the command line gives."""

TABLES: dict[str, dict[str, str]] = {"nets": NETS, "jobs": JOBS}


def known(table: str) -> dict[str, str]:
    """The entries of a table, ours first, then those of installed plugins; a plugin cannot replace one of ours.

    Raises:
        ConfigError: there is no such table.
    """
    if table not in TABLES:
        raise ConfigError(f"no registry called {table!r}; known: {', '.join(TABLES)}")
    prefix = f"{table}."
    plugins = {
        entry.name.removeprefix(prefix): entry.value
        for entry in entry_points(group=PLUGIN_GROUP)
        if entry.name.startswith(prefix)
    }
    return {**plugins, **TABLES[table]}


def load(table: str, name: str) -> Any:
    """Import and return one entry of a table.

    Args:
        table: ``"nets"`` or ``"jobs"``.
        name: The entry's name.

    Raises:
        ConfigError: the name is unknown; the message lists the known ones.
    """
    entries = known(table)
    if name not in entries:
        raise ConfigError(unknown_name(f"entry in the registry {table!r}", name, entries))
    module, _, attribute = entries[name].partition(":")
    loaded: Any = import_module(module)
    for part in attribute.split(".") if attribute else ():
        loaded = getattr(loaded, part)
    return loaded


def unknown_name(what: str, name: str, known_names: Mapping[str, object]) -> str:
    """The message for a name that is not there, with the nearest valid one and all that are known."""
    near = get_close_matches(name, known_names, n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return f"no {what} called {name!r}{hint}; known: {', '.join(sorted(known_names)) or 'none'}"
