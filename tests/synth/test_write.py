import json
from pathlib import Path

import numpy as np
import pytest

from typodont.errors import ConfigError
from typodont.formats import read_labels, read_mesh
from typodont.geometry.registration import apply
from typodont.records import read_labelled_scan
from typodont.synth import write
from typodont.synth.scan import SyntheticScan, make_scan
from typodont.synth.scan_options import ScanOptions

SMALL = ScanOptions(faces=5_000, base=0)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("suffix", ["obj", "ply", "stl", "vtp"])
def test_files_read_back_with_equal_labels(tmp_path: Path, scans: list[SyntheticScan], suffix: str):
    scan = scans[0]
    path = write.write_scan(scan, scan.mesh, np.eye(4), tmp_path, stem="S", suffix=suffix)
    assert path == tmp_path / f"S_upper.{suffix}"
    read = read_labelled_scan(path)
    assert read.jaw == "upper"
    assert read.labels is not None
    assert len(read.mesh.faces) == len(scan.mesh.faces)
    there = read.mesh.vertices[read.mesh.faces]
    assert there == pytest.approx(scan.mesh.vertices[scan.mesh.faces], abs=1e-4)
    assert (read.labels[read.mesh.faces] == scan.mesh.vertex_attributes["label"][scan.mesh.faces]).all()
    assert read_labels(tmp_path / "S_upper.json", len(read.mesh.vertices)).id_patient == "S"


def test_truth_belongs_to_the_files_coordinates(tmp_path: Path):
    path = write.write_scans(1, 5, tmp_path, options=ScanOptions(faces=5_000, brackets=1))[0]
    scan = make_scan(5, 0, n_faces=5_000, brackets=1)
    truth = json.loads(path.with_name(f"{path.stem}_truth.json").read_text())
    mesh = read_mesh(path)
    assert apply(np.array(truth["pose"]), mesh.vertices) == pytest.approx(scan.mesh.vertices, abs=1e-3)
    numbers = [scan.dentition.fdi(tooth) for tooth in scan.dentition.teeth]
    for number, tooth, neck in zip(numbers, scan.dentition.teeth, scan.margins, strict=True):
        if str(number) in truth["margins"]:
            margin = np.array(truth["margins"][str(number)])
            assert apply(np.array(truth["pose"]), margin) == pytest.approx(neck.points(), abs=1e-3)
            assert truth["conditions"][str(number)] == tooth.condition
    assert set(truth["brackets"]) <= set(numbers)
    assert truth["brackets"]
    points = json.loads(path.with_name(f"{path.stem}__kpt.json").read_text())["objects"]
    assert {point["class"] for point in points} >= {"Mesial", "Distal", "FacialPoint"}
    for point in points:
        assert np.linalg.norm(mesh.vertices - point["coord"], axis=1).min() < 2.0


def test_a_series_resumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    paths = write.write_scans(2, 6, tmp_path, options=SMALL)
    whole = contents(tmp_path)
    half = paths[1].with_name(f"{paths[1].stem}_truth.json")
    half.unlink()  # as if the second scan had been broken off
    made = []
    monkeypatch.setattr(write, "make_scan", lambda *a, **k: made.append(a) or make_scan(*a, **k))
    assert write.write_scans(2, 6, tmp_path, options=SMALL) == paths
    assert made == [(6, 1)]
    assert contents(tmp_path) == whole


def test_one_folder_holds_one_kind_of_series(tmp_path: Path):
    write.write_scans(1, 6, tmp_path, options=SMALL)
    with pytest.raises(ConfigError, match=r"faces 5000 \(now 6000\)"):
        write.write_scans(1, 6, tmp_path, options=ScanOptions(faces=6_000, base=0))


@pytest.mark.slow
def test_two_processes_write_what_one_writes(tmp_path: Path):
    options = ScanOptions(faces=5_000, partial=0.5)
    write.write_scans(3, 7, tmp_path / "one", options=options)
    write.write_scans(3, 7, tmp_path / "two", options=options, jobs=2)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"faces": 100}, "faces: found 100, expected 5000 to 500000"),
        ({"base": 1.5}, "base: found 1.5"),
        ({"partial": -0.1}, "partial: found -0.1"),
        ({"suffix": "off"}, "suffix: found 'off'"),
    ],
)
def test_bad_options(options: dict, message: str):
    with pytest.raises(ConfigError, match=message):
        ScanOptions(**options)


@pytest.mark.parametrize("arguments", [(0, 0), (1, -1)])
def test_bad_numbers(tmp_path: Path, arguments: tuple[int, int]):
    with pytest.raises(ConfigError, match="expected"):
        write.write_scans(*arguments, tmp_path)
    with pytest.raises(ConfigError, match="jobs"):
        write.write_scans(1, 0, tmp_path, jobs=0)
    with pytest.raises(ConfigError, match="patients are scanned whole"):
        write.write_patients(1, 0, tmp_path, options=ScanOptions(partial=0.5))


def test_a_partial_scan_lists_only_what_it_shows(tmp_path: Path):
    path = write.write_scans(1, 9, tmp_path, options=ScanOptions(faces=5_000, base=0, partial=1))[0]
    labels = read_labels(path.with_suffix(".json")).labels
    shown = {str(fdi) for fdi in np.unique(labels) if fdi}
    truth = json.loads(path.with_name(f"{path.stem}_truth.json").read_text())
    assert set(truth["conditions"]) == shown
    assert len(shown) < len(make_scan(9, 0, n_faces=5_000, base=0).dentition.teeth)


def test_patients_lie_in_bite(tmp_path: Path):
    options = ScanOptions(faces=5_000, base=0)
    upper, lower = write.write_patients(1, 2, tmp_path, options=options)
    assert [path.name for path in (upper, lower)] == ["S2P00000_upper.obj", "S2P00000_lower.obj"]
    scans = [read_labelled_scan(path) for path in (upper, lower)]
    teeth = [scan.mesh.vertices[np.asarray(scan.labels) > 0] for scan in scans]
    assert np.linalg.norm(teeth[0].mean(axis=0) - teeth[1].mean(axis=0)) < 15
    before = contents(tmp_path)
    assert write.write_patients(1, 2, tmp_path, options=options) == [upper, lower]
    assert contents(tmp_path) == before
