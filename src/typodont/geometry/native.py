"""Small C sources compiled on first use; every caller has a numpy, scipy or torch twin for where that fails."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

_FLAGS = ("-O3", "-march=native", "-shared", "-fPIC")


@cache
def load_native(source: Path) -> ctypes.CDLL | None:
    """The compiled library of a C file, or None where there is no compiler, no cache folder or `TYPODONT_NATIVE=0`.

    The result lies in the user's cache folder under a name made of the source, the compiler flags and the
    processor, so that a changed source or a shared home folder never meets a stale library.
    """
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None or os.environ.get("TYPODONT_NATIVE") == "0":
        return None
    library = _cache_folder() / f"{source.stem}-{_fingerprint(source, compiler)}.so"
    try:
        if not library.exists():
            _compile(compiler, source, library)
        return ctypes.CDLL(str(library))
    except (OSError, subprocess.SubprocessError):
        return None


def pointer(array: object) -> ctypes.c_void_p:
    """Address of a contiguous numpy array's or torch tensor's first element."""
    address = array.data_ptr() if hasattr(array, "data_ptr") else array.ctypes.data  # type: ignore[attr-defined]
    return ctypes.c_void_p(address)


def _compile(compiler: str, source: Path, library: Path) -> None:
    library.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=library.parent) as folder:
        built = Path(folder) / library.name
        subprocess.run(
            [compiler, *_FLAGS, str(source), "-o", str(built), "-lm"], check=True, capture_output=True, timeout=60
        )
        built.replace(library)


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "typodont"


def _fingerprint(source: Path, compiler: str) -> str:
    digest = hashlib.sha256(source.read_bytes())
    digest.update("|".join((*_FLAGS, compiler, platform.machine(), _processor())).encode())
    return digest.hexdigest()[:16]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return "".join(line for line in lines[:40] if line.startswith(("model name", "flags", "Features")))
