"""What the category names of other people's labels mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from typodont.anatomy import fdi_named
from typodont.anatomy.findings import TOOTH, finding_named
from typodont.errors import ConfigError


@dataclass(frozen=True)
class CategoryNames:
    """Translates category names.

    A name that is renamed means what the map says, "" nothing at all. A tooth number ("16", "tooth_16") means a tooth
    with that number; a finding written another way ("Impacted Tooth") means the finding; any other name stays.

    Args:
        rename: Name in the source -> name of ours.
    """

    rename: Mapping[str, str] = field(default_factory=dict)

    def meaning(self, name: str) -> tuple[str, int | None] | None:
        """Category and tooth number of a source's name; None: leave it out."""
        named = self.rename.get(name, name)
        if not named.strip():
            return None
        fdi = fdi_named(named)
        return (TOOTH, fdi) if fdi is not None else (finding_named(named) or named, None)

    def meanings(self, names: Iterable[str]) -> frozenset[str]:
        """Categories that some names mean, those left out not counted."""
        return frozenset(found[0] for found in map(self.meaning, names) if found is not None)

    def check(self, known: Iterable[str], where: object) -> None:
        """Refuse to rename what is not there.

        Args:
            known: All category names of a source.
            where: The source, for the message.

        Raises:
            ConfigError: a name in the map that the source does not have.
        """
        known = sorted(set(known))
        unknown = sorted(set(self.rename) - set(known))
        if unknown:
            raise ConfigError(
                f"{where}: found no category {', '.join(map(repr, unknown))} to rename; its categories are "
                f"{', '.join(map(repr, known))}"
            )
