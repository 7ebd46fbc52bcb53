"""Batches: bad files, done files, equal names, folders, and what the run record says."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from pathlib import Path

import pytest

from typodont import __version__
from typodont.errors import ConfigError, FormatError, MeshError
from typodont.tasks.batch import input_files, run_batch
from typodont.tasks.output import Output
from typodont.tasks.run_record import RunFacts, Stages

FACTS = RunFacts("test")


def process(file: Path, output: Output, stages: Stages) -> list[str]:
    """Stands for a job: some files are bad, one is a bug, one is doubtful."""
    with stages("read"):
        text = file.read_text()
    if text == "bad":
        raise MeshError("no faces")
    if text == "bug":
        raise RuntimeError("index out of range")
    with stages("write"):
        output.path(".json").write_text(text)
    return ["looks odd"] if text == "odd" else []


def make(folder: Path, **texts: str) -> list[Path]:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.stl").write_text(text)
    return [folder / f"{name}.stl" for name in texts]


def test_bad_files_are_reported_and_the_rest_go_on(tmp_path, caplog):
    files = make(tmp_path / "in", a="1", b="bad", c="bug", d="odd")
    with caplog.at_level(logging.WARNING, "typodont"):
        result = run_batch([*files, tmp_path / "in" / "gone.stl"], process, tmp_path / "out", facts=FACTS)
    assert [file.stem for file in result.done] == ["a", "d"]
    assert not result.ok
    assert result.failed[files[1]] == f"{files[1]}: no faces"
    assert result.failed[files[2]] == f"{files[2]}: internal error, RuntimeError: index out of range"
    assert result.failed[tmp_path / "in" / "gone.stl"] == f"{tmp_path}/in/gone.stl: no such file"
    assert f"{files[3]}: looks odd" in caplog.messages
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a.json", "a_run.json", "d.json", "d_run.json"]
    assert str(result) == "2 done, 3 failed"


def test_broken_off_batch_goes_on_where_it_stopped(tmp_path):
    files = make(tmp_path / "in", a="1", b="bad", c="3")
    first = run_batch(files, process, tmp_path / "out", facts=FACTS)
    assert [file.stem for file in first.done] == ["a", "c"]
    before = (tmp_path / "out" / "a.json").stat().st_mtime_ns
    files[1].write_text("2")
    second = run_batch([tmp_path / "in"], process, tmp_path / "out", facts=FACTS)
    assert [file.stem for file in second.done] == ["b"]
    assert [file.stem for file in second.skipped] == ["a", "c"]
    assert second.ok
    assert "2 skipped because their results exist" in str(second)
    assert (tmp_path / "out" / "a.json").stat().st_mtime_ns == before


def test_one_named_file_whose_result_exists_fails(tmp_path):
    files = make(tmp_path / "in", a="1")
    assert run_batch(files, process, tmp_path / "out", facts=FACTS).ok
    files[0].write_text("2")
    again = run_batch(files, process, tmp_path / "out", facts=FACTS)
    assert "exists already; --force replaces it" in again.failed[files[0]]
    assert run_batch(files, process, tmp_path / "out", facts=FACTS, force=True).ok
    assert (tmp_path / "out" / "a.json").read_text() == "2"


@pytest.mark.parametrize("force", [False, True])
def test_equal_names_are_refused_for_the_second(tmp_path, force):
    files = make(tmp_path / "in", a="1")
    twin = tmp_path / "in" / "A.obj"
    twin.write_text("2")
    result = run_batch([*files, twin], process, tmp_path / "out", facts=FACTS, force=force)
    assert result.done == files
    assert str(files[0]) in result.failed[twin]
    assert str(twin) in result.failed[twin]
    assert (tmp_path / "out" / "a.json").read_text() == "1"


def test_the_same_file_twice_counts_once(tmp_path):
    files = make(tmp_path / "in", a="1")
    result = run_batch([*files, *files], process, tmp_path / "out", facts=FACTS)
    assert result.done == files
    assert result.ok


def test_folder_means_its_meshes_without_earlier_results(tmp_path):
    folder = tmp_path / "in"
    make(folder, b="1", a="1", c="1")
    make(folder / "upper", e="1")
    make(folder / "out", f="1")
    make(folder / "out" / "f", tooth_16="1")
    make(folder / ".f.partial", f="1")
    for name in ("d.PLY", "notes.txt", ".hidden.stl", "a.ply"):
        (folder / name).write_text("1")
    (folder / "a_run.json").write_text(json.dumps({"files": ["a.ply", "a.json"]}))
    (folder / "out" / "f_run.json").write_text(json.dumps({"files": ["f.stl", "f/tooth_16.stl"]}))
    assert [file.name for file in input_files([folder])] == ["a.stl", "b.stl", "c.stl", "d.PLY", "e.stl"]


def test_folder_without_meshes_is_an_error(tmp_path):
    with pytest.raises(FormatError, match=r"no file ending in \.stl, \.ply, \.obj, \.vtp"):
        input_files([tmp_path])


def test_no_input_is_wrong_usage():
    with pytest.raises(ConfigError, match="name at least one file or folder"):
        input_files([])


def test_named_file_is_taken_whatever_its_suffix(tmp_path):
    assert input_files([tmp_path / "scan.dat"]) == [tmp_path / "scan.dat"]


def test_run_record_says_what_ran(tmp_path):
    weights = tmp_path / "w.safetensors"
    weights.write_bytes(b"abc")
    facts = RunFacts("scan segment", device="cpu", weights={"default": weights}, settings={"jaw": "auto"})
    files = make(tmp_path / "in", a="1")
    run_batch(files, process, tmp_path / "out", facts=facts)
    record = json.loads((tmp_path / "out" / "a_run.json").read_text())
    assert record["typodont"] == __version__
    assert record["libraries"]["numpy"]
    assert record["weights"][0]["name"] == "default"
    assert record["weights"][0]["sha256"] == hashlib.sha256(b"abc").hexdigest()
    assert record["input"]["sha256"] == hashlib.sha256(b"1").hexdigest()
    assert record["device"] == "cpu"
    assert record["settings"] == {"jaw": "auto"}
    assert set(record["seconds"]) == {"read", "write"}
    assert record["peak_memory_mib"] > 10
    assert record["files"] == ["a.json", "a_run.json"]


def test_stages_add_up_also_after_an_error():
    stages = Stages()
    for _ in range(2):
        with pytest.raises(ValueError, match="x"), stages("slow"):
            time.sleep(0.01)
            raise ValueError("x")
    assert list(stages.seconds) == ["slow"]
    assert stages.total >= 0.02
