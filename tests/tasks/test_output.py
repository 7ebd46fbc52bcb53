"""The output contract: whole or not at all, never over something by accident."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from typodont.atomic import atomic_path, write_json
from typodont.errors import OutputExistsError
from typodont.tasks.output import Output, recorded_files


def listing(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def write_all(output: Output, *endings: str) -> None:
    for ending in endings:
        output.path(ending).write_text(ending, encoding="utf-8")


def test_all_files_appear_at_once(tmp_path):
    with Output(tmp_path / "out", "a") as output:
        write_all(output, ".json", ".ply", "/tooth_16.stl")
        assert not output.final(".ply").exists()
    assert listing(tmp_path / "out") == ["a.json", "a.ply", "a/tooth_16.stl"]
    assert (tmp_path / "out" / "a.ply").read_text() == ".ply"


def test_nothing_stays_after_an_error(tmp_path):
    with pytest.raises(ValueError, match="broken"), Output(tmp_path, "a") as output:
        write_all(output, ".ply")
        raise ValueError("broken")
    assert list(tmp_path.iterdir()) == []


def test_the_file_that_says_done_comes_last(tmp_path):
    with Output(tmp_path, "a") as output:
        write_all(output, ".json", "_run.json", ".ply", "/z.stl")
        assert output.files()[-1] == "a.json"
        assert len(output.files()) == 4


def test_existing_result_is_refused_and_kept(tmp_path):
    (tmp_path / "a.json").write_text("old")
    with pytest.raises(OutputExistsError, match=r"a\.json exists already; --force"), Output(tmp_path, "a"):
        pass
    assert (tmp_path / "a.json").read_text() == "old"
    assert listing(tmp_path) == ["a.json"]


def test_force_replaces_and_removes_what_is_no_longer_true(tmp_path):
    (tmp_path / "a").mkdir()
    for name in ("a/tooth_16.stl", "a/notes.txt", "a.json"):
        (tmp_path / name).write_text("old")
    write_json({"files": ["a.json", "a/tooth_16.stl", "../a/notes.txt", "b.json"]}, tmp_path / "a_run.json")
    (tmp_path / "b.json").write_text("somebody else's")
    with Output(tmp_path, "a", force=True) as output:
        write_all(output, ".json", "/tooth_15.stl")
    assert listing(tmp_path) == ["a.json", "a/notes.txt", "a/tooth_15.stl", "a_run.json", "b.json"]
    assert (tmp_path / "a.json").read_text() == ".json"


def test_input_is_never_replaced(tmp_path):
    source = tmp_path / "a.ply"
    source.write_text("scan")
    with (
        pytest.raises(OutputExistsError, match="would replace the input"),
        Output(tmp_path, "a", source=source, force=True) as output,
    ):
        write_all(output, ".ply", ".json")
    assert source.read_text() == "scan"
    assert listing(tmp_path) == ["a.ply"]


def test_writing_outside_the_block_is_a_bug(tmp_path):
    with pytest.raises(RuntimeError, match="with"):
        Output(tmp_path, "a").path(".ply")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": 3}', "{"])
def test_unreadable_run_record_lists_nothing(tmp_path, text):
    (tmp_path / "a_run.json").write_text(text)
    assert recorded_files(tmp_path / "a_run.json") == []


def test_atomic_path_keeps_the_old_file_after_an_error(tmp_path):
    target = tmp_path / "x.txt"
    target.write_text("old")
    with pytest.raises(ValueError, match="broken"), atomic_path(target) as temporary:
        temporary.write_text("half")
        raise ValueError("broken")
    assert target.read_text() == "old"
    assert listing(tmp_path) == ["x.txt"]


def test_atomic_path_keeps_the_suffix(tmp_path):
    with atomic_path(tmp_path / "new" / "x.stl") as temporary:
        assert temporary.suffix == ".stl"
        temporary.write_text("new")
    assert listing(tmp_path) == ["new/x.stl"]


def test_json_refuses_nan_and_keeps_umlauts(tmp_path):
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json({"x": float("nan")}, tmp_path / "x.json")
    write_json({"ä": 1}, tmp_path / "x.json")
    assert json.loads((tmp_path / "x.json").read_text(encoding="utf-8")) == {"ä": 1}
    assert listing(tmp_path) == ["x.json"]
