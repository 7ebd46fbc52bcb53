"""The demonstration: a patient, two scans, a report; and that the command tells the truth about it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from typodont import anatomy
from typodont.cli import main
from typodont.formats import read_mesh, write_mesh
from typodont.records import Chart, Tooth
from typodont.records.findings import Finding, PictureFindings, find_picture_findings, write_picture_findings
from typodont.records.labelled_panoramic import find_labelled_panoramics
from typodont.records.radiograph import read_radiograph
from typodont.tasks import demo
from typodont.tasks.batch import BatchResult
from typodont.tasks.output import Output
from typodont.tasks.panoramic.result import PanoramicResult, write_result


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


def draw_the_truth(files: list[Path], out_dir: Path, *, force: bool = False) -> BatchResult:
    """Stands for the network for radiographs: knows the truth, but overlooks every 11."""
    result = BatchResult()
    for truth in find_labelled_panoramics(files[0].parents[1]):
        labels = truth.read().label_map()
        labels[labels == 11] = 0
        charts = {
            jaw: Chart(
                jaw, tuple(Tooth(f, 0.9) for f in np.unique(labels[labels > 0]).tolist() if anatomy.jaw(f) == jaw)
            )
            for jaw in anatomy.JAWS
        }
        picture = read_radiograph(files[0])
        with Output(out_dir, picture.name, force=force) as output:
            write_result(PanoramicResult(picture.name, labels, charts), picture, output)
            output.path("_run.json").write_text("{}")
        result.done.append(files[0])
    return result


def test_demo_writes_a_report_and_counts_right_teeth(tmp_path, monkeypatch):
    monkeypatch.setattr(demo, "segment_scans", segment_like_the_truth)
    monkeypatch.setattr(demo, "segment_panoramics", draw_the_truth)
    monkeypatch.setattr(demo, "findings_installed", lambda: False)
    monkeypatch.setattr(demo, "crowns_installed", lambda: False)
    done = demo.run_demo(tmp_path, seed=2, n_faces=6000)
    assert done.report == tmp_path / "report.html"
    page = done.report.read_text(encoding="utf-8")
    assert "Synthetic patients" in page
    assert "scans and panoramics" in page
    assert page.count("data:image/jpeg") == 9
    assert done.true is not None
    assert done.right == done.true - 2


def find_the_truth(files: list[Path], out_dir: Path, *, force: bool = False) -> BatchResult:
    """Stands for the networks for findings: knows the truth, but overlooks all decay."""
    found = [picture for folder in files for picture in find_picture_findings(folder.parent)]
    for picture in found:
        seen = tuple(finding for finding in picture.findings if finding.category != "caries")
        row = replace(picture, findings=seen)
        write_picture_findings([row], out_dir / f"{picture.name}.json", categories=sorted(picture.labelled))
    return BatchResult(done=[picture.image for picture in found])


def test_findings_stand_beside_the_truth(tmp_path, monkeypatch):
    pictures = tmp_path / "panoramics" / "images", tmp_path / "photos" / "images"
    for folder, name in zip(pictures, ("a", "b"), strict=True):
        folder.mkdir(parents=True)
        Image.fromarray(np.zeros((30, 40, 3), dtype=np.uint8)).save(folder / f"{name}.png")
        marks = (Finding("tooth", (2.0, 2.0, 12.0, 22.0)), Finding("caries", (4.0, 4.0, 8.0, 8.0)))
        row = PictureFindings(name, folder / f"{name}.png", (30, 40), marks, frozenset({"tooth", "caries"}))
        write_picture_findings([row], folder.parent / "findings.json", categories=["tooth", "caries"])
    monkeypatch.setattr(demo, "write_photos", lambda *_: [])
    monkeypatch.setattr(demo, "detect_findings", find_the_truth)
    page = demo.show_findings(tmp_path, 0)
    assert page == tmp_path / "findings.html"
    text = page.read_text(encoding="utf-8")
    assert text.count('<g class="finding tooth"') == 4
    assert text.count('<g class="finding"') == 2  # decay, in the truth only
    monkeypatch.setattr(demo, "detect_findings", lambda *_, **__: BatchResult(failed={tmp_path: "no weights"}))
    assert demo.show_findings(tmp_path, 0) is None


def test_a_crown_is_designed_from_the_scans_alone(tmp_path, monkeypatch, stump_case):
    """The network is told the tooth and what to make, and nothing of the truth."""
    case = stump_case(around=40, step=0.6)
    monkeypatch.setattr(demo, "make_crown_case", lambda *_, **__: replace(case, antagonist=case.scan))
    seen = []

    def design(files, out_dir, *, options, force):
        seen.append((files, options))
        return BatchResult(done=[files.scan])

    monkeypatch.setattr(demo, "design_crown", design)
    assert demo.design_one_crown(tmp_path, 0) == tmp_path / "crown" / "scan_fit.html"
    ((files, options),) = seen
    assert files.scan.exists()
    assert files.antagonist.exists()
    assert (files.margin, options.tooth, options.axis) == (None, 36, None)
    monkeypatch.setattr(demo, "design_crown", lambda *_, **__: BatchResult(failed={tmp_path: "no margin"}))
    assert demo.design_one_crown(tmp_path, 0) is None


def test_command_says_so_when_a_scan_failed(tmp_path, monkeypatch, capsys):
    failed = BatchResult(failed={Path("a.ply"): "a.ply: no dental arch found"})
    monkeypatch.setattr(demo, "segment_scans", lambda *_, **__: failed)
    monkeypatch.setattr(demo, "segment_panoramics", lambda *_, **__: BatchResult())
    monkeypatch.setattr(demo, "write_panoramics", lambda *_, **__: [])
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
