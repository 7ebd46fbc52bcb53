from pathlib import Path

import pytest

from typodont.cli import main
from typodont.formats import read_labels


def test_synth_scan_writes_teeth3ds(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    words = ["synth", "scan", "-n", "1", "--seed", "3", "--faces", "5000", "--no-pose", "--out", str(tmp_path / "out")]
    assert main(words) == 0
    assert "scans in" in capsys.readouterr().out
    (mesh,) = (tmp_path / "out").glob("*.obj")
    vertices = sum(line.startswith("v ") for line in mesh.read_text().splitlines())
    assert len(read_labels(mesh.with_suffix(".json")).labels) == vertices


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--faces", "12"], "faces: found 12, expected 5000 to 500000"),
        (["--base", "3"], "base: found 3.0, expected a share between 0 and 1"),
        (["-n", "0"], "n: found 0, expected 1 or more"),
        (["--jobs", "0"], "jobs: found 0"),
    ],
)
@pytest.mark.parametrize("kind", ["scan", "patient"])
def test_bad_options_are_usage_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, option: list[str], message: str
):
    assert main(["synth", kind, "--out", str(tmp_path / "out"), *option]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
