"""What every test may use: where real data lies, and which sets are skipped on this machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """The folder that holds pyproject.toml."""
    return ROOT


def _real_data_folder() -> Path | None:
    named = os.environ.get("TYPODONT_REAL_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real data: TYPODONT_REAL_DATA, or ../shared/data beside the repository; skips where absent."""
    folder = _real_data_folder()
    if folder is None:
        pytest.skip("no real data: set TYPODONT_REAL_DATA or put it into ../shared/data")
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the `gpu` set without a CUDA device; torch is imported only if such a test was asked for."""
    gpu_items = [item for item in items if item.get_closest_marker("gpu")]
    if not gpu_items:
        return
    import torch

    if not torch.cuda.is_available():
        for item in gpu_items:
            item.add_marker(pytest.mark.skip(reason="no CUDA device"))
