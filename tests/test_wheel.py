"""The wheel holds everything that the package needs at run time, and nothing else; it works where it is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.dist


def run(*words: str | Path, **options) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory, repo_root) -> Path:
    """The wheel, built from the source distribution as a package index would get it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, repo_root)
    return next(folder.glob("*.whl"))


def source_files(repo_root: Path) -> set[str]:
    tracked = run("git", "ls-files", "src/typodont", cwd=repo_root).split()
    return {name.removeprefix("src/") for name in tracked}


def test_wheel_holds_every_tracked_file_of_the_package(wheel, repo_root):
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert inside == source_files(repo_root)


def test_wheel_holds_weights_atlas_and_templates(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    for ending in (".card.json", ".safetensors", "synth/atlas.npz", "templates/report.html"):
        assert any(name.endswith(ending) for name in names), ending


def test_wheel_carries_the_licence_and_is_small(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert wheel.stat().st_size < 60 * 2**20  # nearly all of it weights; an index takes 100 MB


def test_installed_wheel_finds_its_weights_and_runs_the_demo(wheel, tmp_path):
    place = tmp_path / "site"
    run(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", place, wheel)
    environment = {**os.environ, "PYTHONPATH": str(place)}

    def typodont(*words: str) -> str:
        return run(sys.executable, "-m", "typodont", *words, cwd=tmp_path, env=environment)

    where = run(sys.executable, "-c", "import typodont; print(typodont.__file__)", cwd=tmp_path, env=environment)
    assert Path(where).is_relative_to(place)
    assert json.loads(typodont("info", "--json"))["jobs"]["scan"] == "ready"
    typodont("demo", "--out", "demo")
    assert (tmp_path / "demo" / "report.html").stat().st_size > 100_000
