"""Versions are found without importing anything, also where the package is not installed."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata

import numpy as np

from typodont import environment


def test_versions_are_those_that_run():
    assert environment.libraries()["numpy"] == np.__version__
    assert environment.environment()["python"] == sys.version.split()[0]


def test_requirements_are_those_of_the_package_and_its_training(monkeypatch):
    lines = ["numpy>=2.1", "scikit-image>=0.25", 'lightning>=2.6.6; extra == "train"', 'ruff>=0.9; extra == "dev"']
    monkeypatch.setattr(metadata, "requires", lambda name: lines)
    assert set(environment.libraries()) == {"numpy", "scikit-image", "lightning"}


def test_uninstalled_package_still_tells_versions(monkeypatch):
    def requires(name: str) -> list[str]:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", requires)
    assert environment.libraries()["numpy"] == np.__version__


def test_absent_libraries_are_left_out(monkeypatch):
    monkeypatch.setattr(metadata, "requires", lambda name: ["no-such-library-anywhere>=1"])
    assert environment.libraries() == {}


def test_peak_memory_is_not_that_of_the_process_that_started_this_one():
    block = np.ones(400 * 2**17)  # 400 MiB
    code = "from typodont.environment import peak_memory_mib; print(peak_memory_mib())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) < block.nbytes / 2**20 < (environment.peak_memory_mib() or 0)


def test_peak_memory_grows_with_use():
    before = environment.peak_memory_mib()
    block = np.ones(200 * 2**17)  # 200 MiB
    after = environment.peak_memory_mib()
    assert before is not None
    assert after is not None
    assert after >= before
    assert after >= block.nbytes / 2**20
