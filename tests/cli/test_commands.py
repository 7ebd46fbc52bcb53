"""Each command does what its help says, on small input."""

from __future__ import annotations

from pathlib import Path

import pytest

from typodont.cli import main
from typodont.formats import read_labels, read_mesh
from typodont.tasks.batch import BatchResult


def test_synth_scan_writes_labelled_scans_and_keeps_them(tmp_path, capsys):
    words = ["synth", "scan", "-n", "1", "--seed", "5", "--faces", "6000", "--suffix", "ply", "--out", str(tmp_path)]
    assert main(words) == 0
    assert capsys.readouterr().out == f"scans in {tmp_path}: 1\n"
    (file,) = tmp_path.glob("*.ply")
    mesh = read_mesh(file)
    labels = read_labels(file.with_suffix(".json"), n_vertices=len(mesh.vertices))
    assert 11 <= labels.labels.max() <= 85
    before = file.stat().st_mtime_ns
    assert main(words) == 0
    assert file.stat().st_mtime_ns == before


@pytest.fixture
def segmented(monkeypatch):
    """Calls of `segment_scans`, which only pretends to work."""
    from typodont.tasks.scan import predict

    calls = []

    def segment_scans(files, out_dir, **options):
        calls.append((files, out_dir, options))
        bad = {file: f"{file}: no dental arch found" for file in files if file.stem == "bad"}
        return BatchResult([file for file in files if file not in bad], failed=bad)

    monkeypatch.setattr(predict, "segment_scans", segment_scans)
    return calls


def test_scan_segment_passes_on_what_was_asked(segmented, capsys):
    words = ["scan", "segment", "a.stl", "b.ply", "--out", "o", "--jaw", "lower", "--unit", "inch"]
    assert main([*words, "--milk", "fdi", "--split-teeth", "--force"]) == 0
    ((files, out, options),) = segmented
    assert files == [Path("a.stl"), Path("b.ply")]
    assert out == Path("o")
    asked = options.pop("options")
    assert (asked.jaw, asked.mirrored, asked.milk) == ("lower", "auto", "fdi")
    assert options == {"unit": "inch", "split_teeth": True, "force": True, "weights": None}
    assert capsys.readouterr().out == "2 done; results in o\n"


def test_scan_segment_finds_the_jaw_by_itself(segmented):
    assert main(["scan", "segment", "a.stl", "--out", "o"]) == 0
    assert segmented[0][2]["options"].jaw is None


def test_scan_segment_is_status_1_when_a_file_failed(segmented, capsys):
    assert main(["scan", "segment", "good.stl", "bad.stl", "--out", "o"]) == 1
    assert capsys.readouterr().out == "1 done, 1 failed; results in o\n"


def test_train_scan_refuses_an_unknown_key_and_names_the_nearest(tmp_path, capsys):
    config = tmp_path / "config.yaml"
    config.write_text("schedule: {max_stepz: 3}\n")
    assert main(["train", "scan", str(config)]) == 2
    assert "unknown key 'schedule.max_stepz'; did you mean 'schedule.max_steps'?" in capsys.readouterr().err


def test_train_scan_reads_the_file_then_the_options(tmp_path, monkeypatch, capsys):
    from typodont.tasks.scan import train

    seen = []
    monkeypatch.setattr(train, "train", lambda config: seen.append(config) or tmp_path / "run")
    config = tmp_path / "config.yaml"
    config.write_text("seed: 3\nschedule: {max_steps: 7, peak: 1e-4}\n")
    assert main(["train", "scan", str(config), "--schedule.max-steps", "9", "--name", "mine"]) == 0
    assert (seen[0].seed, seen[0].schedule.max_steps, seen[0].schedule.peak, seen[0].name) == (3, 9, 1e-4, "mine")
    assert str(tmp_path / "run") in capsys.readouterr().out


def test_train_scan_without_data_says_where_it_looked(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    config = tmp_path / "config.yaml"
    config.write_text(f"runs: {tmp_path}\nvalidation:\nsources: [{{kind: pools, folder: {tmp_path}/empty}}]\n")
    assert main(["train", "scan", str(config)]) == 2
    assert f"{tmp_path}/empty" in capsys.readouterr().err


@pytest.mark.parametrize("folder", ["nowhere", "."])
def test_evaluate_scan_without_labelled_scans_is_wrong_usage(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["evaluate", "scan", "--data", folder]) == 2
    assert folder in capsys.readouterr().err
