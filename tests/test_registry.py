"""The tables of networks and jobs: every entry loads, wrong names are explained, plugins join."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from typodont import registry
from typodont.errors import ConfigError

ENTRIES = [(table, name) for table, entries in registry.TABLES.items() for name in entries]


@pytest.mark.parametrize(("table", "name"), ENTRIES)
def test_every_entry_loads(table, name):
    loaded = registry.load(table, name)
    assert loaded.__doc__


def test_unknown_name_lists_the_known_and_the_nearest():
    with pytest.raises(ConfigError, match=r"no entry in the registry 'jobs' called 'scann' \(did you mean 'scan'\?\)"):
        registry.load("jobs", "scann")


def test_unknown_table_is_refused():
    with pytest.raises(ConfigError, match="no registry called 'models'; known: nets, jobs"):
        registry.load("models", "x")


def test_plugins_add_but_do_not_replace(monkeypatch):
    plugins = [
        EntryPoint("jobs.brace", "fractions:Fraction.limit_denominator", registry.PLUGIN_GROUP),
        EntryPoint("jobs.scan", "somewhere.else", registry.PLUGIN_GROUP),
        EntryPoint("nets.other", "somewhere:Net", registry.PLUGIN_GROUP),
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: plugins if group == registry.PLUGIN_GROUP else [])
    assert set(registry.known("jobs")) == {*registry.JOBS, "brace"}
    assert registry.known("jobs")["scan"] == registry.JOBS["scan"]
    assert registry.load("jobs", "brace").__name__ == "limit_denominator"
