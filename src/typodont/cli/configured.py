"""Commands that take a config: a YAML file first, then single values as options."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import tyro

from typodont.training.config import load_config, read_yaml

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


def value_of(field: str, arguments: Sequence[str]) -> tuple[str | None, list[str]]:
    """The value that ``[CONFIG.yaml] [--field value ...]`` gives a field, and the words without it.

    For fields that say which config is meant. The option wins over the file; None where neither names it. A file that
    comes behind the field is put first, where `parse_config` looks for it.
    """
    words = list(arguments)
    value = None
    for place, word in enumerate(words):
        if word == f"--{field}" and place + 1 < len(words):
            value, words = words[place + 1], words[:place] + words[place + 2 :]
            break
        if word.startswith(f"--{field}="):
            value, words = word.partition("=")[2], words[:place] + words[place + 1 :]
            break
    if value is None and words and not words[0].startswith("-"):
        value = read_yaml(Path(words[0])).get(field)
    return value, words
