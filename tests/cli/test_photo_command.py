"""The words of ``typodont photo``."""

from __future__ import annotations

from pathlib import Path

import pytest

from typodont.cli.main import USAGE, main
from typodont.errors import ConfigError
from typodont.tasks.batch import BatchResult
from typodont.tasks.photo import predict
from typodont.tasks.photo.options import KnownLength


@pytest.fixture
def asked(monkeypatch):
    """What the command asks of the job."""
    seen = {}

    def pretend(files, out, **settings):
        seen.update(files=files, out=out, **settings)
        return BatchResult(done=list(files))

    monkeypatch.setattr(predict, "reconstruct_photos", pretend)
    return seen


def test_words_become_options(asked, tmp_path):
    words = "photo reconstruct a.jpg b.jpg --view upper front --together --tooth-width 11=8.7 21=8.5"
    assert main([*words.split(), "--ruler", "1", "2", "30", "40", "20", "--out", str(tmp_path)]) == 0
    assert asked["files"] == [Path("a.jpg"), Path("b.jpg")]
    assert asked["together"]
    options = asked["options"]
    assert options.views == ("upper", "front")
    assert options.tooth_width == {11: 8.7, 21: 8.5}
    assert options.ruler == KnownLength(((1.0, 2.0), (30.0, 40.0)), 20.0)
    assert not options.plate


def test_a_width_that_is_none(asked, tmp_path, capsys):
    assert main(["photo", "reconstruct", "a.jpg", "--tooth-width", "wide", "--out", str(tmp_path)]) == USAGE
    assert "found 'wide', expected FDI=MM, for example 11=8.7" in capsys.readouterr().err
    assert not asked


def test_nothing_to_look_at(tmp_path):
    from typodont.cli.photo import ReconstructPhoto

    with pytest.raises(ConfigError, match="name at least one picture"):
        ReconstructPhoto(files=(), out=tmp_path).run()
