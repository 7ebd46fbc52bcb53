"""The demonstration: a patient, two scans, a report; and that the command tells the truth about it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from typodont.cli import main
from typodont.formats import read_mesh, write_mesh
from typodont.tasks import demo
from typodont.tasks.batch import BatchResult


def segment_like_the_truth(files: list[Path], out_dir: Path, *, force: bool = False) -> BatchResult:
    """Stands for the network: knows the truth, but takes every 16 for gum."""
    result = BatchResult()
    out_dir.mkdir(parents=True)
    for file in files:
        truth = json.loads(file.with_suffix(".json").read_text())
        truth["labels"] = [0 if label == 16 else label for label in truth["labels"]]
        truth["pose"] = json.loads(file.with_name(f"{file.stem}_truth.json").read_text())["pose"]
        (out_dir / f"{file.stem}.json").write_text(json.dumps(truth))
        write_mesh(read_mesh(file), out_dir / f"{file.stem}.ply")
        result.done.append(file)
    return result


def test_demo_writes_a_report_and_counts_right_teeth(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "segment_scans", segment_like_the_truth)
    done = demo.run_demo(tmp_path, seed=2, n_faces=6000)
    assert done.report == tmp_path / "report.html"
    page = done.report.read_text(encoding="utf-8")
    assert "A synthetic patient" in page
    assert page.count("data:image/jpeg") == 8
    assert done.true is not None
    assert done.right == done.true - 1


def test_command_says_so_when_a_scan_failed(tmp_path, monkeypatch, capsys):
    failed = BatchResult(failed={Path("a.ply"): "a.ply: no dental arch found"})
    monkeypatch.setattr(demo, "segment_scans", lambda *_, **__: failed)
    monkeypatch.setattr(demo, "write_patient", lambda *_, **__: [Path("a.ply")])
    monkeypatch.setattr(demo, "make_patient", lambda *_, **__: None)
    assert main(["demo", "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().out == "0 done, 1 failed: no report\n"


@pytest.mark.slow
def test_demo_with_the_shipped_weights(tmp_path, capsys):
    assert main(["demo", "--out", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    right, true = (int(word) for word in out.split()[:3:2])
    assert right >= 0.9 * true
    assert str((tmp_path / "report.html").resolve()) in out
    assert sorted(path.name for path in (tmp_path / "segmented").glob("*_run.json"))
