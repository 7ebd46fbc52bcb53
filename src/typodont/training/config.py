"""Configs: frozen dataclasses with plain values, read from and written to YAML, unknown keys refused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import cattrs
import yaml
from cattrs.gen import make_dict_structure_fn
from cattrs.strategies import configure_union_passthrough

from typodont.atomic import atomic_path
from typodont.errors import ConfigError

Config = TypeVar("Config")


def load_config(cls: type[Config], path: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Config:
    """A config from its defaults, then a YAML file, then single values.

    Args:
        cls: The config's dataclass; dataclasses may be nested in it.
        path: YAML file with some or all of the keys; None takes the defaults.
        overrides: Values by dotted name, for example ``{"optimizer.rate": 1e-3}``.

    Raises:
        ConfigError: no such file, not YAML, a key that the config does not have (the message names the nearest that
            it has), a value of the wrong kind.
    """
    where = str(path) if path else "defaults"
    values = read_yaml(Path(path)) if path else {}
    for name, value in (overrides or {}).items():
        _set(values, name.split("."), value, where)
    return config_from_dict(cls, values, where=where)


def config_from_dict(cls: type[Config], values: Mapping[str, Any], *, where: str = "config") -> Config:
    """A config from plain values; what is absent takes its default. See `load_config` for the errors."""
    _check_keys(cls, values, where)
    try:
        return _CONVERTER.structure(values, cls)
    except (cattrs.BaseValidationError, ConfigError, ValueError, TypeError, KeyError) as error:
        raise ConfigError(f"{where}: {'; '.join(_reasons(error))}") from None


def config_to_dict(config: Any) -> dict[str, Any]:
    """A config as plain values, the opposite of `config_from_dict`."""
    return _CONVERTER.unstructure(config)


def dump_config(config: Any, path: Path) -> None:
    """Write a config with every value spelled out, so that the file says what ran even when defaults change."""
    with atomic_path(path) as temporary:
        text = yaml.safe_dump(config_to_dict(config), sort_keys=False, allow_unicode=True)
        temporary.write_text(text, encoding="utf-8")


def read_yaml(path: Path) -> dict[str, Any]:
    """The keys and values of a YAML file; none of an empty one.

    Raises:
        ConfigError: cannot be read, or holds something else.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not YAML: {error}") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: expected keys and values, found a {type(values).__name__}")
    return values


def _set(values: dict[str, Any], names: list[str], value: Any, where: str) -> None:
    for name in names[:-1]:
        inner = values.setdefault(name, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"{where}: {name!r} is a single value, so it has no {'.'.join(names)!r}")
        values = inner
    values[names[-1]] = value


def _check_keys(cls: type, values: Any, where: str, prefix: str = "") -> None:
    """Refuse unknown keys on every level before anything is converted, with the nearest valid name."""
    if not isinstance(values, Mapping):
        return  # a wrong kind of value, which the converter reports
    hints = get_type_hints(cls)
    valid = [field.name for field in fields(cls) if field.init]
    for key, value in values.items():
        if key not in valid:
            near = get_close_matches(str(key), valid, n=1, cutoff=0.5)
            hint = f"did you mean {prefix + near[0]!r}?" if near else f"known: {', '.join(valid)}"
            raise ConfigError(f"{where}: unknown key {prefix + str(key)!r}; {hint}")
        if get_origin(hints[key]) in (list, tuple) and not isinstance(value, list | tuple):
            raise ConfigError(f"{where}: {prefix}{key}: expected a list, found {value!r}")
        inner = next((kind for kind in (hints[key], *get_args(hints[key])) if is_dataclass(kind)), None)
        if isinstance(inner, type):
            _check_keys(inner, value, where, f"{prefix}{key}.")


def _reasons(error: BaseException, name: str = "") -> Iterator[str]:
    """The leaves of a tree of conversion errors as ``name: reason``."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            notes = getattr(inner, "__notes__", [])
            attribute = next((note.name for note in notes if isinstance(note, cattrs.AttributeValidationNote)), None)
            yield from _reasons(inner, f"{name}.{attribute}".strip(".") if attribute else name)
    else:
        reason = f"missing key {error}" if isinstance(error, KeyError) else str(error)
        yield f"{name}: {reason}" if name else reason


def _strict(kind: type, *accepted: type) -> Any:
    def structure(value: Any, _: Any) -> Any:
        if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
            raise ValueError(f"expected {kind.__name__}, found {value!r}")
        return kind(value)

    return structure


def _structure_float(value: Any, _: Any) -> float:
    if isinstance(value, str) and re.fullmatch(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+", value):
        return float(value)  # YAML 1.1 reads 1e-3 as text; people mean the number
    return _strict(float, int, float)(value, float)


def _structure_path(value: Any, _: Any) -> Path:
    return Path(_strict(str, str)(str(value) if isinstance(value, Path) else value, str))


def _structure_choice(value: Any, kind: Any) -> Any:
    choices = get_args(kind)
    if value not in choices:
        raise ValueError(f"expected one of {', '.join(map(repr, choices))}, found {value!r}")
    return value


def _make_converter() -> cattrs.Converter:
    """Plain YAML values only, never a silent conversion: no "3" for 3, no 2.7 for 2."""
    converter = cattrs.Converter(forbid_extra_keys=True)
    configure_union_passthrough(str | bool | int | float | None, converter)
    for kind in (int, bool, str):
        converter.register_structure_hook(kind, _strict(kind, kind))
    converter.register_structure_hook(float, _structure_float)
    converter.register_structure_hook(Path, _structure_path)
    converter.register_unstructure_hook(Path, str)
    converter.register_structure_hook_func(lambda kind: get_origin(kind) is Literal, _structure_choice)
    converter.register_structure_hook_factory(is_dataclass, _dataclass_hook)
    return converter


def _dataclass_hook(cls: type, converter: cattrs.Converter) -> Any:
    structure = make_dict_structure_fn(cls, converter, _cattrs_forbid_extra_keys=True)

    def checked(value: Any, kind: Any) -> Any:
        if not isinstance(value, Mapping):
            raise ValueError(f"expected keys and values of {cls.__name__}, found {value!r}")
        return structure(value, kind)

    return checked


_CONVERTER = _make_converter()
