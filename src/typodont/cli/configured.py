"""Commands that take a config: a YAML file first, then single values as options."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import tyro

from typodont.training.config import load_config

Config = TypeVar("Config")


def parse_config(cls: type[Config], arguments: Sequence[str], program: str, description: str) -> Config:
    """The config that ``program [CONFIG.yaml] [--field value ...]`` means.

    Args:
        cls: The config's dataclass; all its fields have defaults.
        arguments: The words after the command.
        program: The command as typed, for the help.
        description: What the command does, for the help.

    Raises:
        ConfigError: the file has unknown keys or values of the wrong kind.
    """
    words = list(arguments)
    path = Path(words.pop(0)) if words and not words[0].startswith("-") else None
    return tyro.cli(
        cls,
        args=words,
        prog=f"{program} [CONFIG.yaml]",
        description=description,
        default=load_config(cls, path),
        config=(tyro.conf.FlagConversionOff,),
    )
